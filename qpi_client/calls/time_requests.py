"""Requests for QPU time: asked for by users, approved or rejected by superusers."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_client.calls.users import user_id
from qpi_client.checks import either, every, one_of, quoted, seconds_of, text
from qpi_client.context import Context
from qpi_client.errors import AlreadyHandled, BadRequest, InvalidValue
from qpi_client.exchange import fetch_dict, get, records, remove
from qpi_client.paging import Pager, everything
from qpi_client.records import Record
from qpi_client.steps import Call, Request

_REQUESTS = "qpu_time_requests"
_STATUSES = ("pending", "approved", "rejected")
_EXPAND = "user,handled_by"


def list_time_requests(
    ctx: Context, *, status: str | Sequence[str] | None = None, user: str | None = None
) -> Call[list[Record]]:
    """Requests in the order of their arrival, with the user's record in `expand`; a user sees its own.

    `status`: one of pending, approved, rejected, or several. `user`: an id, e-mail address or name.
    """
    ctx.need_session("Listing time requests")
    conditions = []
    if status is not None:
        wanted = [status] if isinstance(status, str) else list(status)
        if not wanted:
            return []
        conditions.append(either("status", (one_of(word, "The status", _STATUSES) for word in wanted)))
    if user is not None:
        conditions.append(f"user = {quoted((yield from user_id(ctx, user)))}")
    return (yield from everything(ctx, Pager(_REQUESTS, filter=every(*conditions), expand=_EXPAND)))


def get_time_request(ctx: Context, request_id: str) -> Call[Record]:
    """One request, with the user's record in `expand`."""
    ctx.need_session("Reading a time request")
    return (
        yield from fetch_dict(ctx, get(records(_REQUESTS, request_id), query={"expand": _EXPAND}, session="needed"))
    )


def create_time_request(
    ctx: Context, seconds: float, requested_reason: str | None = None, *, user: str | None = None
) -> Call[Record]:
    """Ask for QPU seconds. `user` is who is signed in; a superuser says for whom (id, e-mail address or name)."""
    session = ctx.need_session("Asking for QPU time")
    amount = seconds_of(seconds)
    if user is None and session.is_superuser:
        raise InvalidValue("A superuser has no QPU time of its own: say for which user, or use add_qpu_time.")
    owner = session.user_id if user is None else (yield from user_id(ctx, user))
    body: Record = {"user": owner, "status": "pending", "seconds": amount}
    if requested_reason is not None:
        body["requested_reason"] = text(requested_reason, "The reason", empty=True)
    request = Request("POST", records(_REQUESTS), json=body, repeat=False, session="needed")
    return (yield from fetch_dict(ctx, request))


def update_time_request(
    ctx: Context, request_id: str, status: str, rejection_reason: str | None = None
) -> Call[Record]:
    """Approve or reject a request (superusers); approving credits the user.

    It is read first, and `AlreadyHandled` raised, with the request in `record`, if somebody was quicker: the server
    would take a second approval without a word.
    """
    session = ctx.need_session("Handling time requests")
    body: Record = {"status": one_of(status, "The status", ("approved", "rejected"))}
    if rejection_reason is not None:
        body["rejection_reason"] = text(rejection_reason, "The reason", empty=True)
    before = yield from get_time_request(ctx, request_id)
    if before.get("status") != "pending":
        raise _handled(before)
    try:
        request = Request("PATCH", records(_REQUESTS, request_id), json=body, session="needed")
        return (yield from fetch_dict(ctx, request))
    except BadRequest as error:
        if "already been processed" not in error.message:
            raise
    now = yield from get_time_request(ctx, request_id)
    if request.tries > 1 and now.get("status") == status and now.get("handled_by") == session.user_id:
        # Our own first try, whose answer was lost.
        return now
    raise _handled(now)


def _handled(record: Record) -> AlreadyHandled:
    return AlreadyHandled(f"This request was {record.get('status')} already; nothing was changed.", record)


def withdraw_time_request(ctx: Context, request_id: str) -> Call[None]:
    """Take back an own request that is still pending."""
    yield from remove(ctx, _REQUESTS, request_id)
