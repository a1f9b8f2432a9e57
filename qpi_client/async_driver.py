"""Run calls step by step, for the asynchronous client."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from qpi_client.core import Core
from qpi_client.driver import _alive
from qpi_client.errors import ClientClosed, QPIError, TimedOut, WrongEventLoop
from qpi_client.steps import (
    Await,
    Call,
    Emit,
    Exclusive,
    OpenStream,
    Pause,
    ReadStream,
    Reply,
    Request,
    Step,
    Subscribe,
    T,
    TrustOnly,
    Unbounded,
)
from qpi_client.subscriptions import STREAMS, Hub

if TYPE_CHECKING:
    from qpi_client.async_connections import AsyncAnswer, AsyncConnections


class AsyncChannel:
    """State that a client's calls share in one event loop: connections, locks, the event stream."""

    def __init__(self, client: AsyncDriver, loop: asyncio.AbstractEventLoop) -> None:
        self.client = weakref.ref(client)
        self.loop = loop
        self.alone = asyncio.Lock()
        self.closing = asyncio.Event()
        self.hub = Hub(asyncio.Event, self._read_events)
        self._own: weakref.WeakSet[Hub] = weakref.WeakSet()
        self.tasks: set[asyncio.Task[Any]] = set()
        self._calls: AsyncConnections | None = None
        self._streams: AsyncConnections | None = None

    def connections(self, *, stream: bool = False) -> AsyncConnections:
        """Return the connections for calls, or those for the event stream; opened on first use."""
        made = self._streams if stream else self._calls
        if made is None:
            client = self.client()
            if client is None or self.closing.is_set():
                raise ClientClosed("This client was closed: open another one.")
            if stream:
                made = self._streams = client._connect(STREAMS)
            else:
                made = self._calls = client._connect(client._settings.limits.connections)
        return made

    async def trust(self, pem: str) -> None:
        """Trust only servers with this root certificate from now on."""
        for connections in (self._calls, self._streams):
            if connections is not None:
                await connections.trust(pem)

    async def close(self, error: QPIError) -> None:
        """Close everything; waiting calls raise."""
        self.closing.set()
        for hub in (self.hub, *self._own):
            hub.close(error)
        for connections in (self._calls, self._streams):
            if connections is not None:
                await connections.close()
        tasks = [task for task in self.tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)

    def abandon(self) -> None:
        """End the connections of an event loop that has ended."""
        for connections in (self._calls, self._streams):
            if connections is not None:
                connections.abandon()

    def start(self, work: Any) -> asyncio.Task[Any]:
        """Run a coroutine in a task, and keep a reference until it ends."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def hub_for(self, step: Subscribe) -> Hub:
        """Return the hub of the client's stream, or one for a private stream."""
        if not step.own:
            return self.hub
        hub = Hub(asyncio.Event, self._read_events, linger=0.0)
        self._own.add(hub)
        return hub

    def _read_events(self, hub: Hub) -> None:
        client = self.client()
        if client is not None:
            self.start(client._read_events(hub))


