/// What only a sandbox has. None of these tables is a collection: the API does not know them.
///
/// `sandbox_drivers`: the connections of drivers (v0.0: QPUs). The real server keeps them in memory and talks to the
/// drivers over sockets of its own; see `lib/connections.js` for the columns.
///
/// `sandbox_open_jobs` and `sandbox_last_completed`: what the dispatchers look for. `quantum_jobs` has no index, as on the
/// real server, and reading all of it for every driver every second would drown what is measured on a sandbox. Triggers
/// keep them, so that no way of writing a job gets past them.
///
/// `sandbox_seed`: the seed of the demo data, and the password hash that all demo users begin with.
migrate((app) => {
  const statements = [
    `CREATE TABLE sandbox_drivers (
      node TEXT PRIMARY KEY, qpu TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, events TEXT NOT NULL,
      played INTEGER NOT NULL, alive INTEGER NOT NULL, attached INTEGER NOT NULL, run TEXT NOT NULL
    )`,
    `CREATE TABLE sandbox_open_jobs (
      id TEXT PRIMARY KEY, qpu TEXT NOT NULL, user TEXT NOT NULL, status TEXT NOT NULL,
      created TEXT NOT NULL, updated TEXT NOT NULL, arrival INTEGER NOT NULL
    )`,
    `CREATE TABLE sandbox_last_completed (
      qpu TEXT NOT NULL, user TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (qpu, user)
    )`,
    `CREATE TABLE sandbox_seed (seed INTEGER NOT NULL, hash TEXT NOT NULL)`,
  ];
  const keep =
    "INSERT OR REPLACE INTO sandbox_open_jobs (id, qpu, user, status, created, updated, arrival) " +
    "VALUES (NEW.id, NEW.qpu_target, NEW.user_id, NEW.status, NEW.created, NEW.updated, NEW.rowid);";
  const open = "NEW.status IN ('pending', 'running') AND NEW.qpu_target != ''";
  statements.push(
    `CREATE TRIGGER sandbox_job_inserted AFTER INSERT ON quantum_jobs WHEN ${open} BEGIN ${keep} END`,
    `CREATE TRIGGER sandbox_job_updated AFTER UPDATE ON quantum_jobs WHEN ${open} BEGIN ${keep} END`,
    `CREATE TRIGGER sandbox_job_closed AFTER UPDATE ON quantum_jobs WHEN NOT (${open}) BEGIN
      DELETE FROM sandbox_open_jobs WHERE id = NEW.id; END`,
    `CREATE TRIGGER sandbox_job_completed AFTER UPDATE ON quantum_jobs WHEN NEW.status = 'completed' BEGIN
      INSERT OR REPLACE INTO sandbox_last_completed (qpu, user, at)
        VALUES (NEW.qpu_target, NEW.user_id, NEW.finished_at); END`,
    `CREATE TRIGGER sandbox_job_deleted AFTER DELETE ON quantum_jobs BEGIN
      DELETE FROM sandbox_open_jobs WHERE id = OLD.id; END`,
  );
  for (const statement of statements) {
    app.db().newQuery(statement).execute();
  }
}, () => {});
