"""What goes wrong inside a program though nobody sees it: warnings, and what no one caught."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager


class Log(logging.Handler):
    """Everything that a log would hold."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.lines.append(self.format(record))

    def taken(self) -> list[str]:
        """What came since the last time."""
        lines, self.lines = self.lines, []
        return lines


@contextmanager
def logged() -> Iterator[Log]:
    """Warnings and worse, and what nobody caught."""
    log, root = Log(), logging.getLogger()
    loop = asyncio.get_running_loop()
    root.addHandler(log)
    loop.set_exception_handler(lambda _, said: log.lines.append(f"{said.get('message')}: {said.get('exception')!r}"))
    try:
        yield log
    finally:
        root.removeHandler(log)
        loop.set_exception_handler(None)
