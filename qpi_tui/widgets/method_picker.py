"""The line with the other sign-in methods: arrows select one, Enter uses it."""

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

# Maximum cells for all methods together; otherwise they are shown one at a time.
_ROOM = 62
# The mark before each, and the blank after it.
_GAP = 3


class MethodPicker(Static, can_focus=True):
    """Sign-in methods as pairs of an id and a safe label."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space,l", "turn(1)", show=False),
        Binding("left,h", "turn(-1)", show=False),
        Binding("enter", "take", show=False),
    ]
    DEFAULT_CSS = """
    MethodPicker { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    MethodPicker:focus { background: $primary 30%; }
    """

    @dataclass
    class Chosen(Message):
        """A method was chosen."""

        method: str

    def __init__(self) -> None:
        super().__init__(id="methods")
        self._methods: list[tuple[str, str]] = []
        self._at = 0

    @property
    def methods(self) -> list[str]:
        """The offered ids."""
        return [method for method, _ in self._methods]

    def offer(self, methods: Sequence[tuple[str, str]]) -> None:
        """Offer these; keep the selection if it is among them."""
        chosen = self._methods[self._at][0] if self._methods else ""
        self._methods = list(methods)
        self._at = self.methods.index(chosen) if chosen in self.methods else 0
        self.can_focus = bool(methods)
        self._paint()

    def action_turn(self, step: int) -> None:
        """Select the next or previous method."""
        if self._methods:
            self._at = (self._at + step) % len(self._methods)
            self._paint()

    def action_take(self) -> None:
        """Use the selected method."""
        if self._methods:
            self.post_message(self.Chosen(self._methods[self._at][0]))

    def on_click(self, event: events.Click) -> None:
        """Use the method under the mouse."""
        if not self._together:
            self.action_take()
            return
        x = 1
        for at, (_, words) in enumerate(self._methods):
            x += cells(words) + _GAP
            if event.x < x:
                self._at = at
                self.action_take()
                return

    def on_resize(self) -> None:
        """Adapt to the width."""
        self._paint()

    @property
    def _together(self) -> bool:
        room = min(_ROOM, self.content_size.width or _ROOM)
        return sum(cells(words) + _GAP for _, words in self._methods) <= room

    def _paint(self) -> None:
        parts: list[Part] = []
        if self._methods and not self._together:
            words = self._methods[self._at][1]
            place = f"  {self._at + 1} of {len(self._methods)}"
            parts = [("◂ ", "$text-muted"), (words, "bold"), (" ▸", "$text-muted"), (place, "$text-muted")]
        elif self._methods:
            for at, (_, words) in enumerate(self._methods):
                chosen = at == self._at
                parts += [("▸ " if chosen else "  ", "$text-accent"), (words, "bold" if chosen else ""), (" ", "")]
        self.update(assemble(parts))
