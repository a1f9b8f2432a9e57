"""Read what one server reports for attention: for its own overview, and for that of several servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.clock import local, minute, now
from qpi_tui.domain.roles import Role
from qpi_tui.live.active_jobs import Active, read_active
from qpi_tui.live.overview import Lab
from qpi_tui.live.overview_changes import LOOK_BACK, MOST_READINGS
from qpi_tui.live.reads import drivers_or_none, or_empty, read_rows
from qpi_tui.live.recent_jobs import SPAN, Recent, kept, read_recent
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_tui.rows.announcements import AnnouncementRow
    from qpi_tui.rows.requests import RequestRow
    from qpi_tui.session.connection import Connection

LOOK_AHEAD = timedelta(days=7)

Waiting = Callable[[Sequence["AnnouncementRow"]], Sequence["AnnouncementRow"]]


async def read_lab(
    connection: Connection,
    limits: Mapping[str, Mapping[str, float]],
    waiting: Waiting,
    before: Lab | None = None,
    pending_since: Callable[[RequestRow], str] = lambda _: "",
) -> Lab:
    """Return everything that may need attention and that this role may see.

    Args:
        connection: The connection.
        limits: The limits of this server's telemetry channels.
        waiting: Keeps the announcements that a user has not dismissed.
        before: The previous data: of its recent jobs only newer ones are requested.
        pending_since: A request's waiting time in words, if known.
    """
    client, admin, moment, known = connection.client, connection.role is Role.ADMIN, now(), registry()
    session = bool(connection.user_id)
    today = local(local(moment).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None))

    async def listed(wanted: bool, id: str, **only: Any) -> list[Any]:
        return await read_rows(client, known[id], **only) if wanted else []

    lists = asyncio.gather(
        listed(session, "requests", status=None if admin else "pending"),
        listed(True, "qpus"),
        listed(session, "slots", start=today, end=minute() + LOOK_AHEAD),
        listed(session, "announcements"),
        or_empty(listed(True, "telemetry", since=minute() - LOOK_BACK, limit=MOST_READINGS)),
    )
    work = asyncio.gather(_active(connection, session), _recent(connection, before))
    server = asyncio.gather(drivers_or_none(connection), connection.server_started())
    # A separate gather for each, so that their types are known.
    (requests, qpus, slots, notices, readings), (active, ended), (drivers, started) = await asyncio.gather(
        lists, work, server
    )
    recent = ended if ended is not None else kept(Recent(active.seen, active.since), moment - SPAN)
    return Lab(
        admin=admin,
        requests=requests,
        qpus=qpus,
        drivers=drivers or (),
        active=active.jobs,
        recent=recent.jobs,
        slots=slots,
        notices=notices if admin else waiting(notices),
        readings=readings,
        limits=limits,
        me=connection.user_id,
        older=drivers is None,
        server_started=started,
        oldest=next((pending_since(each) for each in requests if each.pending), ""),
        more_active=active.since is not None,
        recent_since=recent.since,
        slots_known=session,
        recent_told=recent.told,
    )


def recent_of(lab: Lab | None) -> Recent | None:
    """Return the recent jobs of an administrator's data."""
    return Recent(lab.recent, lab.recent_since, lab.recent_told) if lab is not None and lab.admin else None


async def _active(connection: Connection, session: bool) -> Active:
    return await read_active(connection) if session else Active([])


async def _recent(connection: Connection, before: Lab | None) -> Recent | None:
    return await read_recent(connection, recent_of(before)) if connection.role is Role.ADMIN else None
