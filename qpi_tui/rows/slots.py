"""A booked slot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.rows.base import Row
from qpi_tui.rows.users import UserRow


class SlotRow(Row, frozen=True, kw_only=True):
    """A booking of the whole laboratory. `own`: booked by the signed-in user."""

    LOCAL: ClassVar[frozenset[str]] = frozenset({"own"})
    RELATIONS: ClassVar[Mapping[str, type[Row]]] = {"booked_by": UserRow}

    booked_by: str = ""
    start_time: str = ""
    end_time: str = ""
    booked_by_record: UserRow | None = None
    own: bool = False

    @property
    def start(self) -> datetime | None:
        """The start."""
        return parse_date(self.start_time)

    @property
    def end(self) -> datetime | None:
        """The end."""
        return parse_date(self.end_time)

    @property
    def who(self) -> str:
        """The holder; empty if the server does not tell a user who the others are."""
        return self.booked_by_record.label if self.booked_by_record is not None else ""


def coming_slots(slots: Iterable[SlotRow]) -> list[tuple[datetime, datetime, SlotRow]]:
    """Return the current and future slots in order, each with start and end."""
    moment, found = now(), []
    for slot in slots:
        start, end = slot.start, slot.end
        if start is not None and end is not None and end > moment:
            found.append((start, end, slot))
    return sorted(found, key=lambda each: each[0])


def running_slot_holder(slots: Iterable[SlotRow]) -> str:
    """Return the holder of the current slot, or nothing."""
    moment = now()
    for start, _, slot in coming_slots(slots):
        if start <= moment:
            return slot.who or slot.booked_by
    return ""
