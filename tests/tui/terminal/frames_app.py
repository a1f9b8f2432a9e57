"""An app with everything that writes to a terminal, run as a program by the tests of the frame writer.

f2 changes one cell, f3 the title, f4 shows or hides a toast, f5 does nothing, f6 opens a dialog, f7 shows pages. f9
switches to Textual's own frames with a full repaint, f10 switches back. ctrl+x quits.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.coordinate import Coordinate
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Header, Input, Static, TabbedContent, TabPane

from qpi_tui.terminal.writer import QuietFrames

ODD = ["plain", "字幅 wide", "e\u0301 combining", "naïve", "🚀 up", "▓▒░"]
# Textual itself sends these unchanged, so they cannot be in the screen that it is compared with.
EVIL = ["\x1b]52;c;aGk=\x07esc", "a\u202eb\x9b2Jc", "👩‍🚀 joined"]


class Question(ModalScreen[bool]):
    """A dialog with a field."""

    CSS = "Question { align: center middle; } Input { width: 40; } Static { width: 40; }"

    def compose(self) -> ComposeResult:
        yield Static(Content("really? 字"))
        field = Input("text 字 in a field")
        field.cursor_blink = False
        yield field

    def key_escape(self) -> None:
        self.dismiss(True)


class FramesApp(QuietFrames):
    """The app."""

    TITLE = "frames"
    CSS = "DataTable { width: 2fr; height: 1fr; } #side { width: 1fr; }"
    BINDINGS = [  # noqa: RUF012
        Binding("f2", "cell", "cell", priority=True),
        Binding("f3", "title", "title", priority=True),
        Binding("f4", "toast", "toast", priority=True),
        Binding("f5", "nothing", "nothing", priority=True),
        Binding("f6", "dialog", "dialog", priority=True),
        Binding("f7", "page", "page", priority=True),
        Binding("f9", "plain(True)", "plain", priority=True),
        Binding("f10", "plain(False)", "quiet", priority=True),
        Binding("ctrl+x", "leave", "leave", priority=True),
    ]

    def compose(self) -> ComposeResult:
        yield Header()
        with TabbedContent():
            with TabPane("table"), Horizontal():
                yield DataTable(cursor_type="row")
                yield Static(Content("the side"), id="side")
            with TabPane("form"):
                yield Input("one")
                yield Input("two 字")
        yield Footer()

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.count = self.page = 0
        table = self.query_one(DataTable)
        table.add_column("name", width=12)
        table.add_column("odd", width=20)
        table.add_column("count", width=8)
        table.focus()
        odd = [*ODD, *EVIL] if os.environ.get("EVIL") else ODD
        for n in range(200):
            table.add_row(f"row {n}", Content(odd[n % len(odd)]), str(n))
        for field in self.query(Input):
            field.cursor_blink = False
        if os.environ.get("STALLS"):
            self.watch_stalls()

    def watch_stalls(self) -> None:
        """Record how long the event loop was blocked, at most."""
        self.before = time.monotonic()
        self.worst = 0.0
        self.set_interval(0.01, self.look_for_stall)

    def look_for_stall(self) -> None:
        now = time.monotonic()
        if now - self.before > self.worst:
            self.worst = now - self.before
            Path(os.environ["STALLS"]).write_text(f"{self.worst:.3f}")
        self.before = now

    def action_cell(self) -> None:
        self.count += 1
        self.query_one(DataTable).update_cell_at(Coordinate(3, 2), f"{self.count:03}")

    def action_title(self) -> None:
        self.count += 1
        self.title = f"frames {self.count}"

    def action_toast(self) -> None:
        if self._notifications:
            self.clear_notifications()
        else:
            self.notify("something happened", timeout=600, markup=False)

    def action_page(self) -> None:
        """Change the text on every line, with the page number in each. From the first page on, stalls count."""
        if not self.page:
            self.before, self.worst = time.monotonic(), 0.0
        self.page += 1
        texts = ["".join(chr(33 + (i * self.page + n) % 90) for i in range(25)) for n in range(60)]
        lines = [f"page {self.page:03} {text}" for text in texts]
        self.query_one("#side", Static).update(Content("\n".join(lines)))
        self.query_one(DataTable).action_page_down()
        if "PAGE" in os.environ:
            Path(os.environ["PAGE"]).write_text(str(self.page))

    def action_nothing(self) -> None:
        self.refresh(layout=True)

    def action_dialog(self) -> None:
        if not isinstance(self.screen, Question):
            self.push_screen(Question())

    def action_plain(self, plain: bool) -> None:
        self._plain_frames = plain
        self.forget_frames()

    def action_leave(self) -> None:
        self.exit(0)


if __name__ == "__main__":
    FramesApp().run()
