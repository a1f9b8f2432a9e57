"""The standard streams of a command: closed, full, or without a reader."""

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
    """Raised when something is written to a standard output that the caller closed."""


class _Closed(io.StringIO):
    """Replaces a closed standard output: writing to it is an error, as in any program."""

    def write(self, text: str, /) -> int:
        raise ClosedOutput(errno.EBADF, "it is closed")

    def isatty(self) -> bool:
        return False


def open_missing() -> None:
    """Replace the streams that the caller closed.

    Otherwise the next file or socket would get the closed descriptor, and the output with it.
    """
    if sys.stdin is not None and sys.stdout is not None and sys.stderr is not None:
        return
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # This takes the lowest free descriptor.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  # for the rest of the program
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def flush() -> None:
    """Flush the output; raise `OSError` if that fails."""
    sys.stdout.flush()


def give_up_output() -> None:
    """Discard the rest of standard output: flushing it at exit would be an error."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def about_output(error: OSError) -> bool:
    """Return whether an error concerns standard output: it has no file name."""
    return isinstance(error, ClosedOutput) or (
        error.filename is None and error.errno in {errno.ENOSPC, errno.EBADF, errno.EIO, errno.EFBIG}
    )


def reader_gone() -> bool:
    """Return whether the reader of standard output is gone: a pipe without a reader."""
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
    """Sleep; raise `BrokenPipeError` within `step` seconds after the reader of standard output is gone."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        stop_without_reader()
        time.sleep(min(left, step))


def stop_without_reader() -> None:
    """Raise `BrokenPipeError` if the reader of standard output is gone."""
    if reader_gone():
        raise BrokenPipeError(errno.EPIPE, "nobody reads standard output any more")
