"""`qpi-tui slots`: the calendar of booked slots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import methodcaller
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from qpi_tui.cli.changing import BulkEdit, Task, carry_out, change_one
from qpi_tui.cli.common import (
    BULK,
    CHANGE,
    LIST,
    OUTPUT,
    SERVER,
    BulkChange,
    Change,
    ListOutput,
    Output,
    Server,
    group,
    several,
)
from qpi_tui.cli.lists import List, show_list, wanted_of
from qpi_tui.cli.output import Record, id_column, say, show_record
from qpi_tui.cli.picking import pick
from qpi_tui.cli.problems import FAILED, USAGE, Problem, as_usage
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.cli.slot_finding import free
from qpi_tui.cli.targets import Targets, change_each
from qpi_tui.cli.times import ago, coming, in_order, span
from qpi_tui.domain.clock import day_text, local, now
from qpi_tui.domain.durations import duration
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_tui.rows.slots import SlotRow

app = group("slots", "List, book, move and cancel slots.")
app.command(free)
When = Annotated[str, Parameter(help="such as `tomorrow 14:00 2h`, `fri 9-11`, or two RFC 3339 times")]


@app.command(name="list")
def list_slots(
    *,
    since: Annotated[str, Parameter(help="start, such as yesterday or fri 9:00 (default: now)")] = "",
    until: Annotated[str, Parameter(help="end, such as +7d")] = "",
    mine: Annotated[bool, Parameter(help="only your own")] = False,
    server: Server = SERVER,
    output: ListOutput = LIST,
) -> int:
    """List booked slots from now on.

    Example: qpi-tui slots list --until +7d --csv
    """
    from msgspec.structs import replace

    from qpi_tui.resources import slots as columns

    begin, end = ago(since, future=True), coming(until, "--until")
    with signed_in(server) as signed:
        signed.need_session("list slots")

        def read() -> list[Record]:
            start, over = begin(), end()
            in_order(start, over)
            slots = signed.client.list_time_slots(start=start or now(), end=over)
            return [slot for slot in slots if slot.get("booked_by") == signed.user_id or not mine]

        def row(record: Record) -> SlotRow:
            slot = columns.RESOURCE.decode(record)
            return replace(slot, own=slot.booked_by == signed.user_id)

        shown = [id_column(), *columns.COLUMNS]
        wanted = wanted_of(output, columns.RESOURCE, signed)
        return show_list(List(wanted, read, shown, "Nothing is booked.", row), output, signed)


@app.command
def book(
    *when: When,
    user: Annotated[str, Parameter(name="--for", help="book for this user; for administrators")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Book a slot. Rejects overlaps and times in the past, and names the conflict.

    Example: qpi-tui slots book tomorrow 14:00 2h
    """
    typed = span(" ".join(when))
    with signed_in(server) as signed:
        start, end = typed()
        signed.need_session("book slots")
        if signed.admin and not user:
            raise Problem("Administrators book for a user. Name the user with --for.", USAGE)
        if user:
            signed.need_admin("book for somebody else")
        _free(signed, start, end)
        said = _words(start, end)
        if change.dry_run:
            say(f"Would book {said}.")
            return 0
        from qpi_tui.edits.slots import BookSlot

        holder = str(signed.client.get_user(user)["id"]) if user else None
        done = change_one(signed, BookSlot(target=user or "you", start=start, end=end, holder=holder))
        slot = done.record or {"id": done.id}
        show_record(slot, [("id", str(slot.get("id"))), ("booked", said), ("UTC", _utc(start, end))], output)
    return 0


