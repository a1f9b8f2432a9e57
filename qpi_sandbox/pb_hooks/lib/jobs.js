/** Jobs as they are submitted and as the custom routes answer them. */

const http = require(`${__hooks}/lib/http.js`);

function payloadOf(record) {
  return JSON.parse(record.getString("payload") || "null");
}

/**
 * The answer of the custom routes. `results` is the payload, whatever the status: the orchestrator's own slip, kept,
 * because clients must survive it. The real results are in the collection's record.
 */
function show(record) {
  const payload = payloadOf(record);
  const answer = {
    id: record.id,
    user_id: record.getString("user_id"),
    qpu_target: record.getString("qpu_target"),
    payload,
    status: record.getString("status"),
  };
  if (record.getString("finished_at")) {
    answer.finished_at = record.getString("finished_at");
  }
  if (record.getFloat("duration")) {
    answer.duration = record.getFloat("duration");
  }
  return Object.assign(answer, {
    results: payload,
    created: record.getString("created"),
    updated: record.getString("updated"),
  });
}

/**
 * What is stored of a submission: known keys, defaults filled in. Checked is the type of each, nothing else: an empty
 * circuit, negative shots, any meas_level and any meas_return are accepted.
 */
function payloadFrom(sent) {
  const circuits = http.optional(sent.circuits, Array.isArray);
  if (!circuits || !circuits.length) {
    throw http.refuse(400, "Invalid request body.");
  }
  const given = (value, otherwise) => (value === undefined || value === null ? otherwise : value);
  const payload = {
    circuits: circuits.map(circuitFrom),
    shots: given(http.optional(sent.shots, http.isInt), 1024),
    meas_level: given(http.optional(sent.meas_level, http.isInt), 2),
    meas_return: http.optional(sent.meas_return, http.isString) || "single",
  };
  if (http.optional(sent.qpu_target, http.isString)) {
    payload.qpu_target = sent.qpu_target;
  }
  return payload;
}

function circuitFrom(sent) {
  if (sent === null || typeof sent !== "object" || Array.isArray(sent)) {
    throw http.refuse(400, "Invalid request body.");
  }
  const circuit = { circuit: http.optional(sent.circuit, http.isString) || "" };
  const isSets = (v) => Array.isArray(v) && v.every((set) => Array.isArray(set) && set.every((x) => typeof x === "number"));
  if (http.optional(sent.parameter_values, isSets)) {
    circuit.parameter_values = sent.parameter_values;
  }
  if (http.optional(sent.shots, http.isInt)) {
    circuit.shots = sent.shots;
  }
  return circuit;
}

module.exports = { show, payloadFrom, payloadOf };
