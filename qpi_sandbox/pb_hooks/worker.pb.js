/// What the sandbox's own worker needs: the real orchestrator talks to its drivers over sockets instead.
/// These routes open with the key that the worker was started with, and with nothing else.

/// POST /api/sandbox/hello: whoever knows the key learns that this is the server it started.
routerAdd("POST", "/api/sandbox/hello", (e) => {
  require(`${__hooks}/lib/worker.js`).requireKey(e);
  return e.json(200, {});
});

/// POST /api/sandbox/hash: `password` as users' records keep it, for demo users that are written in bulk.
routerAdd("POST", "/api/sandbox/hash", (e) => {
  require(`${__hooks}/lib/worker.js`).requireKey(e);
  const record = new Record(e.app.findCollectionByNameOrId("users"));
  record.setPassword(require(`${__hooks}/lib/http.js`).body(e).password);
  return e.json(200, { hash: record.getString("password:hash") });
});

/// GET /api/sandbox/schedule: everything a scheduler decides on, in one answer.
routerAdd("GET", "/api/sandbox/schedule", (e) => {
  const worker = require(`${__hooks}/lib/worker.js`);
  worker.requireKey(e);
  return e.json(200, worker.schedule(e.app));
});

/// POST /api/sandbox/jobs/{id}/claim: pending → running, if it still is and its QPU may have it. 200 with the job, or
/// 409: somebody else has it, it was cancelled, the QPU went away.
routerAdd("POST", "/api/sandbox/jobs/{id}/claim", (e) => {
  const worker = require(`${__hooks}/lib/worker.js`);
  worker.requireKey(e);
  let job = null;
  e.app.runInTransaction((tx) => {
    job = worker.claim(tx, e.request.pathValue("id"));
  });
  return job ? e.json(200, job) : e.json(409, {});
});

/// POST /api/sandbox/jobs/{id}/finish: `status` (completed or failed), `results` as JSON text, `duration` in seconds. Accepted from a
/// running job only, so a cancelled one stays cancelled and no job completes twice. The owner is charged in the same
/// transaction; a job that costs more than what is left is not charged at all.
routerAdd("POST", "/api/sandbox/jobs/{id}/finish", (e) => {
  const worker = require(`${__hooks}/lib/worker.js`);
  worker.requireKey(e);
  let accepted = false;
  const sent = require(`${__hooks}/lib/http.js`).body(e);
  e.app.runInTransaction((tx) => {
    accepted = worker.finish(tx, e.request.pathValue("id"), sent);
  });
  return e.json(accepted ? 200 : 409, {});
});

/// POST /api/sandbox/jobs/{id}/back: a running job whose time is up goes back to pending, if it is still the run that
/// began at `updated`.
routerAdd("POST", "/api/sandbox/jobs/{id}/back", (e) => {
  const worker = require(`${__hooks}/lib/worker.js`);
  worker.requireKey(e);
  let accepted = false;
  const sent = require(`${__hooks}/lib/http.js`).body(e);
  e.app.runInTransaction((tx) => {
    accepted = worker.putBack(tx, e.request.pathValue("id"), sent.updated);
  });
  return e.json(accepted ? 200 : 409, {});
});

/// POST /api/sandbox/nodes/{id}/online: a driver that the worker plays (v0.0: a QPU) reports for the first time since it
/// connected, and its QPU comes online with it unless it is disabled or in maintenance.
routerAdd("POST", "/api/sandbox/nodes/{id}/online", (e) => {
  const worker = require(`${__hooks}/lib/worker.js`);
  worker.requireKey(e);
  e.app.runInTransaction((tx) => worker.online(tx, e.request.pathValue("id")));
  return e.json(200, {});
});

/// POST /api/sandbox/readings: `driver`, `qpu`, `ts`, `payload` – one reading of a cryostat, stored as an event.
routerAdd("POST", "/api/sandbox/readings", (e) => {
  const worker = require(`${__hooks}/lib/worker.js`);
  worker.requireKey(e);
  const sent = require(`${__hooks}/lib/http.js`).body(e);
  const record = new Record(e.app.findCollectionByNameOrId("events"));
  record.load({ type: "CryostatReading", driver: sent.driver, source: sent.driver, qpu: sent.qpu, ts: sent.ts });
  record.set("payload", JSON.stringify(sent.payload));
  e.app.save(record);
  return e.json(200, {});
});
