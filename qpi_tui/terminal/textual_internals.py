"""Every private part of Textual that the console uses, behind names of its own; `node_classes` has those of classes.

Checked against Textual 8.2.8. `tests/tui/terminal/test_textual_internals.py` exercises each;
`tests/tui/unit/test_textual_privates.py` finds uses elsewhere.

| name | used for; what would serve as a public way |
|---|---|
| `App._display`, `LayoutUpdate`, `ChopsUpdate` | writing what differs; a hook for frames |
| `App._batch_count`, `_running`, `_closed`, `_screen_stack` | whether a frame may be written; the same hook |
| `Strip._divide_cache` | freeing lines that were replaced; a `Strip.divide` that does not cache itself |
| `App._sync_available`, `_previous_cursor_position` | how it is written; the same hook |
| `Screen._on_timer_update`, `_update_timer` | when a frame is made; a method to override, and a frame rate per screen |
| `App._build_driver`, `LinuxDriver._file`, `_writer_thread` | how far the terminal is behind; a driver for a file |
| `LinuxDriver._disable_mouse_support` | no mouse on a slow line; the same, public |
| `App._load_screen_css`, `_css_update_count` | rules that are read already; a fixed Textual |
| `App._handle_exception`, `_fatal_error`, `_exception`, `_close_messages_no_wait` | reports of faults; a hook |
| `App._screen_stacks`, `Screen._modal_binding_chain` | which screens are open, which keys do something; properties |
| `App._disable_notifications`, `_disable_tooltips` | no widgets for toasts and tooltips; parameters of `App.run` |
| `XTermParser` | events of one complete escape sequence; a driver that takes a parser |
| `LinuxDriver`, `_key_thread`, `_debug`, `_app`, `_loop` | reading keys; a public `LinuxDriver` |
| `LinuxDriver.attrs_before`, `App._driver` | restoring a terminal at once; a method that cannot block |
| `LinuxDriver._sigcont_application`, `_must_signal_resume` | one return from a suspension; a fixed driver |
| `App._suspend_signal` | telling of a suspension; the same, public |
| `DOMNode._bindings` | keys that one screen has from the configuration; `DOMNode.bind` |
| `get_time`, `_character_to_key` | the clock of `Message.time`, the key of a letter; the same, public |
| `active_message_pump` | whose handler runs; a property |
"""

from __future__ import annotations

import logging
import os
import sys
import termios
from collections.abc import Callable, Iterator
from typing import IO, Any, Generic, TypeAlias, TypeVar

from rich.color import ColorSystem
from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._context import active_message_pump
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.binding import BindingsMap
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import _character_to_key as key_of_character
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

__all__ = ["Frame", "SequenceParser", "get_time", "key_of_character"]
_log = logging.getLogger(__name__)
R = TypeVar("R")

Frame: TypeAlias = LayoutUpdate | ChopsUpdate
"""A picture of the whole screen, or of parts of it."""

# Off: bracketed paste, mouse, focus reports, the keyboard protocol, the alternate screen; on: wrapping, the cursor.
_OFF = b"".join(b"\x1b[?%dl" % mode for mode in (2004, 1000, 1003, 1015, 1006, 1004))
_RESTORE = _OFF + b"\x1b[<u\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[m"


# -- screens, keys, what runs ----------------------------------------------------------------------------------------


def open_screens(app: App[Any]) -> list[Screen[Any]]:
    """Return every open screen."""
    return [screen for stack in app._screen_stacks.values() for screen in stack]


def modes_with_more(app: App[Any]) -> list[str]:
    """Return the modes in the background with something above their first screen."""
    return [mode for mode, stack in app._screen_stacks.items() if len(stack) > 1 and mode != app.current_mode]


def bindings_in_reach(screen: Screen[Any]) -> list[BindingsMap]:
    """Return the bindings of this screen."""
    return [bindings for _, bindings in screen._modal_binding_chain]


def bind_key(screen: Screen[Any], key: str, action: str) -> None:
    """Bind a key to an action on this screen, beside the keys of its class."""
    screen._bindings = screen._bindings.copy()
    screen._bindings.bind(key, action, show=False)


def widget_at_work() -> Widget | None:
    """Return the widget whose handler runs; None outside handlers, and in the app's own."""
    pump = active_message_pump.get(None)
    return pump if isinstance(pump, Widget) else None


def leave_out_toasts(app: App[Any]) -> None:
    """Create screens without widgets for toasts and tooltips: the console uses neither."""
    app._disable_notifications = app._disable_tooltips = True


