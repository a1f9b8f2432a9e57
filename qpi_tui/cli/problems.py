"""Errors before, or outside, the console: a sentence and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

FAILED, USAGE, NO_CONNECTION, NOT_ALLOWED, NOT_FOUND, PARTLY, ANSWER_LOST = 1, 2, 3, 4, 5, 6, 7
JOB_FAILED, JOB_CANCELLED, TIMED_OUT, FAULT, INTERRUPTED = 10, 11, 12, 70, 130

CODES = {
    0: "done",
    FAILED: "the server refused, a file could not be read or written, or `doctor` found something severe",
    USAGE: "wrong usage, or a mistake in the configuration",
    NO_CONNECTION: "no connection to the server, or it is not a QPI server",
    NOT_ALLOWED: "not signed in, or not allowed",
    NOT_FOUND: "no such job, user, QPU …",
    PARTLY: "partly done: some of several failed",
    ANSWER_LOST: "the change was sent and its answer was lost; the next command checks it",
    JOB_FAILED: "the job failed",
    JOB_CANCELLED: "the job was cancelled",
    TIMED_OUT: "timed out (`--timeout`)",
    FAULT: "a defect of qpi-tui; the message names the report",
    INTERRUPTED: "interrupted with Ctrl+C, or not confirmed",
}
"""What each exit code means."""

REMEDIES_OF_CODES = {
    0: "nothing",
    FAILED: "read the sentence on standard error: it names what was refused and why",
    USAGE: "see `--help` of the command, or run `qpi-tui config check`",
    NO_CONNECTION: "check the address, the network and the certificate; `qpi-tui info` tries the connection alone",
    NOT_ALLOWED: "run `qpi-tui login`, or run `qpi-tui whoami` to see which account you use",
    NOT_FOUND: "check the name or id with the `list` command of the same group",
    PARTLY: "repeat the command with `--resume`, where it has that option: what was done is skipped",
    ANSWER_LOST: "run any command: it first checks whether the server made the change, and reports it",
    JOB_FAILED: "`qpi-tui jobs show ID` prints the error of the job",
    JOB_CANCELLED: "submit it again with `qpi-tui jobs again ID`",
    TIMED_OUT: "the job continues: `qpi-tui jobs watch ID` waits again",
    FAULT: "report it, with the file that the message names",
    INTERRUPTED: "`qpi-tui audit-log` lists what was done",
}
"""What to do about each exit code."""


class Problem(Exception):
    """A sentence for standard error, and the exit code."""

    def __init__(self, sentence: str, code: int = FAILED) -> None:
        super().__init__(sentence)
        self.code = code


@contextmanager
def as_usage(where: str = "") -> Iterator[None]:
    """Turn a `ValueError` for mistyped input into a usage error."""
    try:
        yield
    except ValueError as error:
        raise Problem(f"{where}{error}", USAGE) from None
