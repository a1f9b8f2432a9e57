/// Users: what PocketBase gives, but for the balance.

/// Only superusers change `qpu_seconds`. (The recorded server lets users credit themselves.)
onRecordUpdateRequest((e) => {
  if (!e.hasSuperuserAuth() && e.record.getFloat("qpu_seconds") !== e.record.original().getFloat("qpu_seconds")) {
    throw new ForbiddenError("Only superusers can change qpu_seconds.");
  }
  e.next();
}, "users");
