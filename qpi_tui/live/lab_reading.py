"""Read what needs attention on one server, for the overview of several servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.clock import now
from qpi_tui.domain.roles import Role
from qpi_tui.live.active_jobs import read_active
from qpi_tui.live.overview import Lab
from qpi_tui.live.overview_changes import LOOK_BACK, MOST_READINGS
from qpi_tui.live.reads import drivers_or_none, optional, read_rows
from qpi_tui.live.recent_jobs import read_recent
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_tui.rows.announcements import AnnouncementRow
    from qpi_tui.session.connection import Connection

LOOK_AHEAD = timedelta(days=7)


async def read_lab(
    connection: Connection,
    limits: Mapping[str, Mapping[str, float]],
    waiting: Callable[[Sequence[AnnouncementRow]], Sequence[AnnouncementRow]],
) -> Lab:
    """Return what a server says that somebody should know or do, as far as this role sees it.

    Args:
        connection: Who is signed in where.
        limits: The limits of telemetry channels.
        waiting: The announcements that a user has not dismissed.
    """
    client, admin, moment, known = connection.client, connection.role is Role.ADMIN, now(), registry()
    session = bool(connection.user_id)

    async def listed(wanted: bool, id: str, **only: Any) -> list[Any]:
        return await optional(read_rows(client, known[id], **only)) if wanted else []

    requests, qpus, slots, notices, readings, drivers = await asyncio.gather(
        listed(session, "requests", status=None if admin else "pending"),
        listed(True, "qpus"),
        listed(session, "slots", start=moment, end=moment + LOOK_AHEAD),
        listed(session, "announcements"),
        listed(True, "telemetry", since=moment - LOOK_BACK, limit=MOST_READINGS),
        drivers_or_none(connection),
    )
    active = await read_active(connection) if session else None
    recent = await read_recent(connection, None) if admin else None
    return Lab(
        admin=admin,
        requests=requests,
        qpus=qpus,
        drivers=drivers or (),
        active=active.jobs if active is not None else (),
        recent=recent.jobs if recent is not None else (),
        slots=slots,
        notices=notices if admin else waiting(notices),
        readings=readings,
        limits=limits,
        me=connection.user_id,
        older=drivers is None,
        server_started=await connection.server_started(),
        more_active=active is not None and active.since is not None,
        recent_since=recent.since if recent is not None else None,
        slots_known=session,
    )
