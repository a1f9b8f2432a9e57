"""Select rows by id, name or e-mail address."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from qpi_tui.cli.problems import NOT_FOUND, USAGE, Problem
from qpi_tui.domain.sanitize import clean

if TYPE_CHECKING:
    from qpi_tui.rows.base import Row

R = TypeVar("R", bound="Row")
Names = Callable[[R], Iterable[str]]


def pick(rows: Sequence[R], word: str, noun: str, names: Names[R], *, several: bool = False) -> list[R]:
    """Return the row with this id, otherwise those with this name, in any case.

    Several of one name are a usage error that lists their ids, unless all are meant; for none, the error suggests the
    nearest name.
    """
    found = [row for row in rows if row.id == word]
    if not found:
        wanted = word.casefold()
        found = [row for row in rows if wanted in {name.casefold() for name in names(row) if name}]
    if not found:
        raise Problem(_nothing(rows, word, noun, names), NOT_FOUND)
    if len(found) > 1 and not several:
        ids = ", ".join(row.id for row in found)
        raise Problem(f"There are {len(found)} called {clean(word, 80)!r}: give the id of one: {ids}.", USAGE)
    return found


def _nothing(rows: Sequence[R], word: str, noun: str, names: Names[R]) -> str:
    known = [name for row in rows for name in (*names(row), row.id) if name]
    near = difflib.get_close_matches(word, known, n=1)
    hint = f" Did you mean {clean(near[0], 80)!r}?" if near else ""
    return f"There is no {noun} {clean(word, 80)!r}.{hint}"
