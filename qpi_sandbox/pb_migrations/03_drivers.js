/// Drivers (v0.1 on): the programs that run a QPU's jobs or read its cryostat. Public to read, the token's hash is not.
///
/// A QPU cannot be deleted while a driver refers to it: the relation is required and does not cascade.
migrate((app) => {
  if ($os.getenv("QPI_GENERATION") === "v0.0") {
    return;
  }
  app.save(new Collection({
    id: "pbc_1967373549", name: "drivers", type: "base", listRule: "", viewRule: "",
    fields: [
      { name: "name", type: "text", required: true, max: 200 },
      { name: "qpu", type: "relation", collectionId: "name", required: true, maxSelect: 1 },
      {
        name: "kind", type: "select", required: true, maxSelect: 1,
        values: ["mock", "qiskit_aer", "quantify", "qblox", "presto", "bluefors_gen1", "custom"],
      },
      { name: "language", type: "select", required: true, maxSelect: 1, values: ["python", "typescript", "go"] },
      { name: "events", type: "json" },
      { name: "status", type: "select", values: ["offline", "online"], maxSelect: 1 },
      { name: "enabled", type: "bool" },
      { name: "token", type: "text", hidden: true },
      { name: "host", type: "text" },
      { name: "version", type: "text" },
      { name: "nng_in_port", type: "number" },
      { name: "nng_out_port", type: "number" },
      { name: "last_seen", type: "date" },
      { name: "created", type: "date" },
      { name: "updated", type: "date" },
    ],
  }));
}, () => {});
