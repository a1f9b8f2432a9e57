"""An entry of a form: its name, label, input rules, and the widget for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from textual.widgets import Input

from qpi_tui.widgets.choice import Choice, Several
from qpi_tui.widgets.text_box import TextBox

Field: TypeAlias = Input | TextBox | Choice | Several
FIELDS = (Input, TextBox, Choice, Several)
"""What takes a value."""


@dataclass(frozen=True)
class Entry:
    """An entry: its name, initial value, and placeholder.

    `complete` returns completions of a text: Tab inserts the first, then the next. With `choices`, the value is
    selected: one, or with `several` any (joined by commas). With more than one of `lines`, it accepts line breaks and
    an editor. It is visible only while `shown` returns True for the other values.
    """

    id: str
    label: str
    value: str = ""
    placeholder: str = ""
    secret: bool = False
    lines: int = 1
    choices: Sequence[str] = ()
    several: bool = False
    shown: Callable[[dict[str, str]], bool] | None = None
    complete: Callable[[str], Sequence[str]] | None = None

    @property
    def hints(self) -> Sequence[tuple[str, str]]:
        """What is said of its keys behind its label, each with the action of the form that a click on it does."""
        if self.lines > 1:
            return ("  (ctrl+j new line, ", ""), ("ctrl+e editor", "do('dialog.edit')"), (")", "")
        return (("  (", ""), ("tab completes", "complete"), (")", "")) if self.complete is not None else ()

    def box(self) -> Field:
        """Create its widget."""
        id = f"entry-{self.id}"
        if self.lines > 1:
            return TextBox(self.value, self.placeholder, lines=self.lines, id=id)
        if self.choices:
            return (Several if self.several else Choice)(self.choices, self.value, id=id)
        box = Input(self.value, self.placeholder, password=self.secret, id=id, select_on_focus=False, compact=True)
        box.cursor_blink = False
        return box
