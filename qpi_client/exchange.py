"""Send one request and handle its answer: retries, session renewal and errors are decided here only.

Only idempotent requests are repeated: up to three attempts, after 0.25 s and then with doubled pauses and jitter. The
server's Retry-After is respected up to 1 min.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from qpi_client import decoding
from qpi_client.backoff import pause_after
from qpi_client.checks import part
from qpi_client.context import Context
from qpi_client.errors import (
    AnswerTooLarge,
    APIError,
    ConnectFailed,
    ConnectionLost,
    ConnectionsBusy,
    NotFound,
    NotQPIServer,
    ProtocolError,
    QPIError,
    ReadOnly,
    SessionExpired,
    TimedOut,
)
from qpi_client.http_date import http_date
from qpi_client.masking import masked
from qpi_client.pinning import pin
from qpi_client.refusals import api_error
from qpi_client.session import Session, session_from
from qpi_client.steps import Call, Exclusive, Pause, Reply, Request

TRIES = 3
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 8.0
_LONGEST_RETRY_AFTER = 60.0
_BUSY = frozenset({429, 502, 503, 504})
# A session confirmed within this many seconds is trusted when a list is unexpectedly empty.
_PROVEN = 10.0
# A Retry-After above this many seconds means never.
_FAR = 1e9
_UNKNOWN = "It is unknown whether the server made the change. Check before you repeat it."


def records(collection: str, record_id: str | None = None) -> str:
    """Return the path of a collection's records, or of one record."""
    path = f"/api/collections/{collection}/records"
    return path if record_id is None else f"{path}/{part(record_id)}"


def get(path: str, **more: Any) -> Request:
    """Return a request that only reads."""
    return Request("GET", path, changes=False, **more)


def fetch(ctx: Context, request: Request, large: decoding.Decoder | None = None) -> Call[Any]:
    """Send a request and decode its answer; None if the answer is empty by design."""
    reply = yield from send(ctx, request)
    if reply.status == 204 or (request.method == "DELETE" and not reply.body):
        return None
    return decoding.decode(reply.body, reply.headers, request.path, large)


def fetch_dict(ctx: Context, request: Request) -> Call[dict[str, Any]]:
    """Like `fetch`, for an answer that must be an object."""
    answer = yield from fetch(ctx, request)
    if not isinstance(answer, dict):
        # It may hold a secret, which tracebacks with local variables would show.
        del answer
        raise ProtocolError(f"The server's answer to {request.path} is not an object.")
    return answer


def remove(ctx: Context, collection: str, record_id: str) -> Call[None]:
    """Delete a record. A missing record after a retry counts as deleted: the answer to the first attempt was lost."""
    ctx.need_session("Removing something")
    request = Request("DELETE", records(collection, record_id), session="needed")
    try:
        yield from send(ctx, request)
    except NotFound:
        if request.tries == 1:
            raise


def send(ctx: Context, request: Request) -> Call[Reply]:
    """Send a request with all rules applied. Return a successful reply, or raise an error."""
    if ctx.read_only and request.changes:
        raise ReadOnly("This client was opened read-only. Nothing was changed.")
    session = ctx.session if request.signed else None
    if session is not None and session.renew_at is not None and session.due(ctx.now()):
        yield Exclusive(renew(ctx, session.token, required=False))
        session = ctx.session
    reply = yield from _tried(ctx, request)
    if reply.status == 401 and session is not None and request.session != "none":
        yield Exclusive(renew(ctx, session.token))
        reply = yield from _tried(ctx, request)
    if 200 <= reply.status < 300:
        if request.changes and decoding.is_page(reply.body, reply.headers):
            # A proxy's page with status 200 in answer to a DELETE: nothing was deleted.
            raise NotQPIServer(decoding.page_words(request.path))
        return reply
    if session is not None and request.session == "needed" and reply.status in (400, 403, 404):
        # The collections treat an expired session as anonymous.
        if request.changes and ctx.session is session:
            yield Exclusive(renew(ctx, session.token))
        else:
            yield from prove_session(ctx, suspicious=True)
    raise error_of(ctx, request, reply)


