"""Columns of the announcements."""

from __future__ import annotations

from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import age, local, now, parse_date, short_moment
from qpi_tui.domain.columns import Cell, Column, Record
from qpi_tui.domain.roles import SESSIONS
from qpi_tui.resources.base import Resource

_STATES = {
    "shown": Cell("● shown", "ok"),
    "later": Cell("… later", "warn"),
    "over": Cell("○ over", "muted"),
}
_ORDER = tuple(_STATES)


def state_of(notice: Record) -> str:
    """`shown`, `later` (it has not begun) or `over`."""
    moment = now()
    start, end = parse_date(notice.get("start_time")), parse_date(notice.get("end_time"))
    if end is not None and end <= moment:
        return "over"
    return "later" if start is not None and start > moment else "shown"


def _to(notice: Record) -> Cell:
    """To everybody, or to whom: a server gives one id as text, several as a list."""
    target = notice.get("target_users")
    if not target:
        return Cell("everybody")
    if isinstance(target, (list, tuple)) and len(target) > 1:
        return Cell(f"{len(target):,} users", "accent")
    single = target[0] if isinstance(target, (list, tuple)) else target
    return Cell(facts.user_name(facts.expanded(notice, "target_users") or {"id": single}), "accent")


def _when(field: str, none: str) -> Column:
    label = {"start_time": "from", "end_time": "until"}[field]

    def cell(notice: Record) -> Cell:
        moment = parse_date(notice.get(field))
        return Cell(none, "muted") if moment is None else Cell(short_moment(local(moment)))

    return Column(field, label, 12, cell, need=1, sort=lambda notice: str(notice.get(field) or ""))


COLUMNS = [
    Column("state", "state", 8, lambda n: _STATES[state_of(n)], sort=lambda n: _ORDER.index(state_of(n))),
    Column("title", "title", 28, lambda notice: str(notice.get("title") or "?"), least=18),
    Column("text", "text", 24, lambda notice: str(notice.get("description") or ""), flex=True),
    Column("to", "to", 20, _to, need=2),
    _when("start_time", "at once"),
    _when("end_time", "no end"),
    Column(
        "age",
        "written",
        8,
        lambda notice: age(notice.get("created")),
        align="right",
        need=3,
        sort=lambda notice: str(notice.get("created") or ""),
    ),
]

RESOURCE: Resource[Any] = Resource(
    id="announcements",
    title="Notices",
    short_title="News",
    help="Announcements to the users",
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
