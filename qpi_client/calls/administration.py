"""What superusers do with the server itself: logs, backups, mail, the rules of collections."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from qpi_client.calls.user_admin import email_address
from qpi_client.checks import Moment, every, one_of, part, quoted, stored_time, text, whole
from qpi_client.context import Context
from qpi_client.deadline import Deadline
from qpi_client.errors import InvalidValue, ProtocolError
from qpi_client.exchange import ensure_pinned, error_of, fetch, fetch_dict, get, prove_session, send
from qpi_client.records import Backup, LogEntry, Record
from qpi_client.steps import Call, Emit, Emitting, OpenStream, ReadStream, Request, Unbounded

_BACKUPS: Final = "/api/backups"
LEVELS: Final[Mapping[str, int]] = {"debug": -4, "info": 0, "warning": 4, "error": 8}
_PAGE: Final = 200
# The seconds in which each piece of a download comes.
_PATIENCE: Final = 60.0
_TEMPLATES: Final = ("verification", "password-reset", "email-change", "otp", "login-alert")
Template = Literal["verification", "password-reset", "email-change", "otp", "login-alert"]


def list_logs(
    ctx: Context,
    *,
    level: Literal["debug", "info", "warning", "error"] | None = None,
    since: Moment | None = None,
    words: str | None = None,
    filter: str | None = None,
    limit: int = 200,
) -> Call[list[LogEntry]]:
    """List the server's log, the newest entry first. Superusers only.

    The server writes entries a few seconds after they happened.

    Args:
        level: Only entries of this level and above.
        since: Only entries from this time on, as RFC 3339 text with an offset or an aware datetime.
        words: Only entries whose message has this text in it.
        filter: A filter in PocketBase's language, such as ``"data.status >= 400"``. It is sent as it is.
        limit: Largest number of entries, from 1 to 10,000.

    Returns:
        The entries, with ``message``, ``level`` and what else is known of each in ``data``.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
        BadRequest: The server does not accept the filter.
        InvalidValue: A value is out of range; nothing was sent.
    """
    ctx.need_session("Reading the server's log")
    most = whole(limit, "limit", 1, 10_000)
    condition = every(
        None if level is None else f"level >= {LEVELS[one_of(level, 'level', tuple(LEVELS))]}",
        None if since is None else f"created >= {quoted(stored_time(since, 'since'))}",
        None if words is None else f"message ~ {quoted(words)}",
        f"({filter})" if filter else None,
    )
    found: list[Record] = []
    while len(found) < most:
        query: Record = {"page": len(found) // _PAGE + 1, "perPage": _PAGE, "sort": "-@rowid", "skipTotal": 1}
        if condition:
            query["filter"] = condition
        items = (yield from fetch_dict(ctx, get("/api/logs", query=query, session="needed"))).get("items")
        if not isinstance(items, list):
            raise ProtocolError("The server's answer to /api/logs holds no entries.")
        found += [item for item in items if isinstance(item, dict)]
        if len(items) < _PAGE:
            break
    return cast("list[LogEntry]", found[:most])


def list_backups(ctx: Context) -> Call[list[Backup]]:
    """List the backups that the server keeps, the newest first. Superusers only.

    Returns:
        The backups, with ``key`` (the name), ``size`` in bytes and ``modified``.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
    """
    ctx.need_session("Listing backups")
    answer = yield from fetch(ctx, get(_BACKUPS, session="needed"))
    if not isinstance(answer, list):
        raise ProtocolError(f"The server's answer to {_BACKUPS} is not a list.")
    found = [item for item in answer if isinstance(item, dict)]
    return cast("list[Backup]", sorted(found, key=lambda each: str(each.get("modified")), reverse=True))


def create_backup(ctx: Context, name: str) -> Call[None]:
    """Make a backup of everything that the server holds. Superusers only. It takes as long as it takes.

    Args:
        name: Its name: lower-case letters, digits, "-" and "_", and ".zip" at the end.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
        BadRequest: The name is taken, or another backup is being made.
        InvalidValue: ``name`` is no name of a backup; nothing was sent.
    """
    ctx.need_session("Making a backup")
    yield Unbounded()
    yield from send(ctx, Request("POST", _BACKUPS, json={"name": _backup(name)}, repeat=False, session="needed"))


def delete_backup(ctx: Context, name: str) -> Call[None]:
    """Delete a backup. Superusers only.

    Args:
        name: Its name, as `list_backups` gives it in ``key``.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
        BadRequest: There is no such backup.
    """
    ctx.need_session("Deleting a backup")
    yield from send(ctx, Request("DELETE", f"{_BACKUPS}/{part(name, 'backup')}", session="needed"))


def restore_backup(ctx: Context, name: str) -> Call[None]:
    """Replace everything that the server holds by a backup. Superusers only.

    The server starts anew: what was changed since the backup is lost, sessions may end, and drivers have to connect
    again.

    Args:
        name: Its name, as `list_backups` gives it in ``key``.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
        BadRequest: There is no such backup, or another one is being made or restored.
    """
    ctx.need_session("Restoring a backup")
    path = f"{_BACKUPS}/{part(name, 'backup')}/restore"
    yield from send(ctx, Request("POST", path, repeat=False, session="needed"))


def download_backup(ctx: Context, name: str) -> Emitting[bytes]:
    """Download a backup, piece by piece. Superusers only.

    Args:
        name: Its name, as `list_backups` gives it in ``key``.

    Returns:
        The bytes of the file, in pieces.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
        NotFound: There is no such backup.
        ConnectionLost: The download ended before its end.

    Examples:
        >>> with open("lab.zip", "xb") as file:
        ...     for piece in client.download_backup("lab.zip"):
        ...         file.write(piece)
    """
    ctx.need_session("Downloading a backup")
    yield from ensure_pinned(ctx)
    yield from prove_session(ctx)
    answer = yield from fetch_dict(ctx, Request("POST", "/api/files/token", changes=False, session="needed"))
    token = answer.get("token")
    if not isinstance(token, str) or not token:
        del answer, token
        raise ProtocolError("The server gives no token for files.")
    request = get(f"{_BACKUPS}/{part(name, 'backup')}", query={"token": token}, signed=False)
    del answer, token
    # Its size counts: nothing may be compressed on the way.
    request.headers = {**ctx.headers(False), "accept": "*/*", "accept-encoding": "identity"}
    deadline = Deadline(time.monotonic() + _PATIENCE, patient=True)
    yield Unbounded()
    reply = yield OpenStream(request, deadline)
    if reply.status != 200:
        request.query = None
        raise error_of(ctx, request, reply)
    while piece := (yield ReadStream()):
        deadline.at = time.monotonic() + _PATIENCE
        yield Emit([piece])
    return []


def send_test_email(ctx: Context, email: str, template: Template = "verification") -> Call[None]:
    """Have the server send a letter to see whether its mail works. Superusers only.

    Args:
        email: Address that the letter goes to.
        template: Which of the server's letters: "verification", "password-reset", "email-change", "otp" or
            "login-alert".

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
        BadRequest: The letter could not be sent; the error says why.
        InvalidValue: A value is not accepted; nothing was sent.
    """
    ctx.need_session("Sending a test letter")
    body = {"email": email_address(email), "template": one_of(template, "template", _TEMPLATES), "collection": "users"}
    yield from send(ctx, Request("POST", "/api/settings/test/email", json=body, repeat=False, session="needed"))


def list_collections(ctx: Context) -> Call[list[Record]]:
    """List the definitions of all collections: their fields and the rules that say who may what. Superusers only.

    Returns:
        The definitions, as PocketBase stores them, by name.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
    """
    ctx.need_session("Reading the server's collections")
    request = get("/api/collections", query={"perPage": 500, "sort": "name", "skipTotal": 1}, session="needed")
    items: Any = (yield from fetch_dict(ctx, request)).get("items")
    if not isinstance(items, list):
        raise ProtocolError("The server's answer to /api/collections holds no collections.")
    return [dict(item) for item in items if isinstance(item, dict)]


def _backup(name: str) -> str:
    text(name, "The name", 150)
    if not re.fullmatch(r"[a-z0-9_-]+\.zip", name):
        raise InvalidValue(f"{name[:80]!r} is no name of a backup: a-z, 0-9, - and _, and .zip at the end.")
    return name
