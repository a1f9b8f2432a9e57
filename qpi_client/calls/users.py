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
    """List the users that you may see: a superuser all, a user only itself.

    Args:
        fields: Keys to return, beside ``id``; defaults to all.
        limit: Largest number of users to return; defaults to all.

    Returns:
        The users, oldest first.

    Raises:
        SessionRequired: Nobody is signed in.
        SessionExpired: The session is over.
        InvalidValue: ``limit`` is out of range; nothing was sent.
    """
    ctx.need_session("Listing users")
    return (yield from list_as(User, ctx, Pager("users", fields=fields, limit=most_of(limit))))


def iter_users(ctx: Context, *, fields: Sequence[str] | None = None) -> Emitting[User]:
    """Iterate over the users that you may see, reading 1,000 at a time as they are needed.

    Args:
        fields: Keys to return, beside ``id``; defaults to all.

    Returns:
        The users, oldest first.

    Raises:
        SessionRequired: Nobody is signed in.
        SessionExpired: The session is over.
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
        SessionRequired: Nobody is signed in.
        NotFound: There is no such user, or you may not see it.
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
    """The id of a user given by id, e-mail address or name."""
    session = ctx.need_session("Looking for a user")
    if who == session.user_id:
        return who
    return str((yield from get_user(ctx, who))["id"])


def create_user(
    ctx: Context, email: str, password: str, name: str = "", qpu_seconds: float | None = None
) -> Call[User]:
    """Create a user who can sign in with this password.

    Superusers may do this on every server. Servers of generation v0.1 also accept it from anyone else, signed in or
    not, because their users' collection is open for sign-up (recorded on v0.1.2); an operator closes it with the
    collection's create rule. This method always needs somebody signed in.

    Args:
        email: E-mail address, at most 255 characters. Other users can see it.
        password: 8 to 71 characters.
        name: Display name, at most 255 characters.
        qpu_seconds: Initial balance in seconds, from 0 to 10**9; defaults to 0 on the server.

    Returns:
        The new user.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: Only superusers may create users on this server, and the account is none.
        BadRequest: The e-mail address is taken, or the server does not accept a value.
        InvalidValue: A value is out of range; nothing was sent.
    """
    # A traceback that shows local variables should find no password here.
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

    What the user spends between your reading the balance and this call is overwritten. `add_qpu_time` and
    `take_qpu_time` change the balance on the server instead.

    Args:
        user_id: Id of the user.
        seconds: The new total in seconds, from 0 to 10**9; not an increment.

    Returns:
        The user afterwards.

    Raises:
        SessionRequired: Nobody is signed in.
        NotFound: There is no such user, or the account is not a superuser.
        InvalidValue: ``seconds`` is out of range or a text, which servers read as 0; nothing was sent.
    """
    ctx.need_session("Giving QPU time")
    body = {"qpu_seconds": seconds_of(seconds, zero=True)}
    return (yield from fetch_as(User, ctx, Request("PATCH", records("users", user_id), json=body, session="needed")))


def add_qpu_time(ctx: Context, user_id: str, seconds: float) -> Call[User]:
    """Add QPU time to a user's balance, on the server. Superusers only.

    The request is sent once. `ConnectionLost` or `TimedOut` means that it is not known whether the time was added.

    Args:
        user_id: Id of the user.
        seconds: Amount in seconds, greater than 0 and at most 10**9.

    Returns:
        The user afterwards.

    Raises:
        SessionRequired: Nobody is signed in.
        NotFound: There is no such user, or the account is not a superuser.
        ConnectionLost: The answer was lost. Read the balance before you repeat the call.
        InvalidValue: ``seconds`` is out of range; nothing was sent.
    """
    ctx.need_session("Giving QPU time")
    return (yield from _change(ctx, user_id, "qpu_seconds+", seconds_of(seconds)))


def take_qpu_time(ctx: Context, user_id: str, seconds: float) -> Call[User]:
    """Take QPU time from a user's balance, on the server. Superusers only.

    The request is sent once. `ConnectionLost` or `TimedOut` means that it is not known whether the time was taken.

    Args:
        user_id: Id of the user.
        seconds: Amount in seconds, greater than 0 and at most the balance.

    Returns:
        The user afterwards.

    Raises:
        SessionRequired: Nobody is signed in.
        NotFound: There is no such user, or the account is not a superuser.
        ConnectionLost: The answer was lost. Read the balance before you repeat the call.
        InvalidValue: ``seconds`` is out of range or more than the balance; nothing was taken.
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
