"""`qpi-tui slots free`: the next free time spans."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, takewhile
from typing import Annotated

from cyclopts import Parameter

from qpi_tui.cli.common import FILTERED, SERVER, FilteredOutput, Server
from qpi_tui.cli.lists import CommandList, List, show_list, wanted_of
from qpi_tui.cli.output import Record, say
from qpi_tui.cli.problems import NOT_FOUND, USAGE, Problem
from qpi_tui.cli.registry import read_services
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.cli.times import coming, in_order
from qpi_tui.domain.clock import now, parse_date
from qpi_tui.domain.columns import Column
from qpi_tui.domain.durations import duration
from qpi_tui.domain.free_spans import Span, free_spans, read_length
from qpi_tui.domain.sanitize import clean
from qpi_tui.rows.base import Row
from qpi_tui.rows.qpu_service import why_queued
from qpi_tui.rows.slot_booking import as_typed, when


class FreeRow(Row, frozen=True, kw_only=True):
    """A free span."""

    start: str = ""
    end: str = ""
    words: str = ""
    typed: str = ""


COLUMNS = (
    Column("words", "Free", 34, lambda row: row.words, flex=True),
    Column("typed", "To book it", 24, lambda row: row.typed),
)
FREE = CommandList("slots free", COLUMNS, ("time_slots",))


def free(
    *,
    length: Annotated[str, Parameter(help="how long, such as 2h or 90m")],
    since: Annotated[str, Parameter(help="not before, such as `fri 9:00` (default: now)")] = "",
    until: Annotated[str, Parameter(help="not after, such as +7d")] = "",
    limit: Annotated[int, Parameter(help="maximum number of slots")] = 5,
    qpu: Annotated[str, Parameter(help="also report whether this QPU takes jobs now (slots are for all QPUs)")] = "",
    server: Server = SERVER,
    output: FilteredOutput = FILTERED,
) -> int:
    """List the next free spans of a length, to book one of them.

    Example: qpi-tui slots free --length 2h --since 'fri 9:00'
    """
    long = read_length(length)
    if long is None:
        raise Problem(f"--length: {length!r} is not a length of up to 31 days. Type for example 2h or 90m.", USAGE)
    if limit < 1:
        raise Problem("--limit must be 1 or more.", USAGE)
    begin, end = coming(since, "--since"), coming(until, "--until")
    with signed_in(server) as signed:
        signed.need_session("list slots")
        if qpu:
            _say_of(signed, qpu)
        wanted = wanted_of(output, FREE, signed)

        def read() -> list[Record]:
            first, over = begin(), end()
            in_order(first, over)
            start = first or now()
            booked: list[Span] = []
            for slot in signed.client.list_time_slots(start=start, end=over):
                opens, ends = parse_date(slot.get("start_time")), parse_date(slot.get("end_time"))
                if opens is not None and ends is not None:
                    booked.append((opens, ends))
            spans = takewhile(lambda span: over is None or span[1] <= over, free_spans(booked, long, start))
            # A filter chooses among all free spans, not among the first few.
            return list(islice((each for each in map(_record, spans) if wanted.lets_through(_row(each))), limit))

        none = f"Nothing is free for {duration(long.total_seconds())}{' before then' if until else ''}."
        return show_list(List(wanted, read, COLUMNS, none, _row, filtered=True), output, signed)


def _record(span: Span) -> Record:
    """Return a free span; its id is what `slots book` takes."""
    typed = as_typed(*span)
    return {"id": typed, "start": _stamp(span[0]), "end": _stamp(span[1]), "words": when(*span), "typed": typed}


def _row(record: object) -> FreeRow:
    from qpi_tui.rows.decode import decode

    return decode(FreeRow, record)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _say_of(signed: Signed, qpu: str) -> None:
    """Print why jobs on a QPU would not start; reject an unknown QPU."""
    from qpi_client import NotFound

    try:
        id = signed.client.get_qpu(qpu)["id"]
    except NotFound:
        raise Problem(f"There is no QPU {qpu!r}: `qpi-tui qpus list` shows them.", NOT_FOUND) from None
    service = next((each for each in read_services(signed) if each.qpu.id == id), None)
    if service is not None:
        say(why_queued(service) or f"{clean(service.name)} takes jobs now.")
