/// What drivers report (v0.1 on), for everyone to read. Type CryostatReading: `payload.readings` maps a channel to
/// `{value: number|null, unit, status}`; `ts` is RFC 3339 text, the moment of the reading.
migrate((app) => {
  if ($os.getenv("QPI_GENERATION") === "v0.0") {
    return;
  }
  app.save(new Collection({
    id: "pbc_1687431684", name: "events", type: "base", listRule: "", viewRule: "",
    fields: [
      { name: "type", type: "text", required: true },
      { name: "driver", type: "relation", collectionId: "pbc_1967373549", maxSelect: 1, cascadeDelete: true },
      { name: "qpu", type: "relation", collectionId: "name", maxSelect: 1, cascadeDelete: true },
      { name: "source", type: "text" },
      { name: "ts", type: "text" },
      { name: "payload", type: "json" },
      { name: "created", type: "autodate", onCreate: true },
    ],
    indexes: ["CREATE INDEX `idx_events_type_ts` ON `events` (`type`, `ts`)"],
  }));
}, () => {});
