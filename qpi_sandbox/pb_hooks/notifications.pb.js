/// Announcements: written through the collection by superusers, dismissed here by anybody, with a session or a token.

/// POST /api/notifications/{id}/dismiss: 200 however often. Each person's dismissal is kept by itself; `dismissed_by`
/// shows the last. (In the recorded server a second person's dismissal brings it back for the first.)
routerAdd("POST", "/api/notifications/{id}/dismiss", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const user = http.caller(e);
  e.app.runInTransaction((tx) => {
    let record;
    try {
      record = tx.findRecordById("notifications", e.request.pathValue("id"));
    } catch (_) {
      throw http.refuse(404, "Notification not found.");
    }
    const mine = { notification: record.id, user: user.id };
    const known = tx.findRecordsByFilter(
      "notification_dismissals", "notification = {:notification} && user = {:user}", "", 1, 0, mine);
    if (!known.length) {
      const dismissal = new Record(tx.findCollectionByNameOrId("notification_dismissals"));
      dismissal.load(mine);
      tx.save(dismissal);
    }
    record.set("dismissed_by", user.id);
    tx.save(record);
  });
  return e.json(200, { status: "dismissed" });
});
