"""`qpi-tui server`: backups, log, mail and rules of the server."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from qpi_tui.cli import streams
from qpi_tui.cli.changing import BulkEdit, Task, carry_out, change_one
from qpi_tui.cli.common import (
    BULK,
    CHANGE,
    FILTERED,
    LIST,
    OUTPUT,
    SERVER,
    BulkChange,
    Change,
    FilteredOutput,
    ListOutput,
    Output,
    Server,
    ask,
    ask_for,
    group,
    several,
)
from qpi_tui.cli.lists import CommandList, List, show_list, wanted_of
from qpi_tui.cli.output import Record, say
from qpi_tui.cli.picking import pick
from qpi_tui.cli.problems import INTERRUPTED, Problem, as_usage
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.cli.targets import Targets, change_each
from qpi_tui.cli.times import ago
from qpi_tui.domain.clock import now, parse_date
from qpi_tui.resources.server import LOG_COLUMNS, RULE_COLUMNS

if TYPE_CHECKING:
    from qpi_client import QPIClient
    from qpi_tui.rows.server import BackupRow

# Seconds in which a server restarts after a restore, in which it has ended for that, and between two looks.
_RESTARTS, _ENDS, _EVERY = 60.0, 3.0, 0.2

app = group("server", "Manage the server: backups, log, mail, rules. For administrators.")
Which = Annotated[str, Parameter(help="name of the backup")]
Level = Literal["debug", "info", "warning", "error"]
Letter = Literal["verification", "password-reset", "email-change", "otp", "login-alert"]
LOGS = CommandList("server logs", LOG_COLUMNS)
RULES = CommandList("server rules", RULE_COLUMNS)
_BACKUPS = ("backup", "backups")
# Number of new entries to read at once of a watched log.
_MOST_NEW = 1000


@app.command
def logs(
    *,
    level: Annotated[Level | None, Parameter(help="only entries of this level and above")] = None,
    since: Annotated[str, Parameter(help="start, such as 2h, 30d, yesterday or fri 9:00")] = "",
    words: Annotated[str, Parameter(help="only entries whose message contains this text")] = "",
    where: Annotated[str, Parameter(help="a PocketBase filter, such as data.status>=400")] = "",
    limit: Annotated[int, Parameter(help="maximum number")] = 100,
    follow: Annotated[bool, Parameter(help="the same as --watch: print new entries, until Ctrl+C")] = False,
    server: Server = SERVER,
    output: FilteredOutput = FILTERED,
) -> int:
    """Print the server's log, newest entry last.

    Example: qpi-tui server logs --level error --since 1d
    """
    from qpi_tui.rows.decode import decode
    from qpi_tui.rows.server import LogRow

    begin = ago(since)
    chosen: dict[str, Any] = {"level": level, "words": words or None, "filter": where or None}
    output = replace(output, watch=output.watch or follow)
    newest: datetime | None = None
    with signed_in(server) as signed:
        signed.need_admin("read the server's log")

        def read() -> list[Record]:
            nonlocal newest
            most = limit if newest is None else _MOST_NEW
            found = signed.client.list_logs(**chosen, since=newest or begin(), limit=most)[::-1]
            newest = parse_date(found[-1]["created"]) if found else newest
            return list(found)

        none = "" if output.watch else "Nothing is logged."
        wanted = wanted_of(output, LOGS, signed)
        shown = List(wanted, read, LOG_COLUMNS, none, lambda entry: decode(LogRow, entry), appends=True)
        return show_list(shown, output, signed)


@app.command
def backups(*, server: Server = SERVER, output: ListOutput = LIST) -> int:
    """List the backups that the server keeps.

    Example: qpi-tui server backups
    """
    from qpi_tui.resources import server as columns

    with signed_in(server) as signed:
        signed.need_admin("list backups")
        wanted = wanted_of(output, columns.RESOURCE, signed)
        none, row = "There are no backups.", columns.RESOURCE.decode
        return show_list(List(wanted, signed.client.list_backups, columns.COLUMNS, none, row), output, signed)


@app.command
def backup(
    name: Annotated[str, Parameter(help="name, ending in .zip; default: the time")] = "",
    /,
    *,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Create a backup of the whole server.

    Example: qpi-tui server backup before-upgrade.zip --yes
    """
    from qpi_tui.edits.server import CreateBackup

    name = name or f"backup_{now():%Y%m%d_%H%M%S}.zip"
    with signed_in(server) as signed:
        signed.need_admin("make backups")
        task = Task(name, name, f"{name}: all data of the server", CreateBackup(target=name))
        return carry_out(BulkEdit("server.backup", "Make", _BACKUPS), [task], signed, change, output)


