"""Announcements for everybody or for one user."""

from __future__ import annotations

from typing import TypedDict, Unpack

from qpi_client.calls.typed import fetch_as, list_as
from qpi_client.calls.users import user_id
from qpi_client.checks import Moment, most_of, part, sent_time, start_before_end, text
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import records, remove
from qpi_client.paging import Pager
from qpi_client.records import Dismissal, Notification, Record
from qpi_client.steps import Call, Request

_NOTIFICATIONS = "notifications"
_KNOWN = ("title", "description", "start_time", "end_time", "target_user")


class NotificationFields(TypedDict, total=False):
    """Fields that `update_notification` can change."""

    title: str
    description: str
    start_time: Moment | None
    end_time: Moment | None
    target_user: str | None


def list_notifications(ctx: Context, *, limit: int | None = None) -> Call[list[Notification]]:
    """List announcements.

    Args:
        limit: Largest number of announcements to return; defaults to all.

    Returns:
        Announcements for you that you have not dismissed, newest first. Superusers get all of them, including scheduled
        and expired ones.

    Raises:
        SessionRequired: Not signed in.
        SessionExpired: The session expired.
        InvalidValue: ``limit`` is out of range; nothing was sent.
    """
    ctx.need_session("Listing announcements")
    pager = Pager(_NOTIFICATIONS, by="-@rowid", expand="target_users", limit=most_of(limit))
    return (yield from list_as(Notification, ctx, pager))


def dismiss_notification(ctx: Context, notification_id: str) -> Call[Dismissal]:
    """Dismiss an announcement for yourself.

    Servers store one user per announcement: when another user dismisses it, it reappears for you (recorded on v0.0.42
    and v0.1.2).

    Args:
        notification_id: Id of the announcement.

    Returns:
        ``{"status": "dismissed"}``.

    Raises:
        NotFound: No such announcement, or it is not for you.
        Unauthorized: No session and no API token, or the server rejects the credentials.
    """
    path = f"/api/notifications/{part(notification_id)}/dismiss"
    return (yield from fetch_as(Dismissal, ctx, Request("POST", path, json={})))


def create_notification(
    ctx: Context,
    title: str,
    description: str,
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    target_user: str | None = None,
) -> Call[Notification]:
    """Create an announcement. Superusers only.

    Args:
        title: At most 255 characters.
        description: At most 5,000 characters; may be empty.
        start_time: Time of publication, as RFC 3339 text with an offset or an aware datetime. Default: now.
        end_time: Time of expiry. Default: never.
        target_user: Id, e-mail address or name of the recipient. Default: everybody.

    Returns:
        The new announcement.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such user.
        InvalidValue: A value is out of range, or the end is not after the start; nothing was sent.
    """
    ctx.need_session("Creating an announcement")
    fields = {"title": title, "description": description, "target_user": target_user}
    body = yield from _body(ctx, {**fields, "start_time": start_time, "end_time": end_time})
    request = Request("POST", records(_NOTIFICATIONS), json=body, repeat=False, session="needed")
    return (yield from fetch_as(Notification, ctx, request))


def update_notification(ctx: Context, /, id: str, **fields: Unpack[NotificationFields]) -> Call[Notification]:
    """Change an announcement. Superusers only.

    Args:
        id: Id of the announcement.
        **fields: ``title``, ``description``, ``start_time``, ``end_time`` and ``target_user``, as in
            `create_notification`. An empty time or user removes it; None leaves it unchanged.

    Returns:
        The updated announcement.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such announcement or user, or the account is not a superuser.
        InvalidValue: No such field, or a value is out of range; nothing was sent.
    """
    ctx.need_session("Changing an announcement")
    for name in fields:
        if name not in _KNOWN:
            raise InvalidValue(f"An announcement has no {name!r}; it has {', '.join(_KNOWN)}.")
    body = yield from _body(ctx, dict(fields))
    request = Request("PATCH", records(_NOTIFICATIONS, id), json=body, session="needed")
    return (yield from fetch_as(Notification, ctx, request))


def _body(ctx: Context, fields: Record) -> Call[Record]:
    """Return validated fields in the form of the request, without those that are None."""
    start_before_end(fields.get("start_time") or None, fields.get("end_time") or None)
    body: Record = {}
    for name in _KNOWN:
        value = fields.get(name)
        if value is None:
            continue
        if name == "title":
            body[name] = text(value, "The title", 255)
        elif name == "description":
            body[name] = text(value, "The description", empty=True)
        elif name == "target_user":
            body["target_users"] = (yield from user_id(ctx, value)) if value else ""
        else:
            body[name] = sent_time(value, name) if value else ""
    return body


def delete_notification(ctx: Context, id: str) -> Call[None]:
    """Delete an announcement. Superusers only.

    Args:
        id: Id of the announcement.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such announcement.
    """
    yield from remove(ctx, _NOTIFICATIONS, id)
