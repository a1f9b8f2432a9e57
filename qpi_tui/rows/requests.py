"""A request for QPU time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from qpi_tui.rows.base import Number, Row
from qpi_tui.rows.users import UserRow, label_of


class RequestRow(Row, frozen=True, kw_only=True):
    """A request for QPU time. `age` is how long the console has known it: the server stores no date."""

    LOCAL: ClassVar[frozenset[str]] = frozenset({"age"})
    RELATIONS: ClassVar[Mapping[str, type[Row]]] = {"user": UserRow}

    user: str = ""
    seconds: Number = 0.0
    status: str = ""
    requested_reason: str = ""
    rejection_reason: str = ""
    handled_by: str = ""
    created: str = ""
    user_record: UserRow | None = None
    age: str = ""

    @property
    def who(self) -> str:
        """The user: e-mail address, name or id."""
        return label_of(self.user_record, self.user)

    @property
    def pending(self) -> bool:
        """Whether it is undecided."""
        return self.status == "pending"

    @property
    def balance_before(self) -> float | None:
        """The user's balance in seconds; None if unknown."""
        return self.user_record.qpu_seconds if self.user_record is not None else None

    @property
    def balance_after(self) -> float | None:
        """The balance after approval, in seconds."""
        before = self.balance_before
        return None if before is None else before + self.seconds