def _tried(ctx: Context, request: Request) -> Call[Reply]:
    """Send a request, with retries if they are safe and may help."""
    request.tries = 0
    sent = False
    yield from ensure_pinned(ctx)
    while True:
        request.tries += 1
        request.headers = ctx.headers(request.signed, request.session_of)
        failure: QPIError
        began = time.monotonic()
        try:
            reply: Reply = yield request
        except (ConnectFailed, ConnectionLost, TimedOut, ProtocolError, AnswerTooLarge) as error:
            if isinstance(error, ConnectionsBusy):
                raise
            unsent = isinstance(error, ConnectFailed)
            if not (request.repeat or unsent):
                raise error.restated(_UNKNOWN) from None
            if isinstance(error, ProtocolError | AnswerTooLarge):
                # A malformed answer will not improve with a retry.
                raise error.restated(_UNKNOWN) if request.changes else error from None
            if type(error) is TimedOut and (request.tries > 1 or _left(request) <= 0):
                raise
            sent = sent or not unsent
            failure, wait = error, None
        else:
            ctx.dated(reply.headers, time.monotonic() - began, reply.age)
            # A server that rejects a request as too busy did not run it. After a gateway error, the server behind it
            # may have.
            busy = reply.status == 429 or (reply.status in _BUSY and request.repeat)
            if not busy and not is_transient_500(request, reply):
                return reply
            failure, wait = error_of(ctx, request, reply), retry_after(reply.headers)
        pause = wait if wait is not None else pause_before(request.tries)
        if request.tries >= TRIES or pause > min(_LONGEST_RETRY_AFTER, _left(request)):
            if sent and request.changes and isinstance(failure, ConnectFailed | APIError):
                # The last attempt was not run. An earlier one, whose answer was lost, may have been.
                raise ConnectionLost(f"{failure} It is unknown whether an earlier attempt arrived.") from None
            raise failure
        yield Pause(pause)


def ensure_pinned(ctx: Context) -> Call[None]:
    """Verify the identity of a server with a known fingerprint before anything else is sent."""
    if ctx.fingerprint is not None and not ctx.pinned:
        yield from pin(ctx, partial(error_of, ctx))


def _left(request: Request) -> float:
    """Return the remaining seconds of the call. The driver stores the deadline in the request."""
    return math.inf if request.deadline is None else request.deadline - time.monotonic()


def is_transient_500(request: Request, reply: Reply) -> bool:
    """Return whether a read met a transient server error. An error that names fields is not transient."""
    return request.method == "GET" and reply.status == 500 and b'"code"' not in reply.body


def pause_before(tried: int) -> float:
    """Return the seconds to wait before the next attempt: exponential back-off with jitter for half of it."""
    return pause_after(tried, _FIRST_PAUSE, _LONGEST_PAUSE)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, which holds seconds or a date; at most `_FAR`."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.lstrip("-").isdigit():
        return 0.0 if said.startswith("-") else min(_FAR, float(said[:400]))
    when = http_date(said[:100])
    return None if when is None else min(_FAR, max(0.0, (when - datetime.now(UTC)).total_seconds()))


def error_of(ctx: Context, request: Request, reply: Reply) -> QPIError:
    """Return the error for an unsuccessful reply."""
    if 300 <= reply.status < 400:
        return NotQPIServer(
            f"The server redirects {request.path} (status {reply.status}); credentials are not sent there. "
            "Use the new address if it is yours."
        )
    return api_error(
        request.method,
        ctx.base_url + request.path,
        reply.status,
        reply.headers,
        reply.body,
        retry_after(reply.headers),
        masked(request.headers),
    )


def renew(ctx: Context, stale: Any, *, required: bool = True) -> Call[None]:
    """Renew the expired session, unless another call already did; `SessionExpired` if that fails.

    Not `required`: if the server cannot be reached now, renewal is postponed.
    """
    session = ctx.session
    if session is None or session.token is not stale:
        return
    try:
        fresh = yield from renewed(ctx, session)
    except SessionExpired:
        ctx.disproved(session)
        raise
    except QPIError:
        if required:
            raise
        return
    ctx.renewed(session, fresh)


def renewed(ctx: Context, session: Session) -> Call[Session]:
    """Request a new session in place of one, without storing it. `SessionExpired` if the server refuses."""
    path = f"/api/collections/{part(session.collection)}/auth-refresh"
    request = Request("POST", path, changes=False, session="none", session_of=session)
    reply = yield from _tried(ctx, request)
    if reply.status in (401, 403, 404):
        words = error_of(ctx, request, reply)
        assert isinstance(words, APIError)  # noqa: S101  # the three statuses above are refusals
        raise SessionExpired(
            reply.status,
            f"The session of {session.identity or 'this account'} is over: sign in again",
            request=words.request,
            response=words.response,
        )
    if not 200 <= reply.status < 300:
        raise error_of(ctx, request, reply)
    # The answer has no name, because tracebacks with local variables would show it.
    return session_from(
        decoding.decode(reply.body, reply.headers, request.path), session.collection, ctx.now(), session.method
    )


def prove_session(ctx: Context, suspicious: bool = False) -> Call[None]:
    """Check that the session is valid, unless it was confirmed recently; `SessionExpired` if it is not.

    `suspicious`: the answer is unusual for a valid session, so the server is asked in any case.
    """
    session = ctx.session
    if session is not None and (suspicious or time.monotonic() - ctx.proven_at > _PROVEN):
        yield Exclusive(renew(ctx, session.token))
