/// What only a sandbox has: the drivers (v0.0: QPUs) that its own worker plays, once they have connected.
migrate((app) => {
  app.save(new Collection({
    name: "sandbox_hosted", type: "base",
    fields: [{ name: "node", type: "text", required: true }],
    indexes: ["CREATE UNIQUE INDEX idx_hosted ON sandbox_hosted (node)"],
  }));
}, () => {});
