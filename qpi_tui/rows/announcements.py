"""An announcement to the users."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.rows.base import Row
from qpi_tui.rows.users import UserRow

State = Literal["shown", "later", "over"]


class AnnouncementRow(Row, frozen=True, kw_only=True):
    """An announcement. `target_users` are the ids of the users it is for; empty: everybody."""

    LOCAL: ClassVar[frozenset[str]] = frozenset({"recipient"})

    title: str = ""
    description: str = ""
    start_time: str = ""
    end_time: str = ""
    target_users: tuple[str, ...] = ()
    created: str = ""
    recipient: UserRow | None = None

    @classmethod
    def prepare(cls, record: Mapping[str, object]) -> Mapping[str, object]:
        """A server gives one user as text, several as a list."""
        target = record.get("target_users")
        if isinstance(target, str):
            return {**record, "target_users": [target] if target else []}
        return record

    @property
    def start(self) -> datetime | None:
        """When users begin to see it; None: at once."""
        return parse_date(self.start_time)

    @property
    def end(self) -> datetime | None:
        """When users stop seeing it; None: it has no end."""
        return parse_date(self.end_time)

    @property
    def state(self) -> State:
        """`shown`, `later` (it has not begun) or `over`."""
        moment = now()
        start, end = self.start, self.end
        if end is not None and end <= moment:
            return "over"
        return "later" if start is not None and start > moment else "shown"

    @property
    def due(self) -> bool:
        """Whether it has begun and is not over."""
        return self.state == "shown"

    @property
    def target(self) -> str:
        """The id of the first user it is for; empty: everybody."""
        return self.target_users[0] if self.target_users else ""

    @property
    def to(self) -> str:
        """Whom it is for: `everybody`, a user's address, or the id where the user is not known."""
        if not self.target:
            return "everybody"
        return self.recipient.label if self.recipient is not None else self.target
