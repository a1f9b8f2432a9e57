"""Read the client's event stream on behalf of all subscriptions."""

from __future__ import annotations

import time

from qpi_client import realtime
from qpi_client.context import Context
from qpi_client.deadline import Deadline
from qpi_client.errors import (
    APIError,
    ClientClosed,
    ConnectFailed,
    ConnectionLost,
    NotQPIServer,
    ProtocolError,
    QPIError,
    RateLimited,
    ServerError,
    TimedOut,
)
from qpi_client.exchange import ensure_pinned, error_of, get, pause_before, prove_session, send
from qpi_client.realtime import EventParser
from qpi_client.steps import Call, OpenStream, Pause, ReadStream, Request, Unbounded
from qpi_client.subscriptions import Hub, Subscription

PATH = "/api/realtime"
# Timeout in seconds for the first event of a new stream.
FIRST_WORD = 30.0
# Timeout in seconds for setting the topics, and the pause before the next attempt.
_CONFIRMED, _QUIET = 10.0, 1.0
PASSING = (ConnectFailed, ConnectionLost, TimedOut, ProtocolError, RateLimited, ServerError)


def run_stream(ctx: Context, hub: Hub, largest: int) -> Call[None]:
    """Read the stream while anybody is subscribed; reopen it after each transient failure.

    Args:
        ctx: The client's context.
        hub: The subscriptions.
        largest: Maximum size of one event in bytes.
    """
    yield Unbounded()
    try:
        while hub.needed():
            error = yield from _failure(_one_stream(ctx, hub, largest))
            first = hub.failures == 0
            hub.lost()
            if not isinstance(error, PASSING):
                hub.fail(error)
            elif isinstance(error, NotQPIServer) and first:
                hub.fail(error, only_new=True)
            if hub.needed():
                yield Pause(pause_before(hub.failures))
    except ClientClosed as closed:
        hub.fail(closed)
    except BaseException:
        hub.broke()
        raise


def _failure(stream: Call[None]) -> Call[QPIError]:
    """Return why a stream ended."""
    try:
        yield from stream
    except QPIError as error:
        return error
    return ConnectionLost("The server's event stream ended.")


def _one_stream(ctx: Context, hub: Hub, largest: int) -> Call[None]:
    """Open the stream, subscribe, and dispatch events until it ends.

    With an expired session, the stream would deliver nothing without an error, so the session is checked first.
    """
    yield from ensure_pinned(ctx)
    who = ctx.who()
    if ctx.session is not None:
        yield from prove_session(ctx)
    parser = EventParser(largest)
    deadline = Deadline(time.monotonic() + FIRST_WORD, endless=True)
    client_id, others = yield from open_events(ctx, parser, deadline)
    hub.began(client_id, who, deadline)
    try:
        yield from _confirm(ctx, hub)
    finally:
        hub.confirmed()
    hub.failures = 0
    for name, data in others:
        hub.dispatch(name, data)
    while piece := (yield ReadStream()):
        hub.heard_something()
        for name, data in parser.feed(piece):
            hub.dispatch(name, data)


def open_events(ctx: Context, parser: EventParser, deadline: Deadline) -> Call[tuple[str, list[tuple[str, str]]]]:
    """Open an event stream. Return its client id and the events that arrived in the same chunk."""
    request = get(PATH, signed=False)
    request.headers = {**ctx.headers(False), "accept": "text/event-stream"}
    reply = yield OpenStream(request, deadline)
    if reply.status != 200:
        raise error_of(ctx, request, reply)
    if "text/event-stream" not in reply.headers.get("content-type", ""):
        raise NotQPIServer("No event stream answers at this address: a proxy may not let it through.")
    (_, first), *others = yield from _first_event(parser)
    return realtime.client_id(first), others


def _first_event(parser: EventParser) -> Call[list[tuple[str, str]]]:
    """Return the first event of a stream and those that arrived in the same chunk."""
    while piece := (yield ReadStream()):
        found = parser.feed(piece)
        for number, (name, _) in enumerate(found):
            if name == "PB_CONNECT":
                return found[number:]
    raise ConnectionLost("The server's event stream ended before it began.")


def heard(ctx: Context, subscription: Subscription) -> Call[float | None]:
    """Make the server send what a subscription needs, if the stream is open already.

    One call at a time does this for all; the others continue and are notified when it is done. Returns the time of the
    next attempt if it failed, or if topics were set a moment ago and others may follow.
    """
    hub = subscription.hub
    if hub.client_id is None or hub.covers(subscription):
        return None
    if hub.who != ctx.who():
        hub.restart()
        return None
    if time.monotonic() < (moment := hub.confirms_at()):
        return moment
    if not hub.confirms():
        return None
    try:
        yield from _confirm(ctx, hub)
    except QPIError as error:
        if isinstance(error, ClientClosed):
            raise
        if passing(error):
            hub.quiet_until = time.monotonic() + _QUIET
            return hub.quiet_until
        # The server no longer knows this stream. If it keeps rejecting it, the next attempt reports it.
        hub.restart()
    finally:
        hub.confirmed()
    return None


def _confirm(ctx: Context, hub: Hub) -> Call[None]:
    """Send all subscribed topics to the server; topics added meanwhile are sent next, together."""
    client_id = hub.client_id
    if client_id is not None and (topics := hub.missing()):
        body = {"clientId": client_id, "subscriptions": topics}
        deadline = time.monotonic() + _CONFIRMED
        yield from send(ctx, Request("POST", PATH, json=body, changes=False, deadline=deadline))
        hub.confirm(client_id, topics)


def passing(error: QPIError) -> bool:
    """Return whether a retry may help."""
    return isinstance(error, PASSING) or (isinstance(error, APIError) and error.status in (408, 425))
