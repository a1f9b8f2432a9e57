"""The order of records by one column, updated while records change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qpi_tui.domain.table_change import Change


def _ranked(value: Any) -> tuple[int, Any]:
    """Return a key that always compares: numbers, then text, then missing values."""
    if isinstance(value, (bool, int, float)):
        return (0, value)
    return (2, "") if value is None else (1, str(value))


class Order:
    """Indices of records by a key, reversed or not; equal keys in the given order."""

    def __init__(self, records: Sequence[Any], key: Callable[[Any], Any], *, reverse: bool) -> None:
        self._key, self._reverse = key, reverse
        self._keys = list(map(key, records))
        self.indices = self._sorted()

    def turn(self, *, reverse: bool) -> None:
        """Return the same keys in this direction."""
        if reverse != self._reverse:
            self._reverse = reverse
            self.indices = self._sorted()

    def _sorted(self) -> list[int]:
        indices = range(len(self._keys))
        try:
            return sorted(indices, key=self._keys.__getitem__, reverse=self._reverse)
        except TypeError:
            self._keys = list(map(_ranked, self._keys))
            return sorted(indices, key=self._keys.__getitem__, reverse=self._reverse)

    def follow(self, records: Sequence[Any], change: Change) -> bool:
        """Move changed or new records to their places; return False if that is impossible and the order is useless."""
        before, known, others = change
        order, keys, key = self.indices.copy(), self._keys, self._key
        try:
            for index in others:
                at = self._place(index - before, order)
                if order[at] != index - before:
                    return False  # Keys without an order, such as NaN.
                del order[at]
            if before:
                order = [index + before for index in order]
            keys[:0] = map(key, records[:before])
            keys.extend(map(key, records[before + known :]))
            for index in others:
                keys[index] = key(records[index])
            for index in (*others, *change.new(len(records))):
                order.insert(self._place(index, order), index)
        except (TypeError, IndexError):
            return False  # A key of another type than the others.
        self.indices = order
        return True

    def _place(self, index: int, order: list[int]) -> int:
        """Return the position of a record in the order, or the one it would have."""
        keys, reverse = self._keys, self._reverse
        key = keys[index]
        low, high = 0, len(order)
        while low < high:
            middle = (low + high) // 2
            other = order[middle]
            theirs = keys[other]
            if (theirs > key if reverse else theirs < key) or (theirs == key and other < index):
                low = middle + 1
            else:
                high = middle
        return low
