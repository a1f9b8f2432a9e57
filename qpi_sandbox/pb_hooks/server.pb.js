/// The server itself: its version, its root certificate, its first superuser.

/// GET /api/op/version: superusers only.
routerAdd("GET", "/api/op/version", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  http.requireAdmin(e);
  return e.json(200, { version: require(`${__hooks}/lib/identity.js`).VERSION });
});

/// GET /api/pub/root-ca.pem: for everyone; its fingerprint is what drivers pin.
routerAdd("GET", "/api/pub/root-ca.pem", (e) => {
  return e.blob(200, "application/x-pem-file", require(`${__hooks}/lib/identity.js`).certificate());
});

/// The administrator comes from the environment, never from a command line, at every start.
/// An unchanged password keeps its sessions.
onBootstrap((e) => {
  e.next();
  const email = $os.getenv("QPI_SANDBOX_ADMIN");
  const password = $os.getenv("QPI_SANDBOX_ADMIN_PASSWORD");
  if (!email || !password) {
    return;
  }
  let admin;
  try {
    admin = e.app.findAuthRecordByEmail("_superusers", email);
  } catch (_) {
    try {
      const superusers = e.app.findCollectionByNameOrId("_superusers");
      // As pb_migrations/01_users.js stores it, which has not run yet when a new folder is started.
      superusers.fields.getByName("password").cost = 4;
      admin = new Record(superusers);
      admin.setEmail(email);
    } catch (_) {
      return; // no collections yet: migrations run later
    }
  }
  if (admin.isNew() || !admin.validatePassword(password)) {
    admin.setPassword(password);
    e.app.save(admin);
  }
});
