/// Jobs: submitted, listed, cancelled by their owner, with a session or an API token.

/// POST /api/jobs: 201 and the job, pending. No balance: 403. A target is a QPU's id, of any state; without one the
/// job is accepted and never runs.
routerAdd("POST", "/api/jobs", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const jobs = require(`${__hooks}/lib/jobs.js`);
  const user = http.caller(e);
  const payload = jobs.payloadFrom(http.body(e));
  if (user.getFloat("qpu_seconds") <= 0) {
    throw http.refuse(403, "Insufficient QPU seconds balance.");
  }
  const target = payload.qpu_target || "";
  if (target) {
    try {
      e.app.findRecordById("qpus", target);
    } catch (_) {
      throw http.refuse(500, "Failed to save job.", {
        qpu_target: new ValidationError(
          "validation_missing_rel_records", "Failed to find all relation records with the provided ids."),
      });
    }
  }
  const record = new Record(e.app.findCollectionByNameOrId("quantum_jobs"));
  record.load({ user_id: user.id, qpu_target: target, payload: JSON.stringify(payload), status: "pending" });
  e.app.save(record);
  return e.json(201, jobs.show(record));
});

/// GET /api/jobs: the caller's own, newest first. `limit` (all by default), `skip`, `sort`.
routerAdd("GET", "/api/jobs", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const jobs = require(`${__hooks}/lib/jobs.js`);
  const user = http.caller(e);
  const { sort, limit, skip } = http.page(e, "-created");
  const own = e.app.findRecordsByFilter("quantum_jobs", "user_id = {:user}", sort, limit, skip, { user: user.id });
  return e.json(200, own.map(jobs.show));
});

/// GET /api/jobs/{id}: an own one; another's is not found.
routerAdd("GET", "/api/jobs/{id}", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const user = http.caller(e);
  const record = e.app.findRecordsByFilter(
    "quantum_jobs", "id = {:id} && user_id = {:user}", "", 1, 0,
    { id: e.request.pathValue("id"), user: user.id })[0];
  if (!record) {
    throw http.refuse(404, "Job not found.");
  }
  return e.json(200, require(`${__hooks}/lib/jobs.js`).show(record));
});

/// POST /api/jobs/{id}/cancel: an own one, pending or running. A superuser cancels another's by PATCHing the record.
/// Its driver is not notified: a later result completes the job (lib/worker.js).
routerAdd("POST", "/api/jobs/{id}/cancel", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const user = http.caller(e);
  e.app.runInTransaction((tx) => {
    const record = tx.findRecordsByFilter(
      "quantum_jobs", "id = {:id} && user_id = {:user} && (status = 'pending' || status = 'running')", "", 1, 0,
      { id: e.request.pathValue("id"), user: user.id })[0];
    if (!record) {
      throw http.refuse(404, "Job not found, maybe it was already completed or cancelled?");
    }
    record.set("status", "cancelled");
    tx.save(record);
  });
  return e.json(200, { status: "cancelled" });
});

/// PATCH of the record, superusers only: a change that was meant for a job in another state is refused, so that a result
/// which arrives at the same moment is not overwritten.
onRecordUpdateRequest((e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const outer = e.app;
  outer.runInTransaction((tx) => {
    e.app = tx;
    const stored = tx.findRecordById("quantum_jobs", e.record.id);
    if (stored.getString("status") !== e.record.original().getString("status")) {
      throw http.refuse(400, "The job has changed its state meanwhile.");
    }
    e.next();
  });
  e.app = outer;
}, "quantum_jobs");
