/** What a slot may be. Times are compared in UTC; back to back is no overlap. */

const http = require(`${__hooks}/lib/http.js`);

/** Milliseconds since the epoch; 0 for a date that is missing or unreadable. */
function millis(record, field) {
  const date = record.getString(field);
  return date ? new Date(date.replace(" ", "T")).getTime() : 0;
}

function started(record) {
  return millis(record, "start_time") <= Date.now();
}

/** Refuses a slot that cannot be; `app` is the transaction that will save it. */
function check(app, e, failure) {
  const admin = e.hasSuperuserAuth();
  const start = millis(e.record, "start_time");
  const end = millis(e.record, "end_time");
  if (!admin && start < Date.now()) {
    throw http.refuse(400, "Cannot book a slot in the past.");
  }
  if (start >= end) {
    throw http.refuse(400, "Start_time must be strictly before end_time.");
  }
  const overlapping = app.findRecordsByFilter(
    "time_slots", "id != {:id} && start_time < {:end} && end_time > {:start}", "", 1, 0,
    { id: e.record.id, start: e.record.getString("start_time"), end: e.record.getString("end_time") });
  if (overlapping.length) {
    throw http.refuse(400, admin ? failure : "The requested booking slot overlaps with an existing reservation.");
  }
}

module.exports = { started, check };
