"""The three streams of a command: closed, full, or read by somebody who has had enough."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # `--version` does not wait for `typing`
    from typing import Any


class ClosedOutput(OSError):
    """Something was to be written to a standard output that the caller closed."""


class _Closed(io.StringIO):
    """Replaces a standard output that is closed: writing to it is an error, as it is for any program."""

    def write(self, text: str, /) -> int:
        raise ClosedOutput(errno.EBADF, "it is closed")

    def isatty(self) -> bool:
        return False


def open_missing() -> None:
    """Put something in place of the streams that the caller closed.

    A closed descriptor would be taken by the next file or socket, which then gets what is printed.
    """
    if sys.stdin is not None and sys.stdout is not None and sys.stderr is not None:
        return
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free descriptor is this one.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  # for the rest of the program
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def flush() -> None:
    """Send what was printed; raises `OSError` where it cannot be."""
    sys.stdout.flush()


def give_up_output() -> None:
    """Write nothing more to standard output: what is left in its buffer would be an error at the end of the program."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def about_output(error: OSError) -> bool:
    """Whether an error is about standard output: no file has its name on it."""
    return isinstance(error, ClosedOutput) or (
        error.filename is None and error.errno in {errno.ENOSPC, errno.EBADF, errno.EIO, errno.EFBIG}
    )


def reader_gone() -> bool:
    """Whether whoever read standard output has gone: a pipe without a reader."""
    poll = getattr(select, "poll", None)
    if poll is None:
        return False
    try:
        watched: Any = poll()
        watched.register(sys.stdout.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in watched.poll(0))
    except (OSError, ValueError):
        return False


def sleep(seconds: float, step: float = 0.5) -> None:
    """Sleep; ends with a `BrokenPipeError` within `step` seconds once nobody reads standard output any more."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        stop_without_reader()
        time.sleep(min(left, step))


def stop_without_reader() -> None:
    """Raise `BrokenPipeError` where nobody reads standard output any more."""
    if reader_gone():
        raise BrokenPipeError(errno.EPIPE, "nobody reads standard output any more")
