"""Which records of a table are shown and in what order: filter, sort, and who is near whom. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from qpi_tui.columns.base import Cell, Column, extra

Row = dict[str, Any]
_id = itemgetter("id")


def text_of(cell: str | Cell) -> str:
    """The text of a cell, without its style."""
    return cell if isinstance(cell, str) else cell.text


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
    texts that the filter searches are made when they are first asked for and kept until the records change. Where there
    are too many to make them at once, records bring their text along, in small letters: `extra(record)["search"]`.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.records: list[Row] = []
        self.shown: list[Row] = []
        self.sort: tuple[str, bool] | None = None
        self.predicate: Callable[[Row], bool] | None = None
        self._words: tuple[str, ...] = ()
        self._positions: dict[str, int] | None = None
        self._keys: dict[str, list[Any]] = {}
        self._order: Sequence[int] | None = None
        self._texts: list[str] | None = None

    # -- what is given -----------------------------------------------------------------------------------------------

    def set_records(self, records: Sequence[Row]) -> bool:
        """Take these records; whether anything differs from before."""
        taken = list(records)
        if len(set(map(_id, taken))) < len(taken):
            first: dict[str, Row] = {}
            for record in taken:
                first.setdefault(record["id"], record)
            taken = list(first.values())
        if taken == self.records:
            return False
        prepared = bool(taken) and "search" in extra(taken[0])
        known = self._known() if self._words and not prepared else {}
        self.records = taken
        self._keys.clear()
        self._order = None
        self._texts = [self._text(record, known) for record in taken] if self._words else None
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

    def set_filter(self, text: str) -> None:
        """Show only records in whose cells all these words occur, in any case."""
        words = tuple(text.casefold().split())
        if words != self._words:
            self._words = words
            self._arrange()

    def set_predicate(self, predicate: Callable[[Row], bool] | None) -> None:
        """Show only records of which this is true."""
        self.predicate = predicate
        self._arrange()

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

    def position(self, id: str | None) -> int | None:
        """Where a record is shown, None where it is not."""
        if id is None:
            return None
        if self._positions is None:
            self._positions = {record["id"]: index for index, record in enumerate(self.shown)}
        return self._positions.get(id)

    def nearest(self, before: Sequence[Row], index: int) -> int:
        """Where to go from line `index` of what was shown before: the next that is left, else the one before."""
        for record in before[index:]:
            found = self.position(record["id"])
            if found is not None:
                return found
        for record in reversed(before[:index]):
            found = self.position(record["id"])
            if found is not None:
                return found
        return max(min(index, len(self.shown) - 1), 0)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._positions = None
        if self._order is None:
            self._order = self._sorted()
        order, records = self._order, self.records
        if self.predicate is not None:
            keep = self.predicate
            order = [index for index in order if keep(records[index])]
        if self._words:
            if self._texts is None:
                self._texts = [self._text(record, {}) for record in records]
            texts = self._texts
            # The longest word lets the fewest through.
            for word in sorted(self._words, key=len, reverse=True):
                order = [index for index in order if word in texts[index]]
        everything = isinstance(order, range) and order.step == 1
        self.shown = records.copy() if everything else [records[index] for index in order]

    def _sorted(self) -> Sequence[int]:
        if self.sort is None:
            return range(len(self.records))
        key, reverse = self.sort
        if not key:
            return range(len(self.records))[::-1] if reverse else range(len(self.records))
        keys = self._keys.get(key)
        if keys is None:
            column = next(column for column in self.columns if column.key == key)
            keys = self._keys[key] = list(map(column.sort or _folded(column), self.records))
        try:
            return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)
        except TypeError:
            keys = self._keys[key] = list(map(_ranked, keys))
            return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)

    def _known(self) -> dict[str, tuple[Row, str]]:
        return {record["id"]: (record, text) for record, text in zip(self.records, self._texts or (), strict=False)}

    def _text(self, record: Row, known: Mapping[str, tuple[Row, str]]) -> str:
        prepared = extra(record).get("search")
        if isinstance(prepared, str):
            return prepared
        before = known.get(record["id"])
        if before is not None and before[0] == record:
            return before[1]
        return "\n".join([record["id"], *[text_of(column.cell(record)) for column in self.columns]]).casefold()
