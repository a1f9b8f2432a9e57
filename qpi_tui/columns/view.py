"""Which records of a table are shown and in what order: filter, sort, and who is near whom. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from operator import itemgetter
from typing import Any

from qpi_tui.columns.base import Column
from qpi_tui.columns.texts import Change, Row, Texts, difference, text_of

_id = itemgetter("id")
# A record that moved is mostly still near: so many lines to each side are looked at first.
_AROUND = 100


def _ranked(value: Any) -> tuple[int, Any]:
    """A key that never fails: numbers, then text, then what is missing."""
    if isinstance(value, (bool, int, float)):
        return (0, value)
    return (2, "") if value is None else (1, str(value))


def _folded(column: Column) -> Callable[[Row], str]:
    return lambda record: text_of(column.cell(record)).casefold()


class RecordView:
    """Records in the order given, and those of them that the filter lets through, sorted.

    Records have an `id` each; a second record with the same id (two pages that overlap) is left out. Sort keys and the
    texts that the filter searches are made when they are first asked for; where only a few records are others than
    before, only theirs are made again, and only they are put into their places. Where there are too many to make texts
    of, records bring them along, in small letters, one for all records that say the same: `extra(record)["search"]`;
    their ids are searched beside it.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.records: list[Row] = []
        self.shown: list[Row] = []
        self.sort: tuple[str, bool] | None = None
        self.predicate: Callable[[Row], bool] | None = None
        self._words: tuple[str, ...] = ()
        self._texts: Texts | None = None
        self._keys: dict[str, list[Any]] = {}
        self._order: Sequence[int] | None = None
        # What the filter let through, so that a further letter looks no further.
        self._found: Sequence[int] = ()

    # -- what is given -----------------------------------------------------------------------------------------------

    def set_records(self, records: Sequence[Row], *, distinct: bool = False) -> bool:
        """Take these records; whether anything differs from before. `distinct`: no two of them have the same id."""
        taken = list(records)
        if not distinct and len(set(map(_id, taken))) < len(taken):
            first: dict[str, Row] = {}
            for record in taken:
                first.setdefault(record["id"], record)
            taken = list(first.values())
        if taken == self.records:
            return False
        change = difference(self.records, taken)
        self.records = taken
        if change is None:
            self._keys.clear()
            self._order = self._texts = None
        else:
            self._follow(change)
        self._arrange()
        return True

    def set_columns(self, columns: Sequence[Column]) -> bool:
        """Take these columns; whether they are others. An order by a column that is gone is given up."""
        if tuple(columns) == self.columns:
            return False
        self.columns = tuple(columns)
        self._keys.clear()
        self._order = self._texts = None
        if self.sort is not None and self.sort[0] and self.sort[0] not in {column.key for column in columns}:
            self.sort = None
        self._arrange()
        return True

    def set_filter(self, text: str, predicate: Callable[[Row], bool] | None = None) -> None:
        """Show only records in whose cells all these words occur, in any case, and of which `predicate` is true."""
        words = tuple(text.casefold().split())
        if (words, predicate) != (self._words, self.predicate):
            narrower = (
                predicate == self.predicate
                and bool(self._words)
                and all(any(old in new for new in words) for old in self._words)
            )
            self._words, self.predicate = words, predicate
            self._arrange(self._found if narrower else None)

    def set_sort(self, sort: tuple[str, bool] | None) -> None:
        """Sort by a column's key, reversed or not; None: the order given. An empty key turns the order given round."""
        if sort != self.sort:
            self.sort = sort
            self._order = None
            self._arrange()

    # -- what is asked -----------------------------------------------------------------------------------------------

    def cells(self, record: Row) -> list[str]:
        """The texts of a record's cells, uncut."""
        return [text_of(column.cell(record)) for column in self.columns]

    def position(self, id: str | None, near: int = 0) -> int | None:
        """Where a record is shown, None where it is not; looked for around `near` first."""
        if id is None:
            return None
        start = max(near - _AROUND, 0)
        for index, record in enumerate(self.shown[start : near + _AROUND], start):
            if record["id"] == id:
                return index
        return next((index for index, shown in enumerate(map(_id, self.shown)) if shown == id), None)

    def hidden(self, ids: Collection[str]) -> frozenset[str]:
        """Those of these ids that are not shown."""
        return frozenset(ids).difference(map(_id, self.shown)) if ids else frozenset()

    def nearest(self, before: Sequence[Row], index: int) -> int:
        """Where to go from line `index` of what was shown before: the next that is left, else the one before."""
        if index < len(before) and (found := self.position(before[index]["id"], index)) is not None:
            return found
        positions = {record["id"]: place for place, record in enumerate(self.shown)}
        for record in (*before[index:], *reversed(before[:index])):
            if record["id"] in positions:
                return positions[record["id"]]
        return max(min(index, len(self.shown) - 1), 0)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _arrange(self, among: Sequence[int] | None = None) -> None:
        if self._order is None:
            self._order = self._sorted()
        records = self.records
        order = self._order if among is None else among
        if self.predicate is not None:
            keep = self.predicate
            order = [index for index in order if keep(records[index])]
        if self._words:
            if self._texts is None:
                self._texts = Texts(records, self.columns)
            # The longest word lets the fewest through.
            for word in sorted(self._words, key=len, reverse=True):
                order = self._texts.with_word(word, order)
        self._found = order
        everything = isinstance(order, range) and order.step == 1
        self.shown = records if everything else [records[index] for index in order]

    def _sorted(self) -> Sequence[int]:
        if self.sort is None:
            return range(len(self.records))
        key, reverse = self.sort
        if not key:
            return range(len(self.records))[::-1] if reverse else range(len(self.records))
        keys = self._keys.get(key)
        if keys is None:
            keys = self._keys[key] = list(map(self._key_of(key), self.records))
        try:
            return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)
        except TypeError:
            keys = self._keys[key] = list(map(_ranked, keys))
            return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)

    def _key_of(self, key: str) -> Callable[[Row], Any]:
        column = next(column for column in self.columns if column.key == key)
        return column.sort or _folded(column)

    def _follow(self, change: Change) -> None:
        """Keep texts, keys and order, but for the records that are others now."""
        records, (offset, known, others) = self.records, change
        if self._texts is not None:
            self._texts.follow(records, change)
        # Only the order that is shown is kept up to date.
        sort = self.sort[0] if self.sort is not None else ""
        keys = self._keys.get(sort)
        self._keys.clear()
        if keys is None or self._order is None:
            self._order = None
            return
        key_of = self._key_of(sort)
        end = offset + known
        keys[:0] = map(key_of, records[:offset])
        keys.extend(map(key_of, records[end:]))
        for index in others:
            keys[index] = key_of(records[index])
        self._keys[sort] = keys
        moved = {*others, *range(offset), *range(end, len(records))}
        order = [at + offset for at in self._order] if offset else list(self._order)
        if others:
            order = [at for at in order if at not in moved]
        try:
            for index in moved:
                self._put(index, order, keys)
        except TypeError:
            # Keys of another kind than the others: all are made again, by rank.
            self._order = None
            self._keys.clear()
        else:
            self._order = order

    def _put(self, index: int, order: list[int], keys: list[Any]) -> None:
        """Put a record where a whole sort would: by its key, then by its place among those given."""
        key, reverse = keys[index], self.sort is not None and self.sort[1]
        low, high = 0, len(order)
        while low < high:
            middle = (low + high) // 2
            other = order[middle]
            theirs = keys[other]
            if (theirs > key if reverse else theirs < key) or (theirs == key and other < index):
                low = middle + 1
            else:
                high = middle
        order.insert(low, index)
