/// QPUs: listed to everyone, made and switched by superusers. Editing and deleting go through the collection.

/// GET /api/qpus: the online ones. `limit`, `skip`, `sort`.
routerAdd("GET", "/api/qpus", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const qpus = require(`${__hooks}/lib/qpus.js`);
  const { sort, limit, skip } = http.page(e, "");
  const online = e.app.findRecordsByFilter("qpus", "status = 'online'", sort, limit, skip);
  return e.json(200, online.map(qpus.show));
});

/// GET /api/qpus/{id}: by id only, whatever its status. A name is not found.
routerAdd("GET", "/api/qpus/{id}", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  let record;
  try {
    record = e.app.findRecordById("qpus", e.request.pathValue("id"));
  } catch (_) {
    throw http.refuse(404, "QPU not found.");
  }
  return e.json(200, require(`${__hooks}/lib/qpus.js`).show(record));
});

/// POST /api/op/qpus/create: `name`, `num_qubits`, `enabled` (true by default). Offline until its driver comes.
/// A name that exists is accepted. Generation v0.0 answers with the access token, this once.
routerAdd("POST", "/api/op/qpus/create", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const identity = require(`${__hooks}/lib/identity.js`);
  http.requireAdmin(e);
  const sent = http.body(e);
  const name = http.optional(sent.name, http.isString);
  const qubits = http.optional(sent.num_qubits, http.isInt);
  const enabled = http.optional(sent.enabled, http.isBool);
  const executor = http.optional(sent.executor_type, http.isString);
  if (!name || (identity.OLDER && !executor)) {
    throw http.refuse(400, "Invalid request body.");
  }
  const record = new Record(e.app.findCollectionByNameOrId("qpus"));
  record.load({ name, num_qubits: qubits || 0, enabled: enabled !== false, status: "offline" });
  const secret = http.newSecret();
  if (identity.OLDER) {
    record.load({ access_token: $security.sha256(secret), executor_type: executor });
  }
  e.app.save(record);
  const answer = { id: record.id, name, status: "offline", enabled: record.getBool("enabled") };
  if (identity.OLDER) {
    Object.assign(answer, {
      access_token: secret,
      executor_type: executor,
      qpi_addr: identity.address(e),
      ca_fingerprint: identity.fingerprint(),
      driver_version: identity.VERSION,
    });
  }
  return e.json(201, answer);
});

/// POST /api/op/qpu/toggle: `id`, `enabled`: the wanted state. No dispatcher looks at it: jobs go on being dispatched.
routerAdd("POST", "/api/op/qpu/toggle", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  http.requireAdmin(e);
  const sent = http.body(e);
  const enabled = http.optional(sent.enabled, http.isBool);
  if (!http.optional(sent.id, http.isString) || enabled === undefined || enabled === null) {
    throw http.refuse(400, "Invalid request body.");
  }
  let record;
  try {
    record = e.app.findRecordById("qpus", sent.id);
  } catch (_) {
    throw http.refuse(404, "QPU not found.");
  }
  record.set("enabled", enabled);
  e.app.save(record);
  return e.json(200, { id: record.id, name: record.getString("name"), enabled, status: record.getString("status") });
});

/// Disabling a QPU, by whichever way, sets it offline. Enabling it sets it online in v0.0, if it has the ports of a
/// connection; v0.1 leaves it offline although its driver is still connected.
onRecordUpdate((e) => {
  const enabled = e.record.getBool("enabled");
  if (enabled !== e.record.original().getBool("enabled")) {
    if (!enabled) {
      e.record.set("status", "offline");
    } else if (e.record.getInt("nng_command_port") > 0) {
      e.record.set("status", "online");
    }
  }
  e.next();
}, "qpus");
