"""Users and their QPU seconds."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_client.calls.typed import emit_as, fetch_as, list_as
from qpi_client.calls.user_admin import email_address
from qpi_client.checks import most_of, quoted, seconds_of, text
from qpi_client.context import Context
from qpi_client.errors import AmbiguousName, InvalidValue, NotFound
from qpi_client.exchange import fetch_dict, get, records
from qpi_client.masking import hidden
from qpi_client.paging import Pager
from qpi_client.records import Record, User
from qpi_client.steps import Call, Emitting, Request


def list_users(ctx: Context, *, fields: Sequence[str] | None = None, limit: int | None = None) -> Call[list[User]]:
    """List the users that you may see: all for superusers, otherwise only yourself.

    Args:
        fields: Keys to return in addition to ``id``. Default: all.
        limit: Largest number of users to return; defaults to all.

    Returns:
        The users, oldest first.

    Raises:
        SessionRequired: Not signed in.
        SessionExpired: The session expired.
        InvalidValue: ``limit`` is out of range; nothing was sent.
    """
    ctx.need_session("Listing users")
    return (yield from list_as(User, ctx, Pager("users", fields=fields, limit=most_of(limit))))


def iter_users(ctx: Context, *, fields: Sequence[str] | None = None) -> Emitting[User]:
    """Iterate over the users that you may see. Pages of 1,000 are read as needed.

    Args:
        fields: Keys to return in addition to ``id``. Default: all.

    Returns:
        The users, oldest first.

    Raises:
        SessionRequired: Not signed in.
        SessionExpired: The session expired.
    """
    ctx.need_session("Listing users")
    return (yield from emit_as(User, ctx, Pager("users", fields=fields)))


def get_user(ctx: Context, who: str) -> Call[User]:
    """Return one user.

    Args:
        who: Id, e-mail address or name.

    Returns:
        The user.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such user, or you may not see it.
        AmbiguousName: Several users have this name; ``ids`` are theirs.
    """
    session = ctx.need_session("Reading a user")
    text(who, "The user", 255)
    if who in (session.user_id, session.identity) and not session.is_superuser:
        return (yield from fetch_as(User, ctx, get(records("users", session.user_id), session="needed")))
    wanted = quoted(who)
    condition = f"id = {wanted} || email = {wanted} || name = {wanted}"
    found = yield from list_as(User, ctx, Pager("users", filter=condition))
    for field in ("id", "email", "name"):
        exact = [user for user in found if user.get(field) == who]
        if len(exact) == 1:
            return exact[0]
        if exact:
            ids = [str(user["id"]) for user in exact]
            raise AmbiguousName(f"{len(ids)} users are named {who!r}: give an e-mail address or an id.", ids)
    raise NotFound(404, f"There is no user {who!r}, or you may not see it")


def user_id(ctx: Context, who: str) -> Call[str]:
    """Return the id of a user given by id, e-mail address or name."""
    session = ctx.need_session("Looking for a user")
    if who == session.user_id:
        return who
    return str((yield from get_user(ctx, who))["id"])


def create_user(
    ctx: Context, email: str, password: str, name: str = "", qpu_seconds: float | None = None
) -> Call[User]:
    """Create a user who can sign in with this password.

    Superusers may do this on every server. Servers of generation v0.1 also accept it from anybody else, even without a
    session, because sign-up is open (recorded on v0.1.2). An operator can close it with the collection's create rule.
    This method always requires a session.

    Args:
        email: E-mail address, at most 255 characters. Other users can see it.
        password: 8 to 71 characters.
        name: Display name, at most 255 characters.
        qpu_seconds: Initial balance in seconds, from 0 to 10**9. The server's default is 0.

    Returns:
        The new user.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser, and only superusers may create users on this server.
        BadRequest: The e-mail address is taken, or the server rejects a value.
        InvalidValue: A value is out of range; nothing was sent.
    """
    # Keeps the password out of tracebacks that show local variables.
    secret = hidden(password)
    del password
    ctx.need_session("Creating a user")
    email_address(email)
    if not isinstance(secret.reveal(), str) or not 8 <= len(secret.reveal()) <= 71:
        raise InvalidValue("A password must have 8 to 71 characters.")
    body: Record = {
        "email": email,
        "emailVisibility": True,
        "password": secret,
        "passwordConfirm": secret,
    }
    body["name"] = text(name, "The name", 255, empty=True)
    if qpu_seconds is not None:
        body["qpu_seconds"] = seconds_of(qpu_seconds, zero=True)
    request = Request("POST", records("users"), json=body, repeat=False, session="needed")
    return (yield from fetch_as(User, ctx, request))


def allocate_qpu_time(ctx: Context, user_id: str, seconds: float) -> Call[User]:
    """Set a user's balance. Superusers only.

    QPU time that the user spends between your read of the balance and this call is not deducted. `add_qpu_time` and
    `take_qpu_time` change the balance on the server instead.

    Args:
        user_id: Id of the user.
        seconds: New balance in seconds, from 0 to 10**9; not an increment.

    Returns:
        The updated user.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such user, or the account is not a superuser.
        ConnectionLost: The answer was lost. Read the balance before you repeat the call.
        InvalidValue: ``seconds`` is out of range, or a string, which servers read as 0; nothing was sent.
    """
    ctx.need_session("Adding QPU time")
    # Sent once: a second time it could overwrite what a job was charged meanwhile.
    return (yield from _change(ctx, user_id, "qpu_seconds", seconds_of(seconds, zero=True)))


def add_qpu_time(ctx: Context, user_id: str, seconds: float) -> Call[User]:
    """Add QPU time to a user's balance, atomically on the server. Superusers only.

    The request is never repeated. After `ConnectionLost` or `TimedOut` it is unknown whether the time was added.

    Args:
        user_id: Id of the user.
        seconds: Amount in seconds, greater than 0 and at most 10**9.

    Returns:
        The updated user.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such user, or the account is not a superuser.
        ConnectionLost: The answer was lost. Read the balance before you repeat the call.
        InvalidValue: ``seconds`` is out of range; nothing was sent.
    """
    ctx.need_session("Adding QPU time")
    return (yield from _change(ctx, user_id, "qpu_seconds+", seconds_of(seconds)))


def take_qpu_time(ctx: Context, user_id: str, seconds: float) -> Call[User]:
    """Subtract QPU time from a user's balance, atomically on the server. Superusers only.

    The request is never repeated. After `ConnectionLost` or `TimedOut` it is unknown whether the time was subtracted.

    Args:
        user_id: Id of the user.
        seconds: Amount in seconds, greater than 0 and at most the balance.

    Returns:
        The updated user.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such user, or the account is not a superuser.
        ConnectionLost: The answer was lost. Read the balance before you repeat the call.
        InvalidValue: ``seconds`` is out of range or exceeds the balance; nothing was changed.
    """
    ctx.need_session("Taking QPU time")
    amount = seconds_of(seconds)
    user = yield from fetch_dict(ctx, get(records("users", user_id), session="needed"))
    balance = user.get("qpu_seconds")
    if isinstance(balance, (int, float)) and balance < amount:
        who = user.get("email") or user_id
        raise InvalidValue(f"{who} has only {balance:g} s, so {amount:g} s cannot be taken. Nothing was changed.")
    return (yield from _change(ctx, user_id, "qpu_seconds-", amount))


def _change(ctx: Context, user_id: str, field: str, amount: float) -> Call[User]:
    request = Request("PATCH", records("users", user_id), json={field: amount}, repeat=False, session="needed")
    return (yield from fetch_as(User, ctx, request))
