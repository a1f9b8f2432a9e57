/// People. Superusers are PocketBase's own `_superusers`; everybody else is a record of `users`.
///
/// A user sees and edits only its own record; its balance is out of its reach (pb_hooks/users.pb.js).
/// Sessions last 5 days for users, 1 day for superusers. Nobody signs up: superusers create users.
migrate((app) => {
  const users = app.findCollectionByNameOrId("users");
  users.listRule = "id = @request.auth.id";
  users.viewRule = "id = @request.auth.id";
  users.createRule = null;
  users.updateRule = "id = @request.auth.id";
  users.deleteRule = "id = @request.auth.id";
  users.authToken.duration = 5 * 24 * 3600;
  users.oauth2.enabled = false;
  // The balance: a total in seconds, fractions kept.
  users.fields.add(new NumberField({ name: "qpu_seconds", min: 0 }));
  // Hashes that cost a server 60 ms a sign-in cost a test suite minutes; these guard throw-away accounts.
  users.fields.getByName("password").cost = 4;
  app.save(users);

  // A log of every request would only cost time.
  const settings = app.settings();
  settings.meta.appName = "QPI sandbox";
  settings.logs.maxDays = 0;
  app.save(settings);

  const superusers = app.findCollectionByNameOrId("_superusers");
  superusers.authToken.duration = 24 * 3600;
  superusers.fields.getByName("password").cost = 4;
  app.save(superusers);
}, () => {});
