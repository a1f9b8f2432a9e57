"""Estimates how far the terminal lags behind, so that frames are skipped rather than queued.

There are two sources. A terminal that answers a cursor position request (all common ones do) has read everything before
it: at most one large frame is in flight. Without answers, a blocking write shows that the line is full; from then on,
frames follow at the line's pace.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from typing import IO

from qpi_tui.terminal.slow_line import FIRST_DELAY, LEAST_RATE, MOST_DELAY

QUESTION = "\x1b[6n"
# Bytes that may be in flight without waiting: a cursor move, a changed cell, a line.
FREE = 1024
# Seconds after which an answer counts as lost.
PATIENCE = 3.0
# The kernel's buffer for a pseudo-terminal that nobody reads, in bytes (measured on Linux).
KERNEL = 20_480
# A write of this many seconds was delayed by the line.
HELD_UP = 0.02
# Seconds that the line may lag when the next frame is written.
LAG = 0.1
PIECE = 512
# Seconds between two full states of the line within which it cannot have drained.
SAME_JAM = 2.0
# Seconds without a full line after which it counts as fast again.
FORGIVEN = 60.0


class Wire:
    """A terminal's file, written in pieces, which measures the speed of the line."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._texts: list[str] = []
        self.pending = 0
        self.rate: float | None = None
        self._written = 0
        self._full = (0.0, 0)
        # Bytes left in the line when it was last full, and the time of that.
        self.left = (0.0, 0.0)

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._file.isatty()

    def write(self, text: str) -> int:
        """Buffer a text until the next flush."""
        self._texts.append(text)
        self.pending += len(text)
        return len(text)

    def flush(self) -> None:
        """Write out; called by Textual's writer thread, which may block here."""
        data = memoryview("".join(self._texts).encode("utf-8", "replace"))
        self._texts.clear()
        fd = self._file.fileno()
        while data:
            self.pending = len(data)
            try:
                full = not select.select([], [fd], [], 0)[1]
                before = time.monotonic()
                taken = os.write(fd, data[:PIECE])
            except OSError:  # The terminal is gone; its hang-up ends the program.
                break
            now = time.monotonic()
            data = data[taken:]
            self._written += taken
            # On a busy machine a write takes long too where the line is empty: others have their turn.
            if full and now - before > HELD_UP:
                self._was_full(before, now)
        self.pending = 0

    def _was_full(self, since: float, now: float) -> None:
        """The line was full and accepts data again: measure how fast it drains."""
        time_between, bytes_between = now - self._full[0], self._written - self._full[1]
        self._full = (now, self._written)
        # Woken again before it could drain, the line drained exactly what was written; on the first wake, most of its
        # buffer.
        first = 0.9 * KERNEL / (now - since)
        if time_between < SAME_JAM:
            self.rate = bytes_between / time_between
        else:
            self.rate = min(first, self.rate or first)
        self.left = (now, max(KERNEL - self.rate * (now - since), 0))


class Backpressure:
    """Return the time when the next frame may be written."""

    def __init__(self) -> None:
        self.wire: Wire | None = None
        self._unanswered = 0
        self._asked: tuple[float, int] | None = None
        self._given_up: deque[tuple[float, int]] = deque(maxlen=8)
        self._answers = False
        self._under_way = 0.0
        self._counted_at = time.monotonic()
        self._left = (0.0, 0.0)
        self.slow = False

    def wrote(self, size: int) -> None:
        """Count bytes handed to the writer."""
        self._unanswered += size
        self._under_way += size

    def question(self) -> str:
        """Return what to append to a frame so that the terminal reports when it has read it; usually nothing."""
        if self._unanswered <= FREE or self._asked is not None:
            return ""
        self._asked = (time.monotonic(), self._unanswered)
        return QUESTION

    @property
    def awaits_answer(self) -> bool:
        """Whether an answering terminal has not read everything yet; a lost answer is not awaited."""
        return self._answers and self._asked is not None and time.monotonic() - self._asked[0] < PATIENCE

    def answered(self) -> None:
        """The terminal reported its cursor position."""
        if self._given_up:
            # Answers arrive in order: this one belongs to a request that counted as lost.
            self._learn(*self._given_up.popleft())
            self._answers = True
        elif self._asked is not None:
            self._learn(*self._asked)
            self._unanswered -= self._asked[1]
            self._asked = None
            self._answers = True

    def _learn(self, asked: float, size: int) -> None:
        delay = time.monotonic() - asked
        # The first answer is late for other reasons too: everything starts up.
        if delay > (MOST_DELAY if self._answers else FIRST_DELAY) and size < delay * LEAST_RATE:
            self.slow = True

    def behind(self) -> bool:
        """Whether the terminal has too much to read already."""
        now = time.monotonic()
        if self._asked is not None:
            if now - self._asked[0] > PATIENCE:
                self._given_up.append(self._asked)
                self._asked, self._unanswered, self._answers = None, 0, False
            elif self._answers:
                return self._unanswered > FREE
        return self._line_is_full(now)

    def _line_is_full(self, now: float) -> bool:
        wire = self.wire
        if wire is None or self._answers:
            return False
        if wire.pending:
            return True
        if wire.rate is None:
            return False
        self.slow = self.slow or wire.rate < LEAST_RATE
        if now - wire.left[0] > FORGIVEN:
            wire.rate = None
            return False
        if wire.left != self._left:
            self._left = wire.left
            self._counted_at, self._under_way = wire.left
        self._under_way = max(self._under_way - (now - self._counted_at) * wire.rate, 0)
        self._counted_at = now
        return self._under_way > LAG * wire.rate