# -- errors ----------------------------------------------------------------------------------------------------------


class ErrorHooks(App[Any]):
    """An app that handles its own errors. Mix it in before `App`."""

    def ignores_error(self) -> bool:
        """Whether the current error may be ignored."""
        return False

    def fault_found(self, error: BaseException) -> None:
        """End the app on an error. Textual's handler would print local variables, including passwords."""

    def _handle_exception(self, error: Exception) -> None:
        if not self.ignores_error():
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        error = self._exception or sys.exc_info()[1]
        if error is not None:
            self.fault_found(error)
        self._close_messages_no_wait()


# -- frames ----------------------------------------------------------------------------------------------------------


class FrameHooks(App[Any]):
    """An app that gets its frames instead of the terminal. Mix it in before `App`."""

    def takes_frames(self) -> bool:
        """Whether frames are passed to it."""
        return True

    def frame_came(self, frame: Frame, *, batched: bool) -> None:
        """A frame is ready; Textual would not show `batched` ones."""

    def frame_passed(self) -> None:
        """Textual showed a frame itself."""

    def wants_mouse(self) -> bool:
        """Whether the terminal should report its mouse."""
        return True

    def wrap_terminal(self, file: IO[str]) -> IO[str]:
        """Return the file that the driver writes to, or its wrapper."""
        return file

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        here = self.takes_frames() and not self.is_headless and not self.is_inline
        if not here or not isinstance(renderable, LayoutUpdate | ChopsUpdate):
            super()._display(screen, renderable)
            self.frame_passed()
            return
        try:
            self.frame_came(renderable, batched=bool(self._batch_count))
        except Exception as error:
            _log.debug("a frame could not be written", exc_info=True)
            self._handle_exception(error)
        finally:
            self.post_display_hook()

    def _build_driver(self, headless: bool, inline: bool, mouse: bool, size: tuple[int, int] | None) -> Driver:
        driver = super()._build_driver(headless, inline, mouse and self.wants_mouse(), size)
        file = getattr(driver, "_file", None)
        if file is not None and self.takes_frames() and not headless and not inline:
            driver._file = self.wrap_terminal(file)  # type: ignore[attr-defined]
        return driver

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        """A screen opened with the app's initial theme: its rules are parsed and applied already."""
        super()._load_screen_css(screen)
        if self._css_update_count == 0:
            self.stylesheet.update(self)
            screen._css_update_count = 0

    @property
    def terminal_is_open(self) -> bool:
        """Whether writing is possible."""
        return bool(self._driver is not None and self._running and not self._closed and self._screen_stack)

    @property
    def writes_wait(self) -> bool:
        """Whether the driver's thread still has data to write; its full queue blocks the program."""
        writer = getattr(self._driver, "_writer_thread", None)
        return writer is not None and writer._queue.qsize() > 0

    @property
    def colour_system(self) -> ColorSystem:
        """Return how many colours the terminal has."""
        return self.console._color_system or ColorSystem.TRUECOLOR

    def write_frame(self, text: str, behind: str) -> None:
        """Write a frame, synchronized if the terminal can, and then `behind`."""
        driver = self._driver
        if driver is not None:
            driver.write((f"\x1b[?2026h{text}\x1b[?2026l" if self._sync_available else text) + behind)
            driver.flush()

    def cursor_was_put(self) -> None:
        """The terminal's cursor is in place."""
        self._previous_cursor_position = self.cursor_position

    def stop_mouse(self) -> None:
        """Turn off mouse reports."""
        quiet = getattr(self._driver, "_disable_mouse_support", None)
        if quiet is not None:
            quiet()


