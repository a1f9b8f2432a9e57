"""An announcement to users."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.rows.base import Row
from qpi_tui.rows.users import UserRow

State = Literal["shown", "later", "over"]


class AnnouncementRow(Row, frozen=True, kw_only=True):
    """An announcement. `target_users` are the ids of its recipients; empty: everybody."""

    LOCAL: ClassVar[frozenset[str]] = frozenset({"recipient"})
    RELATIONS: ClassVar[Mapping[str, type[Row]]] = {"target_users": UserRow}

    title: str = ""
    description: str = ""
    start_time: str = ""
    end_time: str = ""
    target_users: tuple[str, ...] = ()
    created: str = ""
    recipient: UserRow | None = None
    target_users_record: UserRow | None = None

    @classmethod
    def prepare(cls, record: Mapping[str, object]) -> Mapping[str, object]:
        """Accept the recipients as text or as a list: a server sends one user as text."""
        target, expand = record.get("target_users"), record.get("expand")
        if isinstance(target, str):
            record = {**record, "target_users": [target] if target else []}
        found = expand.get("target_users") if isinstance(expand, Mapping) else None
        if isinstance(found, list) and found:
            record = {**record, "expand": {"target_users": found[0]}}
        return record

    @property
    def start(self) -> datetime | None:
        """When users see it first; None: immediately."""
        return parse_date(self.start_time)

    @property
    def end(self) -> datetime | None:
        """When it ends; None: never."""
        return parse_date(self.end_time)

    @property
    def state(self) -> State:
        """`shown`, `later` (not begun) or `over`."""
        moment = now()
        start, end = self.start, self.end
        if end is not None and end <= moment:
            return "over"
        return "later" if start is not None and start > moment else "shown"

    @property
    def due(self) -> bool:
        """Whether it is current."""
        return self.state == "shown"

    @property
    def target(self) -> str:
        """The id of the first recipient; empty: everybody."""
        return self.target_users[0] if self.target_users else ""

    @property
    def to(self) -> str:
        """The recipient: `everybody`, a user's address, or the id of an unknown user."""
        if not self.target:
            return "everybody"
        known = self.recipient or self.target_users_record
        return known.label if known is not None else self.target
