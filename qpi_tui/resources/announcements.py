"""Announcements: columns and descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.clock import age, local, parse_date, short_moment
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.roles import SESSIONS
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.rows.announcements import AnnouncementRow

_STATES = {
    "shown": Cell("● shown", "ok"),
    "later": Cell("… later", "warn"),
    "over": Cell("○ over", "muted"),
}
STATES = tuple(_STATES)
"""The order in which announcements are listed."""


def _to(notice: AnnouncementRow) -> Cell:
    if len(notice.target_users) > 1:
        return Cell(f"{len(notice.target_users):,} users", "accent")
    return Cell(notice.to, "accent" if notice.target else "")


def _when(field: str, none: str) -> Column:
    label = {"start_time": "From", "end_time": "Until"}[field]

    def cell(notice: AnnouncementRow) -> Cell:
        moment = parse_date(getattr(notice, field))
        return Cell(none, "muted") if moment is None else Cell(short_moment(local(moment)))

    return Column(field, label, 12, cell, need=1, sort=lambda notice: getattr(notice, field))


COLUMNS = [
    Column("state", "State", 8, lambda n: _STATES[n.state], sort=lambda n: STATES.index(n.state)),
    Column("title", "Title", 28, lambda notice: notice.title or "?", least=18),
    Column("text", "Text", 24, lambda notice: notice.description, flex=True),
    Column("to", "To", 20, _to, need=2),
    _when("start_time", "at once"),
    _when("end_time", "no end"),
    Column("age", "Written", 8, lambda n: age(n.created), align="right", need=3, sort=lambda n: n.created),
]

RESOURCE: Resource[AnnouncementRow] = Resource(
    id="announcements",
    title="Announcements",
    short_title="Ann",
    help="Announcements",
    key="9",
    row="qpi_tui.rows.announcements:AnnouncementRow",
    screen="announcements:AnnouncementsScreen",
    noun=("announcement", "announcements"),
    roles=SESSIONS,
    collection="notifications",
    reader="list_notifications",
    columns=COLUMNS,
    about="title",
)
