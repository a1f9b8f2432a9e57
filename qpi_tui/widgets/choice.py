"""Form lines with a choice instead of text: one of several words, or any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from qpi_tui.domain.styled_text import Part
from qpi_tui.widgets.lines import assemble

# Words longer than this in total are shown one at a time.
ROOM = 66


class Choice(Static, can_focus=True):
    """One of some words; the arrows and space go through them, letters find the one that begins with or has them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "turn(1)", show=False),
        Binding("left", "turn(-1)", show=False),
        Binding("enter", "done", show=False),
        Binding("down", "screen.focus_next", show=False),
        Binding("up", "screen.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    Choice { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Choice:focus { background: $primary 30%; }
    """

    @dataclass
    class Changed(Message):
        """Another word was chosen."""

        choice: Choice

    @dataclass
    class Submitted(Message):
        """Enter was pressed: go to the next line."""

        choice: Widget

    def __init__(self, words: Sequence[str], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = list(words)
        self._at = self.words.index(value) if value in self.words else 0
        self._typed = ""

    @property
    def value(self) -> str:
        """The chosen word."""
        return self.words[self._at] if self.words else ""

    def on_mount(self) -> None:
        """Render the choice."""
        self.paint()

    def on_blur(self) -> None:
        """What is typed later is another word."""
        self._typed = ""
        self.paint()

    def action_turn(self, step: int) -> None:
        """Choose the next or previous word."""
        self._typed = ""
        self._choose(self._at + step)

    def action_done(self) -> None:
        """Go to the next line."""
        self.post_message(self.Submitted(self))

    def on_key(self, event: events.Key) -> None:
        """Letters find the word that begins with them, or has them; the same letter again finds the next."""
        letter = (event.character or "").casefold()
        if event.key == "backspace" and self._typed:
            event.stop()
            self._typed = self._typed[:-1]
            self._choose(self._at)
        elif letter.isalnum() or (self._typed and letter.isprintable() and letter.strip()):
            event.stop()
            self._type(letter)

    def _type(self, letter: str) -> None:
        typed = f"{self._typed}{letter}"
        found = self._find(typed, 0 if self._typed else 1)
        if found is None and (again := self._find(letter, 1)) is not None:
            typed, found = letter, again
        self._typed = typed
        if found is not None:
            self._choose(found)

    def _find(self, typed: str, first: int) -> int | None:
        """The word that is meant, from so many behind the chosen one on; by its middle only with several letters."""
        order = [(self._at + step) % len(self.words) for step in range(first, len(self.words) + first)]
        words = [word.casefold() for word in self.words]
        means = (str.__eq__, str.startswith, str.__contains__) if len(typed) > 1 else (str.startswith,)
        return next((at for means_it in means for at in order if means_it(words[at], typed)), None)

    def on_click(self, event: events.Click) -> None:
        """Choose the word under the mouse; if only one is shown, the next."""
        x = 1
        for at, word in enumerate(self.words if self._inline else []):
            x += len(word) + 4
            if event.x < x:
                self._choose(at)
                return
        if not self._inline:
            self.action_turn(1)

    @property
    def _inline(self) -> bool:
        return sum(len(word) + 4 for word in self.words) <= ROOM

    def _choose(self, at: int) -> None:
        if self.words:
            self._at = at % len(self.words)
            self.paint()
            self.post_message(self.Changed(self))

    def paint(self) -> None:
        """Return every word with a mark, or the chosen one between arrows."""
        parts: list[Part]
        muted = "$text-muted"
        if self._inline:
            parts = [
                part
                for at, word in enumerate(self.words)
                for part in (
                    [("● ", "bold"), *self._chosen(), ("  ", "")] if at == self._at else [(f"○ {word}  ", muted)]
                )
            ]
        else:
            place = f"  {self._at + 1} of {len(self.words)}" if self.words else ""
            parts = [("◂ ", muted), *self._chosen(), (" ▸", muted), (place, muted)]
        self.update(assemble(parts))

    def _chosen(self) -> list[Part]:
        """The chosen word; what was typed of it is underlined."""
        word, typed = self.value, self._typed
        at = word.casefold().find(typed) if typed else -1
        if at < 0:
            return [(word, "bold")]
        end = at + len(typed)
        return [(word[:at], "bold"), (word[at:end], "bold underline"), (word[end:], "bold")]


class Several(Static, can_focus=True):
    """Any of several words: arrows move, space selects. `value` joins the selected by commas."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "move(1)", show=False),
        Binding("left", "move(-1)", show=False),
        Binding("space,x", "take", show=False),
        Binding("enter", "done", show=False),
        Binding("down", "screen.focus_next", show=False),
        Binding("up", "screen.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    Several { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Several:focus { background: $primary 30%; }
    """

    @dataclass
    class Changed(Message):
        """The selection changed."""

        choice: Several

    def __init__(self, words: Sequence[str], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = list(words)
        self._taken = {word for word in value.split(",") if word in self.words}
        self._at = 0

    @property
    def value(self) -> str:
        """The selected words, joined by commas."""
        return ",".join(word for word in self.words if word in self._taken)

    def on_mount(self) -> None:
        """Render the words."""
        self.paint()

    def on_focus(self) -> None:
        """Show which word space would toggle."""
        self.paint()

    def on_blur(self) -> None:
        """Show none any more."""
        self.paint()

    def on_click(self, event: events.Click) -> None:
        """Toggle the word under the mouse."""
        x = 1
        for at, word in enumerate(self.words):
            x += len(word) + 4
            if event.x < x:
                self._at = at
                self.action_take()
                return

    def action_move(self, step: int) -> None:
        """Move to the next or previous word."""
        self._at = (self._at + step) % len(self.words)
        self.paint()

    def action_take(self) -> None:
        """Toggle the word."""
        self._taken ^= {self.words[self._at]}
        self.paint()
        self.post_message(self.Changed(self))

    def action_done(self) -> None:
        """Go to the next line."""
        self.post_message(Choice.Submitted(self))

    def paint(self) -> None:
        """Return each with a mark; the current one is underlined."""
        parts: list[Part] = []
        for at, word in enumerate(self.words):
            taken = word in self._taken
            style = "bold" if taken else "$text-muted"
            if at == self._at and self.has_focus:
                style += " underline"
            parts += [(f"{'✓' if taken else '○'} {word}", style), ("  ", "")]
        self.update(assemble(parts))
