/// Users: what PocketBase gives, but for the balance, `qpu_seconds`: never negative, and only superusers change it.
/// A text in its place is taken as 0, without complaint. `qpu_seconds+` and `qpu_seconds-` add and take.

onRecordCreateRequest((e) => {
  require(`${__hooks}/lib/http.js`).refuseNegative(e, "qpu_seconds", "Failed to create record.");
  e.next();
}, "users");

/// (The recorded server lets users credit themselves.) The balance is read again in the transaction that saves: what is
/// added or taken counts from what is there then, and a change of something else leaves it as it is then.
onRecordUpdateRequest((e) => {
  const http = require(`${__hooks}/lib/http.js`);
  // As it was sent: PocketBase has put a sum in the place of what was to be added, computed from a balance that may be
  // another by now, and the record's original may be newer still.
  const { total, change } = http.sentNumber(e, "qpu_seconds");
  if (!e.hasSuperuserAuth() && (change || (total && e.record.getFloat("qpu_seconds") !== e.record.original().getFloat("qpu_seconds")))) {
    throw http.refuse(403, "Only superusers can change qpu_seconds.");
  }
  const outer = e.app;
  outer.runInTransaction((tx) => {
    e.app = tx;
    if (!total) {
      e.record.set("qpu_seconds", tx.findRecordById("users", e.record.id).getFloat("qpu_seconds") + change);
    }
    http.refuseNegative(e, "qpu_seconds", "Failed to update record.");
    e.next();
  });
  e.app = outer;
}, "users");
