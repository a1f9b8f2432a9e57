"""Every operation of the server with its method, command and key: `docs/reference/coverage.md`.

The operations are listed once: those recorded from two generations of the server, and those of PocketBase that an
operator uses. A cell names what does it, or starts with `–` and says why nothing does.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final, NamedTuple

NOT_FOR_PEOPLE: Final = "– for programs"
BY_API: Final = "– rare"
ITSELF: Final = "– automatic"


class Operation(NamedTuple):
    """One operation.

    Attributes:
        request: Method and path; `{id}` is any id, `{name}` any name.
        what: A description.
        client: Methods of `QPIClient`, separated by blanks; or why there is none.
        command: Commands of `qpi-tui`, separated by commas; or why there is none.
        screen: Ids of actions, separated by blanks; or why there is none.
        only: The generation that has it; empty for both.
    """

    request: str
    what: str
    client: str
    command: str
    screen: str
    only: str = ""


_USERS = "/api/collections/users"
_RECORDS = "/api/collections/{}/records"
_REQUESTS, _SLOTS, _NOTICES, _JOBS = (
    _RECORDS.format(name) for name in ("qpu_time_requests", "time_slots", "notifications", "quantum_jobs")
)
_QPUS, _DRIVERS, _PEOPLE, _THEMES = (_RECORDS.format(name) for name in ("qpus", "drivers", "users", "themes"))
_FORM = "– the sign-in screen"

SECTIONS: Final[dict[str, tuple[Operation, ...]]] = {
    "Signing in": (
        Operation(
            "GET /api/collections/{name}/auth-methods", "sign-in methods", "auth_methods", "info, login", _FORM
        ),
        Operation(
            "POST "
                "/api/collections/{name}/auth-with-password", "password", "auth_with_password", "login", _FORM
        ),
        Operation(
            "POST /api/collections/{name}/auth-refresh", "renew the session", "refresh_session resume_session",
            ITSELF, ITSELF,
        ),
        Operation(f"POST {_USERS}/auth-with-oauth2", "identity provider", "auth_with_oauth2", "login", _FORM),
        Operation(
            "POST /api/collections/{name}/request-otp", "request a one-time code by mail", "request_otp", "login", _FORM
        ),
        Operation(
            "POST "
                "/api/collections/{name}/auth-with-otp", "one-time code; second factor", "auth_with_otp", "login",
            _FORM
        ),
        Operation(
            f"POST {_PEOPLE}", "sign up, where the rules allow it", "create_account can_sign_up", "signup", _FORM
        ),
        Operation(f"PATCH {_PEOPLE}/{{id}}", "change your name", "update_me", "account rename", "app.account"),
        Operation(
            f"PATCH {_PEOPLE}/{{id}}", "change your password", "change_password", "password change", "app.account"
        ),
        Operation(
            "POST "
                "/api/collections/{name}/request-password-reset", "forgotten password", "request_password_reset",
            "password reset", _FORM,
        ),
        Operation(
            "POST /api/collections/{name}/confirm-password-reset", "new password, by the mail's token",
            "confirm_password_reset", "password reset", _FORM,
        ),
        Operation(
            f"POST {_USERS}/request-verification", "verify your address", "request_verification", "verify",
            "app.account",
        ),
        Operation(
            f"POST {_USERS}/confirm-verification", "the same, by the mail's token", "confirm_verification", "verify",
            "– the link in the mail",
        ),
        Operation(
            f"POST {_USERS}/request-password-reset", "send a user a mail to reset "
                "the password", "request_password_reset",
            "users reset", "users.reset",
        ),
        Operation(
            f"POST {_USERS}/impersonate/{{id}}", "view as a user", "impersonate_user", "users look-as", "users.look"
        ),
    ),
    "Jobs": (
        Operation("POST /api/jobs", "submit", "submit_job", "jobs submit, jobs again", "jobs.submit jobs.again"),
        Operation("GET /api/jobs", "list your own", "list_jobs iter_jobs", "jobs list", "go.jobs"),
        Operation("GET /api/jobs/{id}", "show one", "get_job wait_job", "jobs show, jobs watch", "table.open"),
        Operation("POST /api/jobs/{id}/cancel", "cancel your own", "cancel_job", "jobs cancel", "jobs.cancel"),
        Operation(f"GET {_JOBS}", "list, count", "list_jobs job_page count_jobs", "jobs list", "go.jobs"),
        Operation(
            f"GET {_JOBS}/{{id}}", "read results", "get_job", "jobs result, jobs export", "table.open jobs.export"
        ),
        Operation(f"PATCH {_JOBS}/{{id}}", "cancel another's", "cancel_job", "jobs cancel", "jobs.cancel"),
        Operation(f"DELETE {_JOBS}/{{id}}", "delete", "delete_job", "jobs delete", "jobs.delete"),
    ),
    "QPUs": (
        Operation("GET /api/qpus", "list those online", "list_qpus", "qpus list", "go.qpus"),
        Operation("GET /api/qpus/{id}", "show one that is online", "list_qpus", "qpus show", "table.open"),
        Operation(f"GET {_QPUS}", "list all", "list_all_qpus", "qpus list", "go.qpus"),
        Operation(f"GET {_QPUS}/{{id}}", "show one", "get_qpu", "qpus show", "table.open"),
        Operation("POST /api/op/qpus/create", "register", "create_qpu", "qpus register", "qpus.register"),
        Operation(
            "POST /api/op/qpus/connect", "connect a QPU's own driver", "connect_qpu", NOT_FOR_PEOPLE, NOT_FOR_PEOPLE,
            "v0.0",
        ),
        Operation(
            "POST /api/op/qpu/toggle", "enable, disable", "toggle_qpu start_qpu stop_qpu", "qpus start, qpus stop",
            "qpus.enable qpus.disable",
        ),
        Operation(
            f"PATCH {_QPUS}/{{id}}", "status: maintenance, online", "set_qpu_status", "qpus maintenance, qpus online",
            "qpus.maintenance qpus.online",
        ),
        Operation(
            f"PATCH {_QPUS}/{{id}}", "name, number of qubits", "rename_qpu update_qpu", "qpus rename, qpus qubits",
            "qpus.rename qpus.qubits",
        ),
        Operation(f"DELETE {_QPUS}/{{id}}", "delete", "delete_qpu", "qpus delete", "qpus.delete"),
    ),
    "Drivers": (
        Operation(f"GET {_DRIVERS}", "list", "list_drivers", "drivers list", "go.drivers", "v0.1"),
        Operation(
            "POST /api/op/drivers/create", "register, with a token", "create_driver", "drivers register",
            "drivers.register", "v0.1",
        ),
        Operation(
            "POST /api/op/drivers/create", "a new token: register again, delete the old one",
            "create_driver delete_driver", "drivers new-token", "drivers.token", "v0.1",
        ),
        Operation(
            "POST /api/op/drivers/toggle", "enable, disable", "toggle_driver", "drivers enable, drivers disable",
            "drivers.enable drivers.disable", "v0.1",
        ),
        Operation(
            "POST /api/op/drivers/connect", "connect", "– the driver's own program", NOT_FOR_PEOPLE, NOT_FOR_PEOPLE,
            "v0.1",
        ),
        Operation(
            f"PATCH {_DRIVERS}/{{id}}", "name, QPU", "update_driver", "drivers rename, drivers move",
            "drivers.rename drivers.move", "v0.1",
        ),
        Operation(f"DELETE {_DRIVERS}/{{id}}", "delete", "delete_driver", "drivers delete", "drivers.delete", "v0.1"),
    ),
    "Users": (
        Operation(f"GET {_PEOPLE}", "list", "list_users iter_users", "users list", "go.users"),
        Operation(f"GET {_PEOPLE}/{{id}}", "show one", "get_user", "users show", "table.open"),
        Operation(f"POST {_PEOPLE}", "create", "create_user", "users create", "users.create"),
        Operation(
            f"PATCH {_PEOPLE}/{{id}}", "balance", "allocate_qpu_time add_qpu_time take_qpu_time",
            "users allocate, users import", "users.allocate users.import",
        ),
        Operation(f"PATCH {_PEOPLE}/{{id}}", "name, e-mail, verified", "update_user", "users edit", "users.edit"),
        Operation(
            f"DELETE {_PEOPLE}/{{id}}", "delete, with what belongs to it", "delete_user count_user_records",
            "users delete", "users.delete",
        ),
    ),
    "Time requests": (
        Operation(
            f"GET {_REQUESTS}", "list", "list_time_requests get_time_request", "requests list", "go.requests"
        ),
        Operation(f"POST {_REQUESTS}", "request QPU time", "create_time_request", "requests create", "requests.create"),
        Operation(
            f"PATCH {_REQUESTS}/{{id}}", "approve, reject", "update_time_request", "requests approve, requests reject",
            "requests.approve requests.reject",
        ),
        Operation(
            f"DELETE {_REQUESTS}/{{id}}", "withdraw", "withdraw_time_request", "requests withdraw", "requests.withdraw"
        ),
    ),
    "Time slots": (
        Operation(f"GET {_SLOTS}", "list", "list_time_slots", "slots list, slots export", "go.slots slots.export"),
        Operation(f"POST {_SLOTS}", "book", "create_time_slot", "slots book", "slots.book"),
        Operation(f"PATCH {_SLOTS}/{{id}}", "move", "update_time_slot", "slots move", "slots.move"),
        Operation(f"PATCH {_SLOTS}/{{id}}", "to another person", "update_time_slot", "slots give", "slots.give"),
        Operation(f"DELETE {_SLOTS}/{{id}}", "cancel", "delete_time_slot", "slots cancel", "slots.cancel"),
    ),
    "Announcements": (
        Operation(f"GET {_NOTICES}", "list", "list_notifications", "announcements list", "go.announcements"),
        Operation(
            f"POST {_NOTICES}", "write", "create_notification", "announcements create", "announcements.create"
        ),
        Operation(
            f"PATCH {_NOTICES}/{{id}}", "edit, end", "update_notification", "announcements edit, announcements end",
            "announcements.edit announcements.end",
        ),
        Operation(
            f"DELETE {_NOTICES}/{{id}}", "delete", "delete_notification", "announcements delete",
            "announcements.delete",
        ),
        Operation(
            "POST /api/notifications/{id}/dismiss", "dismiss", "dismiss_notification", "announcements dismiss",
            "announcements.dismiss",
        ),
    ),
    "API tokens": (
        Operation("GET /api/tokens", "list", "list_tokens", "tokens list", "go.tokens"),
        Operation("GET /api/tokens/{id}", "show one", "list_tokens", "tokens list", "table.open"),
        Operation("POST /api/tokens", "create", "create_token", "tokens create", "tokens.create"),
        Operation("PATCH /api/tokens/{id}", "name", "rename_token", "tokens rename", "tokens.rename"),
        Operation("PATCH /api/tokens/{id}", "expiry", "set_token_expiry", "tokens expiry", "tokens.expiry"),
        Operation("DELETE /api/tokens/{id}", "revoke", "revoke_token", "tokens revoke", "tokens.revoke"),
    ),
    "Telemetry and change events": (
        Operation(
            "GET /api/collections/events/records", "readings", "list_readings", "telemetry", "go.telemetry", "v0.1"
        ),
        Operation("GET /api/realtime", "open the event stream", "changes", "jobs tail, jobs watch", ITSELF),
        Operation("POST /api/realtime", "subscribe", "changes", "jobs tail, jobs watch", ITSELF),
    ),
    "Themes of the dashboard": (
        Operation(f"GET {_THEMES}", "list", "list_themes", "themes list", "go.themes", "v0.1"),
        Operation("GET /api/theme/active", "the active one", "get_active_theme", "themes list", "go.themes", "v0.1"),
        Operation(
            f"PATCH {_THEMES}/{{id}}", "activate, or show the default one", "activate_theme",
            "themes activate, themes default", "themes.activate themes.default", "v0.1",
        ),
        Operation(f"POST {_THEMES}", "import a folder", "save_theme", "themes import", "themes.import", "v0.1"),
        Operation(
            f"PATCH {_THEMES}/{{id}}", "replace by a folder", "save_theme", "themes import", "themes.import", "v0.1"
        ),
        Operation(
            "GET /api/files/themes/{id}/{name}", "export, with logo and favicon", "get_theme_file", "themes export",
            "themes.export", "v0.1",
        ),
        Operation(f"DELETE {_THEMES}/{{id}}", "delete", "delete_theme", "themes delete", "themes.delete", "v0.1"),
        Operation("GET /api/theme/{name}", "defaults, css, js", "request", "api", "– for the dashboard", "v0.1"),
    ),
    "The server": (
        Operation("GET /api/health", "health check", "health", "info", ITSELF),
        Operation("GET /api/op/version", "version", "server_version", "info", BY_API),
        Operation("GET /api/pub/root-ca.pem", "root certificate", "root_certificate", "login", _FORM),
        Operation("GET /api/{name}", "any other request", "request", "api", "– a command"),
        Operation("GET /api/settings", "settings", "server_settings", "doctor", "go.doctor"),
        Operation("GET /api/logs", "log: filter, follow", "list_logs", "server logs", "server.logs logs.follow"),
        Operation("GET /api/backups", "list backups", "list_backups", "server backups", "go.server"),
        Operation("POST /api/backups", "create a backup", "create_backup", "server backup", "server.backup"),
        Operation(
            "GET /api/backups/{name}", "download a backup", "download_backup", "server download", "server.download"
        ),
        Operation(
            "POST /api/backups/{name}/restore", "restore a backup", "restore_backup", "server restore", "server.restore"
        ),
        Operation(
            "DELETE /api/backups/{name}", "delete a backup", "delete_backup", "server delete-backup", "server.delete"
        ),
        Operation("POST /api/files/token", "token for a download", "download_backup", ITSELF, ITSELF),
        Operation("POST /api/settings/test/email", "test the mail", "send_test_email", "server mail", "server.mail"),
        Operation("PATCH /api/settings", "change the settings", "request", "api", "– the server's own admin page"),
        Operation("GET /api/collections", "rules of all", "list_collections", "server rules", "server.rules"),
        Operation("GET /api/collections/{name}", "one collection", "get_collection", "server rules", "server.rules"),
        Operation("GET /api/crons", "jobs of the server by the clock", "request", "api", "– rare"),
        Operation("PATCH /api/collections/{name}", "add indexes", "set_indexes", "doctor", "doctor.fix"),
    ),
}  # fmt: skip


def operations() -> Iterator[Operation]:
    """Return all of them, in the order of the page."""
    for section in SECTIONS.values():
        yield from section


def missing(operation: Operation) -> list[str]:
    """Return the problems of an operation's cells: empty ones, and unknown names."""
    from qpi_client import AsyncQPIClient, QPIClient
    from qpi_tui.actions import ACTIONS
    from qpi_tui.cli.surface import surface

    methods = {name for name in dir(QPIClient) if hasattr(AsyncQPIClient, name)}
    known: dict[str, tuple[list[str], Container[str]]] = {
        "client": (operation.client.split(), methods),
        "command": ([each.strip() for each in operation.command.split(",")], surface().keys() - {""}),
        "screen": (operation.screen.split(), ACTIONS),
    }
    found = []
    for column, (names, exist) in known.items():
        cell = str(getattr(operation, column))
        if cell.startswith("–"):
            if not cell.removeprefix("–").strip():
                found.append(f"{operation.request}: the {column} has no reason")
        elif not cell:
            found.append(f"{operation.request}: no {column}, and no reason")
        else:
            found += [f"{operation.request}: there is no {column} {name!r}" for name in names if name not in exist]
    return found


