"""Edits of time slots: book, move, cancel. No two slots overlap, so the times alone identify one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.domain.clock import parse_date
from qpi_tui.domain.durations import duration
from qpi_tui.edits.edit import Edit, Facts, Unclear
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.rows.slot_booking import when

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

Record = Mapping[str, object]


class BookSlot(Edit, frozen=True):
    """Book a slot; `target` names the holder. `holder` is the user for whom a superuser books."""

    start: datetime
    end: datetime
    holder: str | None = None

    kind: ClassVar[str] = "slots.book"
    collection: ClassVar[str] = "time_slots"

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Book it."""
        return self._done(await client.create_time_slot(self.start, self.end, self.holder))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when a slot of this holder has these times."""
        slot = await _standing(client, self.start, self.end)
        if slot is None or (self.holder and slot.get("booked_by") not in (self.holder, None, "")):
            return None
        session = client.session
        if not self.holder and session is not None and slot.get("booked_by") != session.user_id:
            return None
        return self._done(slot)

    def _done(self, slot: Record) -> Done:
        length = duration((self.end - self.start).total_seconds())
        id = str(slot.get("id") or "")
        back = CancelSlot(target=when(self.start, self.end), slot=id, start=self.start, end=self.end)
        return Done(f"{when(self.start, self.end)} booked ({length})", slot, back if id else None, id=id)


class MoveSlot(Edit, frozen=True):
    """Move a slot to other times; `target` has the old ones."""

    slot: str
    start: datetime
    end: datetime
    from_start: datetime
    from_end: datetime

    kind: ClassVar[str] = "slots.move"
    collection: ClassVar[str] = "time_slots"

    @property
    def command(self) -> str:
        """`slots move ID START END`."""
        return f"slots move {self.slot} {self.start.isoformat()} {self.end.isoformat()}"

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Move it."""
        return self._done(await client.update_time_slot(self.slot, self.start, self.end))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when the slot has the new times."""
        slot = await _standing(client, self.start, self.end)
        return self._done(slot) if slot is not None and slot.get("id") == self.slot else None

    def _done(self, slot: Record) -> Done:
        back = MoveSlot(
            target=when(self.start, self.end),
            slot=self.slot,
            start=self.from_start,
            end=self.from_end,
            from_start=self.start,
            from_end=self.end,
        )
        return Done(f"moved to {when(self.start, self.end)}", slot, back)


class GiveSlot(Edit, frozen=True):
    """Give a slot to another user; `target` has its times, `name` and `from_name` the new and the old holder."""

    slot: str
    start: datetime
    end: datetime
    user: str
    name: str
    from_user: str
    from_name: str

    kind: ClassVar[str] = "slots.give"
    collection: ClassVar[str] = "time_slots"

    @property
    def command(self) -> str:
        """`slots give ID USER`."""
        return f"slots give {self.slot} {self.user}"

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Give it."""
        return self._done(await client.update_time_slot(self.slot, booked_by=self.user))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is booked by that user."""
        slot = await _standing(client, self.start, self.end)
        if slot is None or slot.get("id") != self.slot:
            raise Unclear("Somebody else moved or cancelled it.")
        return self._done(slot) if slot.get("booked_by") == self.user else None

    def _done(self, slot: Record) -> Done:
        back = GiveSlot(
            target=self.target,
            slot=self.slot,
            start=self.start,
            end=self.end,
            user=self.from_user,
            name=self.from_name,
            from_user=self.user,
            from_name=self.name,
        )
        return Done(f"is now {self.name}'s", slot, back if self.from_user else None)


class CancelSlot(Edit, frozen=True):
    """Cancel a slot; its times are known, because there may be years of others."""

    slot: str
    start: datetime
    end: datetime

    kind: ClassVar[str] = "slots.cancel"
    collection: ClassVar[str] = "time_slots"
    final: ClassVar[str] = "To undo, book the time again while it is free."

    @property
    def command(self) -> str:
        """`slots cancel ID`."""
        return f"slots cancel {self.slot}"

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Cancel it."""
        await client.delete_time_slot(self.slot)
        return Done("cancelled")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is gone."""
        slots = await client.list_time_slots(start=self.start, end=self.end)
        return None if any(slot["id"] == self.slot for slot in slots) else Done("cancelled")


async def _standing(client: Client, start: datetime, end: datetime) -> Record | None:
    for slot in await client.list_time_slots(start=start, end=end):
        if (parse_date(slot.get("start_time")), parse_date(slot.get("end_time"))) == (start, end):
            return slot
    return None
