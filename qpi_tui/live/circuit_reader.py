"""Read circuits with Qiskit in the drawing process: the console and its commands never import Qiskit.

`read_circuit` is for the console, through its `CircuitDrawer`. `read_circuits` is for commands: it waits, and its
process is kept for the next call.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from qpi_tui.domain.circuit_check import Question, Reading, decoded, unread, written
from qpi_tui.live.circuit_drawer import SECONDS, CannotDraw, CircuitDrawer, environment

_process: subprocess.Popen[str] | None = None


async def read_circuit(drawer: CircuitDrawer, question: Question) -> Reading:
    """Read a text in the drawing process."""
    (asked,) = written([question])
    try:
        return decoded(question, await drawer.ask(asked))
    except CannotDraw as error:
        return unread(question, str(error))


def read_circuits(questions: Sequence[Question]) -> list[Reading]:
    """Read texts one after another, blocking."""
    return [_read(question, asked) for question, asked in zip(questions, written(questions), strict=True)]


def _read(question: Question, asked: dict[str, object]) -> Reading:
    try:
        answer = _ask(asked)
    except (OSError, ValueError) as error:
        stop()
        return unread(question, "its reader ended" if isinstance(error, ValueError) else str(error))
    return decoded(question, answer)


def _ask(asked: dict[str, object]) -> dict[str, Any]:
    process = _running()
    into, out = process.stdin, process.stdout
    if into is None or out is None:
        raise OSError("its reader has no pipes")
    late = threading.Timer(SECONDS, process.kill)
    late.start()
    try:
        into.write(json.dumps(asked) + "\n")
        into.flush()
        answer = json.loads(out.readline())
    finally:
        late.cancel()
    if not isinstance(answer, dict):
        raise ValueError("no answer")
    return answer


def _running() -> subprocess.Popen[str]:
    global _process
    if _process is None or _process.poll() is not None:
        if _process is None:
            atexit.register(stop)
        _process = subprocess.Popen(
            [sys.executable, "-m", "qpi_tui.plots.circuit_drawing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=environment(),
            start_new_session=True,  # Ctrl+C in the terminal is for the command.
        )
    return _process


def stop() -> None:
    """End the process of `read_circuits`."""
    process = _process
    if process is None:
        return
    process.kill()
    with contextlib.suppress(OSError):
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
    process.wait()
