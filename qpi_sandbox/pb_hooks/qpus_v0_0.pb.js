/// Generation v0.0 only: a QPU's driver connects with the QPU's own access token.

/// POST /api/op/qpus/connect: `name`, `access_token`, `executor_type`, `device_config`. The token alone decides which
/// QPU it is; the name is not looked at. It is online once its connection is open. One that names no `host` is played by
/// the sandbox's worker from then on; one with a host is left to itself.
if ($os.getenv("QPI_GENERATION") === "v0.0") {
  routerAdd("POST", "/api/op/qpus/connect", (e) => {
    const http = require(`${__hooks}/lib/http.js`);
    const qpus = require(`${__hooks}/lib/qpus.js`);
    const identity = require(`${__hooks}/lib/identity.js`);
    const connections = require(`${__hooks}/lib/connections.js`);
    const sent = http.body(e);
    const token = http.optional(sent.access_token, http.isString);
    if (!token || !http.optional(sent.name, http.isString)) {
      throw http.refuse(400, "Invalid request body.");
    }
    const hash = $security.sha256(token);
    const record = e.app.findRecordsByFilter("qpus", "access_token = {:hash}", "", 1, 0, { hash })[0];
    if (!record) {
      throw http.refuse(401, "Invalid access token.");
    }
    if (!record.getBool("enabled")) {
      throw http.refuse(403, "QPU is currently disabled by administrator.");
    }
    const port = record.getInt("nng_command_port") || qpus.freePort(e.app, "qpus", "nng_command_port", 7100);
    record.load({ nng_command_port: port, nng_result_port: port + 1 });
    if (sent.executor_type) {
      record.set("executor_type", sent.executor_type);
    }
    if (sent.device_config) {
      record.set("device_config", sent.device_config);
    }
    e.app.runInTransaction((tx) => {
      tx.save(record);
      connections.connect(
        tx, record.id, record.id, record.getString("name"), record.getString("executor_type"), ["JobDispatch"], !sent.host);
    });
    return e.json(200, {
      status: "success",
      nng_command_port: port,
      nng_result_port: port + 1,
      tls_hash: identity.fingerprint(),
      auth_token: token,
      nng_host: "127.0.0.1",
    });
  });

  /// PATCH of a QPU's record: disabling it ends its dispatcher, which the toggle route does not; enabling it starts the
  /// dispatcher again, and a driver process that is still running reconnects by itself.
  onRecordUpdateRequest((e) => {
    const connections = require(`${__hooks}/lib/connections.js`);
    const before = e.record.original().getBool("enabled");
    e.next();
    if (before && !e.record.getBool("enabled")) {
      connections.close(e.app, e.record.id);
    } else if (!before && e.record.getBool("enabled")) {
      connections.open(e.app, e.record.id);
    }
  }, "qpus");
}
