/**
 * Connections of drivers (v0.0: of QPUs, each its own driver). The real server keeps them in memory; here they are rows
 * of `sandbox_drivers`, which the worker acts on:
 *
 * - `node`: the driver (v0.0: the QPU); `qpu`, `name`, `kind`, `events`: as they were when it connected. Later changes
 *   of the record reach a dispatcher only when it is started anew.
 * - `run`: the run of the server in which its dispatcher was started; "" when it was ended. A dispatcher of an earlier
 *   run is gone: the record still says "online", and nothing is dispatched.
 * - `played`: whether the sandbox's worker plays the driver process; `alive`: whether that process runs.
 * - `attached`: whether its connection is open, as the records were last told.
 */

const { OLDER } = require(`${__hooks}/lib/identity.js`);
const RUN = $os.getenv("QPI_SANDBOX_RUN");
const WORKER_SEEN = "sandbox_worker_seen"; // when the worker last asked, in milliseconds
const WORKER_GONE = 5000; // milliseconds
const COLUMNS = ["node", "qpu", "name", "kind", "events", "played", "alive", "attached", "run"];

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

function execute(app, sql, params) {
  app.db().newQuery(sql).bind(params).execute();
}

function find(app, node) {
  return rows(app, `SELECT ${COLUMNS.join(", ")} FROM sandbox_drivers WHERE node = {:node}`, COLUMNS, { node })[0];
}

/** Whether a node's dispatcher runs. */
function active(row) {
  return row !== undefined && row.run === RUN;
}

/** A node connects: its dispatcher starts, unless it runs already. `played`: the worker plays the driver process. */
function connect(app, node, qpu, name, kind, events, played) {
  if (active(find(app, node))) {
    execute(
      app, "UPDATE sandbox_drivers SET played = {:played}, alive = {:played}, attached = 0 WHERE node = {:node}",
      { node, played: played ? 1 : 0 });
    return;
  }
  execute(
    app,
    "INSERT OR REPLACE INTO sandbox_drivers (node, qpu, name, kind, events, played, alive, attached, run) " +
    "VALUES ({:node}, {:qpu}, {:name}, {:kind}, {:events}, {:played}, {:played}, 0, {:run})",
    { node, qpu, name, kind, events: events.join(" "), played: played ? 1 : 0, run: RUN });
}

/** The dispatcher ends and the connection closes. The driver process is not told and does not come back by itself. */
function end(app, node) {
  execute(app, "UPDATE sandbox_drivers SET run = '', alive = 0 WHERE node = {:node} AND run = {:run}", { node, run: RUN });
  settle(app, node);
}

/** v0.0: the dispatcher ends and the connection closes, while the driver process goes on and tries to reconnect. */
function close(app, node) {
  execute(app, "UPDATE sandbox_drivers SET run = '', attached = 0 WHERE node = {:node}", { node });
}

/** v0.0: the dispatcher of a node that has connected before starts again; a driver process that runs reconnects. */
function open(app, node) {
  execute(app, "UPDATE sandbox_drivers SET run = {:run}, attached = 0 WHERE node = {:node} AND run != {:run}", { node, run: RUN });
}

/** The driver process ends; its dispatcher goes on. */
function stop(app, node) {
  execute(app, "UPDATE sandbox_drivers SET alive = 0 WHERE node = {:node}", { node });
  settle(app, node);
}

/** Without a worker nobody notices that a connection has closed: then the records say so at once. */
function settle(app, node) {
  const seen = app.store().get(WORKER_SEEN);
  if (!seen || Date.now() - seen > WORKER_GONE) {
    detach(app, node);
  }
}

/** The connection is open: the driver and its QPU are online, whatever the QPU was before. False where it is not. */
function attach(app, node) {
  const row = find(app, node);
  if (!active(row) || row.alive !== "1" || row.attached === "1") {
    return false;
  }
  execute(app, "UPDATE sandbox_drivers SET attached = 1 WHERE node = {:node}", { node });
  mark(app, row, "online");
  return true;
}

/** The connection has closed: the driver and its QPU are offline, whatever other drivers the QPU has. */
function detach(app, node) {
  const row = find(app, node);
  const closed = row && row.attached === "1" && (row.run === "" || (active(row) && row.alive !== "1"));
  if (!closed) {
    return false;
  }
  execute(app, "UPDATE sandbox_drivers SET attached = 0 WHERE node = {:node}", { node });
  mark(app, row, "offline");
  return true;
}

/** Sets the status of a driver and of its QPU; a record that has been deleted meanwhile is passed over. */
function mark(app, row, status) {
  const update = (collection, id, fields) => {
    const record = app.findRecordsByFilter(collection, "id = {:id}", "", 1, 0, { id })[0];
    if (record) {
      record.load(fields);
      app.save(record);
    }
  };
  if (!OLDER) {
    update("drivers", row.node, { status, last_seen: new DateTime().string() });
  }
  update("qpus", row.qpu, { status });
}

/** Every driver process that was running in an earlier run of the server connects to this one. */
function reconnect(app) {
  execute(
    app, "UPDATE sandbox_drivers SET run = {:run}, attached = 0 WHERE played = 1 AND alive = 1 AND run != {:run}", { run: RUN });
}

/** The drivers that a seeded lab says are connected to this run of the server have connected now. */
function greet(app) {
  if (!OLDER) {
    execute(
      app,
      "UPDATE drivers SET last_seen = {:now} WHERE id IN (SELECT node FROM sandbox_drivers WHERE run = {:run} AND attached = 1)",
      { run: RUN, now: new DateTime().string() });
  }
}

/** Remembers that the worker asked. */
function seen(app) {
  app.store().set(WORKER_SEEN, Date.now());
}

module.exports = { RUN, COLUMNS, rows, find, active, connect, end, close, open, stop, attach, detach, reconnect, greet, seen };
