"""The line with the other ways of signing in: arrows choose one, Enter takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from qpi_tui.domain.sanitize import cells
from qpi_tui.domain.styled_text import Part
from qpi_tui.widgets.lines import assemble

# Cells that all ways may take together; more are shown one at a time.
_ROOM = 62
# The mark before each, and the blank behind it.
_GAP = 3


class WayPicker(Static, can_focus=True):
    """Ways as pairs of an id and words that are safe to show."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space,l", "turn(1)", show=False),
        Binding("left,h", "turn(-1)", show=False),
        Binding("enter", "take", show=False),
    ]
    DEFAULT_CSS = """
    WayPicker { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    WayPicker:focus { background: $primary 30%; }
    """

    @dataclass
    class Chosen(Message):
        """A way was taken."""

        way: str

    def __init__(self) -> None:
        super().__init__(id="ways")
        self._ways: list[tuple[str, str]] = []
        self._at = 0

    @property
    def ways(self) -> list[str]:
        """The ids of what is offered."""
        return [way for way, _ in self._ways]

    def offer(self, ways: Sequence[tuple[str, str]]) -> None:
        """Offer these; what was chosen stays so where it is among them."""
        chosen = self._ways[self._at][0] if self._ways else ""
        self._ways = list(ways)
        self._at = self.ways.index(chosen) if chosen in self.ways else 0
        self.can_focus = bool(ways)
        self._paint()

    def action_turn(self, step: int) -> None:
        """The next way, or the one before."""
        if self._ways:
            self._at = (self._at + step) % len(self._ways)
            self._paint()

    def action_take(self) -> None:
        """Take the one that is chosen."""
        if self._ways:
            self.post_message(self.Chosen(self._ways[self._at][0]))

    def on_click(self, event: events.Click) -> None:
        """Take the one under the mouse."""
        if not self._together:
            self.action_take()
            return
        x = 1
        for at, (_, words) in enumerate(self._ways):
            x += cells(words) + _GAP
            if event.x < x:
                self._at = at
                self.action_take()
                return

    def on_resize(self) -> None:
        """More or less room."""
        self._paint()

    @property
    def _together(self) -> bool:
        room = min(_ROOM, self.content_size.width or _ROOM)
        return sum(cells(words) + _GAP for _, words in self._ways) <= room

    def _paint(self) -> None:
        parts: list[Part] = []
        if self._ways and not self._together:
            words = self._ways[self._at][1]
            place = f"  {self._at + 1} of {len(self._ways)}"
            parts = [("◂ ", "$text-muted"), (words, "bold"), (" ▸", "$text-muted"), (place, "$text-muted")]
        elif self._ways:
            for at, (_, words) in enumerate(self._ways):
                chosen = at == self._at
                parts += [("▸ " if chosen else "  ", "$text-accent"), (words, "bold" if chosen else ""), (" ", "")]
        self.update(assemble(parts))