class PacedFrames(Screen[R], Generic[R]):
    """A screen whose frames let keys go first, and follow them quickly."""

    # Seconds between two frames at least. Textual's 1/60 made a key behind a change wait for 17 ms.
    FRAME_PERIOD = 1 / 120
    # How often in a row a frame waits.
    MOST_WAITS = 2
    _frame_timer: Timer | None = None
    _frame_waited = 0
    _held_until = 0.0

    def hold_frames(self, seconds: float) -> None:
        """Make no frame for so many seconds, or until `release_frames`: one frame shows what comes meanwhile."""
        self._held_until = get_time() + seconds
        self.set_timer(seconds, self.release_frames)

    def release_frames(self) -> None:
        """Make a frame of what has changed."""
        if self._held_until:
            self._held_until = 0.0
            self._update_timer.resume()

    def frame_held(self) -> bool:
        """Whether no frame is made now."""
        return get_time() < self._held_until

    def frame_waits(self) -> bool:
        """Whether the next frame may wait for one more period."""
        return False

    @property
    def _update_timer(self) -> Timer:
        if self._frame_timer is None:
            self._frame_timer = self.set_interval(
                self.FRAME_PERIOD, self._on_timer_update, name="screen_update", pause=True
            )
        return self._frame_timer

    def _on_timer_update(self) -> None:
        if self.frame_held():
            self._update_timer.pause()
            return
        if self._frame_waited < self.MOST_WAITS and self.frame_waits():
            # The timer is not paused: it asks again.
            self._frame_waited += 1
            return
        self._frame_waited = 0
        super()._on_timer_update()


def strips_of(frame: Frame, resize: Callable[[int, int], None], put: Callable[[int, int, Strip], int]) -> None:
    """Report a frame's size, then each of its strips with its position; `put` returns the column after it."""
    if isinstance(frame, LayoutUpdate):
        resize(frame.region.right, frame.region.bottom)
        for y, strips in enumerate(frame.strips, frame.region.y):
            x = frame.region.x
            for strip in strips:
                x = put(x, y, strip)
                _release(strip)
        return
    if frame.chop_ends and frame.chop_ends[0]:
        resize(frame.chop_ends[0][-1], len(frame.chops))
    for y, left, right in frame.spans:
        for end, (x, chop) in zip(frame.chop_ends[y], frame.chops[y].items(), strict=False):
            if chop is None:
                continue
            if x <= right and end > left:
                put(x, y, chop if end <= right else chop.crop(0, right - x))
            _release(chop)


def _release(strip: Strip) -> None:
    """Free a strip as soon as it is replaced.

    `Strip.divide` caches an uncut strip as the only part of itself. Such cycles held every line drawn since the last
    garbage collection: 10 MB after a minute of scrolling.
    """
    strip._divide_cache.clear()


# -- the driver ------------------------------------------------------------------------------------------------------


class TerminalDriver(LinuxDriver):
    """Textual's driver, with public names for what reading needs."""

    @property
    def reads(self) -> bool:
        """Whether the reading thread runs."""
        return self._key_thread is not None and self._key_thread.is_alive()

    @property
    def debugs(self) -> bool:
        """Whether Textual's parser should log."""
        return self._debug

    @property
    def app(self) -> App[Any]:
        """The app of the driver."""
        return self._app

    def leave_for_suspension(self) -> None:
        """Leave application mode; the app is notified when it resumes."""
        self.suspend_application_mode()
        self._must_signal_resume = True

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Call this in the app's loop, from any thread."""
        self._loop.call_soon_threadsafe(callback)

    def _sigcont_application(self, *_: object) -> None:
        """Resume application mode, if it was left."""
        if not self.reads:
            super()._sigcont_application()


def driver_of(app: App[Any]) -> Driver | None:
    """Return the driver."""
    return app._driver


def tell_of_suspension(app: App[Any]) -> None:
    """Publish that the app is about to be suspended."""
    app._suspend_signal()


def restore_terminal(app: App[Any]) -> None:
    """Restore the terminal, from any thread and without waiting for pending output."""
    driver = app._driver
    if not isinstance(driver, LinuxDriver):
        return
    fd = driver.fileno
    try:
        if driver.attrs_before is not None:
            termios.tcsetattr(fd, termios.TCSANOW, driver.attrs_before)
        os.set_blocking(fd, False)
        os.write(fd, _RESTORE)
        # The shell that started the program shares the open file.
        os.set_blocking(fd, True)
    except (OSError, termios.error):  # The terminal is gone.
        return


class SequenceParser:
    """Turns text without escape sequences, or one complete sequence, into Textual's events."""

    def __init__(self, *, debug: bool = False) -> None:
        self._debug = debug
        self._parser = XTermParser(debug)

    def events(self, text: str) -> Iterator[Message]:
        """Return the events of a text; an unknown sequence has none, and does not affect the following."""
        yield from self._parser.feed(text)
        if self._parser._timeout_time is not None:
            stuck, self._parser = self._parser, XTermParser(self._debug)
            for name in ("last_x", "last_y", "mouse_pixels", "terminal_size", "terminal_pixel_size"):
                setattr(self._parser, name, getattr(stuck, name))
