/// Slots: start before end, no overlap; for users also no past start, and no change of one that has started.
/// Superusers are free of the last two, and get no reason for an overlap, only that it failed, as by the recorded server.
/// Looking and saving are one transaction: of two who book the same hour one gets it.

onRecordCreateRequest((e) => {
  const slots = require(`${__hooks}/lib/slots.js`);
  const outer = e.app;
  outer.runInTransaction((tx) => {
    slots.check(tx, e, "Failed to create record.");
    e.app = tx;
    e.next();
  });
  e.app = outer;
}, "time_slots");

onRecordUpdateRequest((e) => {
  const slots = require(`${__hooks}/lib/slots.js`);
  const http = require(`${__hooks}/lib/http.js`);
  if (!e.hasSuperuserAuth() && slots.started(e.record.original())) {
    throw http.refuse(400, "Cannot modify a booking slot that has already started.");
  }
  const outer = e.app;
  outer.runInTransaction((tx) => {
    slots.check(tx, e, "Failed to update record.");
    e.app = tx;
    e.next();
  });
  e.app = outer;
}, "time_slots");

onRecordDeleteRequest((e) => {
  const slots = require(`${__hooks}/lib/slots.js`);
  const http = require(`${__hooks}/lib/http.js`);
  if (!e.hasSuperuserAuth() && slots.started(e.record)) {
    throw http.refuse(400, "Cannot delete/cancel a booking slot that has already started.");
  }
  e.next();
}, "time_slots");
