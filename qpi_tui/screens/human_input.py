"""What the console does with keys and pastes before a screen sees them: order, layouts, and what must not act."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.events import Event, Key, Paste

from qpi_tui.screens.key_queue import KeyQueue
from qpi_tui.terminal.bursts import ends_burst, instead_of
from qpi_tui.terminal.layouts import us_key
from qpi_tui.terminal.textual_internals import bindings_in_reach, get_time, key_of_character
from qpi_tui.widgets.modal import Modal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.dom import DOMNode
    from textual.timer import Timer
    from textual.widgets import Input

    from qpi_tui.domain.styled_text import Part
    from qpi_tui.live.header_feed import HeaderFeed
    from qpi_tui.live.reachability import Reachability

# These wait for nothing: neither for a screen nor for a dialog.
LEAVE = ("ctrl+q", "ctrl+c")
# Seconds in which what was dropped is counted before it is said.
TOGETHER = 0.05


class HumanInput(App[Any]):
    """An app that takes keys and pastes from people; mix it in before `App`."""

    frame_feed: HeaderFeed
    reachability: Reachability

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key_queue = KeyQueue(self, super().on_event)  # type: ignore[arg-type]  # the console is one
        # The terminal is gone: what it sent before is not acted on.
        self.hung_up = False
        # How many keys were pressed: what runs until the next one looks here.
        self.pressed = 0
        # Of the last paste without brackets: how many keys had no place to go, and what says so soon.
        self._dropped = 0
        self._dropped_timer: Timer | None = None

    def say(self, parts: Sequence[Part]) -> None:
        """Put a sentence on the notice line."""

    @property
    def pump(self) -> DOMNode:
        """The app, as keys bubble to it."""
        return self

    @property
    def typing(self) -> bool:
        """Whether a letter goes into a line."""
        return self.focused is not None and self.focused.check_consume_key("a", "a")

    async def on_event(self, event: Event) -> None:
        """Keys go out one after the other, but those that leave; a paste goes into a field or nowhere."""
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            if self.hung_up:
                return
            if isinstance(event, Key) and event.key == "ctrl+backslash":
                # The terminal would send the signal, were it not for single keys.
                os.kill(os.getpid(), signal.SIGQUIT)
                return
            self.pressed += 1
            self.frame_feed.pressed()
            self.reachability.pressed()
        if isinstance(event, Key) and not event.is_forwarded:
            if event.key not in LEAVE:
                if (key := self._meant(event)) is not None:
                    await self.key_queue.key(key)
                return
        elif isinstance(event, Paste) and not event.is_forwarded:
            # Loaded with the first paste or form: the first frame does not wait for Textual's fields.
            from textual.widgets import Input

            from qpi_tui.widgets.pasting import fit_paste

            if said := fit_paste(event, self.focused):
                self.remark(said)
            if not event.text:
                return
            await super().on_event(event)
            if isinstance(self.focused, Input):
                self.focused.call_after_refresh(self._show_end, self.focused)
            return
        await super().on_event(event)

    def on_key(self, event: Key) -> None:
        """A key that no widget took: typed ahead of a form it belongs into the form; some must not confirm."""
        screen = self.screen
        if self.hung_up or (isinstance(screen, Modal) and (screen.early(event) or screen.refuses(event))):
            event.prevent_default()

    def remark(self, sentence: str) -> None:
        """Say something about what was typed, where somebody looks who types."""
        if isinstance(self.screen, Modal):
            self.screen.remark(sentence)
        else:
            self.say([("▲ ", "$text-warning"), (sentence, "")])

    def drop(self, key: Key, *, opened: bool, more: bool) -> None:
        """A key of pasted text has no place to go: say so, once for all that came together.

        `opened`: what is on top opened in the middle of it; `more`: the key before it had no place either.
        """
        if isinstance(self.screen, Modal):
            # What was pasted over a question puts the next key off, as what is typed does.
            self.screen.refuses(key)
        self._dropped = self._dropped + 1 if more else 1
        if self._dropped_timer is None:
            self._dropped_timer = self.set_timer(TOGETHER, lambda: self._say_dropped(opened=opened))

    def _say_dropped(self, *, opened: bool) -> None:
        from qpi_tui.widgets.pasting import dropped

        self._dropped_timer = None
        self.remark(dropped(self._dropped, opened=opened))

    def frame_shown(self) -> None:
        """The top screen is on the terminal: from now on somebody can have read it."""
        if isinstance(self.screen, Modal) and self.screen.is_mounted:
            self.screen.guard.painted(get_time())

    @staticmethod
    def _show_end(field: Input) -> None:
        """A field has the width of what was pasted only once it was laid out: show its end then."""
        if field.cursor_at_end:
            field.scroll_to(x=field.max_scroll_x, animate=False, force=True)

    def _meant(self, event: Key) -> Key | None:
        """The key that is meant: a line break in pasted text is a space; a letter of another layout is its key."""
        if isinstance(self.screen, Modal) and self.screen.guarded and self._joined(event):
            # A whole line is mostly copied with the break behind it.
            last = ends_burst(event) or getattr(self.focused, "password", False)
            return None if last else instead_of(event, "space", " ")
        letter = event.character or ""
        if letter.isascii() or not letter.isprintable() or self.typing:
            return event
        key = us_key(letter)
        name = key if key.isalnum() or not key else key_of_character(key)
        if name and self._is_command(name):
            return instead_of(event, name, key)
        self.remark(f"{letter} is not a command; {self._help_key()} lists the keys.")
        return event

    def _joined(self, event: Key) -> bool:
        """Whether it is a line break in pasted text, which is said."""
        from qpi_tui.widgets.pasting import JOINED, joins_lines

        if not joins_lines(event, self.focused):
            return False
        self.remark(JOINED)
        return True

    def _is_command(self, name: str) -> bool:
        return any(name in bindings.key_to_bindings for bindings in bindings_in_reach(self.screen))

    def _help_key(self) -> str:
        keys = getattr(self, "keys", None)
        return keys.word("app.help") if keys is not None else "?"
