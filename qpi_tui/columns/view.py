"""Which records of a table are shown and in what order: filter, sort, and who is near whom. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qpi_tui.columns.base import Cell, Column

Row = dict[str, Any]


def text_of(cell: str | Cell) -> str:
    """The text of a cell, without its style."""
    return cell if isinstance(cell, str) else cell.text


def _ranked(value: Any) -> tuple[int, Any]:
    """A key that never fails: numbers, then text, then what is missing."""
    if isinstance(value, (bool, int, float)):
        return (0, value)
    return (2, "") if value is None else (1, str(value))


class RecordView:
    """Records in the order given, and those of them that the filter lets through, sorted.

    Records have an `id` each; a second record with the same id (two pages that overlap) is left out. Sort keys and the
    texts that the filter searches are made when they are first asked for and kept until the records change.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.records: list[Row] = []
        self.shown: list[Row] = []
        self.sort: tuple[str, bool] | None = None
        self._words: tuple[str, ...] = ()
        self.predicate: Callable[[Row], bool] | None = None
        self._ids: dict[str, int] | None = None
        self._keys: dict[str, list[Any]] = {}
        self._texts: dict[str, tuple[Row, str]] = {}

    # -- what is given -----------------------------------------------------------------------------------------------

    def set_records(self, records: Sequence[Row]) -> bool:
        """Take these records; whether anything differs from before."""
        if records is self.records or (len(records) == len(self.records) and list(records) == self.records):
            return False
        unique = {record["id"]: record for record in reversed(records)}
        if len(unique) == len(records):
            self.records = list(records)
        else:
            first: dict[str, Row] = {}
            for record in records:
                first.setdefault(record["id"], record)
            self.records = list(first.values())
        self._keys.clear()
        if not self._words:
            self._texts.clear()
        self._arrange()
        return True

    def set_columns(self, columns: Sequence[Column]) -> bool:
        """Take these columns; whether they are others. An order by a column that is gone is given up."""
        if tuple(columns) == self.columns:
            return False
        self.columns = tuple(columns)
        self._keys.clear()
        self._texts.clear()
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
        self.sort = sort
        self._arrange()

    # -- what is asked -----------------------------------------------------------------------------------------------

    def cells(self, record: Row) -> list[str]:
        """The texts of a record's cells, uncut."""
        return [text_of(column.cell(record)) for column in self.columns]

    def position(self, id: str | None) -> int | None:
        """Where a record is shown, None where it is not."""
        if id is None:
            return None
        if self._ids is None:
            self._ids = {record["id"]: index for index, record in enumerate(self.shown)}
        return self._ids.get(id)

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
        self._ids = None
        ordered = self._sorted()
        if self.predicate is not None:
            keep = self.predicate
            ordered = [record for record in ordered if keep(record)]
        if self._words:
            texts = self._haystacks()
            for word in self._words:
                ordered = [record for record in ordered if word in texts[record["id"]][1]]
        self.shown = ordered

    def _sorted(self) -> list[Row]:
        if self.sort is None:
            return self.records
        key, reverse = self.sort
        if not key:
            return self.records[::-1] if reverse else self.records
        column = next(column for column in self.columns if column.key == key)
        keys = self._keys.get(key)
        if keys is None:
            if column.sort is not None:
                keys = list(map(column.sort, self.records))
            else:
                keys = [text_of(column.cell(record)).casefold() for record in self.records]
            self._keys[key] = keys
        try:
            order = sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)
        except TypeError:
            keys = self._keys[key] = list(map(_ranked, keys))
            order = sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)
        records = self.records
        return [records[index] for index in order]

    def _haystacks(self) -> Mapping[str, tuple[Row, str]]:
        texts, columns = self._texts, self.columns
        for record in self.records:
            known = texts.get(record["id"])
            if known is None or (known[0] is not record and known[0] != record):
                text = "\n".join([text_of(column.cell(record)) for column in columns]).casefold()
                texts[record["id"]] = (record, text)
        if len(texts) > 2 * len(self.records):
            self._texts = texts = {record["id"]: texts[record["id"]] for record in self.records}
        return texts
