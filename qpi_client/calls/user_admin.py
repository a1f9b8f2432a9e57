"""User administration besides QPU time: change, delete, impersonate."""

from __future__ import annotations

from typing import Final, cast

from qpi_client.calls.collections import count_records, update_record
from qpi_client.calls.typed import fetch_as
from qpi_client.checks import part, quoted, text, whole, yes_or_no
from qpi_client.context import Context
from qpi_client.errors import InvalidValue, NotFound, ProtocolError
from qpi_client.exchange import records, remove, send
from qpi_client.paging import Pager, everything
from qpi_client.records import Record, SignIn, User, UserHoldings
from qpi_client.session import USERS
from qpi_client.steps import Call, Request

# Records to delete before a user, by key of `UserHoldings`: collection and field.
_GOING: Final = {
    "announcements": ("notifications", "target_users"),
    "time_requests": ("qpu_time_requests", "user"),
    "time_slots": ("time_slots", "booked_by"),
    "tokens": ("api_tokens", "user"),
}
_PENDING: Final = "status = 'pending' && user_id = {}"
_LONGEST: Final = 7 * 24 * 3600


def update_user(
    ctx: Context, user_id: str, *, name: str | None = None, email: str | None = None, verified: bool | None = None
) -> Call[User]:
    """Change a user's name, e-mail address or verification.

    Users may change their own name. Only superusers change an address or its verification; users change their own
    address through an e-mail from the server.

    Args:
        user_id: Id of the user.
        name: New name, at most 255 characters. An empty string removes it.
        email: New e-mail address, at most 255 characters. The user signs in with it from then on, and all sessions of
            the user end.
        verified: Whether the address is verified.

    Returns:
        The updated user.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such user, or the account may not change it.
        BadRequest: The e-mail address is taken, or only superusers may change it.
        InvalidValue: A value is out of range, or there is nothing to change; nothing was sent.
    """
    ctx.need_session("Changing a user")
    body: Record = {}
    if name is not None:
        body["name"] = text(name, "The name", 255, empty=True)
    if email is not None:
        body["email"] = email_address(email)
    if verified is not None:
        body["verified"] = yes_or_no(verified, "verified")
    if not body:
        raise InvalidValue("Nothing to change: give name, email or verified.")
    request = Request("PATCH", records("users", user_id), json=body, session="needed")
    return (yield from fetch_as(User, ctx, request))


def delete_user(ctx: Context, user_id: str) -> Call[None]:
    """Delete a user and the user's records. Superusers only.

    Servers refuse to delete a user who has time slots or API tokens. After a deletion they still run the user's pending
    jobs, without charging anybody, and show the user's announcements to everybody (measured on v0.1.2). So this call
    first cancels the user's pending jobs and deletes the user's announcements, time requests, time slots and API
    tokens. Jobs stay on the server, without a user. `count_user_records` returns the number of each.

    If a request fails, completed steps are not undone. You can repeat the call.

    Args:
        user_id: Id of the user.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such user, or the account may not delete it.
        BadRequest: Another record refers to the user.
    """
    ctx.need_session("Deleting a user")
    part(user_id)
    for job_id in (yield from _ids(ctx, "quantum_jobs", _PENDING.format(quoted(user_id)))):
        yield from update_record(ctx, "quantum_jobs", job_id, {"status": "cancelled"})
    for collection, field in _GOING.values():
        for record_id in (yield from _ids(ctx, collection, f"{field} = {quoted(user_id)}")):
            yield from _gone(ctx, collection, record_id)
    yield from remove(ctx, "users", user_id)


def _ids(ctx: Context, collection: str, condition: str) -> Call[list[str]]:
    found = yield from everything(ctx, Pager(collection, filter=condition, fields=("id",)))
    return [str(record["id"]) for record in found]


def _gone(ctx: Context, collection: str, record_id: str) -> Call[None]:
    """Delete a record, ignoring that somebody else deleted it first."""
    try:
        yield from remove(ctx, collection, record_id)
    except NotFound:
        return


def count_user_records(ctx: Context, user_id: str) -> Call[UserHoldings]:
    """Count the records of a user. Superusers only.

    The server counts; no record is transferred.

    Args:
        user_id: Id of the user.

    Returns:
        The numbers of ``jobs``, ``pending_jobs`` (included in ``jobs``), ``time_slots``, ``time_requests``, API
        ``tokens``, and ``announcements`` for this user only.

    Raises:
        SessionRequired: Not signed in.
        SessionExpired: The session expired.
        Forbidden: The account is not a superuser.
    """
    ctx.need_session("Counting a user's records")
    part(user_id)
    wanted = quoted(user_id)
    asked = {"jobs": ("quantum_jobs", f"user_id = {wanted}"), "pending_jobs": ("quantum_jobs", _PENDING.format(wanted))}
    asked |= {key: (collection, f"{field} = {wanted}") for key, (collection, field) in _GOING.items()}
    counts: dict[str, int] = {}
    for key, (collection, condition) in asked.items():
        counts[key] = yield from count_records(ctx, collection, condition)
    return cast("UserHoldings", counts)


def impersonate_user(ctx: Context, user_id: str, seconds: int = 3600) -> Call[SignIn]:
    """Create a session of another user, without the user's password. Superusers only.

    This client keeps its own session. Give the token to a second client, preferably a read-only one: ``QPIClient(url,
    read_only=True).resume_session(token)``. The session cannot be renewed, and everything done with it is done as the
    user.

    Args:
        user_id: Id of the user.
        seconds: Duration of the session, from 1 second to 7 days.

    Returns:
        The session's ``token`` and the user's ``record``.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such user.
        InvalidValue: ``seconds`` is out of range; nothing was sent.
        ProtocolError: The answer contains no session.
    """
    ctx.need_session("Signing in as a user")
    body = {"duration": whole(seconds, "seconds", 1, _LONGEST)}
    path = f"/api/collections/users/impersonate/{part(user_id)}"
    # It changes nothing on the server.
    request = Request("POST", path, json=body, changes=False, session="needed")
    answer = yield from fetch_as(SignIn, ctx, request)
    token = answer.get("token")
    if not isinstance(token, str) or not token:
        raise ProtocolError("The server answered without a session of the user.")
    return answer


def request_password_reset(ctx: Context, email: str, collection: str = USERS) -> Call[None]:
    """Request an e-mail that lets the user set a new password.

    The server's answer reveals neither whether the address exists nor whether e-mail works. The server sends at most
    one e-mail in 2 minutes. The password stays valid until the user sets a new one.

    Args:
        email: E-mail address of the account.
        collection: "users" or "_superusers".

    Raises:
        InvalidValue: ``email`` is not an address; nothing was sent.
        RateLimited: Too many requests.
    """
    path = f"/api/collections/{part(collection, 'collection')}/request-password-reset"
    yield from send(ctx, Request("POST", path, json={"email": email_address(email)}, signed=False))


def email_address(value: str) -> str:
    """Validate an e-mail address as far as the client can; `InvalidValue` if it is not one."""
    text(value, "The e-mail address", 255)
    if value.count("@") != 1 or value != value.strip() or " " in value:
        raise InvalidValue(f"{value!r} is not an e-mail address.")
    return value
