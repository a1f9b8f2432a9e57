/// API tokens: a user makes, lists, renames and revokes its own. Only the hash is stored.

/// POST /api/tokens: `name`, `expires_at`. The raw token is in this answer only. A date that cannot be read is dropped
/// without complaint and makes a token that never expires: clients must check it.
routerAdd("POST", "/api/tokens", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const tokens = require(`${__hooks}/lib/tokens.js`);
  const user = http.caller(e);
  const sent = http.body(e);
  const name = http.optional(sent.name, http.isString);
  if (!name) {
    throw http.refuse(400, "Invalid request body.");
  }
  const secret = http.newSecret();
  const record = new Record(e.app.findCollectionByNameOrId("api_tokens"));
  record.load({ user: user.id, name, token: $security.sha256(secret) });
  if (http.optional(sent.expires_at, http.isString)) {
    record.set("expires_at", sent.expires_at);
  }
  e.app.save(record);
  return e.json(201, Object.assign({ token: secret }, tokens.show(record)));
});

/// GET /api/tokens: own ones, newest first.
routerAdd("GET", "/api/tokens", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const tokens = require(`${__hooks}/lib/tokens.js`);
  const user = http.caller(e);
  const own = e.app.findRecordsByFilter("api_tokens", "user = {:user}", "-@rowid", 0, 0, { user: user.id });
  return e.json(200, own.map(tokens.show));
});

/// GET /api/tokens/{id}
routerAdd("GET", "/api/tokens/{id}", (e) => {
  const tokens = require(`${__hooks}/lib/tokens.js`);
  return e.json(200, tokens.show(tokens.own(e)));
});

/// PATCH /api/tokens/{id}: the name, the end. A text that is no date makes a token that never ends, as on the real server.
routerAdd("PATCH", "/api/tokens/{id}", (e) => {
  const http = require(`${__hooks}/lib/http.js`);
  const tokens = require(`${__hooks}/lib/tokens.js`);
  const record = tokens.own(e);
  const sent = http.body(e);
  const name = http.optional(sent.name, http.isString);
  const end = http.optional(sent.expires_at, http.isString);
  if (name) {
    record.set("name", name);
  }
  if (end !== undefined && end !== null) {
    record.set("expires_at", end);
  }
  e.app.save(record);
  return e.json(200, tokens.show(record));
});

/// DELETE /api/tokens/{id}: revoked at once.
routerAdd("DELETE", "/api/tokens/{id}", (e) => {
  const tokens = require(`${__hooks}/lib/tokens.js`);
  e.app.delete(tokens.own(e));
  return e.json(200, { status: "deleted" });
});
