/** The worker's half of the server: a snapshot to decide on, and the changes it asks for, each checked again. */

const { OLDER } = require(`${__hooks}/lib/identity.js`);
const http = require(`${__hooks}/lib/http.js`);
const qpus = require(`${__hooks}/lib/qpus.js`);

function requireKey(e) {
  const key = $os.getenv("QPI_SANDBOX_WORKER_KEY");
  if (!key || !$security.equal(e.request.header.get("X-Sandbox-Key"), key)) {
    throw http.refuse(404, "The requested resource wasn't found.");
  }
}

/** Rows of a query as plain objects; every column is read as text. */
function rows(app, sql, columns, params) {
  const shape = {};
  columns.forEach((c) => { shape[c] = ""; });
  const result = arrayOf(new DynamicModel(shape));
  app.db().newQuery(sql).bind(params || {}).all(result);
  return result.map((row) => {
    const plain = {};
    columns.forEach((c) => { plain[c] = row[c]; });
    return plain;
  });
}

const now = () => new DateTime().string();

/**
 * `qpus` with the drivers that run their jobs, `pending` in order of arrival, `running` with the moment they were sent,
 * the `slot` of this moment, when its holder last finished a job on each QPU, and the nodes that the worker plays.
 */
function schedule(app) {
  const at = now();
  const slot = rows(
    app,
    "SELECT booked_by, start_time, end_time FROM time_slots WHERE start_time <= {:at} AND end_time > {:at} ORDER BY start_time LIMIT 1",
    ["booked_by", "start_time", "end_time"], { at })[0] || null;
  const finished = slot ? rows(
    app,
    "SELECT id AS qpu_target, IFNULL((SELECT MAX(finished_at) FROM quantum_jobs WHERE qpu_target = qpus.id AND user_id = {:user}), '') AS last FROM qpus",
    ["qpu_target", "last"], { user: slot.booked_by }).filter((row) => row.last) : [];
  const jobs = (status, order) => rows(
    app,
    `SELECT id, qpu_target, user_id, created, updated FROM quantum_jobs WHERE status = '${status}' AND qpu_target != '' ORDER BY ${order}`,
    ["id", "qpu_target", "user_id", "created", "updated"]);
  return {
    now: at,
    slot,
    last_finished: Object.fromEntries(finished.map((row) => [row.qpu_target, row.last])),
    qpus: rows(
      app, `SELECT id, name, status, enabled, num_qubits${OLDER ? ", executor_type" : ""} FROM qpus`,
      ["id", "name", "status", "enabled", "num_qubits"].concat(OLDER ? ["executor_type"] : [])),
    drivers: OLDER ? [] : rows(
      app, "SELECT id, name, qpu, kind, status, enabled, events, last_seen FROM drivers ORDER BY rowid",
      ["id", "name", "qpu", "kind", "status", "enabled", "events", "last_seen"]),
    hosted: rows(app, "SELECT node FROM sandbox_hosted", ["node"]).map((row) => row.node),
    pending: jobs("pending", "created, rowid"),
    running: jobs("running", "updated"),
  };
}

/** A QPU may have jobs: online, enabled, with a driver for them that is online and enabled, or doing without one. */
function mayRun(app, qpu) {
  if (qpu.getString("status") !== "online" || !qpu.getBool("enabled")) {
    return false;
  }
  const drivers = qpus.jobDrivers(app, qpu.id);
  if (!drivers.length) {
    return OLDER || qpus.hosted(app, qpu.id);
  }
  return drivers.some((driver) => driver.getBool("enabled") && driver.getString("status") === "online");
}

function claim(app, id) {
  const job = app.findRecordsByFilter("quantum_jobs", "id = {:id} && status = 'pending'", "", 1, 0, { id })[0];
  if (!job || !job.getString("qpu_target") || !mayRun(app, app.findRecordById("qpus", job.getString("qpu_target")))) {
    return null;
  }
  job.set("status", "running");
  app.save(job);
  return { id, payload: JSON.parse(job.getString("payload") || "null"), updated: job.getString("updated") };
}

function finish(app, id, sent) {
  const job = app.findRecordsByFilter("quantum_jobs", "id = {:id} && status = 'running'", "", 1, 0, { id })[0];
  if (!job) {
    return false;
  }
  job.load({ status: sent.status, duration: sent.duration, finished_at: now() });
  job.set("results", sent.results);
  app.save(job);
  const owner = app.findRecordById("users", job.getString("user_id"));
  const left = owner.getFloat("qpu_seconds") - sent.duration;
  if (left >= 0) {
    owner.set("qpu_seconds", left);
    app.save(owner);
  }
  return true;
}

function putBack(app, id, updated) {
  const job = app.findRecordsByFilter("quantum_jobs", "id = {:id} && status = 'running'", "", 1, 0, { id })[0];
  if (!job || job.getString("updated") !== updated) {
    return false;
  }
  job.set("status", "pending");
  app.save(job);
  return true;
}

function online(app, node) {
  const driver = OLDER ? null : app.findRecordsByFilter("drivers", "id = {:node}", "", 1, 0, { node })[0];
  let qpu = null;
  if (!driver) {
    qpu = app.findRecordById("qpus", node);
  } else {
    driver.load({ status: "online", last_seen: now() });
    app.save(driver);
    if (driver.getString("events").includes("JobDispatch")) {
      qpu = app.findRecordById("qpus", driver.getString("qpu"));
    }
  }
  if (qpu && qpu.getBool("enabled") && qpu.getString("status") === "offline") {
    qpu.set("status", "online");
    app.save(qpu);
  }
}

module.exports = { requireKey, schedule, claim, finish, putBack, online };
