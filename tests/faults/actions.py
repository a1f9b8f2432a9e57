"""Every action that changes something, as performed by a user: its preconditions, its keys, and the result on the
server.

`count` returns how often the change was made: 0 before, 1 after. 2 means it was made twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from qpi_tui.screens.job import JobScreen
from qpi_tui.widgets.batch import Batch
from qpi_tui.widgets.dialogs import Asking
from qpi_tui.widgets.form import Form
from tests.faults import prepared, prepared_admin
from tests.faults.lab import Lab
from tests.faults.prepared import Count
from tests.tui.helpers import Person


@dataclass(frozen=True)
class Trial:
    """One action: the screen, its role, and `prepare`, which creates its preconditions.

    `prepare` returns the id for the cursor ("" for none), the keys, and a function that counts the change. A key
    that starts with `=` is text to type. `@form`, `@batch`, `@job` wait for what opens; `@said` waits for the message
    of a preparatory change. The last key sends the change.

    `prepare` gives the id that the cursor goes to ("" for none), the keys, and how to count the change. A key that
    starts with `=` is a text that is typed; `@form`, `@batch`, `@job` wait for what opens, `@said` for what is made
    before. The last key sends the change.
    """

    id: str
    screen: str
    role: str
    prepare: Callable[[Lab], tuple[str, list[str], Count]]
    sent: str

    @property
    def action(self) -> str:
        """Return the action whose key is pressed; the id may be more specific."""
        return self.id.partition(" ")[0]


TRIALS = (
    Trial("requests.approve", "requests", "admin", prepared.approve, "PATCH /api/collections/qpu_time_requests/*"),
    Trial("requests.reject", "requests", "admin", prepared.reject, "PATCH /api/collections/qpu_time_requests/*"),
    Trial("users.allocate +", "users", "admin", prepared.give, "PATCH /api/collections/users/*"),
    Trial("users.allocate -", "users", "admin", prepared.take, "PATCH /api/collections/users/*"),
    Trial("users.allocate =", "users", "admin", prepared.set_time, "PATCH /api/collections/users/*"),
    Trial("users.import", "users", "admin", prepared.import_times, "PATCH /api/collections/users/*"),
    Trial("app.undo (time)", "users", "admin", prepared.undo_give, "PATCH /api/collections/users/*"),
    Trial("users.create", "users", "admin", prepared.new_user, "POST /api/collections/users/records"),
    Trial("users.edit", "users", "admin", prepared.edit_user, "PATCH /api/collections/users/*"),
    Trial("users.delete", "users", "admin", prepared.delete_user, "DELETE /api/collections/users/*"),
    Trial(
        "users.reset", "users", "admin", prepared.reset_password,
        "POST /api/collections/users/request-password-reset",
    ),
    Trial(
        "qpus.enable", "qpus", "admin", prepared.qpu_change("e", "enabled=true", enabled=False),
        "POST /api/op/qpu/toggle",
    ),
    Trial("qpus.disable", "qpus", "admin", prepared.qpu_change("d", "enabled=false"), "POST /api/op/qpu/toggle"),
    Trial(
        "qpus.maintenance", "qpus", "admin", prepared.qpu_change("m", "status='maintenance'"),
        "PATCH /api/collections/qpus/*",
    ),
    Trial(
        "qpus.maintenance (end)", "qpus", "admin", prepared.qpu_change("m", "status='offline'", status="maintenance"),
        "PATCH /api/collections/qpus/*",
    ),
    Trial("app.undo (QPU)", "qpus", "admin", prepared.undo_disable, "POST /api/op/qpu/toggle"),
    Trial("qpus.rename", "qpus", "admin", prepared.qpu_rename, "PATCH /api/collections/qpus/*"),
    Trial("qpus.qubits", "qpus", "admin", prepared.qpu_qubits, "PATCH /api/collections/qpus/*"),
    Trial("qpus.online", "qpus", "admin", prepared.qpu_online, "PATCH /api/collections/qpus/*"),
    Trial("qpus.register", "qpus", "admin", prepared.qpu_register, "POST /api/op/qpus/create"),
    Trial("qpus.delete", "qpus", "admin", prepared.qpu_delete, "DELETE /api/collections/qpus/*"),
    Trial(
        "drivers.enable", "drivers", "admin", prepared.driver_toggle("e", enabled=True),
        "POST /api/op/drivers/toggle",
    ),
    Trial(
        "drivers.disable", "drivers", "admin", prepared.driver_toggle("d", enabled=False),
        "POST /api/op/drivers/toggle",
    ),
    Trial("app.undo (driver)", "drivers", "admin", prepared.undo_driver, "POST /api/op/drivers/toggle"),
    Trial("drivers.register", "drivers", "admin", prepared.driver_register, "POST /api/op/drivers/create"),
    Trial("drivers.rename", "drivers", "admin", prepared.driver_rename, "PATCH /api/collections/drivers/*"),
    Trial("drivers.move", "drivers", "admin", prepared.driver_move, "PATCH /api/collections/drivers/*"),
    Trial("drivers.token", "drivers", "admin", prepared.driver_token, "POST /api/op/drivers/create"),
    Trial("drivers.delete", "drivers", "admin", prepared.driver_delete, "DELETE /api/collections/drivers/*"),
    Trial("doctor.fix", "doctor", "admin", prepared.repair, "PATCH /api/collections/quantum_jobs"),
    Trial("themes.activate", "themes", "admin", prepared_admin.theme_activate, "PATCH /api/collections/themes/*"),
    Trial("themes.default", "themes", "admin", prepared_admin.theme_default, "PATCH /api/collections/themes/*"),
    Trial("themes.import", "themes", "admin", prepared_admin.theme_import, "POST /api/collections/themes/*"),
    Trial("themes.delete", "themes", "admin", prepared_admin.theme_delete, "DELETE /api/collections/themes/*"),
    Trial("server.backup", "server", "admin", prepared_admin.backup, "POST /api/backups"),
    Trial("server.delete", "server", "admin", prepared_admin.backup_delete, "DELETE /api/backups/*"),
    Trial("server.mail", "server", "admin", prepared_admin.test_mail, "POST /api/settings/test/email"),
    Trial("server.restore", "server", "admin", prepared_admin.restore, "POST /api/backups/*/restore"),
    Trial("announcements.create", "announcements", "admin", prepared.announce, "POST /api/collections/notifications/*"),
    Trial("announcements.edit", "announcements", "admin", prepared.edit, "PATCH /api/collections/notifications/*"),
    Trial(
        "announcements.end", "announcements", "admin", prepared.notice_change("x", "end_time!='' && end_time<=@now"),
        "PATCH /api/collections/notifications/*",
    ),
    Trial(
        "app.undo (announcement)", "announcements", "admin", prepared.undo_end,
        "PATCH /api/collections/notifications/*",
    ),
    Trial(
        "announcements.delete", "announcements", "admin", prepared.notice_change("X", ""),
        "DELETE /api/collections/notifications/*",
    ),
    Trial(
        "announcements.dismiss", "announcements", "user", partial(prepared.dismiss, key="d"),
        "POST /api/notifications/*/dismiss",
    ),
    Trial("app.account", "tokens", "user", prepared.own_name, "PATCH /api/collections/users/*"),
    Trial("app.dismiss", "tokens", "user", partial(prepared.dismiss, key="D"), "POST /api/notifications/*/dismiss"),
    Trial("slots.book (for another)", "slots", "admin", prepared.book_for, "POST /api/collections/time_slots/*"),
    Trial("slots.book", "slots", "user", prepared.book, "POST /api/collections/time_slots/*"),
    Trial("slots.move", "slots", "user", prepared.move, "PATCH /api/collections/time_slots/*"),
    Trial("slots.give", "slots", "admin", prepared.give_slot, "PATCH /api/collections/time_slots/*"),
    Trial("slots.cancel", "slots", "user", prepared.cancel_slot, "DELETE /api/collections/time_slots/*"),
    Trial("tokens.create", "tokens", "user", prepared.token, "POST /api/tokens"),
    Trial("tokens.rename", "tokens", "user", prepared.rename_token, "PATCH /api/tokens/*"),
    Trial("tokens.expiry", "tokens", "user", prepared.token_expiry, "PATCH /api/tokens/*"),
    Trial("tokens.revoke", "tokens", "user", prepared.revoke, "DELETE /api/tokens/*"),
    Trial("requests.create", "requests", "user", prepared.ask, "POST /api/collections/qpu_time_requests/*"),
    Trial("requests.withdraw", "requests", "user", prepared.withdraw, "DELETE /api/collections/qpu_time_requests/*"),
    Trial("jobs.submit", "jobs", "user", prepared.submit, "POST /api/jobs"),
    Trial("jobs.delete", "jobs", "admin", prepared.delete_job, "DELETE /api/collections/quantum_jobs/*"),
    Trial("jobs.cancel (another's)", "jobs", "admin", prepared.cancel_job, "PATCH /api/collections/quantum_jobs/*"),
    Trial("jobs.cancel", "jobs", "user", prepared.cancel_job, "POST /api/jobs/*/cancel"),
    Trial(
        "job.cancel", "jobs", "user", lambda lab: prepared.cancel_job(lab, "enter", "@job"),
        "POST /api/jobs/*/cancel",
    ),
    Trial("jobs.again", "jobs", "user", prepared.again, "POST /api/jobs"),
    Trial("job.again", "jobs", "user", lambda lab: prepared.again(lab, "enter", "@job"), "POST /api/jobs"),
)  # fmt: skip
OPENS = {"@form": Form, "@batch": Batch, "@job": JobScreen}


async def press(person: Person, keys: list[str]) -> None:
    """Press the keys of a trial."""
    said = len(person.app.audit_log.entries)
    for key in keys:
        if key == "@said":
            await person.until(lambda: len(person.app.audit_log.entries) > said)
        elif key == "@yes":
            await person.until(lambda: isinstance(person.app.screen, Asking))
            await person.confirm()
        elif key in OPENS:
            await person.until(lambda kind=OPENS[key]: isinstance(person.app.screen, kind))
        else:
            await (person.type(key[1:]) if key.startswith("=") else person.press(key))
        await person.pilot.pause()
