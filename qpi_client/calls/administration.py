"""Server administration by superusers: logs, backups, e-mail, rules of collections."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from qpi_client.calls.user_admin import email_address
from qpi_client.checks import Moment, every, one_of, part, quoted, stored_time, text, whole
from qpi_client.context import Context
from qpi_client.deadline import Deadline
from qpi_client.errors import BadRequest, InvalidValue, ProtocolError
from qpi_client.exchange import ensure_pinned, error_of, fetch, fetch_dict, get, prove_session, send
from qpi_client.records import Backup, LogEntry, Record
from qpi_client.steps import Call, Emit, Emitting, OpenStream, ReadStream, Request, Unbounded

_BACKUPS: Final = "/api/backups"
LEVELS: Final[Mapping[str, int]] = {"debug": -4, "info": 0, "warning": 4, "error": 8}
_PAGE: Final = 200
# Timeout in seconds for each chunk of a download.
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
    """List the server's log, newest entry first. Superusers only.

    The server writes entries with a delay of a few seconds.

    Args:
        level: Minimum level.
        since: Only entries since this time, as RFC 3339 text with an offset or an aware datetime.
        words: Only entries whose message contains this text.
        filter: A filter in PocketBase's language, such as ``"data.status >= 400"``, sent unchanged.
        limit: Maximum number of entries, from 1 to 10,000.

    Returns:
        The entries, with ``message``, ``level`` and further fields in ``data``.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        BadRequest: The server rejects the filter.
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
            raise ProtocolError("The server's answer to /api/logs contains no entries.")
        found += [item for item in items if isinstance(item, dict)]
        if len(items) < _PAGE:
            break
    return cast("list[LogEntry]", found[:most])


def list_backups(ctx: Context) -> Call[list[Backup]]:
    """List the server's backups, newest first. Superusers only.

    Returns:
        The backups, with ``key`` (the name), ``size`` in bytes and ``modified``.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
    """
    ctx.need_session("Listing backups")
    answer = yield from fetch(ctx, get(_BACKUPS, session="needed"))
    if not isinstance(answer, list):
        raise ProtocolError(f"The server's answer to {_BACKUPS} is not a list.")
    found = [item for item in answer if isinstance(item, dict)]
    return cast("list[Backup]", sorted(found, key=lambda each: str(each.get("modified")), reverse=True))


def create_backup(ctx: Context, name: str) -> Call[None]:
    """Create a backup of all data of the server. Superusers only. It may take as long as the server needs.

    Args:
        name: Name of lower-case letters, digits, "-" and "_", ending in ".zip".

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        BadRequest: The name is taken, or another backup is in progress.
        ConnectionLost: The answer was lost. The server may still be creating the backup.
        InvalidValue: ``name`` is not a valid backup name; nothing was sent.
    """
    ctx.need_session("Creating a backup")
    body = {"name": _backup(name)}
    yield Unbounded()
    yield from send(ctx, Request("POST", _BACKUPS, json=body, repeat=False, session="needed", patient=True))


def delete_backup(ctx: Context, name: str) -> Call[None]:
    """Delete a backup. Superusers only.

    Args:
        name: Name of the backup: ``key`` from `list_backups`.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        BadRequest: No such backup.
    """
    ctx.need_session("Deleting a backup")
    request = Request("DELETE", f"{_BACKUPS}/{part(name, 'backup')}", session="needed")
    try:
        yield from send(ctx, request)
    except BadRequest:
        if request.tries == 1:
            raise
        # The first attempt may have deleted it, and only its answer was lost.
        left = yield from list_backups(ctx)
        if any(backup.get("key") == name for backup in left):
            raise


def restore_backup(ctx: Context, name: str) -> Call[None]:
    """Replace all data of the server with a backup. Superusers only.

    It may take as long as the server needs. Then the server restarts: changes since the backup are lost, sessions may
    end, and drivers have to reconnect.

    Args:
        name: Name of the backup: ``key`` from `list_backups`.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        BadRequest: No such backup, or another backup or restore is in progress.
        ConnectionLost: The answer was lost. The server may still be restoring the backup.
    """
    ctx.need_session("Restoring a backup")
    path = f"{_BACKUPS}/{part(name, 'backup')}/restore"
    yield Unbounded()
    yield from send(ctx, Request("POST", path, repeat=False, session="needed", patient=True))


def download_backup(ctx: Context, name: str) -> Emitting[bytes]:
    """Download a backup in chunks. Superusers only.

    Args:
        name: Name of the backup: ``key`` from `list_backups`.

    Returns:
        The bytes of the file, in chunks.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such backup.
        ConnectionLost: The connection closed before the download was complete.

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
    # Compression would hide a truncated download, because its size is compared.
    request.headers = {**ctx.headers(False), "accept": "*/*", "accept-encoding": "identity"}
    deadline = Deadline(time.monotonic() + _PATIENCE, endless=True)
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
    """Send a test e-mail from the server. Superusers only.

    Args:
        email: Recipient's address.
        template: Template to send: "verification", "password-reset", "email-change", "otp" or "login-alert".

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        BadRequest: The e-mail could not be sent; the error states the cause.
        InvalidValue: A value is not valid; nothing was sent.
    """
    ctx.need_session("Sending a test mail")
    body = {"email": email_address(email), "template": one_of(template, "template", _TEMPLATES), "collection": "users"}
    yield from send(ctx, Request("POST", "/api/settings/test/email", json=body, repeat=False, session="needed"))


def list_collections(ctx: Context) -> Call[list[Record]]:
    """List the definitions of all collections: fields and access rules. Superusers only.

    Returns:
        The definitions as PocketBase stores them, sorted by name.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
    """
    ctx.need_session("Reading the server's collections")
    request = get("/api/collections", query={"perPage": 500, "sort": "name", "skipTotal": 1}, session="needed")
    items: Any = (yield from fetch_dict(ctx, request)).get("items")
    if not isinstance(items, list):
        raise ProtocolError("The server's answer to /api/collections contains no collections.")
    return [dict(item) for item in items if isinstance(item, dict)]


def _backup(name: str) -> str:
    text(name, "The name", 150)
    if not re.fullmatch(r"[a-z0-9_-]+\.zip", name):
        raise InvalidValue(f"{name[:80]!r} is not a name of a backup. Use a-z, 0-9, - and _, and .zip at the end.")
    return name
