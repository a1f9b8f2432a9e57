"""Requests for QPU time: users create them, superusers approve or reject them."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_client.calls.collections import may_repeat
from qpi_client.calls.typed import fetch_as, list_as
from qpi_client.calls.users import user_id
from qpi_client.checks import either, every, most_of, one_of, quoted, seconds_of, text
from qpi_client.context import Context
from qpi_client.errors import (
    AlreadyHandled,
    BadRequest,
    ConnectFailed,
    InvalidValue,
    QPIError,
    ServerError,
    TransportError,
)
from qpi_client.exchange import get, records, remove
from qpi_client.paging import Pager
from qpi_client.records import REQUEST_STATUSES, Record, RequestDecision, RequestStatus, TimeRequest
from qpi_client.steps import Call, Request

_REQUESTS = "qpu_time_requests"
_EXPAND = "user,handled_by"


def list_time_requests(
    ctx: Context,
    *,
    status: RequestStatus | Sequence[RequestStatus] | None = None,
    user: str | None = None,
    limit: int | None = None,
) -> Call[list[TimeRequest]]:
    """List time requests. Users see only their own.

    Args:
        status: One status or a list of accepted ones: "pending", "approved" or "rejected".
        user: Id, e-mail address or name of the requesting user.
        limit: Largest number of requests to return; defaults to all.

    Returns:
        The requests, oldest first, with the user's record in ``expand``.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such user.
        AmbiguousName: Several users have this name.
        InvalidValue: There is no such status, or ``limit`` is out of range; nothing was sent.
    """
    ctx.need_session("Listing time requests")
    conditions = []
    if status is not None:
        wanted = [status] if isinstance(status, str) else list(status)
        if not wanted:
            return []
        conditions.append(either("status", (one_of(word, "The status", REQUEST_STATUSES) for word in wanted)))
    if user is not None:
        conditions.append(f"user = {quoted((yield from user_id(ctx, user)))}")
    pager = Pager(_REQUESTS, filter=every(*conditions), expand=_EXPAND, limit=most_of(limit))
    return (yield from list_as(TimeRequest, ctx, pager))


def get_time_request(ctx: Context, request_id: str) -> Call[TimeRequest]:
    """Return one time request.

    Args:
        request_id: Id of the request.

    Returns:
        The request, with the user's record in ``expand``.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such request, or it is not yours.
    """
    ctx.need_session("Reading a time request")
    request = get(records(_REQUESTS, request_id), query={"expand": _EXPAND}, session="needed")
    return (yield from fetch_as(TimeRequest, ctx, request))


def create_time_request(
    ctx: Context, seconds: float, requested_reason: str | None = None, *, user: str | None = None
) -> Call[TimeRequest]:
    """Request QPU time.

    Args:
        seconds: Amount in seconds, greater than 0 and at most 10**9.
        requested_reason: Text shown to the administrator who decides, at most 5,000 characters.
        user: Id, e-mail address or name of the user to request for. Superusers only. Default: the signed-in user.

    Returns:
        The new request, with status "pending".

    Raises:
        SessionRequired: Signed in with an API token only, or not at all.
        NotFound: No such user.
        InvalidValue: ``seconds`` is out of range, or a superuser gave no ``user``; nothing was sent.

    Examples:
        >>> request = client.create_time_request(1800, "Calibrating a two-qubit gate")
        >>> request["status"]
        'pending'
    """
    session = ctx.need_session("Requesting QPU time")
    amount = seconds_of(seconds)
    if user is None and session.is_superuser:
        raise InvalidValue("A superuser has no QPU time of its own. Give user, or use add_qpu_time.")
    owner = session.user_id if user is None else (yield from user_id(ctx, user))
    body: Record = {"user": owner, "status": "pending", "seconds": amount}
    if requested_reason is not None:
        body["requested_reason"] = text(requested_reason, "The reason", empty=True)
    request = Request("POST", records(_REQUESTS), json=body, repeat=False, session="needed")
    return (yield from fetch_as(TimeRequest, ctx, request))


def update_time_request(
    ctx: Context, request_id: str, status: RequestDecision, rejection_reason: str | None = None
) -> Call[TimeRequest]:
    """Approve or reject a time request. Superusers only.

    Approving credits the user. The request is read first, because servers accept a second approval without an error
    (recorded on v0.0.42 and v0.1.2).

    Args:
        request_id: Id of the request.
        status: "approved" or "rejected".
        rejection_reason: Text shown to the user, at most 5,000 characters.

    Returns:
        The updated request.

    Raises:
        SessionRequired: Not signed in.
        AlreadyHandled: Somebody else already decided; ``record`` is the current request.
        NotFound: No such request, or the account is not a superuser.
        ConnectionLost, TimedOut, ServerError: The answer was lost, and the request is still pending or cannot be read.
            Read it before you repeat the call: the server may still make the change.
        InvalidValue: ``status`` is neither "approved" nor "rejected"; nothing was sent.
    """
    session = ctx.need_session("Handling time requests")
    body: Record = {"status": one_of(status, "The status", ("approved", "rejected"))}
    if rejection_reason is not None:
        body["rejection_reason"] = text(rejection_reason, "The reason", empty=True)
    before = yield from get_time_request(ctx, request_id)
    if before.get("status") != "pending":
        raise _handled(before)
    path, repeat = records(_REQUESTS, request_id), may_repeat(_REQUESTS, body)
    request = Request("PATCH", path, json=body, repeat=repeat, session="needed")
    try:
        return (yield from fetch_as(TimeRequest, ctx, request))
    except BadRequest as error:
        if "already been processed" not in error.message:
            raise
        now = yield from get_time_request(ctx, request_id)
        mine = request.tries > 1
    except ConnectFailed:
        raise
    except (TransportError, ServerError) as lost:
        now = yield from _read_after(ctx, request_id, lost)
        if now.get("status") == "pending":
            # The server may still make the change.
            raise
        mine = True
    if mine and now.get("status") == status and now.get("handled_by") == session.user_id:
        # The answer to an earlier attempt was lost.
        return now
    raise _handled(now)


def _read_after(ctx: Context, request_id: str, lost: QPIError) -> Call[TimeRequest]:
    """Return the request as it is after the answer to its change was lost; raise `lost` if it cannot be read."""
    try:
        return (yield from get_time_request(ctx, request_id))
    except QPIError:
        raise lost from None


def _handled(record: TimeRequest) -> AlreadyHandled:
    return AlreadyHandled(f"This request was {record.get('status')} already. Nothing was changed.", dict(record))


def withdraw_time_request(ctx: Context, request_id: str) -> Call[None]:
    """Withdraw your own pending time request.

    Args:
        request_id: Id of the request.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such request, or it is not yours.
        BadRequest: The request is already approved or rejected.
    """
    yield from remove(ctx, _REQUESTS, request_id)
