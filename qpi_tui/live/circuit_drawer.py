"""Request drawings from the drawing process (`qpi_tui.plots.circuit_drawing`): the console never imports Qiskit.

The process starts with the first circuit, is kept for the next ones, and ends when it is idle or takes too long.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from collections.abc import Mapping

SECONDS = 25.0
"""Time limit of the process for one circuit."""
_IDLE = 120.0
_KEPT = 64
_LINE = 16 << 20  # Maximum bytes of an answer.
# What the process needs to find its interpreter's packages; no address, password or token.
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT", "TMPDIR")


def environment() -> dict[str, str]:
    """Return the environment of the drawing process."""
    return {name: os.environ[name] for name in _PASSED if name in os.environ}


class CannotDraw(Exception):
    """The circuit cannot be drawn; the message states why."""


class CircuitDrawer:
    """Draws OpenQASM as text, one circuit at a time. Drawings are cached."""

    def __init__(self) -> None:
        self._process: Process | None = None
        # Killed, but not reaped yet.
        self._ending: list[Process] = []
        self._turn = asyncio.Lock()
        self._known: OrderedDict[tuple[str, int], str | CannotDraw] = OrderedDict()
        self._idle: asyncio.TimerHandle | None = None

    async def draw(self, qasm: str, width: int) -> str:
        """Return the circuit in lines of at most `width` columns; raise `CannotDraw`."""
        key = (qasm, width)
        if key not in self._known:
            async with self._turn:
                if key not in self._known:
                    self._remember(key, await self._draw(qasm, width))
        found = self._known[key]
        if isinstance(found, CannotDraw):
            raise found
        return found

    def _remember(self, key: tuple[str, int], found: str | CannotDraw) -> None:
        self._known[key] = found
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    async def _draw(self, qasm: str, width: int) -> str | CannotDraw:
        try:
            answer = await self._ask({"qasm": qasm, "width": width})
        except CannotDraw as error:
            return error
        if isinstance(answer.get("drawn"), str):
            return str(answer["drawn"])
        return CannotDraw(str(answer.get("error", "?")))

    async def ask(self, question: Mapping[str, object]) -> dict[str, object]:
        """Return the process's answer to any question; raise `CannotDraw`."""
        async with self._turn:
            return await self._ask(question)

    async def _ask(self, question: Mapping[str, object]) -> dict[str, object]:
        try:
            process = await self._running()
            into, out = process.stdin, process.stdout
            if into is None or out is None:
                raise OSError("the drawing process has no pipes")
            async with asyncio.timeout(SECONDS):
                into.write(f"{json.dumps(question)}\n".encode())
                await into.drain()
                line = await out.readline()
            answer = json.loads(line)
        except TimeoutError:
            self.stop()
            raise CannotDraw(f"it took longer than {SECONDS:.0f} s") from None
        except (OSError, ValueError) as error:
            self.stop()
            said = "the drawing process ended" if isinstance(error, ValueError) else str(error)
            raise CannotDraw(said) from error
        except asyncio.CancelledError:
            # Its answer would be taken for that of the next question.
            self.stop()
            raise
        self._rest()
        if not isinstance(answer, dict):
            raise CannotDraw("no answer")
        return answer

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "qpi_tui.plots.circuit_drawing",
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                limit=_LINE,
                env=environment(),
                start_new_session=True,  # Ctrl+C in the terminal is for the console.
            )
        return self._process

    def _rest(self) -> None:
        """End the process after idle time."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(_IDLE, self.stop)

    def stop(self) -> None:
        """End the process."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            self._ending = [other for other in self._ending if other.returncode is None] + [process]

    async def close(self) -> None:
        """End and reap the process before the event loop ends."""
        self.stop()
        for process in self._ending:
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(1):
                    if process.stdin is not None:
                        process.stdin.close()
                    await process.communicate()
