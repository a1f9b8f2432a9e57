/// Themes of the dashboard (v0.1 on): for everyone to read, superusers write them. At most one is active
/// (pb_hooks/themes.pb.js).
migrate((app) => {
  if ($os.getenv("QPI_GENERATION") === "v0.0") {
    return;
  }
  const image = ["image/png", "image/svg+xml", "image/webp"];
  app.save(new Collection({
    name: "themes", type: "base", listRule: "", viewRule: "",
    fields: [
      { name: "name", type: "text", required: true },
      { name: "is_active", type: "bool" },
      { name: "site_name", type: "text" },
      { name: "tagline", type: "text" },
      { name: "logo", type: "file", maxSelect: 1, maxSize: 2097152, mimeTypes: image },
      { name: "favicon", type: "file", maxSelect: 1, maxSize: 524288, mimeTypes: image.concat(["image/x-icon"]) },
      { name: "tokens", type: "json" },
      { name: "custom_css", type: "text" },
      { name: "custom_js", type: "text" },
      { name: "created", type: "autodate", onCreate: true },
      { name: "updated", type: "autodate", onCreate: true, onUpdate: true },
    ],
  }));
}, () => {});
