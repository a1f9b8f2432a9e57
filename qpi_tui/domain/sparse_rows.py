"""A long list with only some rows known: a sequence with gaps. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload


class SparseRows(Sequence[Any]):
    """Rows by position, newest or oldest first; None is an unknown row.

    Args:
        low: The place of the list's oldest row.
        high: The place of its newest row.
        rows: The known rows by their place.
        oldest_first: Whether position 0 is the oldest row.
    """

    def __init__(self, low: int, high: int, rows: Mapping[int, Any], *, oldest_first: bool = False) -> None:
        self._low, self._high, self._rows, self.oldest_first = low, high, rows, oldest_first
        self._places = {row.id: place for place, row in rows.items()}

    def turned(self, *, oldest_first: bool) -> SparseRows:
        """Return the same rows from this end."""
        if oldest_first == self.oldest_first:
            return self
        return SparseRows(self._low, self._high, self._rows, oldest_first=oldest_first)

    def __len__(self) -> int:
        return self._high - self._low + 1

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._rows.get(self.place(index))

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the known rows only, in order: nobody walks through a million gaps."""
        return iter(self.known())

    def known(self) -> list[Any]:
        """The known rows, in the shown order."""
        return [self._rows[place] for place in sorted(self._rows, reverse=not self.oldest_first)]

    def place(self, position: int) -> int:
        """Return the place of a position."""
        return self._low + position if self.oldest_first else self._high - position

    def position(self, place: int) -> int:
        """Return the position of a place."""
        return place - self._low if self.oldest_first else self._high - place

    def find(self, id: str) -> int | None:
        """Return the position of a row; None if unknown."""
        place = self._places.get(id)
        return None if place is None else self.position(place)

    def nearer(self, id: str, place: int) -> bool:
        """Whether a known row comes before a place, in the shown order."""
        own = self._places[id]
        return own < place if self.oldest_first else own > place
