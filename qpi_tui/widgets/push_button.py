"""A button that is one line high and says its key: `[ Approve (y) ]`."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static


class PushButton(Static, can_focus=True):
    """Runs an action of its dialog on a click, or on Enter while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter,space", "push")]
    DEFAULT_CSS = """
    PushButton { width: auto; height: 1; margin-right: 2; color: $text; }
    PushButton:focus { background: $primary; color: $text; text-style: bold; }
    """

    def __init__(self, label: str, action: str, key: str) -> None:
        super().__init__(Content(f"[ {label} ({key}) ]"))
        self._action = action

    def action_push(self) -> None:
        """Do it."""
        self.screen.action_do(self._action)  # type: ignore[attr-defined]  # every dialog has it

    def on_click(self) -> None:
        """Do it."""
        self.action_push()
