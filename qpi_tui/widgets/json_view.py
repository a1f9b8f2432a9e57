"""JSON with a cursor and folding, on the line API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from qpi_tui.domain.column_layout import Pieces
from qpi_tui.domain.json_tree import JsonLine, JsonTree, Path
from qpi_tui.domain.sanitize import cells, clean, fit
from qpi_tui.widgets.line_view import HEAD, LineView


class JsonView(LineView, can_focus=True, inherit_bindings=False):
    """A tree of JSON. The head shows where the cursor is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "move(-1000000000)", show=False),
        Binding("end", "move(1000000000)", show=False),
        Binding("left", "close", show=False),
        Binding("right", "open", show=False),
    ]
    ALLOW_SELECT = False

    @dataclass
    class Moved(Message):
        """The cursor moved."""

        path: Path

    def __init__(self, value: Any, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tree_of = JsonTree(value)
        self._row = 0
        self.found: frozenset[Path] = frozenset()

    @property
    def line(self) -> JsonLine:
        """The line under the cursor."""
        lines = self.tree_of.lines
        return lines[min(self._row, len(lines) - 1)]

    def set_value(self, value: Any) -> None:
        """Show another value; expanded parts that still exist stay expanded."""
        if value != self.tree_of.value:
            path = self.line.path
            self.tree_of.replace(value)
            self._changed(path)

    def action_move(self, by: int) -> None:
        """Move by lines."""
        self._row = max(min(self._row + by, len(self.tree_of.lines) - 1), 0)
        page = self._page
        if page:
            self._scroll(min(max(self._top, self._row - page + 1), self._row))
        self._sync()
        self.post_message(self.Moved(self.line.path))

    def action_page(self, by: int) -> None:
        """Move by pages."""
        self.action_move(by * max(self._page, 1))

    def action_open(self) -> None:
        """Expand; if expanded, go down."""
        line = self.line
        if line.kind in ("{", "[") and not line.open:
            self.toggle()
        else:
            self.action_move(1)

    def action_close(self) -> None:
        """Collapse; if collapsed, go to the parent."""
        line = self.line
        if line.kind in ("{", "[") and line.open:
            self.toggle()
        elif line.path:
            self.go_to(line.path[:-1])

    def toggle(self) -> None:
        """Toggle the line under the cursor."""
        line = self.line
        self.tree_of.toggle(line)
        self._changed(line.path)

    def open_all(self, everything: bool) -> None:
        """Expand or collapse all."""
        path = self.line.path
        if everything:
            self.tree_of.open_all()
        else:
            self.tree_of.close_all()
        self._changed(path)

    def go_to(self, path: Path) -> None:
        """Put the cursor on a path, and expand its parents."""
        row = self.tree_of.reveal(path)
        self._fit()
        self._row = row
        self.action_move(0)

    def _changed(self, path: Path) -> None:
        lines = self.tree_of.lines
        while path and not any(line.path == path for line in lines):
            path = path[:-1]
        self._row = next((number for number, line in enumerate(lines) if line.path == path), 0)
        self._fit()
        self.action_move(0)

    def _fit(self) -> None:
        self.virtual_size = Size(1, len(self.tree_of.lines) + HEAD)

    def on_resize(self) -> None:
        """Return the number of visible lines."""
        self._area = self.scrollable_content_region.size
        self._lines = []
        self._fit()
        self.action_move(0)

    def on_click(self, event: events.Click) -> None:
        """Go to the clicked line; a click on the cursor's line toggles it."""
        row = event.y - HEAD + self._top
        if event.y < HEAD or row >= len(self.tree_of.lines):
            return
        if row == self._row:
            self.toggle()
        else:
            self.action_move(row - self._row)

    def pieces(self, y: int, width: int) -> Pieces:
        """Render the cursor's path, or a line."""
        if y < HEAD:
            return ((fit(" " + path_words(self.line.path), width), ""),)
        row = y - HEAD + self._top
        lines = self.tree_of.lines
        if row >= len(lines):
            return ((" " * width, ""),)
        line = lines[row]
        fold = {"{": "▾ " if line.open else "▸ ", "[": "▾ " if line.open else "▸ "}.get(line.kind, "  ")
        start = ("▌" if row == self._row else " ") + "  " * min(line.depth, max(width // 4, 1)) + fold
        name = f"{line.name}: " if line.name else ""
        room = max(width - cells(start) - cells(name), 0)
        style = "muted" if line.kind != "value" else ""
        if line.path in self.found and line.kind != "more":
            style = "mark"
        whole = fit(start + name, min(cells(start + name), width))
        return ((whole, "accent" if name else ""), (fit(line.text, room), style))


def path_words(path: Path) -> str:
    """Return a path in words: `results.counts.00`, `circuit_results[2].shots`."""
    words = ""
    for step in path:
        words += f"[{step}]" if isinstance(step, int) else f"{'.' if words else ''}{clean(step, 60)}"
    return words or "everything"
