"""The reading of a text that changes as it is typed: one at a time, the newest one, without holding up the typing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from qpi_tui.domain.circuit_check import Question, Reading, unread
from qpi_tui.live.circuit_drawer import CircuitDrawer
from qpi_tui.live.circuit_reader import read_circuit

_log = logging.getLogger(__name__)

STILL = 0.15
"""Seconds without another change after which a text is read."""


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
        """The newest answer, whatever it was asked for."""
        return self._answered[1] if self._answered is not None else None

    def of(self, question: Question) -> Reading | None:
        """The reading; None while it is under way, which this begins."""
        if self._answered is not None and self._answered[0] == question:
            return self._answered[1]
        self._wanted = question
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read())
        return None

    async def wait_for(self, question: Question) -> Reading:
        """The reading, once it is there."""
        while (reading := self.of(question)) is None:
            if self._task is not None:
                await asyncio.wait([self._task])
        return reading

    def stop(self) -> None:
        """Read nothing more."""
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
