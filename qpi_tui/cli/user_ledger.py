"""`qpi-tui users ledger`: what changed a user's balance."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.cli.common import OUTPUT, SERVER, Output, Server
from qpi_tui.cli.output import say, show_records
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.cli.signing import signed_in
from qpi_tui.cli.times import ago
from qpi_tui.domain.clock import now
from qpi_tui.domain.columns import Column
from qpi_tui.domain.durations import duration

DAYS = 90


def ledger(
    who: Annotated[str, Parameter(help="e-mail, name or id; your own if omitted")] = "",
    /,
    *,
    since: Annotated[str, Parameter(help="changes since then, such as 30d (default: 90 days)")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
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
        start = begin() or now() - timedelta(days=DAYS)
        user = signed.client.get_user(who if signed.admin else signed.user_id)
        own = user["id"] if signed.admin else None
        jobs = signed.client.list_jobs(user=own, since=start, status=CHARGED_STATUSES, fields=FIELDS, limit=MOST)
        asked = signed.client.list_time_requests(user=own)
        log = read_lines(signed.log.path) if signed.log.path is not None else []
        lines = [line for line in log if line.get("server") == signed.account.server]
        found = ledger_from(user, jobs, asked, lines, start)
        records = [
            {
                "id": entry.id, "at": entry.at.isoformat() if entry.at is not None else None, "kind": entry.kind,
                "seconds": round(entry.seconds, 6), "what": entry.what,
                "balance": None if entry.after is None else round(entry.after, 6),
            }
            for entry in found.entries
        ]  # fmt: skip
        show_records(records, _COLUMNS, output, none="No known change of the balance.")
        for sentence in known_words(found):
            say(sentence)
    return 0


def _amount(seconds: float | None) -> str:
    return "–" if seconds is None else duration(seconds)


_COLUMNS = [
    Column("at", "When", 25, lambda record: str(record["at"] or "")),
    Column("kind", "Kind", 8, lambda record: str(record["kind"])),
    Column("seconds", "Change", 12, lambda record: duration(record["seconds"]), align="right"),
    Column("balance", "Balance", 14, lambda record: _amount(record["balance"]), align="right"),
    Column("what", "What", 40, lambda record: str(record["what"]), flex=True),
]
