"""How far a terminal is behind what was written to it, so that frames are skipped rather than queued.

Two sources tell. A terminal that answers the question for its cursor (all common ones do) has read everything before
the question: at most one large frame is under way at a time. Where nobody answers, a write that blocks shows that the
line is full; from then on frames are given no faster than the line took them.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from typing import IO

from qpi_tui.terminal.slow_line import FIRST_DELAY, LEAST_RATE, MOST_DELAY

QUESTION = "\x1b[6n"
# Bytes that may be under way without waiting: a cursor's move, a changed cell, a line.
FREE = 1024
# Seconds after which an answer is taken as lost.
PATIENCE = 3.0
# What the kernel holds of a pseudo-terminal that nobody reads, in bytes (measured on Linux).
KERNEL = 20_480
# A write of this many seconds was held up by the line.
HELD_UP = 0.02
# Seconds that the line may be behind when the next frame is written.
LAG = 0.1
PIECE = 512
# Seconds between two moments of a full line within which it cannot have run empty.
SAME_JAM = 2.0
# Seconds without a full line after which it is taken for a fast one again.
FORGIVEN = 60.0


class Wire:
    """A terminal's file, written to in pieces, that knows how fast the line took them."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._texts: list[str] = []
        self.pending = 0
        self.rate: float | None = None
        self._written = 0
        self._full = (0.0, 0)
        # What was left in the line, in bytes, when it was last seen full, and when that was.
        self.left = (0.0, 0.0)

    def fileno(self) -> int:
        """The file's number."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()

    def write(self, text: str) -> int:
        """Take a text; it goes out at the next flush."""
        self._texts.append(text)
        self.pending += len(text)
        return len(text)

    def flush(self) -> None:
        """Write out; called by the thread of Textual's writer, which may be held up here."""
        data = memoryview("".join(self._texts).encode("utf-8", "replace"))
        self._texts.clear()
        fd = self._file.fileno()
        while data:
            self.pending = len(data)
            try:
                full = not select.select([], [fd], [], 0)[1]
                before = time.monotonic()
                taken = os.write(fd, data[:PIECE])
            except OSError:  # the terminal is gone; its hang-up ends the program
                break
            now = time.monotonic()
            data = data[taken:]
            self._written += taken
            # On a busy machine a write takes long too where the line is empty: others have their turn.
            if full and now - before > HELD_UP:
                self._was_full(before, now)
        self.pending = 0

    def _was_full(self, since: float, now: float) -> None:
        """The line was full since then and now took a piece again: learn how fast it drains."""
        time_between, bytes_between = now - self._full[0], self._written - self._full[1]
        self._full = (now, self._written)
        # Woken again before it can have run empty, the line drained just what was written; woken for the first time,
        # it drained most of what it holds.
        first = 0.9 * KERNEL / (now - since)
        if time_between < SAME_JAM:
            self.rate = bytes_between / time_between
        else:
            self.rate = min(first, self.rate or first)
        self.left = (now, max(KERNEL - self.rate * (now - since), 0))


class Backpressure:
    """When the next frame may be written."""

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
        """So many bytes were handed to the writer."""
        self._unanswered += size
        self._under_way += size

    def question(self) -> str:
        """What to append to a frame so that the terminal says when it has read it; mostly nothing."""
        if self._unanswered <= FREE or self._asked is not None:
            return ""
        self._asked = (time.monotonic(), self._unanswered)
        return QUESTION

    @property
    def awaits_answer(self) -> bool:
        """Whether a terminal that answers has not read everything yet; a lost answer is not awaited."""
        return self._answers and self._asked is not None and time.monotonic() - self._asked[0] < PATIENCE

    def answered(self) -> None:
        """The terminal said where its cursor is."""
        if self._given_up:
            # Questions are answered in their order: this is about one that was taken as lost.
            self._learn(*self._given_up.popleft())
            self._answers = True
        elif self._asked is not None:
            self._learn(*self._asked)
            self._unanswered -= self._asked[1]
            self._asked = None
            self._answers = True

    def _learn(self, asked: float, size: int) -> None:
        delay = time.monotonic() - asked
        # The first answer comes late for other reasons too: everything starts.
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
