"""`qpi-tui users ledger`: what changed a user's balance."""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.cli.common import FILTERED, SERVER, FilteredOutput, Server
from qpi_tui.cli.lists import CommandList, List, show_list, wanted_of
from qpi_tui.cli.output import Record, say
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.cli.signing import signed_in
from qpi_tui.cli.times import ago
from qpi_tui.domain.clock import local, now, short_moment
from qpi_tui.domain.columns import Column
from qpi_tui.domain.durations import duration

if TYPE_CHECKING:
    from qpi_tui.rows.ledger import Entry, Ledger

DAYS = 90


def ledger(
    who: Annotated[str, Parameter(help="e-mail, name or id; your own if omitted")] = "",
    /,
    *,
    since: Annotated[str, Parameter(help="changes since then, such as 30d (default: 90 days)")] = "",
    server: Server = SERVER,
    output: FilteredOutput = FILTERED,
) -> int:
    """Print what changed a user's balance: costs of jobs, and the credits in this machine's audit log.

    Prints the balance where it is certain. The server keeps no dates of credits; standard error says what is known.

    Example: qpi-tui users ledger anna@lab.example --since 30d --csv
    """
    from qpi_tui.edits.audit_log import read_lines
    from qpi_tui.live.ledger import FIELDS, MOST, ledger_from
    from qpi_tui.rows.ledger import known_words

    begin = ago(since)
    with signed_in(server) as signed:
        signed.need_session("read a ledger")
        if who and who != signed.identity:
            signed.need_admin("read the ledger of another user")
        if signed.admin and not who:
            raise Problem("Whose ledger? Give an e-mail address, a name or an id.", USAGE)
        wanted = wanted_of(output, LEDGER, signed)
        rows: dict[str, Entry] = {}
        found: list[Ledger] = []

        def read() -> list[Record]:
            start = begin() or now() - timedelta(days=DAYS)
            user = signed.client.get_user(who if signed.admin else signed.user_id)
            own = user["id"] if signed.admin else None
            jobs = signed.client.list_jobs(user=own, since=start, status=CHARGED_STATUSES, fields=FIELDS, limit=MOST)
            asked = signed.client.list_time_requests(user=own)
            log = read_lines(signed.log.path) if signed.log.path is not None else []
            lines = [line for line in log if line.get("server") == signed.account.server]
            found[:] = [ledger_from(user, jobs, asked, lines, start)]
            rows.clear()
            rows.update({entry.id: entry for entry in found[0].entries})
            return [_record(entry) for entry in found[0].entries]

        none = "No known change of the balance."
        show_list(List(wanted, read, _COLUMNS, none, lambda record: rows[str(record["id"])]), output, signed)
        for sentence in known_words(found[0]):
            say(sentence)
    return 0


def _record(entry: Entry) -> Record:
    at, after = entry.at, entry.after
    return {
        "id": entry.id, "at": at.isoformat() if at is not None else None, "kind": entry.kind,
        "seconds": round(entry.seconds, 6), "what": entry.what, "balance": None if after is None else round(after, 6),
    }  # fmt: skip


def _at(entry: Entry) -> str:
    return short_moment(local(entry.at)) if entry.at is not None else ""


def _order(entry: Entry) -> float:
    return entry.at.timestamp() if entry.at is not None else 0.0


def _balance(entry: Entry) -> str:
    return duration(entry.after) if entry.after is not None else "–"


_COLUMNS = (
    Column("at", "When", 12, _at, sort=_order),
    Column("kind", "Kind", 8, lambda entry: entry.kind),
    Column("seconds", "Change", 12, lambda entry: duration(entry.seconds), align="right", sort=attrgetter("seconds")),
    Column("balance", "Balance", 14, _balance, align="right", sort=lambda entry: entry.after or 0.0),
    Column("what", "What", 40, lambda entry: entry.what, flex=True),
)
LEDGER = CommandList("users ledger", _COLUMNS, ("quantum_jobs", "qpu_time_requests", "users"))
