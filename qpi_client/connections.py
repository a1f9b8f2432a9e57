"""Connection pool of a blocking client. Each connection is used by one exchange at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qpi_client import wire
from qpi_client.body import Body
from qpi_client.errors import ConnectionsBusy, QPIError, TimedOut
from qpi_client.failures import busy, overdue
from qpi_client.pool import Pool, closed_meanwhile
from qpi_client.semaphores import Gate
from qpi_client.steps import Reply

if TYPE_CHECKING:
    from qpi_client.deadline import Deadline
    from qpi_client.transport import Settings
    from qpi_client.wire import Outgoing


class Connections(Pool):
    """Sends requests, each on a connection of its own. Connections are reused.

    Args:
        settings: Settings of the client.
        pem: The only root certificate to trust, or None for the default ones.
        given: httpx transport to use in place of connections.
        size: Maximum number of concurrent exchanges.
        anyone: Accept any certificate. Only for fetching the root certificate.
    """

    def __init__(
        self, settings: Settings, pem: str | None, given: Any = None, *, size: int, anyone: bool = False
    ) -> None:
        super().__init__(settings, pem, given, anyone=anyone, awaited=False)
        self._gate = Gate(size)

    def exchange(self, sent: Outgoing, deadline: Deadline) -> Reply:
        """Send a request and return its whole answer."""
        with self.open(sent, deadline) as answer:
            return Reply(answer.status, answer.headers, answer.whole())

    def open(self, sent: Outgoing, deadline: Deadline) -> Answer:
        """Send a request and return its answer before its body is read. The caller has to close it."""
        self._enter(deadline)
        answer: Answer | None = None
        try:
            answer = self._begin(sent, deadline)
        finally:
            if answer is None:
                self._under_way.discard(deadline)
                self._gate.leave()
        return answer

    def _enter(self, deadline: Deadline) -> None:
        if not self._gate.enter(self._patience(deadline)):
            raise ConnectionsBusy(busy(self.settings))

    def _begin(self, sent: Outgoing, deadline: Deadline) -> Answer:
        self._under_way.add(deadline)
        if self._closed:
            raise closed_meanwhile()
        connection = None if self._given is not None else self._take()
        problem: QPIError
        try:
            limits = deadline.timeouts(self.settings.timeouts)
            if connection is None:
                found = self._given.handle_request(wire.httpx_request(self.settings, sent, limits))
                headers = {name.lower(): value for name, value in found.headers.items()}
                return Answer(self, found.status_code, headers, found.stream, sent, deadline)
            response = connection.handle_request(self._address.request(sent, limits))
            return Answer(
                self, response.status, wire.headers_of(response.headers), response.stream, sent, deadline, connection
            )
        except QPIError:
            self._drop(connection)
            raise
        except self.errors() as error:
            self._drop(connection)
            problem = self.failed(error, deadline)
        except BaseException:
            self._drop(connection)
            raise
        raise problem

    def _take(self) -> Any:
        """Return an idle connection, the most recently used first, or a new one."""
        while self._idle:
            with suppress(IndexError):
                connection = self._idle.pop()
                if not connection.has_expired():
                    return connection
                self._drop(connection)
        return self._new()

    def release(self, connection: Any, deadline: Deadline) -> None:
        """Take back the connection of a finished exchange."""
        self._under_way.discard(deadline)
        deadline.stream = None
        try:
            if connection is not None:
                self._keep(connection)
        finally:
            self._gate.leave()

    def _keep(self, connection: Any) -> None:
        """Keep a connection for the next exchange, and close the oldest one if it has expired."""
        if connection.is_idle() and not self._closed:
            self._idle.append(connection)
        else:
            self._drop(connection)
        # Other threads take idle connections at any moment, also between two looks at the list.
        with suppress(IndexError):
            if self._closed or (len(self._idle) > 1 and self._idle[0].has_expired()):
                self._drop(self._idle.pop(0))

    def _drop(self, connection: Any) -> None:
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def trust(self, pem: str) -> None:
        """Trust only servers with this root certificate from now on."""
        self._pem, self._make = pem, None
        while self._idle:
            with suppress(IndexError):
                self._drop(self._idle.pop())

    def close(self) -> None:
        """Close all connections. Requests in progress fail with `ClientClosed`."""
        self._closed = True
        for deadline in list(self._under_way):
            deadline.abort()
        self._gate.open()
        while self._idle:
            with suppress(IndexError):
                self._drop(self._idle.pop())


class Answer:
    """An answer whose body is read in chunks."""

    def __init__(
        self,
        connections: Connections,
        status: int,
        headers: Mapping[str, str],
        stream: Any,
        sent: Outgoing,
        deadline: Deadline,
        connection: Any = None,
    ) -> None:
        self.status = status
        self.headers = headers
        self._connections = connections
        self._settings = connections.settings
        self._stream = stream
        self._pieces: Iterator[bytes] = iter(stream)
        self._deadline = deadline
        self._connection = connection
        most = self._settings.limits.event if deadline.endless else self._settings.limits.answer
        self._body = Body(headers, most, sent.where, each=deadline.endless)
        self._open = True

    def read(self) -> bytes:
        """Return the next decoded chunk of the body; empty at its end."""
        problem: QPIError
        try:
            for piece in self._pieces:
                if self._deadline.over():
                    raise TimedOut(overdue(self._settings))
                if data := self._body.feed(piece):
                    return data
            self._body.finish()
            return b""
        except QPIError:
            raise
        except self._connections.errors() as error:
            problem = self._connections.failed(error, self._deadline)
        raise problem

    def whole(self) -> bytes:
        """Return the rest of the body."""
        pieces = []
        while piece := self.read():
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Return the connection to the pool."""
        if self._open:
            self._open = False
            try:
                with suppress(Exception):
                    self._stream.close()
            finally:
                self._connections.release(self._connection, self._deadline)

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
