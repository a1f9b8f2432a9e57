/// Requests for QPU time: the collection's rules say who may make and withdraw one; this is about deciding.

/// Seconds are above zero.
onRecordCreateRequest((e) => {
  require(`${__hooks}/lib/http.js`).refuseNegative(e, "seconds", "Failed to create record.");
  e.next();
}, "qpu_time_requests");

/// A superuser decides a pending request, once. Approving credits the user and notes who did it, in one transaction
/// that reads the request again first: of two who approve at the same moment one credits, and both get 200.
/// (The recorded server saves twice and may credit twice.) Saying "approved" again changes nothing; any other change of
/// a decided request, and any change of the seconds, is refused.
onRecordUpdateRequest((e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const outer = e.app;
  outer.runInTransaction((tx) => {
    e.app = tx;
    const stored = tx.findRecordById("qpu_time_requests", e.record.id);
    const changed = (field) => e.record.getString(field) !== e.record.original().getString(field);
    if (e.record.getFloat("seconds") !== stored.getFloat("seconds")) {
      throw http.refuse(400, "Cannot modify the requested seconds.");
    }
    const was = stored.getString("status");
    const now = e.record.getString("status");
    if (was !== "pending") {
      if (now !== was || ["user", "requested_reason", "rejection_reason", "handled_by"].some(changed)) {
        throw http.refuse(400, "Cannot update a request that has already been processed.");
      }
      e.record.load(stored.fieldsData());
      e.next();
      return;
    }
    if (now !== "pending") {
      e.record.set("handled_by", e.auth ? e.auth.id : "");
    }
    e.next();
    if (now === "approved") {
      const user = tx.findRecordById("users", stored.getString("user"));
      user.set("qpu_seconds", user.getFloat("qpu_seconds") + stored.getFloat("seconds"));
      tx.save(user);
    }
  });
  e.app = outer;
}, "qpu_time_requests");
