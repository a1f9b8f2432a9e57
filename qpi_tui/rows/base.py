"""The base of every row: an id, and the names of fields that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec

Number = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]
"""A finite number; larger ones are unreadable."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a server, decoded and sanitized. `unreadable` names fields that have their default instead.

    `LOCAL` are fields that the console fills in: they are never taken from a record.
    """

    LOCAL: ClassVar[frozenset[str]] = frozenset()
    # Fields that refer to another record, by the name under which the server expands it.
    RELATIONS: ClassVar[Mapping[str, type[Row]]] = {}

    id: str = ""
    unreadable: tuple[str, ...] = ()
    # The text for filters, if rows provide it: shared by all rows with the same text.
    search: str = ""

    @classmethod
    def prepare(cls, record: Mapping[str, object]) -> Mapping[str, object]:
        """Convert a record to the row's shape before it is decoded. The default keeps it."""
        return record


LOCAL = frozenset({"unreadable", "search"})
"""The local fields of every row."""
