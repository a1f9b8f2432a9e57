/** The worker's half of the server: a snapshot to decide on, and the changes it asks for. */

const { OLDER } = require(`${__hooks}/lib/identity.js`);
const connections = require(`${__hooks}/lib/connections.js`);
const http = require(`${__hooks}/lib/http.js`);

const PENDING_AT_ONCE = 1000; // a longer queue is read in turns

function requireKey(e) {
  const key = $os.getenv("QPI_SANDBOX_WORKER_KEY");
  if (!key || !$security.equal(e.request.header.get("X-Sandbox-Key"), key)) {
    throw http.refuse(404, "The requested resource wasn't found.");
  }
}

const now = () => new DateTime().string();

/**
 * The `qpus`, the `drivers` that have ever connected, the jobs `pending` in order of arrival and `running` with the
 * moment they were dispatched, the `slot` of this moment, and when its holder last completed a job on each QPU.
 */
function schedule(app) {
  connections.seen(app);
  const at = now();
  const slot = connections.rows(
    app,
    "SELECT booked_by, start_time FROM time_slots WHERE start_time <= {:at} AND end_time >= {:at} ORDER BY start_time DESC LIMIT 1",
    ["booked_by", "start_time"], { at })[0] || null;
  const completed = slot ? connections.rows(
    app, "SELECT qpu, at FROM sandbox_last_completed WHERE user = {:user}", ["qpu", "at"], { user: slot.booked_by }) : [];
  const columns = ["id", "qpu", "user", "created", "updated"];
  const jobs = (status, order) => connections.rows(
    app,
    `SELECT ${columns.join(", ")} FROM sandbox_open_jobs WHERE status = '${status}' ORDER BY ${order} LIMIT ${PENDING_AT_ONCE}`,
    columns);
  return {
    now: at,
    run: connections.RUN,
    slot_holder: slot ? slot.booked_by : "",
    last_completed: Object.fromEntries(completed.map((row) => [row.qpu, row.at])),
    qpus: connections.rows(app, "SELECT id, status, num_qubits FROM qpus", ["id", "status", "num_qubits"]),
    drivers: drivers(app),
    pending: jobs("pending", "created, arrival"),
    running: jobs("running", "updated"),
  };
}

/** Every connection with what its driver's record (v0.0: its QPU's) says now; a record that is gone says nothing. */
function drivers(app) {
  const columns = connections.COLUMNS.concat(["enabled", "last_seen"]);
  const own = connections.COLUMNS.map((column) => `c.${column} AS ${column}`).join(", ");
  const seen = OLDER ? "''" : "IFNULL(r.last_seen, '')";
  return connections.rows(
    app,
    `SELECT ${own}, IFNULL(r.enabled, 0) AS enabled, ${seen} AS last_seen FROM sandbox_drivers c
      LEFT JOIN ${OLDER ? "qpus" : "drivers"} r ON r.id = c.node ORDER BY c.rowid`,
    columns);
}

/** A dispatcher takes a pending job, which is running from then on. Null where it is not pending any more. */
function claim(app, id, node) {
  const job = app.findRecordsByFilter("quantum_jobs", "id = {:id} && status = 'pending'", "", 1, 0, { id })[0];
  if (!job || !connections.active(connections.find(app, node))) {
    return null;
  }
  job.set("status", "running");
  app.save(job);
  return { payload: JSON.parse(job.getString("payload") || "null") };
}

/**
 * A driver brings a result. It is taken whatever the job's status is by now: a cancelled job completes, one that was put
 * back and dispatched again completes twice. The duration counts from the job's last update, and the owner is charged it,
 * unless less than that is left.
 */
function finish(app, id, node, results) {
  const row = connections.find(app, node);
  const job = app.findRecordsByFilter("quantum_jobs", "id = {:id}", "", 1, 0, { id })[0];
  if (!job || !connections.active(row) || row.alive !== "1") {
    return false;
  }
  const duration = new DateTime().time().sub(job.getDateTime("updated").time()).seconds();
  // Nobody's, where the user was deleted meanwhile.
  const owner = app.findRecordsByFilter("users", "id = {:id}", "", 1, 0, { id: job.getString("user_id") })[0];
  const left = owner ? owner.getFloat("qpu_seconds") - duration : -1;
  if (left >= 0) {
    owner.set("qpu_seconds", left);
    app.save(owner);
  }
  const failed = JSON.parse(results).error !== undefined;
  job.load({ status: failed ? "failed" : "completed", duration, finished_at: now() });
  job.set("results", results);
  app.save(job);
  return true;
}

/** A job that has been running since `updated` goes back to pending. */
function putBack(app, id, updated) {
  const job = app.findRecordsByFilter("quantum_jobs", "id = {:id} && status = 'running'", "", 1, 0, { id })[0];
  if (!job || job.getString("updated") !== updated) {
    return false;
  }
  job.set("status", "pending");
  app.save(job);
  return true;
}

/** The driver process of a node is started anew by whoever runs it; a disabled one is refused. */
function start(app, node) {
  const collection = OLDER ? "qpus" : "drivers";
  const record = app.findRecordsByFilter(collection, "id = {:node}", "", 1, 0, { node })[0];
  if (!record || !record.getBool("enabled")) {
    return false;
  }
  if (OLDER) {
    connections.connect(app, node, node, record.getString("name"), record.getString("executor_type"), ["JobDispatch"], true);
  } else {
    const events = (JSON.parse(record.getString("events") || "null") || []);
    connections.connect(
      app, node, record.getString("qpu"), record.getString("name"), record.getString("kind"), events, true);
  }
  return true;
}

module.exports = { requireKey, schedule, claim, finish, putBack, start };
