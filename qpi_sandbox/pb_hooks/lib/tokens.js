/** API tokens as they are answered: never the token itself, but in the creating answer. */

/** `expires_at` is left out when there is none. */
function show(record) {
  const answer = { id: record.id, name: record.getString("name") };
  if (record.getString("expires_at")) {
    answer.expires_at = record.getString("expires_at");
  }
  answer.created = record.getString("created");
  return answer;
}

/** The caller's own token of the path, or 404. */
function own(e) {
  const http = require(`${__hooks}/lib/http.js`);
  const user = http.caller(e);
  const found = e.app.findRecordsByFilter(
    "api_tokens", "id = {:id} && user = {:user}", "", 1, 0, { id: e.request.pathValue("id"), user: user.id });
  if (!found.length) {
    throw http.refuse(404, "Token not found.");
  }
  return found[0];
}

module.exports = { show, own };
