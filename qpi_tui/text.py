"""What a server says → what is safe to show: no control sequence, no tricks with direction, nothing endless.

Everything that is taken out leaves a visible mark. Applied once, where records enter the console.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from rich.cells import cell_len, set_cell_size

LIMIT = 512
_MAX_MARKS = 4
_MAX_DEPTH = 12
_NEWLINE = "␊"
_GONE = "�"
# Controls, the bidirectional and invisible formatting characters, line separators, surrogates, and the no-break mark.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_MARK_RUN = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}")


def clean(value: object, limit: int = LIMIT) -> str:
    """One safe line of at most `limit` characters."""
    text = value if isinstance(value, str) else _spoken(value)
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    text = _UNSAFE.sub(_visible, text)
    return _MARK_RUN.sub(lambda run: run[0][:_MAX_MARKS] + _GONE, text)


def clean_lines(value: object, limit: int = 20_000) -> str:
    """Safe text that keeps its line breaks; tabs become spaces."""
    text = value if isinstance(value, str) else _spoken(value)
    text = text.replace("\r\n", "\n").expandtabs(4)
    return "\n".join(clean(line, limit) for line in text[:limit].split("\n"))


def clean_record(value: Any, depth: int = 0) -> Any:
    """A record with every string in it made safe, keys too; what is nested too deep becomes a mark."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        if depth > _MAX_DEPTH:
            return {}
        return {clean(key, 128): clean_record(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [] if depth > _MAX_DEPTH else [clean_record(item, depth + 1) for item in value]
    return value


def cells(text: str) -> int:
    """How many columns of the terminal a text takes."""
    return cell_len(text)


def fit(text: str, width: int) -> str:
    """A text in exactly `width` columns: padded, or cut with `…`."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)


def safe_filename(text: str, fallback: str = "export") -> str:
    """A name for a file that no file system minds and no path hides in."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[:80]
    return name or fallback


def _visible(match: re.Match[str]) -> str:
    return _NEWLINE if match[0] in "\n\r\u2028\u2029" else " " if match[0] == "\t" else _GONE


def _spoken(value: object) -> str:
    return "" if value is None else str(value)
