/// Every start saves the collections, as on the real server: their `updated` tells superusers when it was started.
onBootstrap((e) => {
  e.next();
  for (const name of ["users", "api_tokens", "qpus", "time_slots", "qpu_time_requests", "notifications"]) {
    try {
      e.app.save(e.app.findCollectionByNameOrId(name));
    } catch (_) {
      // The first start: the migrations have not made it yet, and make it now.
    }
  }
  try {
    require(`${__hooks}/lib/connections.js`).greet(e.app);
  } catch (_) {
    // The first start of an empty folder: no driver has connected yet.
  }
});
