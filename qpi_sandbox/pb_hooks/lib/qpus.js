/** A QPU as the custom routes answer it. */

const { OLDER } = require(`${__hooks}/lib/identity.js`);

function json(record, field) {
  return JSON.parse(record.getString(field) || "null");
}

/** The answer of GET /api/qpus and /api/qpus/{id}. Generation v0.0 shows its access token's hash to everyone. */
function show(q) {
  const common = {
    id: q.id,
    name: q.getString("name"),
    status: q.getString("status"),
    num_qubits: q.getInt("num_qubits"),
    enabled: q.getBool("enabled"),
    created: q.getString("created"),
    updated: q.getString("updated"),
  };
  if (!OLDER) {
    return common;
  }
  return Object.assign(common, {
    access_token: q.getString("access_token"),
    nng_command_port: q.getInt("nng_command_port"),
    nng_result_port: q.getInt("nng_result_port"),
    executor_type: q.getString("executor_type"),
    device_config: json(q, "device_config"),
  });
}

/** A free pair of ports for a driver's connection: the first of them. Drivers keep theirs. */
function freePort(app, collection, field, first) {
  const taken = app.findRecordsByFilter(collection, `${field} > 0`, `-${field}`, 1, 0);
  return taken.length ? taken[0].getInt(field) + 2 : first;
}

module.exports = { show, freePort };
