"""What goes wrong before, or outside of, the console: a sentence and an exit code."""

from __future__ import annotations

FAILED, USAGE, NO_CONNECTION, NOT_ALLOWED, NOT_FOUND, PARTLY = 1, 2, 3, 4, 5, 6
JOB_FAILED, JOB_CANCELLED, TIMED_OUT, INTERRUPTED = 10, 11, 12, 130


class Problem(Exception):
    """A sentence for standard error, and the exit code."""

    def __init__(self, sentence: str, code: int = FAILED) -> None:
        super().__init__(sentence)
        self.code = code
