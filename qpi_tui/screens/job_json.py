"""A job's raw JSON, with folding and search."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from qpi_tui.domain.json_tree import Path
from qpi_tui.domain.sanitize import clean, clean_lines
from qpi_tui.domain.styled_text import Part
from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.session.connection import Connection
from qpi_tui.terminal.clipboard import copy_text
from qpi_tui.widgets.dialogs import Reader
from qpi_tui.widgets.filter_bar import FilterBar
from qpi_tui.widgets.json_view import JsonView
from qpi_tui.widgets.lines import Line, assemble

_LONGEST_COPY = 100_000


class JsonScreen(ConsoleScreen):
    """A value as a foldable tree. Reads nothing: the job's screen has the data."""

    area = "json"
    topics: ClassVar[tuple[str, ...]] = ()
    DEFAULT_CSS = """
    JsonScreen #head { height: 1; padding: 0 1; }
    JsonScreen #summary { width: 1fr; }
    JsonScreen JsonView { height: 1fr; }
    """

    def __init__(self, id: str, value: Any) -> None:
        super().__init__()
        self._job_id = id
        self._json = value
        self._found: list[Path] = []
        self._at = -1

    def body(self) -> ComposeResult:
        """Compose the search line and the tree."""
        with Horizontal(id="head"):
            yield Line(id="summary")
            yield FilterBar("search: enter finds, esc clears", 34)
        yield JsonView(self._json)

    async def read(self, connection: Connection) -> None:
        """Do nothing: the value is known."""

    def on_mount(self) -> None:
        """Open the tree at the results."""
        self.set_focus(self.view)
        if isinstance(self._json, dict) and isinstance(self._json.get("results"), dict):
            self.view.go_to(("results",))
            self.view.toggle()
        self._say()

    @property
    def view(self) -> JsonView:
        """The tree."""
        return self.query_one(JsonView)

    def _say(self) -> None:
        parts: list[Part] = [("job ", "$text-muted"), (clean(self._job_id), "bold")]
        text = self.query_one(FilterBar).value
        if text:
            found = f"{self._at + 1} of {len(self._found):,}" if self._found else "nowhere"
            parts.append((f" · {clean(text, 40)!r}: {found}", "$text-accent" if self._found else "$text-warning"))
        self.query_one("#summary", Line).show(assemble(parts))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Count matches while the user types."""
        self._found = self.view.tree_of.find(event.value.strip())
        self._at = -1
        self.view.found = frozenset(self._found)
        if self._found:
            self.do_next()
        self._say()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the search and focus the tree."""
        event.input.display = bool(event.value)
        self.set_focus(self.view)

    def do_search(self) -> None:
        """Open the search line."""
        bar = self.query_one(FilterBar)
        bar.display = True
        self.set_focus(bar)

    def do_next(self) -> None:
        """Go to the next match."""
        self._go(1)

    def do_previous(self) -> None:
        """Go to the previous match."""
        self._go(-1)

    def _go(self, by: int) -> None:
        if not self._found:
            self.tell("No search. / starts one.", warn=False)
            return
        self._at = (self._at + by) % len(self._found)
        self.view.go_to(self._found[self._at])
        self._say()

    def do_fold(self) -> None:
        """Expand or collapse; a long text is shown in full."""
        line = self.view.line
        value = self.view.tree_of.at(line.path)
        if isinstance(value, str) and (len(value) > 40 or "\n" in value):
            lines: list[list[Part]] = [[(text, "")] for text in clean_lines(value, limit=_LONGEST_COPY).split("\n")]
            self.app.push_screen(Reader(clean(line.name) or "text", lines))
        else:
            self.view.toggle()

    def do_open_all(self) -> None:
        """Expand all."""
        self.view.open_all(True)

    def do_close_all(self) -> None:
        """Collapse all."""
        self.view.open_all(False)

    def do_copy(self) -> None:
        """Copy the value under the cursor to the terminal's clipboard.

        A text of several lines is copied as JSON: pasted into a shell, a line break in it would run the text before it.
        """
        value = self.view.tree_of.at(self.view.line.path)
        if isinstance(value, str) and value.isprintable():
            text = value
        elif not (text := json.dumps(value, ensure_ascii=False, default=str)).isprintable():
            text = json.dumps(value, default=str)
        if len(text) > _LONGEST_COPY:
            self.tell(f"That has {len(text):,} characters, too many for the clipboard. E on the job exports it.")
            return
        self.tell(copy_text(self.app, text), warn=False)

    def do_down(self) -> None:
        """One line down."""
        self.view.action_move(1)

    def do_up(self) -> None:
        """One line up."""
        self.view.action_move(-1)

    def do_top(self) -> None:
        """To the first line."""
        self.view.action_move(-len(self.view.tree_of.lines))

    def do_bottom(self) -> None:
        """To the last line."""
        self.view.action_move(len(self.view.tree_of.lines))

    def do_page_down(self) -> None:
        """A page down."""
        self.view.action_page(1)

    def do_page_up(self) -> None:
        """A page up."""
        self.view.action_page(-1)

    def do_half_down(self) -> None:
        """Half a page down."""
        self.view.action_move(max(self.view.size.height // 2, 1))

    def do_half_up(self) -> None:
        """Half a page up."""
        self.view.action_move(-max(self.view.size.height // 2, 1))

    def do_app_back(self) -> None:
        """Close the search, then return to the job."""
        bar = self.query_one(FilterBar)
        if bar.display:
            bar.value = ""
            bar.display = False
            self.set_focus(self.view)
            self._say()
        elif self.is_active:
            self.app.pop_screen()
