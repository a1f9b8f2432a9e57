"""Export lists and results as files: JSON, or CSV whose cells no spreadsheet executes. Never overwrites a file.

Files contain no control characters: a CSV may be printed in a terminal, and JSON can escape them.
"""

from __future__ import annotations

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
# The maximum characters of a spreadsheet cell.
_LONGEST_CELL = 32_000
# Characters that JSON allows but a terminal or a file must not get; they occur only inside strings.
_UNSEEN = re.compile("[\x7f-\xa0\xad\u0300-\U0010ffff]")
# Characters that start a formula in spreadsheets.
_RUNS_BEHIND = re.compile("([;|\t][ \u00a0\"']*)([=+\\-@＝＋－＠])")
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> object:
    """Return a safe CSV cell: one sanitized line; a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        text = clean(value if isinstance(value, str) else json_line(value), _LONGEST_CELL)
        # With any separator that a reader may assume, no cell starts a formula.
        text = _RUNS_BEHIND.sub(r"\1'\2", text)
        return f"'{text}" if text.lstrip(" \u00a0\"'").startswith(_RUNS) else text
    return value


def target(text: str, *, kinds: Sequence[str] = ("json", "csv")) -> Path:
    """Return the path for a typed name. Raises `ValueError` with a message if invalid."""
    typed = text.strip()
    if not typed:
        raise ValueError(f"Which file? Its ending selects the format: {_endings(kinds)}.")
    try:
        path = Path(typed).expanduser()
        path = path if path.is_absolute() else Path.cwd() / path
        if path.suffix.lower().lstrip(".") not in kinds:
            raise ValueError(f"{path.name} should end in {_endings(kinds)}, which selects the format.")
        if path.exists():
            raise ValueError(f"{path} exists already. Choose another name.")
        if not path.parent.is_dir():
            raise ValueError(f"No such folder: {path.parent}.")
    except (OSError, RuntimeError) as error:
        raise ValueError(f"Not a file name: {error}.") from None
    return path


def _endings(kinds: Sequence[str]) -> str:
    return " or ".join(f".{kind}" for kind in kinds)


def free_name(stem: str, kind: str) -> str:
    """Return an unused name in the working folder."""
    name, number = f"{stem}.{kind}", 1
    while Path(name).exists():
        number += 1
        name = f"{stem}-{number}.{kind}"
    return name


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    """Yield the lines of a CSV."""
    return map(csv_line, chain([header], rows))


def csv_line(row: Sequence[object]) -> str:
    """Return a line of a CSV."""
    line = io.StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in row])
    return line.getvalue()


def json_lines(records: Iterable[Any]) -> Iterable[str]:
    """Yield a JSON array, one record per line."""
    first = True
    yield "[\n"
    for record in records:
        yield ("" if first else ",\n") + json_line(record)
        first = False
    yield "\n]\n"


def json_document(value: Any) -> Iterable[str]:
    """Yield one JSON value, indented."""
    for piece in json.JSONEncoder(ensure_ascii=False, indent=2, default=str).iterencode(value):
        yield _seen(piece)
    yield "\n"


def json_line(value: Any) -> str:
    """Return a value as JSON on one line."""
    return _seen(json.dumps(value, ensure_ascii=False, default=str))


def _seen(text: str) -> str:
    """Return JSON with readable letters, and invisible characters as `\\uXXXX`."""
    return text if text.isascii() and "\x7f" not in text else _UNSEEN.sub(_spelled, text)


def _spelled(found: re.Match[str]) -> str:
    char = found[0]
    return char if char.isprintable() else json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"


def write_now(path: Path, pieces: Iterable[str]) -> int:
    """Write a new private file, like `write`, where no keys have to be handled."""
    # Most commands write no file, and it takes 15 ms to import.
    import asyncio

    return asyncio.run(write(path, pieces))


async def write(path: Path, pieces: Iterable[str] | AsyncIterable[str]) -> int:
    """Write a new private file in pieces, so that keys are handled; return its size.

    Raises `FileExistsError` if it exists; an incomplete file is deleted.
    """
    import asyncio

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
        # The write error has no file name.
        raise type(error)(error.errno, error.strerror, str(path)) from None
    return size
