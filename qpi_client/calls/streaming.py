"""Reading the client's event stream, for everybody who listens to it."""

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
# The seconds in which a stream that was opened says its first word.
FIRST_WORD = 30.0
# Those in which the server takes a list of topics, and after which it is asked again where it did not.
_CONFIRMED, _QUIET = 10.0, 1.0
PASSING = (ConnectFailed, ConnectionLost, TimedOut, ProtocolError, RateLimited, ServerError)


def run_stream(ctx: Context, hub: Hub, largest: int) -> Call[None]:
    """Read the stream until nobody listens; open it again after each failure that may pass.

    Args:
        ctx: What the client's calls know.
        hub: Who listens.
        largest: Bytes allowed in one event.
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
    """Why a stream ended."""
    try:
        yield from stream
    except QPIError as error:
        return error
    return ConnectionLost("The server's event stream ended.")


def _one_stream(ctx: Context, hub: Hub, largest: int) -> Call[None]:
    """Open the stream, subscribe, and hand out events until it ends.

    An expired session would follow nothing and say nothing: it is proven first.
    """
    yield from ensure_pinned(ctx)
    who = ctx.who()
    if ctx.session is not None:
        yield from prove_session(ctx)
    parser = EventParser(largest)
    deadline = Deadline(time.monotonic() + FIRST_WORD, patient=True)
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
    """Open an event stream; its client id, and the events that came in one piece with it."""
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
    """The first event of a stream, and those that came in one piece with it."""
    while piece := (yield ReadStream()):
        found = parser.feed(piece)
        for number, (name, _) in enumerate(found):
            if name == "PB_CONNECT":
                return found[number:]
    raise ConnectionLost("The server's event stream ended before it began.")


def heard(ctx: Context, subscription: Subscription) -> Call[float | None]:
    """Make the server send what a subscription listens to, if the stream is open already.

    One call at a time does it, for all: the others go on, and are woken once it is done. Returns the moment at which
    to try again, where it failed, or where it was done just now and others may come.
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
        # The server no longer knows this stream. If it takes none, the next one says so.
        hub.restart()
    finally:
        hub.confirmed()
    return None


def _confirm(ctx: Context, hub: Hub) -> Call[None]:
    """Tell the server all topics that somebody listens to; those that come meanwhile are sent next, together."""
    client_id = hub.client_id
    if client_id is not None and (topics := hub.missing()):
        body = {"clientId": client_id, "subscriptions": topics}
        deadline = time.monotonic() + _CONFIRMED
        yield from send(ctx, Request("POST", PATH, json=body, changes=False, deadline=deadline))
        hub.confirm(client_id, topics)


def passing(error: QPIError) -> bool:
    """Return whether trying again may help."""
    return isinstance(error, PASSING) or (isinstance(error, APIError) and error.status in (408, 425))
