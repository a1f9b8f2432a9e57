"""Index for filtering records by words and a condition, updated while records change. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.table_change import Change

Test = Callable[[Any], bool]


def text_of(cell: str | Cell) -> str:
    """Return the text of a cell, without its style."""
    return cell if isinstance(cell, str) else cell.text


class _Hits(dict[str, bool]):
    """Whether a word occurs in a text, cached for each text."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word

    def __missing__(self, text: str) -> bool:
        found = self[text] = self._word in text
        return found


class Texts:
    """The lower-case text of each record to search; many records may share one."""

    def __init__(self, records: Sequence[Any], columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._shared = bool(records) and bool(getattr(records[0], "search", ""))
        self._texts = self._made(records)
        self._ids = _ids(records) if self._shared else []

    def with_word(self, word: str, indices: Iterable[int]) -> list[int]:
        """Return those of these indices whose text or id contains the word."""
        texts = self._texts
        if not self._shared:
            return [index for index in indices if word in texts[index]]
        ids, hits = self._ids, _Hits(word)
        return [index for index in indices if hits[texts[index]] or word in ids[index]]

    def follow(self, records: Sequence[Any], change: Change) -> None:
        """Add the new records of a list that grew."""
        before, known, others = change
        lists = [(self._texts, self._made)]
        if self._shared:
            lists.append((self._ids, _ids))
        for kept, made in lists:
            kept[:0] = made(records[:before])
            kept.extend(made(records[before + known :]))
            for index in others:
                kept[index] = made([records[index]])[0]

    def _made(self, records: Sequence[Any]) -> list[str]:
        if self._shared:
            return list(map(attrgetter("search"), records))
        columns = self._columns
        return [
            "\n".join([record.id, *[text_of(column.cell(record)) for column in columns]]).casefold()
            for record in records
        ]


def _ids(records: Sequence[Any]) -> list[str]:
    ids: list[str] = list(map(attrgetter("id"), records))
    return ids if "".join(ids).islower() else [id.casefold() for id in ids]


class FilterIndex:
    """Return the indices, in the given order, of the records that match words and a condition."""

    def __init__(
        self, records: Sequence[Any], texts: Texts | None, words: Sequence[str], test: Test | None, among: Iterable[int]
    ) -> None:
        # The longest word matches the fewest.
        self._texts, self._test, self._words = texts, test, sorted(words, key=len, reverse=True)
        self.found = self._through(records, among)

    def _through(self, records: Sequence[Any], indices: Iterable[int]) -> list[int]:
        if self._texts is not None:
            for word in self._words:
                indices = self._texts.with_word(word, indices)
        test = self._test
        return list(indices) if test is None else [index for index in indices if test(records[index])]

    def follow(self, records: Sequence[Any], change: Change) -> None:
        """Update only changed or new records. The texts are updated already."""
        before = change.before
        found = [index + before for index in self.found] if before else self.found.copy()
        looked_at = (*change.others, *change.new(len(records)))
        through = set(self._through(records, looked_at))
        for index in looked_at:
            at = bisect_left(found, index)
            there = at < len(found) and found[at] == index
            if index in through and not there:
                found.insert(at, index)
            elif there and index not in through:
                del found[at]
        self.found = found
