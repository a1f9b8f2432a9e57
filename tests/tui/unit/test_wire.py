"""Line speed without answers from the terminal: a full line is distinguished from a busy machine."""

from __future__ import annotations

import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from typing import IO

import pytest

from qpi_tui.terminal import backpressure
from qpi_tui.terminal.backpressure import HELD_UP, KERNEL, Wire
from tests.waiting import wait_for


@pytest.fixture
def line() -> Iterator[tuple[Wire, int, IO[str]]]:
    """Return a wire to a pseudo-terminal, the end that a terminal reads, and the file between them."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    with os.fdopen(slave, "w") as file:
        yield Wire(file), master, file
    os.close(master)


def test_a_write_delayed_by_the_machine_does_not_count_as_a_slow_line(
    line: tuple[Wire, int, IO[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, _, _ = line
    write, now = os.write, [0.0]

    def late(file: int, data: memoryview) -> int:
        now[0] += 5 * HELD_UP
        return write(file, data)

    monkeypatch.setattr(backpressure.os, "write", late)
    monkeypatch.setattr(backpressure.time, "monotonic", lambda: now[0])
    wire.write("x" * 2000)
    wire.flush()
    assert wire.rate is None
    assert wire.left == (0.0, 0.0)


def test_a_write_blocked_by_a_full_line_measures_its_rate(line: tuple[Wire, int, IO[str]]) -> None:
    wire, master, file = line
    wire.write("x" * 2 * KERNEL)
    writing = threading.Thread(target=wire.flush)
    writing.start()
    wait_for(lambda: not select.select([], [file], [], 0)[1], "the line to be full")
    # The program is blocked for at least half a second.
    writing.join(0.5)
    assert writing.is_alive()
    left = 2 * KERNEL
    while left:
        left -= len(os.read(master, 4096))
    writing.join()
    assert wire.rate is not None
    assert 0 < wire.rate <= KERNEL / 0.4
