"""A booked slot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.rows.base import Row
from qpi_tui.rows.users import UserRow


class SlotRow(Row, frozen=True, kw_only=True):
    """A booking of the whole laboratory. `own`: it is booked by who is signed in."""

    LOCAL: ClassVar[frozenset[str]] = frozenset({"own"})
    RELATIONS: ClassVar[Mapping[str, type[Row]]] = {"booked_by": UserRow}

    booked_by: str = ""
    start_time: str = ""
    end_time: str = ""
    booked_by_record: UserRow | None = None
    own: bool = False

    @property
    def start(self) -> datetime | None:
        """When it begins."""
        return parse_date(self.start_time)

    @property
    def end(self) -> datetime | None:
        """When it ends."""
        return parse_date(self.end_time)

    @property
    def who(self) -> str:
        """Who holds it; empty where the server does not tell a user who the others are."""
        return self.booked_by_record.label if self.booked_by_record is not None else ""


def coming_slots(slots: Iterable[SlotRow]) -> list[tuple[datetime, datetime, SlotRow]]:
    """The slots that run now or begin later, in order, each with when it begins and ends."""
    moment, found = now(), []
    for slot in slots:
        start, end = slot.start, slot.end
        if start is not None and end is not None and end > moment:
            found.append((start, end, slot))
    return sorted(found, key=lambda each: each[0])


def running_slot_holder(slots: Iterable[SlotRow]) -> str:
    """Who holds the slot that runs now, or nothing."""
    moment = now()
    for start, _, slot in coming_slots(slots):
        if start <= moment:
            return slot.who or slot.booked_by
    return ""
