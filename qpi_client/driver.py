"""Run calls step by step, for the blocking client."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from qpi_client.core import Core
from qpi_client.errors import ClientClosed, QPIError, TimedOut
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
    from qpi_client.connections import Answer, Connections


class Channel:
    """State that a client's calls share in one process: connections, locks, the event stream."""

    def __init__(self, client: Driver) -> None:
        self.client = weakref.ref(client)
        self.alone = threading.RLock()
        self.closing = threading.Event()
        self.hub = Hub(threading.Event, self._read_events)
        self._own: weakref.WeakSet[Hub] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._calls: Connections | None = None
        self._streams: Connections | None = None

    def connections(self, *, stream: bool = False) -> Connections:
        """Return the connections for calls, or those for the event stream; opened on first use."""
        made = self._streams if stream else self._calls
        if made is None:
            with self._guard:
                client = self.client()
                if client is None or self.closing.is_set():
                    raise ClientClosed("This client was closed: open another one.")
                if stream:
                    made = self._streams = self._streams or client._connect(STREAMS)
                else:
                    made = self._calls = self._calls or client._connect(client._settings.limits.connections)
        return made

    def trust(self, pem: str) -> None:
        """Trust only servers with this root certificate from now on."""
        for connections in (self._calls, self._streams):
            if connections is not None:
                connections.trust(pem)

    def close(self, error: QPIError) -> None:
        """Close everything; waiting calls raise."""
        with self._guard:
            self.closing.set()
        for hub in (self.hub, *self._own):
            hub.close(error)
        for connections in (self._calls, self._streams):
            if connections is not None:
                connections.close()

    def hub_for(self, step: Subscribe) -> Hub:
        """Return the hub of the client's stream, or one for a private stream."""
        if not step.own:
            return self.hub
        hub = Hub(threading.Event, self._read_events, linger=0.0)
        self._own.add(hub)
        return hub

    def _read_events(self, hub: Hub) -> None:
        threading.Thread(target=self._read, args=(hub,), name="qpi-client events", daemon=True).start()

    def _read(self, hub: Hub) -> None:
        client = self.client()
        if client is not None:
            client._read_events(hub)


class _Run:
    """A call in progress: its deadline, and its open stream, if any."""

    def __init__(self, client: Driver, until: float | None) -> None:
        self.client = client
        self.until = until
        # The last request, for error messages.
        self.asked: Request | None = None
        self._stream: Answer | None = None

    def do(self, step: Step) -> Any:
        """Run one step."""
        client = self.client
        if isinstance(step, Request):
            self.asked = step
            return client._exchange(step, self.until)
        if isinstance(step, Pause):
            client._sleep(step.seconds)
        elif isinstance(step, Exclusive):
            return self._alone(step)
        elif isinstance(step, Unbounded):
            self.until = None
        elif isinstance(step, Subscribe):
            return client._channel.hub_for(step).join(step.topics)
        elif isinstance(step, Await):
            event = step.subscription.event
            event.wait(None if step.until is None else max(0.0, step.until - time.monotonic()))
            event.clear()
        elif isinstance(step, ReadStream):
            return b"" if self._stream is None else self._stream.read()
        elif isinstance(step, OpenStream):
            self.close()
            self.asked = step.request
            self._stream = client._open(step)
            return Reply(self._stream.status, self._stream.headers, b"")
        elif isinstance(step, TrustOnly):
            client._trust(step.pem)
        else:
            raise TypeError(f"A call that emits must be iterated: {step!r}")
        return None

    def _alone(self, step: Exclusive) -> Any:
        moments = [moment for moment in (step.deadline, self.until) if moment is not None]
        left = min(moments) - time.monotonic() if moments else -1.0
        lock = self.client._channel.alone
        if not lock.acquire(timeout=min(max(0.0, left), threading.TIMEOUT_MAX) if moments else -1):
            step.call.close()
            raise TimedOut("Timed out while another call of this client renewed the session.")
        try:
            return self.client._run(step.call, min(moments, default=None))
        finally:
            lock.release()

    def close(self) -> None:
        """End the open stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


class Driver(Core):
    """Runs calls and waits for their results. A forked process gets fresh state."""

    def _prepare(self) -> None:
        self._channel = Channel(self)
        _alive.add(self)

    def _forked(self) -> None:
        """Discard everything that belongs to the parent process without closing it."""
        super()._forked()
        self._channel = Channel(self)

    def _run(self, call: Call[T], until: float | None = None) -> T:
        """Run a call until a `time.monotonic()` deadline at most, or for the total timeout of the settings."""
        run = _Run(self, time.monotonic() + self._settings.timeouts.total if until is None else until)
        try:
            step = next(call)
            while True:
                try:
                    outcome = run.do(step)
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
            run.close()

    def _items(self, call: Call[list[T]]) -> Generator[T, None, None]:
        """Run a call and yield what it emits. Each page has the total timeout for itself."""
        total = self._settings.timeouts.total
        run = _Run(self, time.monotonic() + total)
        try:
            step = next(call)
            while True:
                if isinstance(step, Emit):
                    yield from step.items
                    if run.until is not None:
                        run.until = time.monotonic() + total
                    step = call.send(None)
                    continue
                try:
                    outcome = run.do(step)
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
            run.close()

    def _exchange(self, request: Request, until: float | None) -> Reply:
        from qpi_client import wire

        sent = wire.outgoing(request)
        deadline = wire.deadline_for(self._settings, request, until)
        request.deadline = deadline.at
        wire.notify_request(self._settings, sent)
        began = time.monotonic()
        connections = self._connect(1, anyone=True) if request.trust == "anyone" else self._channel.connections()
        try:
            reply = connections.exchange(sent, deadline)
        finally:
            if request.trust == "anyone" and self._transport is None:
                connections.close()
        wire.notify_response(self._settings, sent, reply.status, reply.headers, began)
        return reply

    def _open(self, step: OpenStream) -> Answer:
        from qpi_client import wire

        sent = wire.outgoing(step.request)
        wire.notify_request(self._settings, sent)
        return self._channel.connections(stream=True).open(sent, step.deadline)

    def _connect(self, size: int, *, anyone: bool = False) -> Connections:
        from qpi_client.connections import Connections
        from qpi_client.http import httpx

        given = self._transport
        if given is not None and not isinstance(given, httpx.BaseTransport):
            raise TypeError("The transport of a blocking client is an httpx.BaseTransport.")
        return Connections(self._settings, self._pem, given, size=size, anyone=anyone)

    def _trust(self, pem: str) -> None:
        self._pem = pem
        self._channel.trust(pem)

    def _sleep(self, seconds: float) -> None:
        if self._channel.closing.wait(seconds):
            raise ClientClosed("This client was closed while it was waiting.")

    def _read_events(self, hub: Hub) -> None:
        """Read the event stream in a thread of its own."""
        from qpi_client.calls.streaming import run_stream

        self._run(run_stream(self._context, hub, self._settings.limits.event))


# Clients in this process.
_alive: weakref.WeakSet[Core] = weakref.WeakSet()


def _after_fork() -> None:
    for client in list(_alive):
        client._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