@app.command
def move(
    which: Annotated[str, Parameter(help="the slot's id")],
    /,
    *when: When,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Move a booking.

    Example: qpi-tui slots move 8f3kq2m1x0z7abc fri 9-11
    """
    typed = span(" ".join(when))
    with signed_in(server) as signed:
        start, end = typed()
        signed.need_session("move slots")
        slot = pick(_read(signed), which, "slot", _names)[0]
        _free(signed, start, end, but=slot.id)

        from qpi_tui.edits.slots import MoveSlot

        edit = MoveSlot(
            target=_name(slot),
            slot=slot.id,
            start=start,
            end=end,
            from_start=slot.start or start,
            from_end=slot.end or end,
        )
        task = Task(slot.id, _name(slot), f"{_name(slot)} → {_words(start, end)}", edit)
        return carry_out(BulkEdit("slots.move", "Move", ("slot", "slots")), [task], signed, change, output)


@app.command
def give(
    which: Annotated[str, Parameter(help="the slot's id")],
    user: Annotated[str, Parameter(help="new owner: e-mail, name or id")],
    /,
    *,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Give a booking to another user. For administrators.

    Example: qpi-tui slots give 8f3kq2m1x0z7abc ben@lab.example --yes
    """
    from qpi_tui.edits.slots import GiveSlot

    with signed_in(server) as signed:
        signed.need_admin("give slots to others")
        slot = pick(_read(signed), which, "slot", _names)[0]
        to = registry()["users"].decode(signed.client.get_user(user))
        start, end = slot.start or now(), slot.end or now()
        if to.id == slot.booked_by:
            raise Problem(f"The slot already belongs to {to.label}.", FAILED)
        edit = GiveSlot(
            target=_words(start, end),
            slot=slot.id,
            start=start,
            end=end,
            user=to.id,
            name=to.label,
            from_user=slot.booked_by,
            from_name=slot.who,
        )
        task = Task(slot.id, _name(slot), f"{_name(slot)} → {to.label}", edit)
        return carry_out(BulkEdit("slots.give", "Give", ("slot", "slots")), [task], signed, change, output)


@app.command
def cancel(
    *which: Annotated[str, several("ids of slots, or a user: all of the user's future slots")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Cancel bookings.

    Example: qpi-tui slots cancel 8f3kq2m1x0z7abc --yes
    """

    from qpi_tui.edits.slots import CancelSlot

    def edit(slot: SlotRow) -> CancelSlot:
        return CancelSlot(target=_name(slot), slot=slot.id, start=slot.start or now(), end=slot.end or now())

    targets: Targets[SlotRow] = Targets(
        "slot",
        _read,
        # Naming a user means the user's future slots.
        lambda slot: _names(slot) if _coming(slot) else (),
        _name,
        _name,
        several=True,
    )
    need = methodcaller("need_session", "cancel slots")
    what = BulkEdit("slots.cancel", "Cancel", ("slot", "slots"))
    return change_each(targets, which, what, edit, need, server, output, change)


@app.command
def export(
    *,
    to: Annotated[str, Parameter(help="a new file that ends in .ics")],
    since: Annotated[str, Parameter(help="start, such as yesterday or fri 9:00 (default: now)")] = "",
    until: Annotated[str, Parameter(help="end, such as +7d")] = "",
    mine: Annotated[bool, Parameter(help="only your own")] = False,
    server: Server = SERVER,
) -> int:
    """Write booked slots to a calendar file. Overwrites nothing.

    Example: qpi-tui slots export --mine --to slots.ics
    """
    from qpi_tui.files import export as files
    from qpi_tui.files.calendar import week_ics
    from qpi_tui.resources import slots as columns
    from qpi_tui.rows.slot_booking import holder, slot_of

    begin, end = ago(since, future=True), coming(until, "--until")
    with as_usage():
        path = files.target(to, kinds=("ics",))
    with signed_in(server) as signed:
        signed.need_session("export slots")
        start, over = begin(), end()
        in_order(start, over)
        booked = signed.client.list_time_slots(start=start or now(), end=over)
        found = ((slot_of(columns.RESOURCE.decode(slot), signed.user_id), holder(slot)) for slot in booked)
        slots = [{**slot, "who": who} for slot, who in found if slot is not None and (slot["own"] or not mine)]
    files.write_now(path, [week_ics(slots)])
    say(f"{len(slots):,} slot{'s' * (len(slots) != 1)} written to {path}.")
    return 0


def _free(signed: Signed, start: datetime, end: datetime, but: str = "") -> None:
    """Reject what the server would reject, and name the conflict."""
    if start < now() and not signed.admin:
        raise Problem(f"{_words(start, end)} is in the past.", FAILED)
    booked: list[SlotRow] = registry()["slots"].decode_all(signed.client.list_time_slots(start=start, end=end))
    taken = [slot for slot in booked if slot.id != but]
    if taken:
        raise Problem(f"{_words(start, end)} is taken: {', '.join(_name(slot) for slot in taken)}.", FAILED)


def _read(signed: Signed) -> list[SlotRow]:
    return registry()["slots"].decode_all(signed.client.list_time_slots())


def _names(slot: SlotRow) -> tuple[str, ...]:
    user = slot.booked_by_record
    return (user.email, user.name, slot.booked_by) if user is not None else (slot.booked_by,)


def _name(slot: SlotRow) -> str:
    when = _words(slot.start, slot.end) if slot.start and slot.end else "?"
    return f"{when}, {slot.who or slot.booked_by or '?'}"


def _coming(slot: SlotRow) -> bool:
    return slot.end is None or slot.end > now()


def _words(start: datetime, end: datetime) -> str:
    begin, over = local(start), local(end)
    until = (
        f"{over:%H:%M}"
        if over.date() == begin.date() or over - begin < timedelta(hours=24)
        else f"{day_text(over)} {over:%H:%M}"
    )
    return f"{begin:%a %-d %b %Y %H:%M} – {until} ({duration((end - start).total_seconds())})"


def _utc(start: datetime, end: datetime) -> str:
    return f"{start.astimezone(UTC):%Y-%m-%dT%H:%MZ} – {end.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
