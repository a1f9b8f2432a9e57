"""What a call asks of its driver. A call is a generator: it yields steps and gets their outcome; it does no I/O.

A driver carries out each step, sends its outcome into the generator, and throws in what went wrong.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from qpi_client.deadline import Deadline
    from qpi_client.session import Session
    from qpi_client.subscriptions import Subscription

T = TypeVar("T")
Trust = Literal["usual", "anyone"]


@dataclass(slots=True)
class Request:
    """One HTTP request; the outcome is a `Reply`.

    `path` is quoted already. `files` go along with `json`, by field: name, content, type. `repeat`: doing it twice is
    the same as doing it once. `changes`: something on the server becomes different, which a read-only client refuses.
    `signed`: the credentials go with it. `deadline` is a `time.monotonic()` moment. `session`: "needed" where an
    anonymous caller would get a misleading answer. `tries`: how often it was sent. `session_of`: the session that signs
    it, where that is not the client's.
    """

    method: str
    path: str
    query: Mapping[str, Any] | None = None
    json: Any = field(default=None, repr=False)
    files: Mapping[str, tuple[str, bytes, str]] | None = field(default=None, repr=False)
    repeat: bool = True
    changes: bool = True
    signed: bool = True
    session: Literal["needed", "used", "none"] = "used"
    deadline: float | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    trust: Trust = "usual"
    tries: int = 0
    session_of: Session | None = field(default=None, repr=False)


@dataclass(slots=True)
class Reply:
    """An answer, whatever its status. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Pause:
    """Wait for so many seconds."""

    seconds: float


@dataclass(slots=True)
class Exclusive:
    """Run this call while no other `Exclusive` of this client runs; the outcome is the call's.

    It runs to its end even if who asked for it is cancelled. `deadline`: until when to wait for the others.
    """

    call: Call[Any]
    deadline: float | None = None


@dataclass(slots=True)
class Unbounded:
    """The call lasts as long as it takes from here on; each of its requests has the total time for itself."""


@dataclass(slots=True)
class TrustOnly:
    """From now on trust servers with this root certificate (PEM), and no other."""

    pem: str


@dataclass(slots=True)
class OpenStream:
    """Send a request and keep the answer's body open; the outcome is a `Reply` with the headers and no body.

    It has a connection besides those for calls. One stream is open in a call at a time: a second one closes the first,
    and so does the end of the call. The deadline may be moved while the stream is read.
    """

    request: Request
    deadline: Deadline


@dataclass(slots=True)
class ReadStream:
    """The next piece of the open stream; empty at its end."""


@dataclass(slots=True)
class Subscribe:
    """Listen to the client's event stream, which is opened for the first who does; the outcome is a `Subscription`.

    Without topics nothing is opened. With `own`, a stream is opened for this subscription alone.
    """

    topics: tuple[str, ...]
    own: bool = False


@dataclass(slots=True)
class Await:
    """Wait until something happens to a subscription, or until a `time.monotonic()` moment."""

    subscription: Subscription
    until: float | None = None


@dataclass(slots=True)
class Emit:
    """Hand these items to who iterates."""

    items: list[Any]


Step: TypeAlias = (
    Request | Pause | Exclusive | Unbounded | TrustOnly | OpenStream | ReadStream | Subscribe | Await | Emit
)
Call: TypeAlias = Generator[Step, Any, T]
# Calls that emit: what they return is an empty list, whose type says what the items are.
Emitting: TypeAlias = Generator[Step, Any, list[T]]
