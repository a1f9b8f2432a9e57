"""The visible records of a table and their order: filter, sort, neighbours. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import compress
from operator import attrgetter, indexOf, itemgetter
from typing import Any

from qpi_tui.domain.columns import Column
from qpi_tui.domain.filter_index import FilterIndex, Test, Texts, text_of
from qpi_tui.domain.sort_order import Order
from qpi_tui.domain.sparse_rows import SparseRows
from qpi_tui.domain.table_change import difference

_id = attrgetter("id")
# A moved record is usually still near: search this many lines to each side first.
_AROUND = 100


def _folded(column: Column) -> Callable[[Any], str]:
    return lambda record: text_of(column.cell(record)).casefold()


class RecordView:
    """Records in default order, and those that the filter matches, sorted.

    Records have an `id`; a second record with the same id (from overlapping pages) is dropped. Order, texts and matches
    are created on first use, and updated for changed records only. Long lists provide lower-case texts as
    `record.search`, shared by records with the same text; their ids are searched too.

    Of a list too long to be read in full, the records are the known ones, and `sparse` has their positions. It is shown
    with gaps unless it is filtered, or sorted by anything but the default order or `natural`, the column with the same
    order. Otherwise only the known records are shown.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.records: list[Any] = []
        self.shown: Sequence[Any] = []
        self.sparse: SparseRows | None = None
        # The column whose order is the default one, reversed.
        self.natural = ""
        self.sort: tuple[str, bool] | None = None
        self.predicate: Test | None = None
        self._words: tuple[str, ...] = ()
        self._texts: Texts | None = None
        self._sieve: FilterIndex | None = None
        self._orders: dict[str, Order] = {}

    # -- what is given -----------------------------------------------------------------------------------------------

    def set_records(self, records: Sequence[Any], *, distinct: bool = False, sparse: SparseRows | None = None) -> bool:
        """Set the records; return whether anything changed.

        `distinct`: ids are distinct, and the list is not modified any more. `sparse`: the positions in a longer list.
        """
        if sparse is not self.sparse:
            self.sparse = sparse
            if not self._take(records, distinct=distinct):
                self._arrange()
            return True
        return self._take(records, distinct=distinct)

    def _take(self, records: Sequence[Any], *, distinct: bool) -> bool:
        taken = records if distinct and isinstance(records, list) else list(records)
        if not distinct and len(set(map(_id, taken))) < len(taken):
            first: dict[str, Any] = {}
            for record in taken:
                first.setdefault(record.id, record)
            taken = list(first.values())
        change = difference(self.records, taken)
        if change is None:
            if taken == self.records:
                return False
            self._forget()
        else:
            if len(taken) == len(self.records) and all(taken[at] == self.records[at] for at in change.others):
                return False
            if self._texts is not None:
                self._texts.follow(taken, change)
            if self._sieve is not None:
                self._sieve.follow(taken, change)
            # Only the shown order is kept up to date.
            sort = self.sort[0] if self.sort is not None else ""
            order = self._orders.get(sort)
            self._orders.clear()
            if order is not None and order.follow(taken, change):
                self._orders[sort] = order
        self.records = taken
        self._arrange()
        return True

    def set_columns(self, columns: Sequence[Column]) -> bool:
        """Set the columns; return whether they changed. A sort by a removed column ends."""
        if tuple(columns) == self.columns:
            return False
        self.columns = tuple(columns)
        self._forget()
        if self.sort is not None and self.sort[0] and self.sort[0] not in {column.key for column in columns}:
            self.sort = None
        self._arrange()
        return True

    def set_filter(self, text: str, predicate: Test | None = None) -> None:
        """Show only records whose cells contain all these words, in any case, and that `predicate` accepts."""
        words = tuple(text.casefold().split())
        if (words, predicate) == (self._words, self.predicate):
            return
        old, sieve = self._words, self._sieve
        narrower = predicate == self.predicate and all(any(word in new for new in words) for word in old)
        self._words, self.predicate = words, predicate
        self._sieve = None
        # A further letter searches only the previous matches.
        self._arrange(sieve.found if sieve is not None and narrower else None)

    def set_sort(self, sort: tuple[str, bool] | None) -> None:
        """Sort by a column's key, reversed or not; None: default order. An empty key reverses the default order."""
        if sort != self.sort:
            self.sort = sort
            self._arrange()

    # -- what is asked -----------------------------------------------------------------------------------------------

    def cells(self, record: Any) -> list[str]:
        """Return the full texts of a record's cells."""
        return [text_of(column.cell(record)) for column in self.columns]

    @property
    def known(self) -> list[Any]:
        """The shown records, without gaps."""
        shown = self.shown
        return shown if isinstance(shown, list) else list(shown)

    def position(self, id: str | None, near: int = 0) -> int | None:
        """Return a record's position, None if hidden; search around `near` first."""
        if id is None:
            return None
        if isinstance(self.shown, SparseRows):
            return self.shown.find(id)
        start = max(near - _AROUND, 0)
        for index, record in enumerate(self.shown[start : near + _AROUND], start):
            if record.id == id:
                return index
        try:
            return indexOf(map(_id, self.shown), id)
        except ValueError:
            return None

    def hidden(self, ids: Collection[str]) -> frozenset[str]:
        """Return those of these ids that are not shown."""
        if isinstance(self.shown, SparseRows):
            # They are somewhere in the list.
            return frozenset()
        return frozenset(ids).difference(map(_id, self.shown)) if ids else frozenset()

    def nearest(self, before: Sequence[Any], index: int) -> int:
        """Return where to go from line `index` of the previous rows: the next remaining record, or the one before."""
        here = before[index] if index < len(before) else None
        if here is not None and (found := self.position(here.id, index)) is not None:
            return found
        if isinstance(self.shown, SparseRows):
            return self._nearest_place(self.shown, before, index)
        positions = {record.id: place for place, record in enumerate(self.shown)}
        if isinstance(before, SparseRows):
            # From a list with gaps: the nearest remaining record.
            place, known = before.place(index), before.known()
            index = sum(before.nearer(record.id, place) for record in known)
            before = known
        for record in (*before[index:], *reversed(before[:index])):
            if record.id in positions:
                return positions[record.id]
        return max(min(index, len(self.shown) - 1), 0)

    @staticmethod
    def _nearest_place(shown: SparseRows, before: Sequence[Any], index: int) -> int:
        if isinstance(before, SparseRows):
            # New rows above move it down.
            index = shown.position(before.place(index))
        return max(min(index, len(shown) - 1), 0)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._orders.clear()
        self._texts = self._sieve = None

    def _arrange(self, among: Sequence[int] | None = None) -> None:
        records = self.records
        if self.sparse is not None and not self._words and self.predicate is None:
            key, reverse = self.sort or ("", False)
            if key in ("", self.natural):
                self._sieve = None
                self.shown = self.sparse.turned(oldest_first=reverse != bool(key))
                return
        if self._sieve is None and (self._words or self.predicate is not None):
            if self._texts is None and self._words:
                self._texts = Texts(records, self.columns)
            among = range(len(records)) if among is None else among
            self._sieve = FilterIndex(records, self._texts, self._words, self.predicate, among)
        found = None if self._sieve is None else self._sieve.found
        key, reverse = self.sort or ("", False)
        if not key:
            shown = records if found is None else list(map(records.__getitem__, found))
            self.shown = shown[::-1] if reverse else shown
            return
        order: Sequence[int] = self._order(key, reverse=reverse).indices
        if found is not None:
            order = list(compress(order, map(frozenset(found).__contains__, order)))
        # `itemgetter` returns a tuple for several indices, but a single item for one.
        self.shown = list(itemgetter(*order)(records) if len(order) > 1 else map(records.__getitem__, order))

    def _order(self, key: str, *, reverse: bool) -> Order:
        order = self._orders.get(key)
        if order is None:
            column = next(column for column in self.columns if column.key == key)
            order = self._orders[key] = Order(self.records, column.sort or _folded(column), reverse=reverse)
        order.turn(reverse=reverse)
        return order
