"""Reads the terminal: keys, sequences and pastes as `InputStream` splits them, and hang-ups."""

from __future__ import annotations

import os
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from textual import constants
from textual.app import App
from textual.driver import Driver
from textual.events import Event, Key, Paste
from textual.message import Message

from qpi_tui.terminal.bursts import Bursts
from qpi_tui.terminal.input_stream import InputStream, Piece
from qpi_tui.terminal.textual_internals import (
    SequenceParser,
    TerminalDriver,
    driver_of,
    get_time,
    tell_of_suspension,
)

# Bytes per read, and seconds between checks of pending input.
READ, LOOK = 4096, 0.05
# Seconds after which a key has acted, or acts on nothing.
ON_ITS_WAY = 0.02


class ConsoleDriver(TerminalDriver):
    """Textual's driver with its own input, and job control as shells expect."""

    def stop_for_shell(self) -> None:
        """Restore the terminal and stop, with the rest of the shell's job."""
        self.leave_for_suspension()
        os.killpg(os.getpgrp(), signal.SIGSTOP)

    def run_input_thread(self) -> None:
        """Read until the console leaves the terminal, or the terminal hangs up."""
        stream, bursts = InputStream(), Bursts()
        events = partial(_events, SequenceParser(debug=self.debugs))
        # Replace undecodable bytes: an error must not end the reading thread.
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = selector.select(LOOK)
                now = get_time()
                if not ready:
                    self._send(list(events(stream.tick(now))), bursts, now)
                    continue
                try:
                    data = os.read(self.fileno, READ)
                except OSError:
                    data = b""
                if not data:
                    # The terminal is gone.
                    if self.input_tty and isinstance(self.app, TerminalInput):
                        self.call_soon(self.app.terminal_gone)
                    self.exit_event.wait(1.0)
                    continue
                self._send(list(events(stream.feed(decode(data), now))), bursts, now)

    def _send(self, found: list[Message], bursts: Bursts, now: float) -> None:
        keys = [event for event in found if isinstance(event, Key)]
        bursts.mark(keys, now)
        if keys and isinstance(self.app, TerminalInput):
            self.app.key_read_at = now
        for event in found:
            self.process_message(event)


class TerminalInput(App[Any]):
    """An app that reads the terminal this way. Mix it in before `App`."""

    # When the last key was read that has not acted yet.
    key_read_at = float("-inf")

    @property
    def key_waits(self) -> bool:
        """Whether a key is on its way through the message queues, which takes milliseconds while changes arrive."""
        return get_time() - self.key_read_at < ON_ITS_WAY

    async def on_event(self, event: Event) -> None:
        """Notice when a key acts: in the field that takes it, otherwise once it bubbled up to the app."""
        acts = isinstance(event, Key) and (event.is_forwarded or self._is_typed(event))
        await super().on_event(event)
        if acts:
            self.key_read_at = float("-inf")

    def _is_typed(self, key: Key) -> bool:
        return self.focused is not None and self.focused.check_consume_key(key.key, key.character)

    def terminal_gone(self) -> None:
        """The terminal hung up."""

    def stop_for_shell(self) -> bool:
        """Stop until the shell continues the program; return False if no shell would."""
        driver = driver_of(self)
        if not isinstance(driver, ConsoleDriver) or not has_job_control():
            return False
        tell_of_suspension(self)
        driver.stop_for_shell()
        return True

    def get_driver_class(self) -> type[Driver]:
        """Return our driver, unless the environment names another."""
        return super().get_driver_class() if constants.DRIVER is not None else ConsoleDriver


def has_job_control() -> bool:
    """Whether a shell waits for this job to stop, and can continue it."""
    leader = os.getpgrp()
    try:
        parent = os.getppid() if leader == os.getpid() else _parent(leader)
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != leader
    except (OSError, ValueError):
        return False


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _events(parser: SequenceParser, pieces: Iterator[Piece]) -> Iterator[Message]:
    for piece in pieces:
        if piece.kind == "escape":
            yield Key("escape", piece.text)
        elif piece.kind == "paste":
            yield Paste(piece.text.replace("\x00", ""))
        else:
            yield from parser.events(piece.text)
