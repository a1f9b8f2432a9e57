"""A button of one line that shows its key: `[ Approve (enter) ]`."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.widgets import Static


class PushButton(Static, can_focus=True):
    """Runs an action of its dialog on a click, or on Enter while focused."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Not space: it is part of any text typed into the wrong window.
        Binding("enter", "push", show=False),
        Binding("left", "screen.focus_previous", show=False),
        Binding("right", "screen.focus_next", show=False),
    ]
    DEFAULT_CSS = """
    PushButton { width: auto; height: 1; margin-right: 2; color: $text; }
    PushButton:focus { background: $primary; color: $text; text-style: bold; }
    """

    def __init__(self, label: str, action: str, key: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(_text(label, key), id=id, classes=classes)
        self._action = action
        self._key = key

    def relabel(self, label: str) -> None:
        """Change the label; the key stays."""
        self.update(_text(label, self._key))

    def action_push(self) -> None:
        """Run the action."""
        self.screen.run(self._action)  # type: ignore[attr-defined]  # every dialog has it

    def on_click(self, event: Click) -> None:
        """Run the action, unless the dialog appeared under the mouse."""
        guard = getattr(self.screen, "guard", None)
        if guard is None or not getattr(self.screen, "guarded", False) or guard.allows(event):
            self.action_push()


def _text(label: str, key: str) -> Content:
    return Content(f"[ {label} ({key}) ]")
