"""Choose, move and resize the columns of a list by keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.widgets import Static

from qpi_tui.domain.column_choice import LEAST, MOST, Chosen
from qpi_tui.domain.styled_text import Part
from qpi_tui.widgets.dialogs import Dialog, clickable, clicked
from qpi_tui.widgets.lines import assemble
from qpi_tui.widgets.push_button import PushButton

# The keys in words, each with the action that a click on it does.
_HINTS = (
    ("space show/hide", "show"), (" · ", ""), ("J", "shift(1)"), (" ", ""), ("K move", "shift(-1)"), (" · ", ""),
    ("<", "size(-1)"), (" ", ""), ("> width", "size(1)"), (" · ", ""), ("= default", "own"), (" · ", ""),
    ("r reset", "reset"),
)  # fmt: skip


class ColumnChoice(Dialog[tuple[Chosen, ...]]):
    """Returns the columns in order; empty for the defaults.

    Args:
        names: The title of each column by its key, in the order of the list.
        chosen: The shown columns, in order.
        widths: The current width of each visible column.
        about: The terminals that the choice is for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("j,down", "move(1)"),
        ("k,up", "move(-1)"),
        ("g,home", "move(-99)"),
        ("G,end", "move(99)"),
        ("space,x", "show"),
        ("J,shift+down", "shift(1)"),
        ("K,shift+up", "shift(-1)"),
        ("greater_than_sign,right,plus,l", "size(1)"),
        ("less_than_sign,left,minus,h", "size(-1)"),
        ("equals_sign,0", "own"),
        ("r", "reset"),
    ]
    DEFAULT_CSS = "ColumnChoice > Vertical { width: 68; }"

    def __init__(
        self, names: Mapping[str, str], chosen: Sequence[Chosen], widths: Mapping[str, int], about: str
    ) -> None:
        super().__init__("Columns")
        self._names, self._widths, self._about = dict(names), widths, about
        shown = [each for each in chosen if each.key in names] or [Chosen(key) for key in names]
        taken = {each.key for each in shown}
        self._lines = [(each, True) for each in shown] + [(Chosen(key), False) for key in names if key not in taken]
        self._at = 0
        self._reset = False

    def body(self) -> ComposeResult:
        """Compose a line for each column, and the keys."""
        yield Static(assemble([(self._about, "$text-muted")]))
        with VerticalScroll(classes="lines", can_focus=False):
            for number in range(len(self._lines)):
                yield Static(assemble(self._line(number)), id=f"column-{number}")
        words = [clickable(assemble([(word, "$text-muted")]), action) for word, action in _HINTS]
        yield Static(Content("").join(words), classes="hint")

    def buttons(self) -> ComposeResult:
        """Apply and close."""
        yield PushButton("Apply", "dialog.confirm", "enter")
        yield PushButton("Cancel", "dialog.cancel", "esc")

    def _line(self, number: int) -> list[Part]:
        chosen, shown = self._lines[number]
        here = number == self._at
        width = f"{chosen.width} wide" if chosen.width else "own width"
        return [
            ("▌" if here else " ", "$text-primary"),
            ("✓ " if shown else "○ ", "$text-accent" if shown else "$text-muted"),
            (f"{self._names[chosen.key]:24.24} ", "bold" if here else "" if shown else "$text-muted"),
            (width if shown else "hidden", "$text-muted"),
        ]

    def _paint(self, *numbers: int) -> None:
        for number in numbers:
            self.query_one(f"#column-{number}", Static).update(assemble(self._line(number)))
        self.query_one(".lines", VerticalScroll).scroll_to_widget(self.query_one(f"#column-{self._at}"), animate=False)

    def action_move(self, by: int) -> None:
        """Move the cursor by this many lines."""
        if self.is_mounted:
            before, self._at = self._at, max(min(self._at + by, len(self._lines) - 1), 0)
            self._paint(before, self._at)

    def action_show(self) -> None:
        """Show or hide the column."""
        chosen, shown = self._lines[self._at]
        self._change(chosen, shown=not shown)

    def action_shift(self, by: int) -> None:
        """Move the column."""
        to = self._at + by
        if self.is_mounted and 0 <= to < len(self._lines):
            lines, at = self._lines, self._at
            lines[at], lines[to] = lines[to], lines[at]
            self._at, self._reset = to, False
            self._paint(at, to)

    def action_size(self, by: int) -> None:
        """Make the column wider or narrower."""
        chosen, _ = self._lines[self._at]
        width = chosen.width or self._widths.get(chosen.key, 12)
        self._change(chosen._replace(width=max(min(width + by, MOST), LEAST)), shown=True)

    def action_own(self) -> None:
        """Restore the column's default width."""
        chosen, shown = self._lines[self._at]
        self._change(chosen._replace(width=0), shown=shown)

    def action_reset(self) -> None:
        """Restore the default columns."""
        if self.is_mounted:
            self._lines = [(Chosen(key), True) for key in self._names]
            self._reset = True
            self._paint(*range(len(self._lines)))

    def _change(self, chosen: Chosen, *, shown: bool) -> None:
        if self.is_mounted:
            self._lines[self._at] = (chosen, shown)
            self._reset = False
            self._paint(self._at)

    async def on_click(self, event: Click) -> None:
        """What the key says that was clicked. To the line under the mouse; where the cursor is, show it or hide it."""
        if action := clicked(event):
            await self.run_action(action)
            return
        id = getattr(event.widget, "id", None) or ""
        if id.startswith("column-"):
            number = int(id.removeprefix("column-"))
            if number == self._at:
                self.action_show()
            else:
                self.action_move(number - self._at)

    def do_confirm(self) -> None:
        """Apply the choice."""
        self.dismiss(() if self._reset else tuple(chosen for chosen, shown in self._lines if shown))
