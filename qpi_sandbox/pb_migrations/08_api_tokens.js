/// API tokens: a user's keys to the custom routes, kept as hashes. No rule opens the collection to anybody but
/// superusers; /api/tokens is the way in (pb_hooks/tokens.pb.js).
migrate((app) => {
  app.save(new Collection({
    name: "api_tokens", type: "base",
    fields: [
      { name: "user", type: "relation", collectionId: "_pb_users_auth_", required: true, maxSelect: 1 },
      { name: "name", type: "text", required: true },
      { name: "token", type: "text", required: true, hidden: true },
      { name: "expires_at", type: "date" },
      { name: "created", type: "date" },
    ],
  }));
}, () => {});
