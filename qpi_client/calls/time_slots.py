"""Time slots: bookings of the whole laboratory. Jobs of the holder are dispatched first."""

from __future__ import annotations

from qpi_client.calls.typed import fetch_as, list_as
from qpi_client.calls.users import user_id
from qpi_client.checks import Moment, every, moment, quoted, sent_time, start_before_end, stored_time
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import records, remove
from qpi_client.paging import Pager
from qpi_client.records import Record, TimeSlot
from qpi_client.steps import Call, Request


def list_time_slots(ctx: Context, *, start: Moment | None = None, end: Moment | None = None) -> Call[list[TimeSlot]]:
    """List everybody's time slots.

    Args:
        start: Only slots that end after this time, as RFC 3339 text with an offset or an aware datetime.
        end: Only slots that begin before this time. With the same value as ``start``, returns the slot at that moment.

    Returns:
        The slots, earliest first. ``expand`` contains the booking user if you may see it: users see only themselves.

    Raises:
        SessionRequired: Not signed in.
        InvalidValue: A time is not valid; nothing was sent.
    """
    ctx.need_session("Listing time slots")
    before = after = None
    if end is not None:
        at_once = start is not None and moment(start, "start") == moment(end, "end")
        before = f"start_time {'<=' if at_once else '<'} {quoted(stored_time(end, 'end'))}"
    if start is not None:
        after = f"end_time > {quoted(stored_time(start, 'start'))}"
    # No index covers the start time.
    pager = Pager("time_slots", filter=every(before, after), expand="booked_by")
    slots = yield from list_as(TimeSlot, ctx, pager)
    return sorted(slots, key=lambda slot: (str(slot.get("start_time", "")), str(slot.get("id", ""))))


def create_time_slot(
    ctx: Context, start_time: Moment, end_time: Moment, booked_by: str | None = None
) -> Call[TimeSlot]:
    """Book a time slot.

    Args:
        start_time: Start, as RFC 3339 text with an offset or an aware datetime. Users cannot book in the past.
        end_time: End, after the start.
        booked_by: Id, e-mail address or name of the user to book for. Superusers only, and required for them. Default:
            the signed-in user.

    Returns:
        The new slot.

    Raises:
        SessionRequired: Signed in with an API token only, or not at all.
        BadRequest: The slot overlaps another one, or starts in the past.
        NotFound: No such user.
        InvalidValue: A time is not valid, the end is not after the start, or a superuser gave no ``booked_by``; nothing
            was sent.

    Examples:
        >>> tomorrow = datetime.now(UTC) + timedelta(days=1)
        >>> slot = client.create_time_slot(tomorrow, tomorrow + timedelta(hours=1))
    """
    session = ctx.need_session("Booking a time slot")
    start_before_end(start_time, end_time)
    if booked_by is None and session.is_superuser:
        raise InvalidValue("A superuser books for a user. Give booked_by.")
    owner = session.user_id if booked_by is None else (yield from user_id(ctx, booked_by))
    body = {**_times(start_time, end_time), "booked_by": owner}
    request = Request("POST", records("time_slots"), json=body, repeat=False, session="needed")
    return (yield from fetch_as(TimeSlot, ctx, request))


def update_time_slot(
    ctx: Context,
    slot_id: str,
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    booked_by: str | None = None,
) -> Call[TimeSlot]:
    """Move a time slot, change its length, or transfer it to another user.

    Args:
        slot_id: Id of the slot.
        start_time: New start. Default: unchanged.
        end_time: New end. Default: unchanged.
        booked_by: Id, e-mail address or name of the new holder. Superusers only.

    Returns:
        The updated slot.

    Raises:
        SessionRequired: Not signed in.
        BadRequest: The slot overlaps another one, or has started. Superusers may change a slot that has started.
        NotFound: No such slot, or it is not yours.
        InvalidValue: A time is not valid, the end is not after the start, or there is nothing to change; nothing was
            sent.
    """
    ctx.need_session("Moving a time slot")
    start_before_end(start_time, end_time)
    body = _times(start_time, end_time)
    if booked_by is not None:
        body["booked_by"] = yield from user_id(ctx, booked_by)
    if not body:
        raise InvalidValue("Nothing to change: give start_time, end_time or booked_by.")
    request = Request("PATCH", records("time_slots", slot_id), json=body, session="needed")
    return (yield from fetch_as(TimeSlot, ctx, request))


def _times(start: Moment | None, end: Moment | None) -> Record:
    times = {"start_time": start, "end_time": end}
    return {name: sent_time(value, name) for name, value in times.items() if value is not None}


def delete_time_slot(ctx: Context, slot_id: str) -> Call[None]:
    """Cancel a time slot.

    Args:
        slot_id: Id of the slot.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such slot, or it is not yours.
        BadRequest: The slot has started. Only superusers may cancel it then.
    """
    yield from remove(ctx, "time_slots", slot_id)
