/// Drivers (v0.1 on): registered and switched by superusers, connected by whoever holds the token.

if ($os.getenv("QPI_GENERATION") !== "v0.0") {
  /// POST /api/op/drivers/create: `name`, `qpu`, `kind`, `language`, and `events` for a custom one.
  /// The answer shows the token and the commands, this once; its `events` is always null.
  routerAdd("POST", "/api/op/drivers/create", (e) => {
    const http = require(`${__hooks}/lib/http.js`);
    const drivers = require(`${__hooks}/lib/drivers.js`);
    const identity = require(`${__hooks}/lib/identity.js`);
    http.requireAdmin(e);
    const sent = http.body(e);
    for (const field of ["name", "qpu", "kind", "language"]) {
      if (!http.optional(sent[field], http.isString)) {
        throw http.refuse(400, "Invalid request body.");
      }
    }
    const events = http.optional(sent.events, Array.isArray) || [];
    if (!(sent.kind in drivers.KINDS)) {
      throw http.refuse(400, `Unknown kind "${sent.kind}".`);
    }
    if (!drivers.LANGUAGES.includes(sent.language)) {
      throw http.refuse(400, `Unknown language "${sent.language}".`);
    }
    for (const event of events) {
      if (!drivers.JOBS.concat(drivers.READINGS).includes(event)) {
        throw http.refuse(400, `Unknown event type "${event}".`);
      }
    }
    try {
      e.app.findRecordById("qpus", sent.qpu);
    } catch (_) {
      throw http.refuse(500, "Failed to create driver.", {
        qpu: new ValidationError(
          "validation_missing_rel_records", "Failed to find all relation records with the provided ids."),
      });
    }
    const secret = http.newSecret();
    const record = new Record(e.app.findCollectionByNameOrId("drivers"));
    record.load({
      name: sent.name, qpu: sent.qpu, kind: sent.kind, language: sent.language,
      events: drivers.KINDS[sent.kind] || events,
      status: "offline", enabled: true, token: $security.sha256(secret),
    });
    e.app.save(record);
    return e.json(201, {
      id: record.id, name: sent.name, qpu: sent.qpu, kind: sent.kind, language: sent.language, events: null,
      status: "offline", enabled: true, token: secret,
      ca_fingerprint: identity.fingerprint(), qpi_addr: identity.address(e), driver_version: identity.VERSION,
      snippets: drivers.snippets(sent.kind, sent.language, identity.address(e), secret),
    });
  });

  /// POST /api/op/drivers/toggle: `id`, `enabled`. Disabling ends its dispatcher at once and closes the connection, which
  /// sets its QPU offline about a second later. Enabled again it may connect; it does not by itself.
  routerAdd("POST", "/api/op/drivers/toggle", (e) => {
    const http = require(`${__hooks}/lib/http.js`);
    const connections = require(`${__hooks}/lib/connections.js`);
    http.requireAdmin(e);
    const sent = http.body(e);
    const enabled = http.optional(sent.enabled, http.isBool);
    if (!http.optional(sent.id, http.isString) || enabled === undefined || enabled === null) {
      throw http.refuse(400, "Invalid request body.");
    }
    let record;
    try {
      record = e.app.findRecordById("drivers", sent.id);
    } catch (_) {
      throw http.refuse(404, "Driver not found.");
    }
    e.app.runInTransaction((tx) => {
      record.set("enabled", enabled);
      tx.save(record);
      if (!enabled) {
        connections.end(tx, record.id);
      }
    });
    return e.json(200, { id: record.id, name: record.getString("name"), enabled, status: record.getString("status") });
  });

  /// A driver that is disabled, by whichever way, is offline.
  onRecordUpdate((e) => {
    if (e.record.original().getBool("enabled") && !e.record.getBool("enabled")) {
      e.record.set("status", "offline");
    }
    e.next();
  }, "drivers");

  /// POST /api/op/drivers/connect: `token`, and `host` and `version`, which are not kept. Its dispatcher starts; the driver
  /// is online once its connection is open. One that names no host is played by the sandbox's worker from then on; one
  /// with a host is left to itself.
  routerAdd("POST", "/api/op/drivers/connect", (e) => {
    const http = require(`${__hooks}/lib/http.js`);
    const qpus = require(`${__hooks}/lib/qpus.js`);
    const identity = require(`${__hooks}/lib/identity.js`);
    const connections = require(`${__hooks}/lib/connections.js`);
    const sent = http.body(e);
    const token = http.optional(sent.token, http.isString);
    if (!token) {
      throw http.refuse(400, "Invalid request body.");
    }
    const hash = $security.sha256(token);
    const record = e.app.findRecordsByFilter("drivers", "token = {:hash}", "", 1, 0, { hash })[0];
    if (!record) {
      throw http.refuse(401, "Invalid access token.");
    }
    if (!record.getBool("enabled")) {
      throw http.refuse(403, "Driver is currently disabled by administrator.");
    }
    const port = record.getInt("nng_in_port") || qpus.freePort(e.app, "drivers", "nng_in_port", 6000);
    record.load({ nng_in_port: port, nng_out_port: port + 1, last_seen: new DateTime().string() });
    e.app.runInTransaction((tx) => {
      tx.save(record);
      connections.connect(
        tx, record.id, record.getString("qpu"), record.getString("name"), record.getString("kind"),
        (JSON.parse(record.getString("events") || "null") || []), !sent.host);
    });
    return e.json(200, {
      status: "success", nng_in_port: port, nng_out_port: port + 1,
      tls_hash: identity.fingerprint(), auth_token: token, nng_host: "127.0.0.1",
    });
  });
}
