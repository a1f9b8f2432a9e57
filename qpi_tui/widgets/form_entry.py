"""A line to fill in of a form: what it is called, how it is filled in, and the widget that takes it."""

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
    """A line to fill in: its name, what it begins with, and what is suggested when it is empty.

    `complete` gives what a text that begins so may become: Tab takes the first, and the next when pressed again.
    With `choices` it is chosen, not typed: one of them, or with `several` any (the value joins them by commas). With
    more than one of `lines` it takes line breaks, and an editor. It is there only while `shown` says so of the other
    values.
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
        """The widget that takes it."""
        id = f"entry-{self.id}"
        if self.lines > 1:
            return TextBox(self.value, self.placeholder, lines=self.lines, id=id)
        if self.choices:
            return (Several if self.several else Choice)(self.choices, self.value, id=id)
        box = Input(self.value, self.placeholder, password=self.secret, id=id, select_on_focus=False, compact=True)
        box.cursor_blink = False
        return box
