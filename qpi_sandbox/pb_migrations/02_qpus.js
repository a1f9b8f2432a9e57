/// QPUs: public to read, only superusers write. Names are not unique; the id is what a job targets.
///
/// `created` and `updated` exist and stay empty, as in the orchestrator.
/// In generation v0.0 a QPU carries its driver's access token (hashed) and connection, shown to everyone.
migrate((app) => {
  const older = $os.getenv("QPI_GENERATION") === "v0.0";
  const fields = [
    { name: "name", type: "text", required: true, max: 200 },
    { name: "status", type: "select", values: ["offline", "online", "maintenance"], maxSelect: 1 },
    { name: "num_qubits", type: "number", min: 0, onlyInt: true },
    { name: "enabled", type: "bool" },
    { name: "created", type: "date" },
    { name: "updated", type: "date" },
  ];
  if (older) {
    fields.push(
      { name: "access_token", type: "text" },
      { name: "executor_type", type: "text" },
      { name: "device_config", type: "json" },
      { name: "nng_command_port", type: "number" },
      { name: "nng_result_port", type: "number" },
    );
  }
  app.save(new Collection({
    id: "name", name: "qpus", type: "base", listRule: "", viewRule: "", fields,
  }));
}, () => {});
