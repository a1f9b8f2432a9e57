/// What only a sandbox has: the drivers (v0.0: QPUs) that its own worker plays, once they have connected; and from which
/// seed its demo data were made, with the password hash that all demo users begin with.
migrate((app) => {
  app.save(new Collection({
    name: "sandbox_hosted", type: "base",
    fields: [{ name: "node", type: "text", required: true }],
    indexes: ["CREATE UNIQUE INDEX idx_hosted ON sandbox_hosted (node)"],
  }));
  app.save(new Collection({
    name: "sandbox_sown", type: "base",
    fields: [{ name: "seed", type: "number" }, { name: "hash", type: "text", hidden: true }],
  }));
}, () => {});
