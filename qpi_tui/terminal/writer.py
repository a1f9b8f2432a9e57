"""Writes only cells that differ from what the terminal shows.

Textual repaints whole regions and never compares them with the previous frame. `QuietFrames` receives the app's frames
instead of the driver: it keeps a copy of the terminal's cells, and sends the difference. `QPI_PLAIN_FRAMES=1` turns it
off.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import IO, Any, cast

from rich.color import ColorSystem
from textual import events
from textual.geometry import Size

from qpi_tui.terminal import slow_line
from qpi_tui.terminal.backpressure import PATIENCE, Backpressure, Wire
from qpi_tui.terminal.screen_diff import ScreenDiff
from qpi_tui.terminal.textual_internals import Frame, FrameHooks, strips_of

# Seconds until a skipped frame is tried again.
RETRY = 0.02


class QuietFrames(FrameHooks):
    """An app whose frames cost only the cells that they change. Mix it in before `App`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._terminal_picture = ScreenDiff()
        self._backpressure = Backpressure()
        self._plain_frames = os.environ.get("QPI_PLAIN_FRAMES", "") not in {"", "0"}
        self._frame_waits: asyncio.TimerHandle | None = None
        self._frame_sent = 0.0
        self._shown_first = False
        self._sizes_told, self._first_size = 0, Size(0, 0)
        self.slow = False
        self._never_slow = os.environ.get("QPI_SLOW", "").strip().lower() in {"0", "no", "off", "false"}

    def be_slow(self) -> None:
        """The line is slow: fewer frames, fewer colours, no mouse. Set by the user, or detected in use."""
        self.slow = True
        self.stop_mouse()
        self.forget_frames()

    def frame_shown(self) -> None:
        """The terminal shows the top screen, as far as it reports."""

    def first_frame_shown(self) -> None:
        """The first frame is being written: start what it need not wait for."""

    def on_mount(self) -> None:
        """Repaint everything after the program was stopped and continued."""
        self.app_resume_signal.subscribe(self, lambda _: self.forget_frames(), immediate=True)

    def forget_frames(self) -> None:
        """Forget what the terminal shows: the next frame is sent in full."""
        self._terminal_picture.forget()
        self.refresh()

    def wants_mouse(self) -> bool:
        """Whether the terminal should report its mouse: not on a slow line."""
        return not self.slow

    def wrap_terminal(self, file: IO[str]) -> IO[str]:
        """Put a measuring file between the driver and the terminal."""
        wire = self._backpressure.wire = Wire(file)
        return cast("IO[str]", wire)  # It has the methods of a file that the driver uses.

    def takes_frames(self) -> bool:
        """Whether frames are compared with what is shown."""
        return not self._plain_frames

    def frame_passed(self) -> None:
        """Textual showed a frame itself."""
        self.frame_shown()

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal has read everything up to the cursor position request."""
        event.stop()
        self._backpressure.answered()
        self._notice_slowness()
        self._tell_if_shown()
        if self._frame_waits is not None:
            self._frame_waits.cancel()
            self._send_again()

    def on_resize(self, event: events.Resize) -> None:
        """Forget the content: terminals reflow text on resize. Textual calls the base class's handler itself.

        The initial size arrives twice, from Textual and from its driver: the second needs no layout.
        """
        self._sizes_told += 1
        if self._sizes_told == 1:
            self._first_size = event.size
        elif self._sizes_told == 2 and event.size == self._first_size:
            event.prevent_default()
        else:
            self._terminal_picture.forget()

    def frame_came(self, frame: Frame, *, batched: bool) -> None:
        """Send the new part of a frame."""
        # Textual starts within a batch: what it paints there is the first frame, and would be painted again.
        if not batched or not self._shown_first:
            self._take_frame(frame)
            self._send_frame()

    def _take_frame(self, frame: Frame) -> None:
        """Write a frame of Textual's into the wanted screen."""
        picture, system = self._terminal_picture, self.colour_system
        if self.slow:
            system = min(system, ColorSystem.EIGHT_BIT)
        strips_of(frame, picture.resize, lambda x, y, strip: picture.put(x, y, strip, system))

    def _send_frame(self) -> None:
        """Write the difference, or come back to it when the terminal has caught up."""
        if not self.terminal_is_open:
            return
        wait = self._frame_sent + slow_line.FRAME_GAP - time.monotonic() if self.slow else 0.0
        if self._terminal_is_behind() or wait > 0:
            if self._frame_waits is None:
                self._frame_waits = asyncio.get_running_loop().call_later(max(wait, RETRY), self._send_again)
            return
        if text := self._terminal_picture.difference(self.screen.outer_size.clamp_offset(self.cursor_position)):
            self._frame_sent = time.monotonic()
            self._backpressure.wrote(len(text))
            question = self._backpressure.question()
            self.write_frame(text, question)
            self._tell_if_shown()
            if question:
                # A lost answer must not keep a dialog from being confirmed.
                asyncio.get_running_loop().call_later(PATIENCE, self._tell_if_shown)
            if not self._shown_first:
                self._shown_first = True
                self.call_next(self.first_frame_shown)
        self.cursor_was_put()

    def _tell_if_shown(self) -> None:
        if self.terminal_is_open and not self._backpressure.awaits_answer:
            self.frame_shown()

    def _send_again(self) -> None:
        self._frame_waits = None
        self._notice_slowness()
        self._send_frame()

    def _notice_slowness(self) -> None:
        if self._backpressure.slow and not self.slow and not self._never_slow:
            self.be_slow()

    def _terminal_is_behind(self) -> bool:
        """Whether a frame written now would wait."""
        return self.writes_wait or self._backpressure.behind()
