/// Jobs. One whose user is deleted stays, without a user. Made and cancelled through /api/jobs (pb_hooks/jobs.pb.js); the collection shows a user its own ones
/// with their real results. Only superusers write it. There is no index, as on the real server; a superuser may add some by
/// PATCHing the collection (`indexes`), or ask for those that help (pb_hooks/worker.pb.js).
migrate((app) => {
  app.save(new Collection({
    id: "pbc_2816938650", name: "quantum_jobs", type: "base",
    listRule: "@request.auth.id != '' && user_id = @request.auth.id",
    viewRule: "@request.auth.id != '' && user_id = @request.auth.id",
    fields: [
      { name: "user_id", type: "relation", collectionId: "_pb_users_auth_", maxSelect: 1 },
      { name: "qpu_target", type: "relation", collectionId: "name", maxSelect: 1 },
      { name: "payload", type: "json", maxSize: 20000000 },
      {
        name: "status", type: "select", required: true, maxSelect: 1,
        values: ["pending", "running", "completed", "failed", "cancelled"],
      },
      { name: "results", type: "json", maxSize: 200000000 },
      { name: "duration", type: "number", min: 0 },
      { name: "finished_at", type: "date" },
      { name: "created", type: "autodate", onCreate: true },
      { name: "updated", type: "autodate", onCreate: true, onUpdate: true },
    ],
  }));
}, () => {});
