"""From what people type to records: ids, names and e-mail addresses."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from qpi_tui.cli.problems import NOT_FOUND, USAGE, Problem
from qpi_tui.domain.sanitize import clean

Record = Mapping[str, Any]
Names = Callable[[Record], Iterable[object]]


def pick(records: Sequence[Record], word: str, noun: str, names: Names, *, several: bool = False) -> list[Record]:
    """The record with this id, else those with this name, whatever the case.

    Several of one name are a usage error that lists their ids, unless all of them are meant; none names the nearest.
    """
    found = [record for record in records if record.get("id") == word]
    if not found:
        wanted = word.casefold()
        found = [record for record in records if wanted in {str(name).casefold() for name in names(record) if name}]
    if not found:
        raise Problem(_nothing(records, word, noun, names), NOT_FOUND)
    if len(found) > 1 and not several:
        ids = ", ".join(str(record.get("id")) for record in found)
        raise Problem(f"There are {len(found)} called {clean(word, 80)!r}: name one by its id: {ids}.", USAGE)
    return found


def _nothing(records: Sequence[Record], word: str, noun: str, names: Names) -> str:
    known = [str(name) for record in records for name in (*names(record), record.get("id")) if name]
    near = difflib.get_close_matches(word, known, n=1)
    hint = f" Did you mean {clean(near[0], 80)!r}?" if near else ""
    return f"There is no {noun} {clean(word, 80)!r}.{hint}"
