"""The connections of an awaited client in one event loop.

Every exchange runs in a task of its own. The waiting task may be cancelled at any moment; the exchange then ends by
itself within 2 s and returns its connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qpi_client import wire
from qpi_client.async_semaphores import AsyncGate
from qpi_client.body import Body
from qpi_client.errors import ConnectionsBusy, QPIError, TimedOut
from qpi_client.failures import busy, overdue
from qpi_client.pool import Pool, closed_meanwhile
from qpi_client.steps import Reply

if TYPE_CHECKING:
    from qpi_client.deadline import Deadline
    from qpi_client.transport import Settings
    from qpi_client.wire import Outgoing

# Time in seconds that an exchange has left after its caller was cancelled.
_GRACE = 2.0


class AsyncConnections(Pool):
    """Sends requests, each on a connection of its own; the parameters are those of `Connections`."""

    def __init__(
        self, settings: Settings, pem: str | None, given: Any = None, *, size: int, anyone: bool = False
    ) -> None:
        super().__init__(settings, pem, given, anyone=anyone, awaited=True)
        self._gate = AsyncGate(size)
        self._tasks: set[asyncio.Task[Reply]] = set()

    async def exchange(self, sent: Outgoing, deadline: Deadline) -> Reply:
        """Send a request and return its whole answer."""
        await self._enter(deadline)
        task = asyncio.get_running_loop().create_task(self._exchange(sent, deadline))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if task.cancelled() and self._closed and not (caller and caller.cancelling()):
                raise closed_meanwhile() from None
            if not task.done():
                timer = asyncio.get_running_loop().call_later(_GRACE, deadline.abort)
                task.add_done_callback(lambda _: timer.cancel())
            raise

    async def _exchange(self, sent: Outgoing, deadline: Deadline) -> Reply:
        answer = await self._opened(sent, deadline)
        try:
            return Reply(answer.status, answer.headers, await answer.whole())
        finally:
            await answer.aclose()

    async def open(self, sent: Outgoing, deadline: Deadline) -> AsyncAnswer:
        """Send a request and return its answer before its body is read. The caller has to close it."""
        await self._enter(deadline)
        return await self._opened(sent, deadline)

    async def _enter(self, deadline: Deadline) -> None:
        if not await self._gate.enter(self._patience(deadline)):
            raise ConnectionsBusy(busy(self.settings))

    async def _opened(self, sent: Outgoing, deadline: Deadline) -> AsyncAnswer:
        answer: AsyncAnswer | None = None
        try:
            answer = await self._begin(sent, deadline)
        finally:
            if answer is None:
                self._under_way.discard(deadline)
                self._gate.leave()
        return answer

    async def _begin(self, sent: Outgoing, deadline: Deadline) -> AsyncAnswer:
        self._under_way.add(deadline)
        if self._closed:
            raise closed_meanwhile()
        connection = None if self._given is not None else await self._take()
        problem: QPIError
        try:
            limits = deadline.timeouts(self.settings.timeouts)
            if connection is None:
                found = await self._given.handle_async_request(wire.httpx_request(self.settings, sent, limits))
                headers = {name.lower(): value for name, value in found.headers.items()}
                return AsyncAnswer(self, found.status_code, headers, found.stream, sent, deadline)
            response = await connection.handle_async_request(self._address.request(sent, limits))
            return AsyncAnswer(
                self, response.status, wire.headers_of(response.headers), response.stream, sent, deadline, connection
            )
        except QPIError:
            await self._drop(connection)
            raise
        except self.errors() as error:
            await self._drop(connection)
            problem = self.failed(error, deadline)
        except BaseException:
            await self._drop(connection)
            raise
        raise problem

    async def _take(self) -> Any:
        """Return an idle connection, the most recently used first, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            await self._drop(connection)
        return self._new()

    async def release(self, connection: Any, deadline: Deadline) -> None:
        """Take back the connection of a finished exchange."""
        self._under_way.discard(deadline)
        deadline.stream = None
        self._gate.leave()
        if connection is not None:
            if connection.is_idle() and not self._closed:
                self._idle.append(connection)
                connection = None
                if len(self._idle) > 1 and self._idle[0].has_expired():
                    connection = self._idle.pop(0)
            await self._drop(connection)

    async def _drop(self, connection: Any) -> None:
        if connection is not None:
            with suppress(Exception):
                await connection.aclose()

    async def trust(self, pem: str) -> None:
        """Trust only servers with this root certificate from now on."""
        self._pem, self._make = pem, None
        await self._clear()

    def abandon(self) -> None:
        """End the connections of an event loop that has ended."""
        self._closed = True
        if self._backend is not None:
            self._backend.abandon()

    async def close(self) -> None:
        """Close all connections. Requests in progress fail with `ClientClosed`."""
        self._closed = True
        for deadline in list(self._under_way):
            deadline.abort()
        self._gate.open()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        await self._clear()

    async def _clear(self) -> None:
        while self._idle:
            await self._drop(self._idle.pop())


class AsyncAnswer:
    """An answer whose body is read in chunks."""

    def __init__(
        self,
        connections: AsyncConnections,
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
        self._pieces: AsyncIterator[bytes] = aiter(stream)
        self._deadline = deadline
        self._connection = connection
        most = self._settings.limits.event if deadline.endless else self._settings.limits.answer
        self._body = Body(headers, most, sent.where, each=deadline.endless)
        self._open = True

    async def read(self) -> bytes:
        """Return the next decoded chunk of the body; empty at its end."""
        problem: QPIError
        try:
            async for piece in self._pieces:
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

    async def whole(self) -> bytes:
        """Return the rest of the body."""
        pieces = []
        while piece := await self.read():
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def aclose(self) -> None:
        """Return the connection to the pool."""
        if self._open:
            self._open = False
            try:
                with suppress(Exception):
                    await self._pieces.aclose()  # type: ignore[attr-defined]  # where it is a generator
                with suppress(Exception):
                    await self._stream.aclose()
            finally:
                await self._connections.release(self._connection, self._deadline)