def page(head: str) -> str:
    """The page."""
    lines = [head + "# Coverage of the server's operations\n", _INTRO]
    for title, section in SECTIONS.items():
        lines += [
            f"\n## {title}\n",
            "| operation | request | client | command | screen and key |",
            "|---|---|---|---|---|",
        ]
        lines += map(_row, section)
    return "\n".join(lines) + "\n"


def _row(operation: Operation) -> str:
    from qpi_tui.actions import ACTIONS, key_word
    from qpi_tui.resources import registry

    def screen(id: str) -> str:
        action = ACTIONS[id]
        place = registry().get(action.verb if action.area == "go" else action.area)
        title = place.title if place is not None else "any list"
        key = f" `{key_word(action.keys[0])}`" if action.keys else ""
        return f"{title}{key}"

    def cell(text: str, names: list[str]) -> str:
        return text if text.startswith("–") else ", ".join(names)

    methods = [f"`{name}`" for name in operation.client.split()]
    commands = [f"`{name.strip()}`" for name in operation.command.split(",")]
    screens = [] if operation.screen.startswith("–") else [screen(id) for id in operation.screen.split()]
    what = f"{operation.what} ({operation.only} only)" if operation.only else operation.what
    cells = (cell(operation.client, methods), cell(operation.command, commands), cell(operation.screen, screens))
    return f"| {what} | `{operation.request}` | {' | '.join(cells)} |"


_INTRO = """\
Look up each operation of the server with its method of [`QPIClient`](client-api.md), its [command](commands.md), and
its screen and [key](keys.md). A cell without one gives the reason. For operations marked "rare", use `qpi-tui api`,
which sends any request.

`client.collection(name)` reads and writes the records of every collection.
"""