@app.command
def download(
    which: Which,
    /,
    *,
    to: Annotated[str, Parameter(help="a new file that ends in .zip")],
    server: Server = SERVER,
) -> int:
    """Download a backup to a private file. It holds every account and secret of the server.

    Example: qpi-tui server download before-upgrade.zip --to lab.zip
    """
    from qpi_tui.files.export import target
    from qpi_tui.files.private_file import new_private_bytes
    from qpi_tui.rows.server import size_words

    with as_usage():
        path = target(to, kinds=("zip",))
    size = 0
    with signed_in(server) as signed:
        signed.need_admin("download backups")
        name = pick(_all(signed), which, "backup", _names)[0].id
        with new_private_bytes(path) as file:
            for piece in signed.client.download_backup(name):
                size += file.write(piece)
    say(f"{name}: {size_words(size)} written to {path}.")
    return 0


@app.command
def restore(
    which: Which,
    /,
    *,
    confirm: Annotated[str, Parameter(help="the name of the backup again, for use without a terminal")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Replace all data of the server with a backup. Asks twice: type the name to confirm.

    Example: qpi-tui server restore before-upgrade.zip --dry-run
    """
    from qpi_tui.edits.server import RestoreBackup

    with signed_in(server) as signed:
        signed.need_admin("restore backups")
        name = pick(_all(signed), which, "backup", _names)[0].id
        if change.dry_run:
            say(f"Would replace all data of the server with {name}.")
            return 0
        say(f"  {RestoreBackup.final} Sessions may end. Every driver has to reconnect.")
        ask(f"Replace all data of the server with {name}?", change)
        if (confirm or ask_for(f"Type {name} to restore it", "--confirm")) != name:
            raise Problem("The name does not match. Nothing was changed.", INTERRUPTED)
        say(f"{name}: {change_one(signed, RestoreBackup(target=name)).said}.")
        say("The server answers again." if _restarted(signed.client) else "The server does not answer yet.")
    return 0


def _restarted(client: QPIClient) -> bool:
    """Wait until the server is back, so that the next command of a script reaches it. Return whether it is."""
    from qpi_client import ServerError, TransportError

    began, ended = time.monotonic(), False
    while (passed := time.monotonic() - began) < _RESTARTS:
        try:
            client.health()
        except (TransportError, ServerError):
            ended = True
        else:
            # It answers for a moment before it restarts, which the client's retries may hide.
            if ended or passed > _ENDS:
                return True
        streams.sleep(_EVERY)
    return False


@app.command
def delete_backup(
    *which: Annotated[str, several("names of backups")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Delete backups.

    Example: qpi-tui server delete-backup before-upgrade.zip --dry-run
    """
    from qpi_tui.edits.server import DeleteBackup

    def edit(backup: BackupRow) -> DeleteBackup:
        return DeleteBackup(target=backup.id)

    targets: Targets[BackupRow] = Targets("backup", _all, _names, attrgetter("id"), attrgetter("id"))
    need = methodcaller("need_admin", "delete backups")
    what = BulkEdit("server.delete", "Delete", _BACKUPS)
    return change_each(targets, which, what, edit, need, server, output, change)


@app.command
def mail(
    email: Annotated[str, Parameter(help="recipient")],
    /,
    *,
    letter: Annotated[Letter, Parameter(help="mail template")] = "verification",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Send a test mail from the server.

    Example: qpi-tui server mail anna@lab.example --dry-run
    """
    from qpi_tui.edits.server import SendTestMail

    with signed_in(server) as signed:
        signed.need_admin("test the server's mail")
        task = Task(email, email, f"{email}: the letter {letter!r}", SendTestMail(target=email, template=letter))
        return carry_out(BulkEdit("server.mail", "Send a mail to"), [task], signed, change, output)


@app.command
def rules(
    collection: Annotated[str, Parameter(help="only this collection")] = "",
    /,
    *,
    server: Server = SERVER,
    output: FilteredOutput = FILTERED,
) -> int:
    """Print who may do what with the records of each collection. Read-only.

    Example: qpi-tui server rules quantum_jobs
    """
    from qpi_tui.rows.decode import decode, decode_all
    from qpi_tui.rows.server import RuleRow

    with signed_in(server) as signed:
        signed.need_admin("read the rules")

        def read() -> list[Record]:
            found: list[Record] = list(signed.client.list_collections())
            if not collection:
                return found
            rows = decode_all(RuleRow, found)
            picked = pick(rows, collection, "collection", lambda each: (each.name,))
            return [found[rows.index(each)] for each in picked]

        shown = List(
            wanted_of(output, RULES, signed),
            read,
            RULE_COLUMNS,
            "There are no rules.",
            lambda each: decode(RuleRow, each),
        )
        return show_list(shown, output, signed)


def _all(signed: Signed) -> list[BackupRow]:
    from qpi_tui.rows.decode import decode_all
    from qpi_tui.rows.server import BackupRow

    return decode_all(BackupRow, signed.client.list_backups())


def _names(backup: BackupRow) -> tuple[str, ...]:
    return (backup.id.removesuffix(".zip"),)
