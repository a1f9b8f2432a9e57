/// What the sandbox's own worker needs: the real server talks to its drivers over sockets instead.
/// These routes open with the key that the worker was started with, and with nothing else.

/// POST /api/sandbox/hello: whoever knows the key learns that this is the server it started, and which run of it.
routerAdd("POST", "/api/sandbox/hello", (e) => {
  require(`${__hooks}/lib/worker.js`).requireKey(e);
  return e.json(200, { run: $os.getenv("QPI_SANDBOX_RUN") });
});

/// POST /api/sandbox/hash: `password` as users' records keep it, for demo users that are written in bulk.
routerAdd("POST", "/api/sandbox/hash", (e) => {
  require(`${__hooks}/lib/worker.js`).requireKey(e);
  const record = new Record(e.app.findCollectionByNameOrId("users"));
  record.setPassword(require(`${__hooks}/lib/http.js`).body(e).password);
  return e.json(200, { hash: record.getString("password:hash") });
});

/// POST /api/sandbox/reconnect: the driver processes that were running when the server was stopped are started again.
routerAdd("POST", "/api/sandbox/reconnect", (e) => {
  require(`${__hooks}/lib/worker.js`).requireKey(e);
  e.app.runInTransaction((tx) => require(`${__hooks}/lib/connections.js`).reconnect(tx));
  return e.json(200, {});
});

/// POST /api/sandbox/indexes: adds the indexes to `quantum_jobs` that its lists have use for, as a superuser may.
routerAdd("POST", "/api/sandbox/indexes", (e) => {
  require(`${__hooks}/lib/worker.js`).requireKey(e);
  const jobs = e.app.findCollectionByNameOrId("quantum_jobs");
  // Two indexes on the same columns are refused.
  const known = jobs.indexes.map((index) => index.replace(/^[^(]*\(|\).*$|[`"\s]/g, ""));
  for (const [name, columns] of [["created", "created"], ["status", "status, created"], ["user", "user_id, created"]]) {
    if (!known.includes(columns.replace(" ", ""))) {
      jobs.addIndex(`idx_quantum_jobs_${name}`, false, columns, "");
    }
  }
  e.app.save(jobs);
  return e.json(200, {});
});

/// POST /api/sandbox/sign-in: turns other ways of signing in on or off. `provider`: the address of an OpenID Connect
/// provider; `mail_port`: the port of a mail server on this machine. Empty ones turn their ways off.
///
/// With a provider, users sign in by it, and unknown ones sign up. With mail there are one-time passwords, and users whose
/// address contains "+2fa@" need two factors. Superusers, of whom all would need them, stay as they are.
routerAdd("POST", "/api/sandbox/sign-in", (e) => {
  require(`${__hooks}/lib/worker.js`).requireKey(e);
  const { provider, mail_port } = require(`${__hooks}/lib/http.js`).body(e);
  const users = e.app.findCollectionByNameOrId("users");
  users.otp.enabled = !!mail_port;
  users.mfa.enabled = !!mail_port;
  users.mfa.rule = "email ~ '+2fa@'";
  const providers = provider ? [{
    name: "oidc", displayName: "Lab account", clientId: "qpi-sandbox", clientSecret: "not-a-secret",
    authURL: `${provider}/oauth2/authorize`, tokenURL: `${provider}/oauth2/token`, userInfoURL: `${provider}/userinfo`,
  }] : [];
  unmarshal({ oauth2: { enabled: !!provider, providers } }, users);
  users.createRule = provider ? "@request.context = 'oauth2'" : null;
  e.app.save(users);
  const settings = e.app.settings();
  settings.smtp.enabled = !!mail_port;
  settings.smtp.host = "127.0.0.1";
  settings.smtp.port = Number(mail_port) || 25;
  settings.meta.senderAddress = "sandbox@example.com";
  settings.meta.senderName = "QPI sandbox";
  e.app.save(settings);
  return e.json(200, {});
});

/// GET /api/sandbox/schedule: everything that the dispatchers decide on, in one answer.
routerAdd("GET", "/api/sandbox/schedule", (e) => {
  const worker = require(`${__hooks}/lib/worker.js`);
  worker.requireKey(e);
  return e.json(200, worker.schedule(e.app));
});

/// POST /api/sandbox/jobs/{id}/claim: `node`, whose dispatcher takes the job. 200 with its payload, or 409 where it is not
/// pending any more or the dispatcher has ended.
routerAdd("POST", "/api/sandbox/jobs/{id}/claim", (e) => {
  const worker = require(`${__hooks}/lib/worker.js`);
  worker.requireKey(e);
  let job = null;
  const sent = require(`${__hooks}/lib/http.js`).body(e);
  e.app.runInTransaction((tx) => {
    job = worker.claim(tx, e.request.pathValue("id"), sent.node);
  });
  return job ? e.json(200, job) : e.json(409, {});
});

/// POST /api/sandbox/jobs/{id}/finish: `node`, whose driver brings `results` as JSON text. 409 where the driver is not
/// connected any more: then the result is lost.
routerAdd("POST", "/api/sandbox/jobs/{id}/finish", (e) => {
  const worker = require(`${__hooks}/lib/worker.js`);
  worker.requireKey(e);
  let accepted = false;
  const sent = require(`${__hooks}/lib/http.js`).body(e);
  e.app.runInTransaction((tx) => {
    accepted = worker.finish(tx, e.request.pathValue("id"), sent.node, sent.results);
  });
  return e.json(accepted ? 200 : 409, {});
});

/// POST /api/sandbox/jobs/{id}/back: a job that has been running since `updated` for longer than the job timeout goes
/// back to pending.
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

/// POST /api/sandbox/nodes/{id}/attach, /detach: the connection of a driver has opened or closed.
/// POST /api/sandbox/nodes/{id}/start: its process is started anew.
for (const action of ["attach", "detach", "start"]) {
  routerAdd("POST", `/api/sandbox/nodes/{id}/${action}`, (e) => {
    const worker = require(`${__hooks}/lib/worker.js`);
    worker.requireKey(e);
    const act = e.request.url.path.endsWith("/start")
      ? worker.start
      : require(`${__hooks}/lib/connections.js`)[e.request.url.path.endsWith("/attach") ? "attach" : "detach"];
    let done = false;
    e.app.runInTransaction((tx) => {
      done = act(tx, e.request.pathValue("id"));
    });
    return e.json(done ? 200 : 409, {});
  });
}

/// POST /api/sandbox/readings: `driver`, `qpu`, `ts`, `payload`: one reading of a cryostat, stored as an event.
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
