"""A multi-line text field, with a key that opens it in an editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.widgets import TextArea

from qpi_tui.actions import ACTIONS
from qpi_tui.terminal.bursts import in_burst


class TextBox(TextArea):
    """Multi-line text. Enter goes to the next field, and Ctrl-J breaks the line; with `code`, Enter does too.

    Line breaks of a paste are kept, with or without the terminal's brackets.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", show=False),
        Binding(",".join(ACTIONS["dialog.edit"].keys), "screen.do('dialog.edit')", id="dialog.edit", show=False),
    ]
    DEFAULT_CSS = """
    TextBox { height: 4; border: none; background: $boost; padding: 0 1; scrollbar-size: 1 1; }
    TextBox:focus { background: $primary 30%; }
    """

    @dataclass
    class Submitted(Message):
        """Enter was pressed: go to the next field."""

        box: TextBox

    def __init__(
        self, text: str, placeholder: str = "", *, lines: int = 4, code: bool = False, id: str | None = None
    ) -> None:
        super().__init__(text, id=id, soft_wrap=not code, compact=True, placeholder=placeholder)
        self.cursor_blink = False
        self._code = code
        self.suffix = ".qasm" if code else ".txt"
        self.styles.height = lines
        self.move_cursor(self.document.end)

    @property
    def value(self) -> str:
        """The text."""
        return self.text

    @value.setter
    def value(self, text: str) -> None:
        self.text = text
        self.move_cursor(self.document.end)

    def on_key(self, event: Key) -> None:
        """Handle Enter and Ctrl-J; the base class handles the rest, called by Textual."""
        if event.key == "ctrl+j":
            event.stop()
            event.prevent_default()
            self.insert("\n")
        elif event.key == "enter" and not self._code and not in_burst(event):
            # It bubbles to the app, which decides whether it counts, and comes back as an action.
            event.prevent_default()

    def action_submit(self) -> None:
        """Go to the next field."""
        self.post_message(self.Submitted(self))
