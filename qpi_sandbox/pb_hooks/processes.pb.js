/// The driver processes that the sandbox's worker plays, as the person who runs them sees them. On a real installation
/// these are programs on other machines: there is no route for them.

/// POST /api/sandbox/drivers/{id}/stop: the process of a driver (v0.0: of a QPU) ends. Superusers only.
routerAdd("POST", "/api/sandbox/drivers/{id}/stop", (e) => {
  require(`${__hooks}/lib/http.js`).requireAdmin(e);
  const connections = require(`${__hooks}/lib/connections.js`);
  e.app.runInTransaction((tx) => connections.stop(tx, e.request.pathValue("id")));
  return e.json(200, { status: "stopped" });
});

/// POST /api/sandbox/drivers/{id}/start: it is started again and connects; 403 where it is disabled. Superusers only.
routerAdd("POST", "/api/sandbox/drivers/{id}/start", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  http.requireAdmin(e);
  let started = false;
  e.app.runInTransaction((tx) => {
    started = require(`${__hooks}/lib/worker.js`).start(tx, e.request.pathValue("id"));
  });
  if (!started) {
    throw http.refuse(403, "Driver is currently disabled by administrator.");
  }
  return e.json(200, { status: "started" });
});
