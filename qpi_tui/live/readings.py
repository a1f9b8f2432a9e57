"""Read a text while it is typed: one reading at a time, of the newest text, without delaying the typing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from qpi_tui.domain.circuit_check import Question, Reading, unread
from qpi_tui.live.circuit_drawer import CircuitDrawer
from qpi_tui.live.circuit_reader import read_circuit

_log = logging.getLogger(__name__)

STILL = 0.15
"""Seconds without a change after which a text is read."""


class Readings:
    """Reads the newest question, and calls `changed` when it is answered."""

    def __init__(
        self, drawer: Callable[[], CircuitDrawer], changed: Callable[[], object], *, still: float = STILL
    ) -> None:
        self._drawer = drawer
        self._changed = changed
        self._still = still
        self._wanted: Question | None = None
        self._answered: tuple[Question, Reading] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def last(self) -> Reading | None:
        """The newest answer, to any question."""
        return self._answered[1] if self._answered is not None else None

    def of(self, question: Question) -> Reading | None:
        """Return the reading; None while it is in progress, which this starts."""
        if self._answered is not None and self._answered[0] == question:
            return self._answered[1]
        self._wanted = question
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read())
        return None

    async def wait_for(self, question: Question) -> Reading:
        """Return the reading once it is available."""
        while (reading := self.of(question)) is None:
            if self._task is not None:
                await asyncio.wait([self._task])
        return reading

    def stop(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()

    async def _read(self) -> None:
        while self._wanted is not None and (self._answered is None or self._answered[0] != self._wanted):
            question = self._wanted
            await asyncio.sleep(self._still)
            if question != self._wanted:
                continue
            try:
                reading = await read_circuit(self._drawer(), question)
            except Exception as error:
                _log.debug("a circuit could not be read", exc_info=True)
                reading = unread(question, str(error) or type(error).__name__)
            self._answered = (question, reading)
        self._changed()
