/** Themes as the custom routes answer them. */

const TEXTS = ["name", "site_name", "tagline", "logo", "favicon", "custom_css", "custom_js", "created", "updated"];

/** The theme that is shown where none is active. Its values are the sandbox's own; the keys are the real server's. */
const DEFAULT = {
  id: "default",
  name: "Default",
  is_active: true,
  site_name: "QPI Interface",
  tagline: "Control Hub",
  logo: "",
  favicon: "",
  tokens: {
    colors: {
      light: palette("#fafafa", "#ffffff", "#1a1a2e", "#e0e0e6"),
      dark: palette("#0b0b10", "#16161d", "#f2f2f7", "#2a2a33"),
    },
    fonts: { sans: "sans-serif", mono: "monospace", display: "sans-serif" },
    spacing: { "sidebar-width": "240px" },
    radius: { sm: "4px", md: "6px", lg: "8px", full: "999px" },
    shadows: { sm: "0 1px 2px #0002", md: "0 4px 8px #0002" },
  },
  custom_css: "",
  custom_js: "",
  created: "",
  updated: "",
};

function palette(background, surface, primary, border) {
  return {
    background, surface, "surface-dim": background, "surface-container": border, primary, border,
    secondary: "#5a5ae0", success: "#2aa84a", warning: "#d9a400", error: "#d93a3a",
  };
}

/** The active theme's record, or null. */
function active(app) {
  return app.findRecordsByFilter("themes", "is_active = true", "", 1, 0)[0] || null;
}

/** The answer of GET /api/theme/active. The tokens of an active theme are null: a fault of the real server, kept. */
function show(record) {
  const answer = { id: record.id, is_active: true, tokens: null };
  TEXTS.forEach((field) => { answer[field] = record.getString(field); });
  return answer;
}

/** A theme that becomes active takes the place of the one that was. */
function activate(app, record) {
  if (record.getBool("is_active")) {
    app.db().newQuery("UPDATE themes SET is_active = FALSE WHERE id != {:id}").bind({ id: record.id }).execute();
  }
}

module.exports = { DEFAULT, active, show, activate };
