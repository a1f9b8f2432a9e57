"""Time slots: whose jobs go first, and when. There is one calendar for the whole laboratory."""

from __future__ import annotations

from qpi_client.calls.users import user_id
from qpi_client.checks import Moment, every, moment, quoted, sent_time, start_before_end, stored_time
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import fetch_dict, records, remove
from qpi_client.paging import Pager, everything
from qpi_client.records import Record
from qpi_client.steps import Call, Request


def list_time_slots(ctx: Context, *, start: Moment | None = None, end: Moment | None = None) -> Call[list[Record]]:
    """Everybody's slots, earliest first; those that touch the time from `start` to `end` if given.

    `expand` holds who booked, as far as you may see them (a user: itself).
    """
    ctx.need_session("Listing time slots")
    before = after = None
    if end is not None:
        at_once = start is not None and moment(start, "start") == moment(end, "end")
        before = f"start_time {'<=' if at_once else '<'} {quoted(stored_time(end, 'end'))}"
    if start is not None:
        after = f"end_time > {quoted(stored_time(start, 'start'))}"
    pager = Pager("time_slots", by="start_time", filter=every(before, after), expand="booked_by")
    return (yield from everything(ctx, pager))


def create_time_slot(ctx: Context, start_time: Moment, end_time: Moment, booked_by: str | None = None) -> Call[Record]:
    """Book a slot; for who is signed in, or, by a superuser, for a user (id, e-mail address or name).

    Times are RFC 3339 text or aware datetimes. An overlap with another slot: `BadRequest`.
    """
    session = ctx.need_session("Booking a time slot")
    start_before_end(start_time, end_time)
    if booked_by is None and session.is_superuser:
        raise InvalidValue("A superuser books for somebody: say for which user.")
    owner = session.user_id if booked_by is None else (yield from user_id(ctx, booked_by))
    body = {**_times(start_time, end_time), "booked_by": owner}
    request = Request("POST", records("time_slots"), json=body, repeat=False, session="needed")
    return (yield from fetch_dict(ctx, request))


def update_time_slot(
    ctx: Context, slot_id: str, start_time: Moment | None = None, end_time: Moment | None = None
) -> Call[Record]:
    """Move a slot, or make it longer or shorter; what is not given stays."""
    ctx.need_session("Moving a time slot")
    start_before_end(start_time, end_time)
    body = _times(start_time, end_time)
    request = Request("PATCH", records("time_slots", slot_id), json=body, session="needed")
    return (yield from fetch_dict(ctx, request))


def _times(start: Moment | None, end: Moment | None) -> Record:
    times = {"start_time": start, "end_time": end}
    return {name: sent_time(value, name) for name, value in times.items() if value is not None}


def delete_time_slot(ctx: Context, slot_id: str) -> Call[None]:
    """Cancel a slot; one that has begun only a superuser can."""
    yield from remove(ctx, "time_slots", slot_id)
