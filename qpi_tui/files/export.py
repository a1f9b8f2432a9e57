"""Lists and results as files: JSON, or CSV whose cells no spreadsheet runs. Never over a file that is there.

What is written holds no control character: a CSV may be looked at in a terminal, and JSON has a way to write them.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterable, Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from qpi_tui.domain.sanitize import clean
from qpi_tui.files.private_file import new_private

_CHUNK = 500
# As many characters as a cell of a spreadsheet holds.
_LONGEST_CELL = 32_000
# What JSON may hold as it is and a terminal should not get, or a file cannot: it can only be inside a string.
_UNSEEN = re.compile("[\x7f-\xa0\xad\u0300-\U0010ffff]")
# What spreadsheets take for the beginning of a formula.
_RUNS_BEHIND = re.compile("([;|\t][ \u00a0\"']*)([=+\\-@＝＋－＠])")
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> object:
    """A cell that is safe in a CSV: one safe line; what a spreadsheet would run gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        text = clean(value if isinstance(value, str) else json_line(value), _LONGEST_CELL)
        # Whichever separator a reader assumes, no cell of what it then sees begins a formula.
        text = _RUNS_BEHIND.sub(r"\1'\2", text)
        return f"'{text}" if text.lstrip(" \u00a0\"'").startswith(_RUNS) else text
    return value


def target(text: str, *, kinds: Sequence[str] = ("json", "csv")) -> Path:
    """What was typed → where to write. `ValueError` with a sentence where that cannot be."""
    typed = text.strip()
    if not typed:
        raise ValueError(f"Which file? Its ending says what is written: {_endings(kinds)}.")
    try:
        path = Path(typed).expanduser()
        path = path if path.is_absolute() else Path.cwd() / path
        if path.suffix.lower().lstrip(".") not in kinds:
            raise ValueError(f"{path.name} should end in {_endings(kinds)}: that says what is written.")
        if path.exists():
            raise ValueError(f"{path} is there already; nothing is overwritten. Choose another name.")
        if not path.parent.is_dir():
            raise ValueError(f"There is no folder {path.parent}.")
    except (OSError, RuntimeError) as error:
        raise ValueError(f"That is no file name: {error}.") from None
    return path


def _endings(kinds: Sequence[str]) -> str:
    return " or ".join(f".{kind}" for kind in kinds)


def free_name(stem: str, kind: str) -> str:
    """A name in the working folder that no file has yet."""
    name, number = f"{stem}.{kind}", 1
    while Path(name).exists():
        number += 1
        name = f"{stem}-{number}.{kind}"
    return name


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    """The lines of a CSV."""
    return map(csv_line, chain([header], rows))


def csv_line(row: Sequence[object]) -> str:
    """A line of a CSV."""
    line = io.StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in row])
    return line.getvalue()


def json_lines(records: Iterable[Any]) -> Iterable[str]:
    """A JSON array, one record a line."""
    first = True
    yield "[\n"
    for record in records:
        yield ("" if first else ",\n") + json_line(record)
        first = False
    yield "\n]\n"


def json_document(value: Any) -> Iterable[str]:
    """One JSON value, indented."""
    for piece in json.JSONEncoder(ensure_ascii=False, indent=2, default=str).iterencode(value):
        yield _seen(piece)
    yield "\n"


def json_line(value: Any) -> str:
    """A value as JSON on one line."""
    return _seen(json.dumps(value, ensure_ascii=False, default=str))


def _seen(text: str) -> str:
    """JSON whose letters are as they are, and everything that cannot be seen as JSON's own `\\uXXXX`."""
    return text if text.isascii() and "\x7f" not in text else _UNSEEN.sub(_spelled, text)


def _spelled(found: re.Match[str]) -> str:
    char = found[0]
    return char if char.isprintable() else json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"


async def write(path: Path, pieces: Iterable[str] | AsyncIterable[str]) -> int:
    """Write a new file for its owner alone, a little at a time so that keys are answered; gives its size.

    `FileExistsError` where somebody was quicker; what could not be finished is taken away again.
    """
    size = 0
    try:
        with new_private(path) as file:
            if isinstance(pieces, AsyncIterable):
                async for piece in pieces:
                    size += len(piece.encode())
                    file.write(piece)
                return size
            for number, piece in enumerate(pieces):
                size += len(piece.encode())
                file.write(piece)
                if number % _CHUNK == _CHUNK - 1:
                    await asyncio.sleep(0)
    except OSError as error:
        # Writing names no file by itself.
        raise type(error)(error.errno, error.strerror, str(path)) from None
    return size
