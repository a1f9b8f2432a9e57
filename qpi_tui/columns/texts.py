"""What of a list is new, and the texts in which a filter looks for words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from qpi_tui.columns.base import Cell, Column, extra

Row = dict[str, Any]
# More records than these are not followed one by one.
_FEW = 2_000


class Change(NamedTuple):
    """How a list grew out of another: records before it, those it had, and which of these are others (new indices)."""

    before: int
    known: int
    others: list[int]


def difference(old: Sequence[Row], new: Sequence[Row]) -> Change | None:
    """How `new` grew out of `old` at its ends, its order kept; None where it did not, or where too much is new."""
    grown = len(new) - len(old)
    if not old or not 0 <= grown <= _FEW:
        return None
    before = 0 if new[0]["id"] == old[0]["id"] else grown
    others = [at for at, (a, b) in enumerate(zip(old, islice(new, before, None), strict=False)) if a is not b]
    if len(others) > _FEW or any(old[at]["id"] != new[at + before]["id"] for at in others):
        return None
    return Change(before, len(old), [at + before for at in others])


def text_of(cell: str | Cell) -> str:
    """The text of a cell, without its style."""
    return cell if isinstance(cell, str) else cell.text


class Texts:
    """The text of each record in small letters, for a filter to look in; many records may share one."""

    def __init__(self, records: Sequence[Row], columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._shared = bool(records) and "search" in extra(records[0])
        self._texts = self._made(records)
        self._ids = _ids(records) if self._shared else []

    def with_word(self, word: str, order: Iterable[int]) -> list[int]:
        """Those of these indices in whose text or id the word occurs."""
        texts = self._texts
        if not self._shared:
            return [index for index in order if word in texts[index]]
        ids = self._ids
        hit = {text: word in text for text in set(texts)}
        return [index for index in order if hit[texts[index]] or word in ids[index]]

    def follow(self, records: Sequence[Row], change: Change) -> None:
        """Take what is new in a list that grew."""
        before, known, others = change
        lists = [(self._texts, self._made)]
        if self._shared:
            lists.append((self._ids, _ids))
        for kept, made in lists:
            kept[:0] = made(records[:before])
            kept.extend(made(records[before + known :]))
            for index in others:
                kept[index] = made([records[index]])[0]

    def _made(self, records: Sequence[Row]) -> list[str]:
        if self._shared:
            return [str(extra(record).get("search", "")) for record in records]
        columns = self._columns
        return [
            "\n".join([record["id"], *[text_of(column.cell(record)) for column in columns]]).casefold()
            for record in records
        ]


def _ids(records: Sequence[Row]) -> list[str]:
    ids: list[str] = [record["id"] for record in records]
    return [id if id.islower() else id.casefold() for id in ids]
