"""What every row has: an id, and the names of the fields that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec

Number = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]
"""A finite number; what is beyond every float is not read."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a server, decoded and safe to show. `unreadable` names the fields that have their default instead.

    `LOCAL` are the fields that the console fills in itself: they are never taken from a record.
    """

    LOCAL: ClassVar[frozenset[str]] = frozenset()
    # Fields that refer to another record, by the name under which the server expands it.
    RELATIONS: ClassVar[Mapping[str, type[Row]]] = {}

    id: str = ""
    unreadable: tuple[str, ...] = ()
    # The text that the filter looks in, where rows bring it along: one for all rows that say the same.
    search: str = ""

    @classmethod
    def prepare(cls, record: Mapping[str, object]) -> Mapping[str, object]:
        """Bring a record into the shape of the row, before it is decoded. The default leaves it as it is."""
        return record


LOCAL = frozenset({"unreadable", "search"})
"""The local fields of every row."""
