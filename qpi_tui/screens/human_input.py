"""Keys and pastes before they reach a screen: order, keyboard layouts, and input that must not act."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.events import Event, Key, Paste

from qpi_tui.screens.key_queue import KeyQueue
from qpi_tui.terminal.bursts import ends_burst, instead_of
from qpi_tui.terminal.layouts import us_key
from qpi_tui.terminal.quick_screen import QuickScreen
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

# These do not wait for a screen or dialog.
LEAVE = ("ctrl+q", "ctrl+c")
# Seconds in which dropped characters are counted before the notice.
TOGETHER = 0.05


class HumanInput(App[Any]):
    """An app that takes keys and pastes from people. Mix it in before `App`."""

    frame_feed: HeaderFeed
    reachability: Reachability

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key_queue = KeyQueue(self, super().on_event)  # type: ignore[arg-type]  # the console is one
        # The terminal is gone: ignore its earlier input.
        self.hung_up = False
        # Number of keys pressed, for tasks that end with the next key.
        self.pressed = 0
        # For the last paste without brackets: the number of keys without a target, and the timer of its notice.
        self._dropped = 0
        self._dropped_timer: Timer | None = None

    def say(self, parts: Sequence[Part]) -> None:
        """Show a sentence on the notice line."""

    def key_pressed(self) -> None:
        """Remove the notice that goes with the next key."""

    @property
    def pump(self) -> DOMNode:
        """Return the app, as keys bubble to it."""
        return self

    @property
    def typing(self) -> bool:
        """Whether the focus takes text."""
        return self.focused is not None and self.focused.check_consume_key("a", "a")

    async def on_event(self, event: Event) -> None:
        """Hand out keys one after the other, except those that quit; a paste goes into a field or nowhere."""
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            if self.hung_up:
                return
            if isinstance(event, Key) and event.key == "ctrl+backslash":
                # The terminal would send the signal if it were not in raw mode.
                os.kill(os.getpid(), signal.SIGQUIT)
                return
            self.pressed += 1
            if isinstance(self.screen, QuickScreen):
                self.screen.release_frames()
            self.key_pressed()
            self.frame_feed.pressed()
            self.reachability.pressed()
        if isinstance(event, Key) and not event.is_forwarded:
            if event.key not in LEAVE:
                if (key := self._meant(event)) is not None:
                    await self.key_queue.key(key)
                return
        elif isinstance(event, Paste) and not event.is_forwarded:
            # Loaded with the first paste or form: the first frame does not need Textual's fields.
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
        """Handle a key that no widget took: if typed ahead of a form, it belongs to the form; some keys must not
        confirm.
        """
        screen = self.screen
        if self.hung_up or (isinstance(screen, Modal) and (screen.early(event) or screen.refuses(event))):
            event.prevent_default()

    def remark(self, sentence: str) -> None:
        """Report dropped input where the user looks."""
        if isinstance(self.screen, Modal) and self.screen.is_mounted:
            self.screen.remark(sentence)
        else:
            self.say([("▲ ", "$text-warning"), (sentence, "")])

    def drop(self, key: Key, *, opened: bool, more: bool) -> None:
        """Count a pasted key without a target; report once for the whole paste.

        `opened`: the top screen opened during the paste; `more`: the previous key had no target either.
        """
        if isinstance(self.screen, Modal):
            # A paste over a question delays its keys, as typing does.
            self.screen.refuses(key)
        self._dropped = self._dropped + 1 if more else 1
        if self._dropped_timer is None:
            self._dropped_timer = self.set_timer(TOGETHER, lambda: self._say_dropped(opened=opened))

    def _say_dropped(self, *, opened: bool) -> None:
        from qpi_tui.widgets.pasting import dropped

        self._dropped_timer = None
        self.remark(dropped(self._dropped, opened=opened))

    def frame_shown(self) -> None:
        """The top screen is on the terminal: the user can read it from now on."""
        if isinstance(self.screen, Modal) and self.screen.is_mounted:
            self.screen.guard.painted(get_time())

    @staticmethod
    def _show_end(field: Input) -> None:
        """Scroll a field to the end of its pasted text after layout."""
        if field.cursor_at_end:
            field.scroll_to(x=field.max_scroll_x, animate=False, force=True)

    def _meant(self, event: Key) -> Key | None:
        """Translate a key: a line break in pasted text to a space, a letter of another layout to its key."""
        if isinstance(self.screen, Modal) and self.screen.guarded and self._joined(event):
            # Copied lines often end with a line break.
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
        """Whether it is a line break in pasted text, which is reported."""
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