class _Run:
    """A call in progress: its deadline, and its open stream, if any."""

    def __init__(self, client: AsyncDriver, channel: AsyncChannel, until: float | None) -> None:
        self.client = client
        self.channel = channel
        self.until = until
        # The last request, for error messages.
        self.asked: Request | None = None
        self._stream: AsyncAnswer | None = None

    async def do(self, step: Step) -> Any:
        """Run one step."""
        client = self.client
        if isinstance(step, Request):
            self.asked = step
            return await client._exchange(self.channel, step, self.until)
        if isinstance(step, Pause):
            await self._sleep(step.seconds)
        elif isinstance(step, Exclusive):
            return await self._alone(step)
        elif isinstance(step, Unbounded):
            self.until = None
        elif isinstance(step, Subscribe):
            return self.channel.hub_for(step).join(step.topics)
        elif isinstance(step, Await):
            await _wait(step.subscription.event, None if step.until is None else step.until - time.monotonic())
            step.subscription.event.clear()
        elif isinstance(step, ReadStream):
            return b"" if self._stream is None else await self._stream.read()
        elif isinstance(step, OpenStream):
            await self.close()
            self.asked = step.request
            self._stream = await client._open(self.channel, step)
            return Reply(self._stream.status, self._stream.headers, b"")
        elif isinstance(step, TrustOnly):
            await client._trust(step.pem)
        else:
            raise TypeError(f"A call that emits must be iterated: {step!r}")
        return None

    async def _sleep(self, seconds: float) -> None:
        if await _wait(self.channel.closing, seconds):
            raise ClientClosed("This client was closed while it was waiting.")

    async def _alone(self, step: Exclusive) -> Any:
        """Run a call in a task of its own, so that cancelling the caller does not interrupt it."""
        moments = [moment for moment in (step.deadline, self.until) if moment is not None]
        until = min(moments, default=None)
        task = self.channel.start(self._locked(step, until))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if task.cancelled() and self.channel.closing.is_set() and not (caller and caller.cancelling()):
                raise ClientClosed("This client was closed while it was waiting for an answer.") from None
            raise

    async def _locked(self, step: Exclusive, until: float | None) -> Any:
        lock = self.channel.alone
        try:
            async with asyncio.timeout(None if until is None else max(0.0, until - time.monotonic())):
                await lock.acquire()
        except TimeoutError:
            step.call.close()
            raise TimedOut("Timed out while another call of this client renewed the session.") from None
        try:
            return await self.client._run(step.call, until)
        finally:
            lock.release()

    async def close(self) -> None:
        """End the open stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()


class AsyncDriver(Core):
    """Runs calls with awaited results. Each event loop has connections of its own."""

    # Hook that may answer a request until a deadline, in place of a connection; None: it does not. For programs that
    # send their first requests while the client is still being imported.
    early: Callable[..., Awaitable[Reply | None]] | None = None

    def _prepare(self) -> None:
        self._channels: dict[asyncio.AbstractEventLoop, AsyncChannel] = {}
        _alive.add(self)

    def _forked(self) -> None:
        """Discard everything that belongs to the parent process without closing it."""
        super()._forked()
        self._channels = {}

    @property
    def _channel(self) -> AsyncChannel:
        """Return the state of the running event loop."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise WrongEventLoop(
                "AsyncQPIClient runs on asyncio only, and no asyncio event loop is running here. "
                "In a program built on trio, use QPIClient in a thread."
            ) from None
        channel = self._channels.get(loop)
        if channel is None:
            self._ensure_open()
            with self._guard:
                for other in [one for one in self._channels if one.is_closed()]:
                    self._channels.pop(other).abandon()
                channel = self._channels[loop] = AsyncChannel(self, loop)
        return channel

    async def _shut(self) -> None:
        """Close everything, in every event loop in which the client was used."""
        with self._guard:
            channels, self._channels = list(self._channels.values()), {}
        here = asyncio.get_running_loop()
        error = ClientClosed("This client was closed while it was waiting for an answer.")
        for channel in channels:
            if channel.loop is here:
                await channel.close(error)
            elif channel.loop.is_closed():
                channel.abandon()
            else:
                closing = channel.close(error)
                try:
                    asyncio.run_coroutine_threadsafe(closing, channel.loop)
                except RuntimeError:
                    closing.close()

    async def _run(self, call: Call[T], until: float | None = None) -> T:
        """Run a call until a `time.monotonic()` deadline at most, or for the total timeout of the settings."""
        run = _Run(self, self._channel, time.monotonic() + self._settings.timeouts.total if until is None else until)
        try:
            step = next(call)
            while True:
                try:
                    outcome = await run.do(step)
                except QPIError as error:
                    step = call.throw(error)
                else:
                    step = call.send(outcome)
        except StopIteration as done:
            result: T = done.value
            return result
        except QPIError as error:
            self._about(error, run.asked)
            raise
        finally:
            call.close()
            await run.close()

    async def _items(self, call: Call[list[T]]) -> AsyncGenerator[T, None]:
        """Run a call and yield what it emits. Each page has the total timeout for itself."""
        total = self._settings.timeouts.total
        run = _Run(self, self._channel, time.monotonic() + total)
        try:
            step = next(call)
            while True:
                if isinstance(step, Emit):
                    for item in step.items:
                        yield item
                    if run.until is not None:
                        run.until = time.monotonic() + total
                    step = call.send(None)
                    continue
                try:
                    outcome = await run.do(step)
                except QPIError as error:
                    step = call.throw(error)
                else:
                    step = call.send(outcome)
        except StopIteration:
            return
        except QPIError as error:
            self._about(error, run.asked)
            raise
        finally:
            call.close()
            await run.close()

    async def _exchange(self, channel: AsyncChannel, request: Request, until: float | None) -> Reply:
        from qpi_client import wire

        sent = wire.outgoing(request)
        deadline = wire.deadline_for(self._settings, request, until)
        request.deadline = deadline.at
        wire.notify_request(self._settings, sent)
        began = time.monotonic()
        if self.early is not None and request.trust == "usual" and (reply := await self.early(sent, deadline)):
            wire.notify_response(self._settings, sent, reply.status, reply.headers, began)
            return reply
        connections = self._connect(1, anyone=True) if request.trust == "anyone" else channel.connections()
        try:
            reply = await connections.exchange(sent, deadline)
        finally:
            if request.trust == "anyone" and self._transport is None:
                await connections.close()
        wire.notify_response(self._settings, sent, reply.status, reply.headers, began)
        return reply

    async def _open(self, channel: AsyncChannel, step: OpenStream) -> AsyncAnswer:
        from qpi_client import wire

        sent = wire.outgoing(step.request)
        wire.notify_request(self._settings, sent)
        return await channel.connections(stream=True).open(sent, step.deadline)

    def _connect(self, size: int, *, anyone: bool = False) -> AsyncConnections:
        from qpi_client.async_connections import AsyncConnections
        from qpi_client.http import httpx

        given = self._transport
        if given is not None and not isinstance(given, httpx.AsyncBaseTransport):
            raise TypeError("The transport of an awaited client is an httpx.AsyncBaseTransport.")
        return AsyncConnections(self._settings, self._pem, given, size=size, anyone=anyone)

    async def _trust(self, pem: str) -> None:
        self._pem = pem
        await self._channel.trust(pem)

    async def _read_events(self, hub: Hub) -> None:
        """Read the event stream in a task of its own."""
        from qpi_client.calls.streaming import run_stream

        await self._run(run_stream(self._context, hub, self._settings.limits.event))


async def _wait(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait for an event for this many seconds at most. Return whether it was set."""
    if event.is_set() or (seconds is not None and seconds <= 0):
        await asyncio.sleep(0)
        return event.is_set()
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
