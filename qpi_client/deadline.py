"""Deadlines for whole exchanges. The HTTP library's timeouts start anew for every chunk."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from qpi_client.transport import Timeouts


class Abortable(Protocol):
    """A network stream that another thread or task can abort."""

    def abort(self) -> None:
        """Abort the stream and wake up the reader."""


class Deadline:
    """The `time.monotonic()` time at which an exchange ends in any case.

    `patient`: silence before the deadline is not an error. `endless`: the answer arrives in parts for as long as it is
    read, as on an event stream: silence is no error either, limits of size apply to each part, and the deadline may be
    moved meanwhile.
    """

    __slots__ = ("aborted", "at", "endless", "first", "patient", "stream")

    def __init__(self, at: float, *, patient: bool = False, endless: bool = False) -> None:
        self.at = at
        self.patient = patient or endless
        self.endless = endless
        self.aborted = False
        # The first bytes of the answer, to tell HTTP from other protocols.
        self.first = b""
        self.stream: Abortable | None = None

    def left(self) -> float:
        """Return the remaining seconds; 0 or less after the deadline."""
        return self.at - time.monotonic()

    def over(self) -> bool:
        """Return whether the deadline has passed."""
        return time.monotonic() >= self.at

    def abort(self) -> None:
        """Abort the exchange: a read or write in progress fails immediately."""
        self.aborted = True
        self.at = 0.0
        if self.stream is not None:
            self.stream.abort()

    def timeouts(self, timeouts: Timeouts) -> dict[str, float]:
        """Return a request's timeouts for httpcore, each of which respects the deadline."""
        # Streams apply `patient` themselves. A given transport, which cannot, reopens an event stream now and then.
        read = math.inf if self.patient and not self.endless else timeouts.read
        return {
            "connect": Within.of(timeouts.connect, self),
            "read": Within.of(read, self),
            "write": Within.of(timeouts.write, self),
        }


class Within(float):
    """A timeout that respects the deadline of the whole exchange. httpcore treats it as a number."""

    deadline: Deadline

    @classmethod
    def of(cls, seconds: float, deadline: Deadline) -> Within:
        """Return a timeout of this many seconds, or the time until the deadline if that is shorter."""
        made = cls(seconds)
        made.deadline = deadline
        return made


def seconds_left(timeout: float | None) -> float | None:
    """Return the time that a timeout allows now; 0 after the deadline."""
    if not isinstance(timeout, Within):
        return timeout
    return max(0.0, min(float(timeout), timeout.deadline.left()))
