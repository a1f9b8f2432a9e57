"""Following what changes: a stream that is opened, subscribed, and opened again when it ends."""

from __future__ import annotations

import time
from collections.abc import Sequence

from qpi_client import realtime
from qpi_client.checks import text
from qpi_client.context import Context
from qpi_client.errors import (
    APIError,
    ConnectFailed,
    ConnectionLost,
    InvalidValue,
    NotQPIServer,
    ProtocolError,
    QPIError,
    RateLimited,
    ServerError,
    TimedOut,
)
from qpi_client.exchange import ensure_pinned, error_of, get, pause_before, prove_session, send
from qpi_client.realtime import ChangeEvent, EventParser, ReadAgain
from qpi_client.steps import Call, Emit, Emitting, OpenStream, Pause, ReadStream, Request

_PATH = "/api/realtime"
# The server ends a stream on which nothing happened for five minutes; one that is silent for longer is dead.
SILENCE = 330.0
# Collections that everybody may follow.
_OPEN = ("qpus", "drivers", "events")
PASSING = (ConnectFailed, ConnectionLost, TimedOut, ProtocolError, RateLimited, ServerError)


def events(ctx: Context, topics: Sequence[str]) -> Emitting[ChangeEvent | ReadAgain]:
    """Follow changes: topics are collections ("quantum_jobs/*") or single records ("quantum_jobs/<id>"),
    with PocketBase's options where wanted ('quantum_jobs/*?options={"query": {"fields": "id,status"}}').

    Gives `ReadAgain` when the stream begins and after each gap, and a `ChangeEvent` for each change; connects again by
    itself, less and less often, for as long as it is iterated. Ends with the first error that repeating cannot mend.
    """
    wanted = checked_topics(ctx, topics)
    failures = 0
    while True:
        parser = EventParser()
        try:
            arrived = yield from open_stream(ctx, parser, wanted)
            failures = 0
            yield Emit([ReadAgain()])
            while True:
                found = [realtime.change(name, data) for name, data in arrived if name in wanted]
                if found:
                    yield Emit(found)
                piece = yield ReadStream()
                if not piece:
                    break
                arrived = parser.feed(piece)
        except PASSING as error:
            if isinstance(error, NotQPIServer) and not failures:
                raise
        failures = min(failures + 1, 10)
        yield Pause(pause_before(failures))


def checked_topics(ctx: Context, topics: Sequence[str]) -> list[str]:
    """The topics, each once; a session is needed for what not everybody may follow."""
    if isinstance(topics, str) or not topics:
        raise InvalidValue('Topics are a list such as ["quantum_jobs/*"].')
    for topic in topics:
        text(topic, "A topic", 2000)
        if topic.partition("/")[0] not in _OPEN:
            ctx.need_session(f"Following {topic}")
    return list(dict.fromkeys(topics))


def open_stream(
    ctx: Context, parser: EventParser, topics: Sequence[str], deadline: float | None = None
) -> Call[list[tuple[str, str]]]:
    """Open the stream and subscribe; gives what arrived with its first event.

    An expired session would follow nothing and say nothing: it is proven first.
    """
    if ctx.session is not None:
        yield from prove_session(ctx)
    silence = time.monotonic() + SILENCE
    request = get(_PATH, signed=False, deadline=deadline or silence)
    request.headers = {**ctx.headers(False), "accept": "text/event-stream"}
    yield from ensure_pinned(ctx)
    reply = yield OpenStream(request)
    if reply.status != 200:
        raise error_of(ctx, request, reply)
    if "text/event-stream" not in reply.headers.get("content-type", ""):
        raise NotQPIServer("No event stream answers at this address: a proxy may not let it through.")
    (_, first), *others = yield from _first_event(parser)
    body = {"clientId": realtime.client_id(first), "subscriptions": list(topics)}
    yield from send(ctx, Request("POST", _PATH, json=body, changes=False, deadline=deadline))
    return others


def _first_event(parser: EventParser) -> Call[list[tuple[str, str]]]:
    """The first event of a stream, and those that came in one piece with it."""
    while piece := (yield ReadStream()):
        found = parser.feed(piece)
        for number, (name, _) in enumerate(found):
            if name == "PB_CONNECT":
                return found[number:]
    raise ConnectionLost("The server's event stream ended before it began.")


def passing(error: QPIError) -> bool:
    """Whether trying again may help."""
    return isinstance(error, PASSING) or (isinstance(error, APIError) and error.status in (408, 425))
