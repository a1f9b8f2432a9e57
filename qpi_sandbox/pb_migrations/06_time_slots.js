/// Slots: who has precedence when, on every QPU alike. All users see all slots and book for themselves;
/// superusers book for anybody. What may overlap, start and change: pb_hooks/time_slots.pb.js.
migrate((app) => {
  app.save(new Collection({
    id: "pbc_1941365820", name: "time_slots", type: "base",
    listRule: "@request.auth.id != ''",
    viewRule: "@request.auth.id != ''",
    createRule: "@request.auth.id != '' && booked_by = @request.auth.id",
    updateRule: "@request.auth.id != '' && booked_by = @request.auth.id",
    deleteRule: "@request.auth.id != '' && booked_by = @request.auth.id",
    fields: [
      { name: "start_time", type: "date", required: true },
      { name: "end_time", type: "date", required: true },
      { name: "booked_by", type: "relation", collectionId: "_pb_users_auth_", required: true, maxSelect: 1 },
    ],
  }));
}, () => {});
