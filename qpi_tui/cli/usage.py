"""`qpi-tui usage`: what jobs used, by user, QPU, day, week, month or status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from qpi_tui.cli.common import LIST, SERVER, ListOutput, Server
from qpi_tui.cli.lists import List, show_list, wanted_of
from qpi_tui.cli.output import say
from qpi_tui.cli.problems import INTERRUPTED, Problem
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.cli.times import ago
from qpi_tui.domain.clock import local
from qpi_tui.resources.usage import RESOURCE, columns_by, moment_words

if TYPE_CHECKING:
    from qpi_tui.live.usage_reader import UsageReader
    from qpi_tui.rows.usage_totals import UsageRow

_DAYS = 30
# Seconds between two progress reports.
_PATIENCE = 2.0


def usage(
    *,
    by: Annotated[
        Literal["user", "qpu", "day", "week", "month", "status"], Parameter(help="how to group the totals")
    ] = "user",
    since: Annotated[str, Parameter(help="jobs submitted since then, such as 90d or 2026-09-01 (30 days)")] = "",
    fresh: Annotated[bool, Parameter(help="read again the days that this machine has cached")] = False,
    server: Server = SERVER,
    output: ListOutput = LIST,
) -> int:
    """Print what jobs used: how many, QPU time, failures and waiting times. A user sees their own.

    Reads the history in steps and leaves the server nine tenths of the time. Past days are cached on this machine.
    Ctrl+C prints the totals so far, and the time that they cover.

    Example: qpi-tui usage --by qpu --since 90d --csv
    """
    from qpi_tui.live.usage_reader import UsageReader, cache_for, first_day
    from qpi_tui.rows.usage_totals import totals

    begin = ago(since)
    with signed_in(server) as signed:
        signed.need_session("read usage")
        wanted = wanted_of(output, RESOURCE, signed)
        cache = cache_for(signed.client.base_url, signed.role.value, signed.identity)
        names = _names(signed, by)
        rows: dict[str, UsageRow] = {}
        told: list[str] = []
        stopped: list[bool] = []

        def read() -> list[dict[str, Any]]:
            reader = UsageReader(begin() or first_day(_DAYS), cache, fresh=fresh)
            if _read(signed, reader, watched=output.watch):
                stopped.append(True)
            covers = reader.covers
            if covers is None:
                raise Problem("Stopped before a whole day was read. Nothing to print.", INTERRUPTED)
            found = totals(reader.days(), by, names)
            rows.update({row.id: row for row in found})
            told[:] = [_covers_words(covers, reader)]
            return [_record(row, covers, reader.moment) for row in found]

        columns = [column for column in columns_by(by) if column.key != "bar"]
        show_list(List(wanted, read, columns, "No jobs.", lambda record: rows[str(record["id"])]), output, signed)
        say(*told)
    return INTERRUPTED if stopped else 0


def _names(signed: Signed, by: str) -> Mapping[str, str]:
    records: Sequence[Mapping[str, Any]] = ()
    if by == "qpu":
        records = signed.client.list_all_qpus()
    elif by == "user" and signed.admin:
        records = signed.client.list_users()
    names = {str(each["id"]): str(each.get("email") or each.get("name") or each["id"]) for each in records}
    return names if by != "user" or signed.admin else {signed.user_id: signed.identity}


def _read(signed: Signed, reader: UsageReader, *, watched: bool) -> bool:
    """Read; True where Ctrl+C ended it. Where the list is watched, that ends the watching."""
    import time

    from qpi_tui.live.usage_reader import read_usage

    told = time.monotonic() + _PATIENCE

    def stepped() -> None:
        nonlocal told
        if time.monotonic() >= told:
            told = time.monotonic() + _PATIENCE
            back = f" Counted back to {moment_words(reader.covers)}." if reader.covers is not None else ""
            say(f"{reader.jobs_read:,} jobs read.{back} Ctrl+C prints the totals so far.")

    try:
        read_usage(signed.client, reader, everyone=signed.admin, stepped=stepped)
    except KeyboardInterrupt:
        if watched:
            raise
        return True
    return False


def _record(row: UsageRow, covers: datetime, end: datetime) -> dict[str, Any]:
    rate, waits = row.failure_rate, {"wait_50": row.wait_50, "wait_90": row.wait_90, "wait_99": row.wait_99}
    return {
        "id": row.id, "name": row.name, "jobs": row.jobs, "completed": row.completed, "failed": row.failed,
        "cancelled": row.cancelled, "active": row.active, "seconds": round(row.seconds, 6),
        "failure_rate": None if rate is None else round(rate, 6),
        **{name: None if wait is None else round(wait, 3) for name, wait in waits.items()},
        "since": f"{covers.isoformat()}", "until": f"{local(end).isoformat(timespec='seconds')}",
    }  # fmt: skip


def _covers_words(covers: datetime, reader: UsageReader) -> str:
    short = "" if reader.whole else f" Not read: jobs from {moment_words(reader.begin)} to then."
    return f"Covers {moment_words(covers)} to now.{short}"


app = usage
