"""`qpi-tui usage`: what jobs used, by user, QPU, day, week, month or status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from qpi_tui.cli.common import OUTPUT, SERVER, Output, Server
from qpi_tui.cli.output import say, show_records
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.cli.times import ago
from qpi_tui.domain.clock import day_text, local, now

if TYPE_CHECKING:
    from qpi_tui.live.usage_reader import UsageReader
    from qpi_tui.rows.usage_totals import UsageRow

_DAYS = 30
# Seconds between two sentences on how far the reading is.
_PATIENCE = 2.0
_LABELS = {"user": "user", "qpu": "QPU", "status": "status", "day": "day", "week": "week", "month": "month"}


def usage(
    *,
    by: Annotated[
        Literal["user", "qpu", "day", "week", "month", "status"], Parameter(help="what to add up by")
    ] = "user",
    since: Annotated[str, Parameter(help="jobs submitted since then, such as 90d or 2026-09-01 (30 days)")] = "",
    fresh: Annotated[bool, Parameter(help="read the days that this machine has kept again")] = False,
    server: Server = SERVER,
    output: Output = OUTPUT,
) -> int:
    """Print what jobs used: how many, QPU time, failures and waiting times. A user sees their own.

    The history is read in steps that leave the server nine tenths of the time. Days that are over are kept on this
    machine. Ctrl+C prints what was read so far, and for which time it is exact.

    Example: qpi-tui usage --by qpu --since 90d --csv
    """
    from qpi_tui.live.usage_reader import UsageReader, cache_for, first_day
    from qpi_tui.rows.usage_totals import totals

    begin = ago(since)
    with signed_in(server) as signed:
        signed.need_session("add up what jobs used")
        cache = cache_for(signed.client.base_url, signed.role.value, signed.identity)
        reader = UsageReader(begin() or first_day(_DAYS), cache, fresh=fresh)
        names = _names(signed, by)
        stopped = _read(signed, reader)
        covers = reader.covers
        if covers is None:
            say("Stopped before a whole day was read: there is nothing to print.")
            return 130
        rows = totals(reader.days(), by, names)
        columns = [column for column in _columns(by) if column.key != "bar"]
        by_id = {row.id: row for row in rows}
        records = [_record(row, covers, reader.moment) for row in rows]
        show_records(records, columns, output, none="No jobs.", row=lambda record: by_id[record["id"]])
        say(_covers_words(covers, reader))
    return 130 if stopped else 0


def _names(signed: Signed, by: str) -> Mapping[str, str]:
    records: Sequence[Mapping[str, Any]] = ()
    if by == "qpu":
        records = signed.client.list_all_qpus()
    elif by == "user" and signed.admin:
        records = signed.client.list_users()
    names = {str(each["id"]): str(each.get("email") or each.get("name") or each["id"]) for each in records}
    return names if by != "user" or signed.admin else {signed.user_id: signed.identity}


def _read(signed: Signed, reader: UsageReader) -> bool:
    """Read; True where Ctrl+C ended it."""
    import time

    from qpi_tui.live.usage_reader import read_usage

    told = time.monotonic() + _PATIENCE

    def stepped() -> None:
        nonlocal told
        if time.monotonic() >= told:
            told = time.monotonic() + _PATIENCE
            back = f" Counted back to {_moment(reader.covers)}." if reader.covers is not None else ""
            say(f"{reader.jobs_read:,} jobs read.{back} Ctrl+C prints what is counted.")

    try:
        read_usage(signed.client, reader, everyone=signed.admin, stepped=stepped)
    except KeyboardInterrupt:
        return True
    return False


def _columns(by: str) -> list[Any]:
    from qpi_tui.resources.usage import COLUMNS

    return [column._replace(label=_LABELS[by]) if column.key == "name" else column for column in COLUMNS]


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
    short = "" if reader.whole else f" Not read: jobs from {_moment(reader.begin)} to then."
    return f"Covers {_moment(covers)} to now.{short}"


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return "–"
    here = local(moment)
    clock = "" if (here.hour, here.minute) == (0, 0) else f" {here:%H:%M}"
    return f"{'today' if here.date() == local(now()).date() else day_text(here)}{clock}"


app = usage
