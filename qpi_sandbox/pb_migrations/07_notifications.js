/// Announcements. A user sees those that are due, meant for everybody or for itself, and not dismissed by it;
/// superusers see all and write them.
///
/// `dismissed_by` holds one user, the last who dismissed: that is the orchestrator's shape. Who dismissed what is kept
/// beside it, one record a person, so that one dismissal does not undo another's.
migrate((app) => {
  const seen =
    "@request.auth.id != '' && (target_users = '' || target_users = @request.auth.id)" +
    " && (start_time = '' || start_time <= @now) && (end_time = '' || end_time >= @now)";
  const notifications = new Collection({
    id: "pbc_2301922722", name: "notifications", type: "base", listRule: seen, viewRule: seen,
    fields: [
      { name: "title", type: "text", required: true },
      { name: "description", type: "text" },
      { name: "start_time", type: "date" },
      { name: "end_time", type: "date" },
      { name: "target_users", type: "relation", collectionId: "_pb_users_auth_", maxSelect: 1 },
      { name: "dismissed_by", type: "relation", collectionId: "_pb_users_auth_", maxSelect: 1 },
      { name: "created", type: "autodate", onCreate: true },
      { name: "updated", type: "autodate", onCreate: true, onUpdate: true },
    ],
  });
  app.save(notifications);
  app.save(new Collection({
    name: "notification_dismissals", type: "base",
    fields: [
      { name: "notification", type: "relation", collectionId: notifications.id, required: true, maxSelect: 1, cascadeDelete: true },
      { name: "user", type: "relation", collectionId: "_pb_users_auth_", required: true, maxSelect: 1, cascadeDelete: true },
    ],
    indexes: ["CREATE UNIQUE INDEX idx_dismissals ON notification_dismissals (notification, user)"],
  }));
  const rule = seen + " && notification_dismissals_via_notification.user != @request.auth.id";
  notifications.listRule = rule;
  notifications.viewRule = rule;
  app.save(notifications);
}, () => {});
