"""Make a server's text safe to display: no control sequences, no direction marks, limited length.

Everything removed leaves a visible mark. Applied once, where records enter the console.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from rich.cells import cell_len, set_cell_size

LIMIT = 512
# The longest texts of people: announcements have at most 4,000 characters, reasons 2,000.
RECORD_LIMIT = 4096
_MAX_MARKS = 4
_MAX_DEPTH = 12
_MAX_ITEMS = 10_000
_NEWLINE = "␊"
_GONE = "�"
# Characters that are drawn as nothing: fillers, and variation selectors (not the usual last one).
_BLANK = "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
_JOINERS = ("\u200c", "\u200d")
# Not `[\u0300-\U0010ffff]`, which takes 2 ms to compile.
_DENSE = "[^\x00-\u02ff]{5}"


def clean(value: object, limit: int = LIMIT) -> str:
    """Return a safe line of at most `limit` characters. Line breaks become `␊`, undisplayable characters `�`."""
    text = value if isinstance(value, str) else _spoken(value)
    if len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    if text.isprintable():
        if text.isascii():
            return text
    else:
        text = "".join([char if char.isprintable() else _visible(char) for char in text])
    # `re` caches compiled patterns; at the start most texts are plain.
    text = re.sub(_BLANK, _GONE, text)
    return _thinned(text) if re.search(_DENSE, text) else text


def clean_lines(value: object, limit: int = 20_000) -> str:
    """Safe text of at most `limit` characters that keeps its line breaks; tabs become spaces."""
    text = value if isinstance(value, str) else _spoken(value)
    if len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    text = text.replace("\r\n", "\n")
    return "\n".join(clean(line.expandtabs(4), 2 * limit) for line in text.split("\n"))


def clean_joined(value: object, limit: int = LIMIT) -> str:
    """Sanitize like `clean`, but keep the joiners of Persian and Indic names and of emoji, for files."""
    text = value if isinstance(value, str) else _spoken(value)
    if len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    pieces = re.split("([\u200c\u200d])", text)
    return "".join(piece if piece in _JOINERS else clean(piece, limit) for piece in pieces)


def clean_record(value: Any, depth: int = 0) -> Any:
    """Return a record with all strings made safe, including keys. Too deeply nested values become empty."""
    if isinstance(value, str):
        short = len(value) <= RECORD_LIMIT and value.isascii() and value.isprintable()
        return value if short else clean(value, RECORD_LIMIT)
    if isinstance(value, Mapping):
        if depth > _MAX_DEPTH:
            return {}
        return {clean(key, 128): clean_record(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [] if depth > _MAX_DEPTH else [clean_record(item, depth + 1) for item in value[:_MAX_ITEMS]]
    return value


def cells(text: str) -> int:
    """Return how many columns of the terminal a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int) -> str:
    """Return a text in exactly `width` columns: padded, or cut with `…`."""
    if width <= 0:
        return ""
    if text.isascii():
        return text.ljust(width) if len(text) <= width else (text[: width - 1].rstrip() + "…").ljust(width)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)


def pad(text: str, width: int) -> str:
    """Return a text in at least `width` columns: where lines wrap, a longer one is kept in full."""
    return text + " " * max(width - cells(text), 0)


def safe_filename(text: str, fallback: str = "export") -> str:
    """Return a safe file name: letters, digits, `.`, `_`, `-`, at most 80."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[:80].rstrip("-.")
    return name or fallback


def _visible(char: str) -> str:
    if char in "\n\r\x0b\x0c\x85\u2028\u2029":
        return _NEWLINE
    return " " if char == "\t" or unicodedata.category(char) == "Zs" else _GONE


def _thinned(text: str) -> str:
    """Keep at most four combining marks on a letter; the rest becomes one `�`."""
    found: list[str] = []
    pile = 0
    for char in text:
        pile = pile + 1 if unicodedata.category(char)[0] == "M" else 0
        if pile <= _MAX_MARKS:
            found.append(char)
        elif pile == _MAX_MARKS + 1:
            found.append(_GONE)
    return "".join(found)


def _spoken(value: object) -> str:
    if value is None:
        return ""
    try:
        return str(value)
    except ValueError:  # An int of more digits than Python prints.
        return _GONE
