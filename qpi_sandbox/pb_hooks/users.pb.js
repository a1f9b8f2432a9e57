/// Users: what PocketBase gives, but for the balance.

/// A balance is never negative. A text in its place is taken as 0, without complaint.
onRecordCreateRequest((e) => {
  require(`${__hooks}/lib/http.js`).refuseNegative(e, "qpu_seconds", "Failed to create record.");
  e.next();
}, "users");

/// Only superusers change `qpu_seconds`. (The recorded server lets users credit themselves.)
onRecordUpdateRequest((e) => {
  if (!e.hasSuperuserAuth() && e.record.getFloat("qpu_seconds") !== e.record.original().getFloat("qpu_seconds")) {
    throw new ForbiddenError("Only superusers can change qpu_seconds.");
  }
  require(`${__hooks}/lib/http.js`).refuseNegative(e, "qpu_seconds", "Failed to update record.");
  e.next();
}, "users");
