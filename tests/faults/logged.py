"""Internal errors that no user sees: warnings and uncaught exceptions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager


class Log(logging.Handler):
    """Collects everything that a log would contain."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Store a record."""
        self.lines.append(self.format(record))

    def taken(self) -> list[str]:
        """Return the records since the last call."""
        lines, self.lines = self.lines, []
        return lines


@contextmanager
def logged() -> Iterator[Log]:
    """Collect warnings, errors and uncaught exceptions."""
    log, root = Log(), logging.getLogger()
    loop = asyncio.get_running_loop()
    root.addHandler(log)
    loop.set_exception_handler(lambda _, said: log.lines.append(f"{said.get('message')}: {said.get('exception')!r}"))
    try:
        yield log
    finally:
        root.removeHandler(log)
        loop.set_exception_handler(None)
