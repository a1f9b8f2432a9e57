"""JSON as foldable lines: a closed node is one line with a summary. Pure.

Lines are created only for expanded nodes, and for long lists by the thousand, so that any size opens immediately.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qpi_tui.domain.sanitize import clean

Path = tuple[str | int, ...]

_SHOWN = 1000
_MOST_FOUND = 1000
_MOST_SEEN = 2_000_000
_MOST_OPENED = 5000


@dataclass(frozen=True)
class JsonLine:
    """A line: path, depth, name, text, kind (`{`, `[`, or a value), and whether it is expanded."""

    path: Path
    depth: int
    name: str
    text: str
    kind: str
    open: bool = False


class JsonTree:
    """A JSON value, partly expanded."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self._open: set[Path] = {()}
        self._limits: dict[Path, int] = {}
        self._lines: list[JsonLine] | None = None

    @property
    def lines(self) -> list[JsonLine]:
        """The lines of expanded nodes."""
        if self._lines is None:
            self._lines = list(self._walk((), self.value, 0, ""))
        return self._lines

    def at(self, path: Path) -> Any:
        """Return the value at a path."""
        value = self.value
        for step in path:
            value = value[step]
        return value

    def replace(self, value: Any) -> None:
        """Take another value; expanded nodes that still exist stay expanded."""
        self.value = value
        self._open = {path for path in self._open if self._there(path)} | {()}
        self._lines = None

    def _there(self, path: Path) -> bool:
        try:
            return isinstance(self.at(path), (dict, list))
        except (KeyError, IndexError, TypeError):
            return False

    def toggle(self, line: JsonLine) -> None:
        """Toggle a node; at `… more` create the next thousand lines."""
        if line.kind == "more":
            self._limits[line.path] = self._limits.get(line.path, _SHOWN) + _SHOWN
        elif line.kind in "{[":
            self._open ^= {line.path}
        self._lines = None

    def open_all(self) -> None:
        """Expand all, upper levels first, up to a few thousand nodes."""
        level: list[tuple[Path, Any]] = [((), self.value)]
        while level and len(self._open) < _MOST_OPENED:
            below: list[tuple[Path, Any]] = []
            for path, value in level:
                self._open.add(path)
                below += [((*path, key), item) for key, item in _items(value, _SHOWN) if isinstance(item, (dict, list))]
                if len(self._open) >= _MOST_OPENED:
                    break
            level = below
        self._lines = None

    def close_all(self) -> None:
        """Collapse all but the first level."""
        self._open = {()}
        self._lines = None

    def reveal(self, path: Path) -> int:
        """Expand the parents of a path; return its line number."""
        for length in range(len(path)):
            above, step = path[:length], path[length]
            self._open.add(above)
            if isinstance(step, int) and step >= self._limits.get(above, _SHOWN):
                self._limits[above] = (step // _SHOWN + 1) * _SHOWN
        self._lines = None
        return next((number for number, line in enumerate(self.lines) if line.path == path and line.kind != "more"), 0)

    def find(self, text: str) -> list[Path]:
        """Return the paths whose key or value contains this text, in any case, in order; at most a thousand."""
        wanted = text.casefold()
        found: list[Path] = []
        if not wanted:
            return found
        stack: list[tuple[Path, Any]] = [((), self.value)]
        seen = 0
        while stack and len(found) < _MOST_FOUND and seen < _MOST_SEEN:
            path, value = stack.pop()
            seen += 1
            named = bool(path) and isinstance(path[-1], str) and wanted in path[-1].casefold()
            if named or (not isinstance(value, (dict, list)) and wanted in _scalar(value).casefold()):
                found.append(path)
            if isinstance(value, (dict, list)):
                stack.extend(reversed([((*path, key), item) for key, item in _items(value, None)]))
        return found

    def _walk(self, path: Path, value: Any, depth: int, name: str) -> Iterator[JsonLine]:
        if not isinstance(value, (dict, list)):
            yield JsonLine(path, depth, name, clean(_scalar(value), 2000), "value")
            return
        kind = "{" if isinstance(value, dict) else "["
        is_open = path in self._open
        yield JsonLine(path, depth, name, _held(value), kind, is_open)
        if not is_open:
            return
        limit = self._limits.get(path, _SHOWN)
        for key, item in _items(value, limit):
            yield from self._walk((*path, key), item, depth + 1, clean(str(key), 200))
        if len(value) > limit:
            yield JsonLine(path, depth + 1, "", f"… {len(value) - limit:,} more", "more")


def _items(value: dict[str, Any] | list[Any], limit: int | None) -> Iterator[tuple[str | int, Any]]:
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for number, pair in enumerate(pairs):
        if limit is not None and number >= limit:
            return
        yield pair


def _held(value: dict[str, Any] | list[Any]) -> str:
    count = len(value)
    if isinstance(value, dict):
        return f"{{{count:,} {'key' if count == 1 else 'keys'}}}" if count else "{}"
    return f"[{count:,} {'item' if count == 1 else 'items'}]" if count else "[]"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, default=str)
