"""A terminal for tests and benchmarks: runs a program in a pseudo-terminal and reads its screen with pyte.

Nothing here sleeps: every wait reads the program's output until a condition holds, with a deadline.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import pyte

KEYS = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "insert": "\x1b[2~", "delete": "\x1b[3~", "enter": "\r",
    "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ", "backspace": "\x7f",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~",
    "f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~",
    **{f"ctrl+{chr(96 + n)}": chr(n) for n in range(1, 27)},
}  # fmt: skip

# The terminal's description for the program.
USUAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "QPI_SLOW": "0", "LANG": "C.UTF-8"}
# Seconds between a letter and the Enter after it, and to read a dialog before it is confirmed.
PACE, READ = 0.05, 0.5

# Sequences that pyte would print as text: mode requests, keyboard protocols.
_NOT_FOR_PYTE = re.compile(rb"\x1b\[\?[\d;]*\$p|\x1b\[[<>=][\d;]*[a-zA-Z]|\x1bP.*?\x1b\\", re.S)


class Cell(NamedTuple):
    """A cell of the screen as a user sees it."""

    char: str
    fg: str
    bg: str
    marks: str


class _Screen(pyte.Screen):
    answer: Callable[[str], None] = staticmethod(lambda _: None)

    def write_process_input(self, data: str) -> None:
        self.answer(data)


class Terminal:
    """A program in a pseudo-terminal of `size` (columns, rows).

    With `parse=False` the screen is not drawn, which can take longer than a frame; only `raw` is available. `drain`
    is the line speed in bytes per second, or None for no limit. `answers` says whether the terminal answers cursor
    queries. `pass_fds` stay open in the program. Use it as a context manager; leaving it stops the program.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (120, 40),
        env: Mapping[str, str] | None = None,
        drain: float | None = None,
        answers: bool = True,
        parse: bool = True,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.size = size
        self.parse = parse
        self.drain = drain
        self.answers = answers
        self.raw = bytearray()
        self._held = b""
        self.first_byte: float | None = None
        self.last_byte = time.monotonic()
        self._allowance_at = time.monotonic()
        self._new_screen()
        self.master, slave = pty.openpty()
        self._set_size()
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            # A busy machine must not be mistaken for a slow line, unless a test is about that. COLUMNS and LINES, which
            # pytest-xdist sets, override the terminal's size.
            env={**_environment(), **USUAL, **(env or {})},
            start_new_session=True,
            pass_fds=pass_fds,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- the screen --------------------------------------------------------------------------------------------------

    def _new_screen(self) -> None:
        self.screen = _Screen(*self.size)
        self.screen.answer = self._answer
        self._stream = pyte.ByteStream(self.screen)

    def blank(self) -> None:
        """Clear the screen, as a cleared terminal: only later output is visible."""
        self._new_screen()

    @property
    def lines(self) -> list[str]:
        """Return the lines of the screen."""
        return ["".join(self.screen.buffer[y][x].data for x in range(self.size[0])) for y in range(self.size[1])]

    @property
    def text(self) -> str:
        """Return the screen as text."""
        return "\n".join(line.rstrip() for line in self.lines)

    def cells(self) -> list[list[Cell]]:
        """Return every cell with its colours and attributes."""
        return [[_cell(self.screen.buffer[y][x]) for x in range(self.size[0])] for y in range(self.size[1])]

    # -- input and output
    # -----------------------------------------------------------------------------------------------

    def send(self, data: str | bytes) -> None:
        """Send raw input."""
        os.write(self.master, data.encode() if isinstance(data, str) else data)

    def press(self, *keys: str) -> None:
        """Press keys by name, or type other text. Enter is sent at the speed of a typist, not with the text."""
        for key in keys:
            if key == "enter":
                self.pump_for(PACE)
            self.send(KEYS.get(key, key))

    def confirm(self, *keys: str) -> None:
        """Read the dialog, then press the keys that confirm it: Enter unless given."""
        self.settle()
        self.pump_for(READ)
        self.press(*(keys or ("enter",)))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, like a resized window."""
        self.size = (columns, rows)
        self.screen.resize(rows, columns)
        self._set_size()
        os.killpg(self.process.pid, signal.SIGWINCH)

    def pump(self, timeout: float = 0.05) -> int:
        """Read the program's output once and return the number of bytes, 0 if none arrived in time."""
        if not select.select([self.master], [], [], timeout)[0]:
            return 0
        limit = 65536
        if self.drain is not None:
            limit = int((time.monotonic() - self._allowance_at) * self.drain)
            if limit < 64:
                select.select([], [], [], (64 - limit) / self.drain)
                limit = 64
            limit = min(limit, 1024)
        try:
            data = os.read(self.master, limit)
        except OSError:
            return 0
        now = time.monotonic()
        if self.drain is not None:
            self._allowance_at = max(self._allowance_at + len(data) / self.drain, now - 0.1)
        if data:
            self.first_byte = self.first_byte or now
            self.last_byte = now
            self.raw += data
            self._feed(data)
        return len(data)

    def pump_for(self, seconds: float) -> None:
        """Read output for some seconds: the speed of a typist, or of a held key."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.pump(left)

    def _feed(self, data: bytes) -> None:
        if not self.parse:
            # A query may be split at the end of a read.
            data = self._held + data
            for _ in range(data.count(b"\x1b[6n")):
                self._answer("\x1b[1;1R")
            cut = data[-3:].rfind(b"\x1b")
            self._held = data[-3:][cut:] if cut >= 0 else b""
            return
        data = self._held + data
        cut = data.rfind(b"\x1b", max(len(data) - 40, 0))
        complete = cut < 0 or re.match(rb"\x1b(\[[^@-~]*[@-~]|[^\[P\]])", data[cut:])
        data, self._held = (data, b"") if complete else (data[:cut], data[cut:])
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data))

    def wait_for(self, what: str | Callable[[], object], timeout: float = 60.0) -> None:
        """Read until a text is on the screen or a condition holds. Raise AssertionError with the screen on
        timeout.
        """
        deadline = time.monotonic() + timeout
        seen = (lambda: what in self.text) if isinstance(what, str) else what
        while not seen():
            ended = self.process.poll() is not None and not self.pump(0)
            if time.monotonic() > deadline or (ended and not seen()):
                raise AssertionError(f"not seen within {timeout} s: {what!r}\n{self.text}")
            self.pump(0.05)

    def settle(self, quiet: float = 0.15, timeout: float = 60.0) -> None:
        """Read until nothing was written for `quiet` seconds and the program waits for keys, time or a server.

        On a busy machine a working program may write nothing for long, because it is not scheduled.
        """
        deadline = time.monotonic() + timeout
        while self.pump(quiet) or self._works():
            if time.monotonic() > deadline:
                raise AssertionError(f"the program never stopped writing\n{self.text}")

    def _works(self) -> bool:
        """Whether a thread of the program runs, is ready to run, or waits for a disk."""
        try:
            tasks = list(Path(f"/proc/{self.process.pid}/task").iterdir())
            states = [(task / "stat").read_text().rpartition(")")[2].split()[0] for task in tasks]
        except OSError:  # it ended, or this system has no /proc
            return False
        return not {"R", "D"}.isdisjoint(states)

    def cost(self, act: Callable[[], object], until: str | Callable[[], object] | None = None) -> int:
        """Return the bytes that an action sends to the terminal until it is quiet."""
        before = len(self.raw)
        act()
        if until is not None:
            self.wait_for(until)
        self.settle()
        return len(self.raw) - before

    def wait_end(self, timeout: float = 60.0) -> int:
        """Read until the program has ended and return its exit status."""
        self.wait_for(lambda: self.process.poll() is not None, timeout)
        return self.process.returncode

    def hang_up(self) -> None:
        """Close the terminal under the program, like a broken connection."""
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        """Stop the program if it still runs, and close the terminal."""
        if self.process.poll() is None:
            self.process.kill()
        if self.master >= 0:
            os.close(self.master)
        self.process.wait(10)

    def _answer(self, data: str) -> None:
        if self.answers:
            self.send(data)

    def _set_size(self) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", self.size[1], self.size[0], 0, 0))


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "LC_ALL", "LC_CTYPE"}}


def _cell(char: pyte.screens.Char) -> Cell:
    names = ("bold", "italics", "underscore", "strikethrough", "reverse", "blink")
    return Cell(char.data, char.fg, char.bg, "".join(name[0] for name in names if getattr(char, name)))
