"""Users and their QPU seconds."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_client.checks import quoted, seconds_of, text
from qpi_client.context import Context
from qpi_client.errors import AmbiguousName, InvalidValue, NotFound
from qpi_client.exchange import fetch_dict, get, records
from qpi_client.paging import Pager, emitted, everything
from qpi_client.records import Record
from qpi_client.steps import Call, Emitting, Request


def list_users(ctx: Context, *, fields: Sequence[str] | None = None) -> Call[list[Record]]:
    """All users that you may see (a user: itself), oldest first; only some `fields` of them if given."""
    ctx.need_session("Listing users")
    return (yield from everything(ctx, Pager("users", by="created", fields=fields)))


def iter_users(ctx: Context, *, fields: Sequence[str] | None = None) -> Emitting[Record]:
    """As `list_users`, page by page as they are needed."""
    ctx.need_session("Listing users")
    return (yield from emitted(ctx, Pager("users", by="created", fields=fields)))


def get_user(ctx: Context, who: str) -> Call[Record]:
    """One user by id, e-mail address or name. `AmbiguousName` with the ids if several have the name."""
    session = ctx.need_session("Reading a user")
    text(who, "The user", 255)
    if who in (session.user_id, session.identity) and not session.is_superuser:
        return (yield from fetch_dict(ctx, get(records("users", session.user_id), session="needed")))
    wanted = quoted(who)
    condition = f"id = {wanted} || email = {wanted} || name = {wanted}"
    found = yield from everything(ctx, Pager("users", by="created", filter=condition))
    for field in ("id", "email", "name"):
        exact = [user for user in found if user.get(field) == who]
        if len(exact) == 1:
            return exact[0]
        if exact:
            ids = [str(user["id"]) for user in exact]
            raise AmbiguousName(f"{len(ids)} users have the name {who!r}: say which by e-mail address or id.", ids)
    raise NotFound(404, f"There is no user {who!r}, or you may not see it")


def user_id(ctx: Context, who: str) -> Call[str]:
    """The id of a user given by id, e-mail address or name."""
    session = ctx.need_session("Looking for a user")
    if who == session.user_id:
        return who
    return str((yield from get_user(ctx, who))["id"])


def create_user(
    ctx: Context, email: str, password: str, name: str = "", qpu_seconds: float | None = None
) -> Call[Record]:
    """Make a user who can sign in with this password of at least 8 characters (superusers)."""
    ctx.need_session("Making a user")
    text(email, "The e-mail address", 255)
    if email.count("@") != 1 or email != email.strip() or " " in email:
        raise InvalidValue(f"{email!r} is no e-mail address.")
    if not isinstance(password, str) or not 8 <= len(password) <= 71:
        raise InvalidValue("A password has 8 to 71 characters.")
    body: Record = {
        "email": email,
        "emailVisibility": True,
        "password": password,
        "passwordConfirm": password,
    }
    body["name"] = text(name, "The name", 255, empty=True)
    if qpu_seconds is not None:
        body["qpu_seconds"] = seconds_of(qpu_seconds, zero=True)
    return (yield from fetch_dict(ctx, Request("POST", records("users"), json=body, repeat=False, session="needed")))


def allocate_qpu_time(ctx: Context, user_id: str, seconds: float) -> Call[Record]:
    """Set a user's balance to this total, in seconds (superusers); the user as it is then."""
    ctx.need_session("Giving QPU time")
    body = {"qpu_seconds": seconds_of(seconds, zero=True)}
    return (yield from fetch_dict(ctx, Request("PATCH", records("users", user_id), json=body, session="needed")))


def add_qpu_time(ctx: Context, user_id: str, seconds: float) -> Call[Record]:
    """Add seconds to a user's balance, on the server, so that nothing that happens meanwhile is lost (superusers)."""
    ctx.need_session("Giving QPU time")
    return (yield from _change(ctx, user_id, "qpu_seconds+", seconds_of(seconds)))


def take_qpu_time(ctx: Context, user_id: str, seconds: float) -> Call[Record]:
    """Take seconds off a user's balance, on the server (superusers). More than there is: `InvalidValue`, none taken."""
    ctx.need_session("Taking QPU time")
    amount = seconds_of(seconds)
    user = yield from fetch_dict(ctx, get(records("users", user_id), session="needed"))
    balance = user.get("qpu_seconds")
    if isinstance(balance, (int, float)) and balance < amount:
        who = user.get("email") or user_id
        raise InvalidValue(f"{who} has {balance:g} s: {amount:g} s cannot be taken, and nothing was.")
    return (yield from _change(ctx, user_id, "qpu_seconds-", amount))


def _change(ctx: Context, user_id: str, field: str, amount: float) -> Call[Record]:
    request = Request("PATCH", records("users", user_id), json={field: amount}, repeat=False, session="needed")
    return (yield from fetch_dict(ctx, request))
