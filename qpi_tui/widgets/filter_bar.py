"""The line to type a filter or words to search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.events import Key
from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from rich.text import Text

    from qpi_tui.domain.filter_language import Filter, Language

Rows = Callable[[], Sequence[Any]]


class FilterBar(Input, inherit_css=False):
    """The line that `/` opens; Esc clears it, Enter keeps it.

    With a language, the first mistake is underlined, Tab completes fields and values, and `?` at the start of a word
    asks for help.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(Input.COMPONENT_CLASSES)
    # Every rule is parsed before the first frame, so there are few instead of an input's many.
    DEFAULT_CSS = """
    FilterBar { height: 1; width: 34; background: $boost; color: $foreground; padding: 0 1; display: none;
        overflow: hidden hidden; scrollbar-size: 0 0; }
    FilterBar:focus { background: $primary 30%; }
    FilterBar > .input--cursor { background: $input-cursor-background; color: $input-cursor-foreground;
        text-style: $input-cursor-text-style; }
    FilterBar > .input--selection { background: $input-selection-background; color: $input-selection-foreground; }
    FilterBar > .input--placeholder { color: $text-disabled; }
    """

    class HelpRequested(Message):
        """The user asks for help on filters."""

    def __init__(self, hint: str, width: int, language: Language | None = None, rows: Rows = list) -> None:
        super().__init__(placeholder=hint, id="filter", select_on_focus=False, compact=True)
        self.styles.width = width
        self.cursor_blink = False
        self._language, self._rows = language, rows
        # The text, and its parsed filter.
        self._read: tuple[str, Filter] | None = None
        # The completions for the text, and the index of the current one.
        self._offered: list[str] = []
        self._offered_at = -1
        if language is not None:
            self.highlighter = self._underlined  # type: ignore[assignment]  # all that is asked of one is to be called

    @property
    def filter(self) -> Filter | None:
        """The parsed text; None for words only."""
        if self._language is None:
            return None
        if self._read is None or self._read[0] != self.value:
            self._read = (self.value, self._language.parse(self.value))
        return self._read[1]

    def on_key(self, event: Key) -> None:
        """Handle Tab and `?` with a language; the base class handles the rest, called by Textual."""
        if self._language is not None and event.key == "tab":
            event.stop()
            event.prevent_default()
            self._complete(self._language)
            return
        if self._language is not None and event.character == "?" and (not self.value or self.value.endswith(" ")):
            event.stop()
            event.prevent_default()
            self.post_message(self.HelpRequested())

    def _complete(self, language: Language) -> None:
        """Apply the suggested correction; otherwise the first completion, and on further presses the next."""
        found = self.filter
        if found is not None and (wrong := found.mistake) is not None and wrong.instead:
            self.value = f"{self.value[: wrong.start]}{wrong.instead}{self.value[wrong.end :]}"
            self.cursor_position = wrong.start + len(wrong.instead)
            return
        if not self._offered or self.value != self._offered[self._offered_at]:
            self._offered, self._offered_at = language.complete(self.value, self._rows()), -1
        if self._offered:
            self._offered_at = (self._offered_at + 1) % len(self._offered)
            self.value = self._offered[self._offered_at]
            self.cursor_position = len(self.value)

    def _underlined(self, text: Text) -> Text:
        found = self.filter
        if found is not None and (mistake := found.mistake) is not None:
            text.stylize("underline red", mistake.start, mistake.end)
        return text
