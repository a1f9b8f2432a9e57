"""Writes to the terminal only what differs from what it already shows.

Textual repaints whole regions and never compares them with the frame before. `QuietFrames` stands where the app hands
frames to its driver: it keeps a shadow of the terminal, cell by cell, and sends the difference. With the widgets that
draw their own lines this is the only module that knows Textual's private parts: `App._display`, `LayoutUpdate`,
`ChopsUpdate`, `App._build_driver`, the driver's mouse, its file and the queue of its writer; `tests/tui/terminal/
test_textual_internals.py` fails when one of them changes. `QPI_PLAIN_FRAMES=1` switches it off.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import Any

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen

from qpi_tui.terminal import slow_line
from qpi_tui.terminal.backpressure import Backpressure, Wire
from qpi_tui.terminal.screen_diff import ScreenDiff

_log = logging.getLogger(__name__)

# Seconds until a frame that the terminal could not take is tried again.
RETRY = 0.02


class QuietFrames(App[Any]):
    """An app whose frames cost as few bytes as they change cells; mix it in before `App`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shadow = ScreenDiff()
        self._pace = Backpressure()
        self._plain_frames = os.environ.get("QPI_PLAIN_FRAMES", "") not in {"", "0"}
        self._frame_waits: asyncio.TimerHandle | None = None
        self._frame_sent = 0.0
        self._shown_first = False
        self._sizes_told, self._first_size = 0, Size(0, 0)
        self.slow = False
        self._never_slow = os.environ.get("QPI_SLOW", "").strip().lower() in {"0", "no", "off", "false"}

    def be_slow(self) -> None:
        """The line is slow: fewer frames, fewer colours, no mouse. Said by the user, or found while it is used."""
        self.slow = True
        quiet = getattr(self._driver, "_disable_mouse_support", None)
        if quiet is not None:
            quiet()
        self.forget_frames()

    def frame_shown(self) -> None:
        """The terminal has what the screen on top shows, as far as it tells."""

    def first_frame_shown(self) -> None:
        """The first frame is on its way to the terminal: what it need not wait for may begin."""

    def on_mount(self) -> None:
        """Paint everything again after the program was stopped and continued."""
        self.app_resume_signal.subscribe(self, lambda _: self.forget_frames(), immediate=True)

    def forget_frames(self) -> None:
        """Take nothing for granted about what the terminal shows: the next frame is sent whole."""
        self._shadow.forget()
        self.refresh()

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        """A screen that is opened under the theme that the app began with: its rules are read already, and applied."""
        super()._load_screen_css(screen)
        if self._css_update_count == 0:
            self.stylesheet.update(self)
            screen._css_update_count = 0

    def _build_driver(self, headless: bool, inline: bool, mouse: bool, size: tuple[int, int] | None) -> Driver:
        """Put a wire that knows its pace between the driver and the terminal."""
        driver = super()._build_driver(headless, inline, mouse and not self.slow, size)
        file = getattr(driver, "_file", None)
        if file is not None and not self._plain_frames and not headless and not inline:
            driver._file = self._pace.wire = Wire(file)  # type: ignore[attr-defined]
        return driver

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal has read everything up to the question for its cursor."""
        event.stop()
        self._pace.answered()
        self._notice_slowness()
        if not self._pace.awaits_answer:
            self.frame_shown()
        if self._frame_waits is not None:
            self._frame_waits.cancel()
            self._send_again()

    async def _on_resize(self, event: events.Resize) -> None:
        """Terminals rearrange their text when resized: forget it. Textual calls the base's handler by itself.

        The size at the start is told twice, by Textual and by its driver: the second time nothing is laid out again.
        """
        self._sizes_told += 1
        if self._sizes_told == 1:
            self._first_size = event.size
        elif self._sizes_told == 2 and event.size == self._first_size:
            event.prevent_default()
        else:
            self._shadow.forget()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send what of a frame is new; the first place where Textual's private parts are used."""
        if (
            self._plain_frames
            or not isinstance(renderable, LayoutUpdate | ChopsUpdate)
            or self.is_headless
            or self.is_inline
        ):
            super()._display(screen, renderable)
            self.frame_shown()
            return
        try:
            # Textual starts within a batch: what it paints there is the first frame, and would be painted again.
            if not self._batch_count or not self._shown_first:
                self._take_frame(renderable)
                self._send_frame()
        except Exception as error:
            _log.debug("a frame could not be written", exc_info=True)
            self._handle_exception(error)
        finally:
            self.post_display_hook()

    def _take_frame(self, update: LayoutUpdate | ChopsUpdate) -> None:
        """Write a frame of Textual's into the wanted picture."""
        shadow = self._shadow
        system = self.console._color_system or ColorSystem.TRUECOLOR
        if self.slow:
            system = min(system, ColorSystem.EIGHT_BIT)
        if isinstance(update, LayoutUpdate):
            shadow.resize(update.region.right, update.region.bottom)
            for y, strips in enumerate(update.strips, update.region.y):
                x = update.region.x
                for strip in strips:
                    x = shadow.put(x, y, strip, system)
            return
        if update.chop_ends and update.chop_ends[0]:
            shadow.resize(update.chop_ends[0][-1], len(update.chops))
        for y, left, right in update.spans:
            for end, (x, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if chop is not None and x <= right and end > left:
                    shadow.put(x, y, chop if end <= right else chop.crop(0, right - x), system)

    def _send_frame(self) -> None:
        """Write what the terminal lacks, or come back to it when the terminal is behind."""
        driver = self._driver
        if driver is None or not self._running or self._closed or not self._screen_stack:
            return
        wait = self._frame_sent + slow_line.FRAME_GAP - time.monotonic() if self.slow else 0.0
        if self._terminal_is_behind() or wait > 0:
            if self._frame_waits is None:
                self._frame_waits = asyncio.get_running_loop().call_later(max(wait, RETRY), self._send_again)
            return
        if text := self._shadow.difference(self.screen.outer_size.clamp_offset(self.cursor_position)):
            if self._sync_available:
                text = f"\x1b[?2026h{text}\x1b[?2026l"
            self._frame_sent = time.monotonic()
            self._pace.wrote(len(text))
            driver.write(text + self._pace.question())
            driver.flush()
            if not self._pace.awaits_answer:
                self.frame_shown()
            if not self._shown_first:
                self._shown_first = True
                self.call_next(self.first_frame_shown)
        self._previous_cursor_position = self.cursor_position

    def _send_again(self) -> None:
        self._frame_waits = None
        self._notice_slowness()
        self._send_frame()

    def _notice_slowness(self) -> None:
        if self._pace.slow and not self.slow and not self._never_slow:
            self.be_slow()

    def _terminal_is_behind(self) -> bool:
        """Whether a frame written now would wait; a full queue of Textual's writer blocks the program."""
        writer = getattr(self._driver, "_writer_thread", None)
        return (writer is not None and writer._queue.qsize() > 0) or self._pace.behind()
