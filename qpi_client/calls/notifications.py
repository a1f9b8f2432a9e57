"""Announcements to everybody or to one user."""

from __future__ import annotations

from typing import Any

from qpi_client.calls.users import user_id
from qpi_client.checks import Moment, part, sent_time, start_before_end, text
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import fetch_dict, records, remove
from qpi_client.paging import Pager, everything
from qpi_client.records import Record
from qpi_client.steps import Call, Request

_NOTIFICATIONS = "notifications"
_KNOWN = ("title", "description", "start_time", "end_time", "target_user")


def list_notifications(ctx: Context) -> Call[list[Record]]:
    """The announcements that are for you and not dismissed, newest first; a superuser sees all, past and coming too."""
    ctx.need_session("Listing announcements")
    return (yield from everything(ctx, Pager(_NOTIFICATIONS, by="-created", expand="target_users")))


def dismiss_notification(ctx: Context, notification_id: str) -> Call[Record]:
    """Dismiss an announcement for yourself. Servers so far remember one user only: the next one's brings it back."""
    path = f"/api/notifications/{part(notification_id)}/dismiss"
    return (yield from fetch_dict(ctx, Request("POST", path, json={})))


def create_notification(
    ctx: Context,
    title: str,
    description: str,
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    target_user: str | None = None,
) -> Call[Record]:
    """Announce something (superusers), from `start_time` to `end_time` if given.

    To everybody, or to one user (id, e-mail address or name).
    """
    ctx.need_session("Announcing")
    fields = {"title": title, "description": description, "target_user": target_user}
    body = yield from _body(ctx, {**fields, "start_time": start_time, "end_time": end_time})
    request = Request("POST", records(_NOTIFICATIONS), json=body, repeat=False, session="needed")
    return (yield from fetch_dict(ctx, request))


def update_notification(ctx: Context, /, id: str, **fields: Any) -> Call[Record]:
    """Change an announcement (superusers): `title`, `description`, `start_time`, `end_time`, `target_user`.

    An empty time or user takes the bound or the addressee off.
    """
    ctx.need_session("Changing an announcement")
    for name in fields:
        if name not in _KNOWN:
            raise InvalidValue(f"An announcement has no {name!r}; it has {', '.join(_KNOWN)}.")
    body = yield from _body(ctx, fields)
    request = Request("PATCH", records(_NOTIFICATIONS, id), json=body, session="needed")
    return (yield from fetch_dict(ctx, request))


def _body(ctx: Context, fields: Record) -> Call[Record]:
    """Checked fields as they are sent; None is left out."""
    start_before_end(fields.get("start_time") or None, fields.get("end_time") or None)
    body: Record = {}
    for name in _KNOWN:
        value = fields.get(name)
        if value is None:
            continue
        if name == "title":
            body[name] = text(value, "The title", 255)
        elif name == "description":
            body[name] = text(value, "The text", empty=True)
        elif name == "target_user":
            body["target_users"] = (yield from user_id(ctx, value)) if value else ""
        else:
            body[name] = sent_time(value, name) if value else ""
    return body


def delete_notification(ctx: Context, id: str) -> Call[None]:
    """Remove an announcement (superusers)."""
    yield from remove(ctx, _NOTIFICATIONS, id)
