"""Deadlines that hold inside the HTTP library, where a timeout is otherwise counted anew for every piece."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from qpi_client.transport import Timeouts


class Abortable(Protocol):
    """A network stream that can be ended from elsewhere."""

    def abort(self) -> None:
        """End the stream; whoever reads from it wakes up."""


class Deadline:
    """The `time.monotonic()` moment at which an exchange ends, whatever comes.

    `patient`: silence is no failure before the deadline, as on an event stream. The deadline may be moved while a
    patient stream is being read.
    """

    __slots__ = ("aborted", "at", "first", "patient", "stream")

    def __init__(self, at: float, *, patient: bool = False) -> None:
        self.at = at
        self.patient = patient
        self.aborted = False
        # The first bytes that came, which tell HTTP from something else.
        self.first = b""
        self.stream: Abortable | None = None

    def left(self) -> float:
        """Return the seconds that are left; 0 or less once it is over."""
        return self.at - time.monotonic()

    def over(self) -> bool:
        """Return whether the moment has come."""
        return time.monotonic() >= self.at

    def abort(self) -> None:
        """End the exchange now: what is being read or written fails at once."""
        self.aborted = True
        self.at = 0.0
        if self.stream is not None:
            self.stream.abort()

    def timeouts(self, timeouts: Timeouts) -> dict[str, float]:
        """Return the timeouts of a request as httpcore takes them; its network streams look at the deadline in each."""
        return {
            "connect": Within.of(timeouts.connect, self),
            "read": Within.of(timeouts.read, self),
            "write": Within.of(timeouts.write, self),
        }


class Within(float):
    """A timeout that knows the deadline of the whole exchange. To httpcore it is a number like any other."""

    deadline: Deadline

    @classmethod
    def of(cls, seconds: float, deadline: Deadline) -> Within:
        """Return a timeout of so many seconds, or what is left until the deadline."""
        made = cls(seconds)
        made.deadline = deadline
        return made


def seconds_left(timeout: float | None) -> float | None:
    """Return what of a timeout is allowed now; 0 where the deadline is over."""
    if not isinstance(timeout, Within):
        return timeout
    return max(0.0, min(float(timeout), timeout.deadline.left()))
