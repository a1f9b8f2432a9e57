/// Themes of the dashboard (v0.1 on): the routes that the dashboard reads before anybody signs in.

if ($os.getenv("QPI_GENERATION") !== "v0.0") {
  /// GET /api/theme/active: the active theme, or the default one.
  routerAdd("GET", "/api/theme/active", (e) => {
    const themes = require(`${__hooks}/lib/themes.js`);
    const record = themes.active(e.app);
    return e.json(200, record ? themes.show(record) : themes.DEFAULT);
  });

  /// GET /api/theme/defaults: the default theme.
  routerAdd("GET", "/api/theme/defaults", (e) => {
    return e.json(200, require(`${__hooks}/lib/themes.js`).DEFAULT);
  });

  /// GET /api/theme/css, /api/theme/js: what the active theme adds; 204 where it adds nothing.
  routerAdd("GET", "/api/theme/css", (e) => {
    const record = require(`${__hooks}/lib/themes.js`).active(e.app);
    const text = record ? record.getString("custom_css") : "";
    return text ? e.blob(200, "text/css", text) : e.noContent(204);
  });

  routerAdd("GET", "/api/theme/js", (e) => {
    const record = require(`${__hooks}/lib/themes.js`).active(e.app);
    const text = record ? record.getString("custom_js") : "";
    return text ? e.blob(200, "text/javascript", text) : e.noContent(204);
  });

  /// At most one theme is active.
  onRecordCreate((e) => {
    require(`${__hooks}/lib/themes.js`).activate(e.app, e.record);
    e.next();
  }, "themes");

  onRecordUpdate((e) => {
    require(`${__hooks}/lib/themes.js`).activate(e.app, e.record);
    e.next();
  }, "themes");
}
