"""Choose the sort column, including columns that a narrow terminal hides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.events import Click, Key
from textual.widgets import Static

from qpi_tui.domain.styled_text import Part
from qpi_tui.widgets.dialogs import Dialog
from qpi_tui.widgets.lines import assemble
from qpi_tui.widgets.push_button import PushButton

Sort = tuple[str, bool]
"""A column's key and whether it is reversed; the key of default order is empty."""


class SortChoice(Dialog[Sort]):
    """Returns the choice; the current sort column is reversed. A digit chooses immediately."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("j,down,o", "move(1)"),
        ("k,up", "move(-1)"),
        ("g,home", "move(-99)"),
        ("G,end", "move(99)"),
        ("space", "do('dialog.confirm')"),
    ]
    DEFAULT_CSS = "SortChoice > Vertical { width: 44; }"

    def __init__(self, names: Mapping[str, str], seen: Collection[str], sort: Sort | None) -> None:
        super().__init__("Sort by")
        self._choices = [("", "default order"), *names.items()]
        self._seen = seen
        self._sort = sort or ("", False)
        keys = [key for key, _ in self._choices]
        self._at = keys.index(self._sort[0]) if self._sort[0] in keys else 0

    def body(self) -> ComposeResult:
        """Compose a line for each column."""
        with VerticalScroll(classes="lines", can_focus=False):
            for number in range(len(self._choices)):
                yield Static(assemble(self._line(number)), id=f"choice-{number}")

    def buttons(self) -> ComposeResult:
        """Choose and close."""
        yield PushButton("Sort", "dialog.confirm", "enter")
        yield PushButton("Cancel", "dialog.cancel", "esc")

    def _line(self, number: int) -> list[Part]:
        key, name = self._choices[number]
        here = number == self._at
        parts: list[Part] = [
            ("▌" if here else " ", "$text-primary"),
            (f"{number if number < 10 else ' '} ", "bold $text-accent"),
            (name, "bold" if here else ""),
        ]
        if key == self._sort[0] and (key or self._sort[1]):
            parts.append((f" {'▼' if self._sort[1] else '▲'}", ""))
        if key and key not in self._seen:
            parts.append(("  (no room for it here)", "$text-muted"))
        return parts

    def action_move(self, by: int) -> None:
        """Move by lines; `o` and the arrows wrap around."""
        if not self.is_mounted:
            return
        before, count = self._at, len(self._choices)
        self._at = (before + by) % count if abs(by) == 1 else max(min(before + by, count - 1), 0)
        for number in (before, self._at):
            self.query_one(f"#choice-{number}", Static).update(assemble(self._line(number)))
        self.query_one(".lines", VerticalScroll).scroll_to_widget(self.query_one(f"#choice-{self._at}"), animate=False)

    def on_key(self, event: Key) -> None:
        """Choose the column of that number."""
        if event.key.isdigit() and int(event.key) < len(self._choices):
            event.stop()
            self._choose(int(event.key))

    def on_click(self, event: Click) -> None:
        """Choose the column under the mouse."""
        id = getattr(event.widget, "id", None) or ""
        if id.startswith("choice-"):
            self._choose(int(id.removeprefix("choice-")))

    def do_confirm(self) -> None:
        """Choose the column under the cursor."""
        self._choose(self._at)

    def _choose(self, number: int) -> None:
        key = self._choices[number][0]
        self.dismiss((key, not self._sort[1] if key and key == self._sort[0] else False))
