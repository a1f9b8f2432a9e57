/// Requests for QPU time. A user makes its own, pending, and may withdraw it while it is pending; superusers decide
/// (pb_hooks/time_requests.pb.js). They carry no dates: `@rowid` is the order of arrival.
migrate((app) => {
  app.save(new Collection({
    id: "pbc_4234647510", name: "qpu_time_requests", type: "base",
    listRule: "@request.auth.id != '' && user = @request.auth.id",
    viewRule: "@request.auth.id != '' && user = @request.auth.id",
    createRule: "@request.auth.id != '' && user = @request.auth.id && status = 'pending'",
    deleteRule: "@request.auth.id != '' && user = @request.auth.id && status = 'pending'",
    fields: [
      { name: "user", type: "relation", collectionId: "_pb_users_auth_", maxSelect: 1 },
      { name: "seconds", type: "number", required: true, min: 0 },
      { name: "requested_reason", type: "text" },
      { name: "status", type: "select", required: true, maxSelect: 1, values: ["pending", "approved", "rejected"] },
      { name: "rejection_reason", type: "text" },
      // The id of the superuser who decided: bare, it does not expand.
      { name: "handled_by", type: "text" },
    ],
  }));
}, () => {});
