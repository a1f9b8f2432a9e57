/** What the custom routes share: who asks, what they sent, how they are refused. */

/** A refusal in the orchestrator's words: any status, a message, field errors. */
function refuse(status, message, fields) {
  return new ApiError(status, message, fields || {});
}

/** The JSON object of the request's body; anything else is 400. */
function body(e) {
  let sent;
  try {
    sent = JSON.parse(toString(e.request.body));
  } catch (_) {
    throw refuse(400, "Invalid request body.");
  }
  if (sent === null || typeof sent !== "object" || Array.isArray(sent)) {
    throw refuse(400, "Invalid request body.");
  }
  return sent;
}

/**
 * What a body, JSON or a form, wants of a number: `total`, whether it sets it; `change`, what `field+` and `field-` in
 * it add and take.
 */
function sentNumber(e, field) {
  const raw = toString(e.requestEvent.event.request.body);
  let sent = {};
  try {
    sent = JSON.parse(raw) || {};
  } catch (_) {
    for (const part of raw.split("&")) {
      const [name, value] = part.split("=").map((text) => decodeURIComponent(text.replaceAll("+", " ")));
      sent[name] = value;
    }
    if (raw.includes(`name="${field}"`)) {
      sent[field] = true;
    }
  }
  const change = (Number(sent[`${field}+`]) || 0) - (Number(sent[`${field}-`]) || 0);
  return { total: field in sent, change };
}

/** `value` if it is absent or passes `test`; else 400, as a typed decoder would. */
function optional(value, test) {
  if (value !== undefined && value !== null && !test(value)) {
    throw refuse(400, "Invalid request body.");
  }
  return value;
}

const isString = (v) => typeof v === "string";
const isBool = (v) => typeof v === "boolean";
const isInt = (v) => Number.isInteger(v);

/** Only superusers get past this. */
function requireAdmin(e) {
  if (!e.auth || !e.auth.isSuperuser()) {
    throw refuse(403, "Admin access required.");
  }
}

/**
 * The users record on whose behalf a custom route acts: the session's user, else the API token's owner.
 * A superuser acts as a users record with its own e-mail and practically endless time, made on first use.
 */
function caller(e) {
  if (e.auth && e.auth.isSuperuser()) {
    return shadow(e.app, e.auth.getString("email"));
  }
  if (e.auth) {
    return e.auth;
  }
  const raw = e.request.header.get("X-API-Token");
  if (raw) {
    const found = e.app.findRecordsByFilter("api_tokens", "token = {:hash}", "", 1, 0, { hash: $security.sha256(raw) });
    const token = found[0];
    if (token && (token.getString("expires_at") === "" || token.getDateTime("expires_at").time().after(new Date()))) {
      return e.app.findRecordById("users", token.getString("user"));
    }
  }
  throw refuse(401, "Authentication required.");
}

function shadow(app, email) {
  try {
    return app.findAuthRecordByEmail("users", email);
  } catch (_) {
    const record = new Record(app.findCollectionByNameOrId("users"));
    record.setEmail(email);
    record.setPassword($security.randomString(40));
    record.set("qpu_seconds", 999999999);
    app.save(record);
    return record;
  }
}

/** `limit`, `skip` and `sort` of a custom list. */
function page(e, sort) {
  const query = e.request.url.query();
  return {
    sort: query.get("sort") || sort,
    limit: Math.max(0, parseInt(query.get("limit"), 10) || 0),
    skip: Math.max(0, parseInt(query.get("skip"), 10) || 0),
  };
}

/** Refuses a negative number in a record that is about to be saved, in the orchestrator's own words. */
function refuseNegative(e, field, message) {
  if (e.record.getFloat(field) < 0) {
    throw refuse(400, message, {
      [field]: new ValidationError("validation_min_number_constraint", "Must be larger than 0.000000."),
    });
  }
}

/** A secret as it is handed out once; only its hash is stored. */
function newSecret() {
  return "qpi_" + $security.randomStringWithAlphabet(64, "0123456789abcdef");
}

module.exports = { refuse, body, sentNumber, optional, isString, isBool, isInt, requireAdmin, caller, page, refuseNegative, newSecret };
