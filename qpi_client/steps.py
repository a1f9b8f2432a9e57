"""The steps that a call requests from its driver.

A call is a generator without I/O: it yields steps and receives their results. A driver runs each step, sends its
result into the generator, and throws errors into it.

Most are named tuples: a dataclass takes five times as long to make, which every program pays that imports the client.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from qpi_client.deadline import Deadline
    from qpi_client.session import Session
    from qpi_client.subscriptions import Subscription

T = TypeVar("T")
Trust = Literal["usual", "anyone"]


@dataclass(slots=True, eq=False)
class Request:
    """One HTTP request. The result is a `Reply`.

    `path` is already quoted. `files` are sent with `json`, by field: name, content, type. `repeat`: the request is
    idempotent. `changes`: it changes something, which a read-only client rejects. `signed`: it carries the credentials.
    `deadline` is a `time.monotonic()` time. `session`: "needed" if an anonymous caller would get a misleading answer.
    `tries`: number of attempts. `session_of`: the session that signs it, if not the client's. `measured`: its duration
    counts, so an answer that is there already does not. `patient`: the server may be silent for as long as it needs,
    until the call's deadline.
    """

    method: str
    path: str
    query: Mapping[str, Any] | None = field(default=None, repr=False)
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
    measured: bool = False
    patient: bool = False


@dataclass(slots=True, eq=False)
class Reply:
    """An answer with any status. Header names are lower-case. `age`: seconds since it arrived."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    age: float = 0.0


class Pause(NamedTuple):
    """Wait for this many seconds."""

    seconds: float


class Exclusive(NamedTuple):
    """Run a call while no other `Exclusive` of this client runs. The result is the call's.

    It runs to its end even if its caller is cancelled. `deadline`: how long to wait for the others.
    """

    call: Call[Any]
    deadline: float | None = None


class Unbounded:
    """Remove the call's time limit from here on; each of its requests has the total timeout for itself."""


class TrustOnly(NamedTuple):
    """From now on, trust only servers with this root certificate (PEM)."""

    pem: str


class OpenStream(NamedTuple):
    """Send a request and keep the answer's body open. The result is a `Reply` with the headers and no body.

    It uses a connection apart from those for calls. A call has at most one open stream: opening a second one closes the
    first, and so does the end of the call. The deadline may be moved while the stream is read.
    """

    request: Request
    deadline: Deadline


class ReadStream:
    """Read the next chunk of the open stream. The result is empty at its end."""


class Subscribe(NamedTuple):
    """Subscribe to the client's event stream, which is opened on demand. The result is a `Subscription`.

    Without topics, no stream is opened. With `own`, a separate stream is opened for this subscription.
    """

    topics: tuple[str, ...]
    own: bool = False


class Await(NamedTuple):
    """Wait until a subscription receives something, or until a `time.monotonic()` deadline."""

    subscription: Subscription
    until: float | None = None


class Emit(NamedTuple):
    """Yield these items to the caller that iterates."""

    items: list[Any]


Step: TypeAlias = (
    Request | Pause | Exclusive | Unbounded | TrustOnly | OpenStream | ReadStream | Subscribe | Await | Emit
)
Call: TypeAlias = Generator[Step, Any, T]
# Emitting calls return an empty list, whose type declares the type of the items.
Emitting: TypeAlias = Generator[Step, Any, list[T]]
