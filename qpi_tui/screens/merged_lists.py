"""The lists of all servers that differ from those of one: what they read, their columns, and their details."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast
from weakref import WeakKeyDictionary

from qpi_tui.domain.clock import now
from qpi_tui.domain.columns import Column
from qpi_tui.domain.roles import Role
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.job_holds import TOPICS, JobHolds
from qpi_tui.live.lab_reading import read_lab
from qpi_tui.live.overview import needs
from qpi_tui.live.overview_changes import LOOK_BACK, MOST_READINGS
from qpi_tui.live.reads import or_empty, read_rows
from qpi_tui.resources import doctor, jobs, registry, requests, telemetry
from qpi_tui.resources.base import Resource
from qpi_tui.rows.overview import NeedRow
from qpi_tui.screens import make_screen
from qpi_tui.screens.announcement_banner import waiting
from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.screens.merged import Merged, MergedScreen, Reader, listed
from qpi_tui.screens.overview import OverviewScreen
from qpi_tui.session.connection import Connection, explain

if TYPE_CHECKING:
    from qpi_tui.live.servers import LiveSession
    from qpi_tui.rows.base import Row
    from qpi_tui.rows.merged import MergedRow

_log = logging.getLogger(__name__)
# Of a server whose QPUs are not known yet. Asked for each cell that is drawn.
_NO_HOLDS = JobHolds()


async def _needs(screen: MergedScreen, session: LiveSession, connection: Connection) -> Sequence[Row]:
    """Return the lines of one server's overview."""
    from msgspec.structs import replace

    console, labs = screen.console, screen.labs
    lab = labs[connection] = await read_lab(
        connection, session.settings.thresholds, partial(waiting, console, connection), labs.get(connection)
    )
    keys, role = console.keys, connection.role
    return [
        replace(need, where=f"→ {keys.word(f'go.{need.place}')} {registry()[need.place].title_for(role)}")
        for need in needs(lab)
    ]


async def _channels(screen: MergedScreen, session: LiveSession, connection: Connection) -> Sequence[Row]:
    """The channels of one server's instruments."""
    from qpi_tui.rows.telemetry import channels
    from qpi_tui.screens.telemetry import with_trend

    found = read_rows(connection.client, telemetry.RESOURCE, since=now() - LOOK_BACK, limit=MOST_READINGS)
    limits, ascii_only = session.settings.thresholds, screen.console.plain
    return [with_trend(channel, limits, ascii=ascii_only) for channel in channels(await or_empty(found))]


async def _findings(screen: MergedScreen, session: LiveSession, connection: Connection) -> Sequence[Row]:
    """What the examination of one server finds."""
    from qpi_tui.doctor.examination import examine_async
    from qpi_tui.doctor.findings import findings

    return findings(await examine_async(connection.client, explain, lambda read, exam: None))


class MergedOverview(MergedScreen):
    """What needs attention on all servers."""

    resource = registry()["overview"]
    topics: ClassVar[tuple[str, ...]] = OverviewScreen.topics
    noun: ClassVar[tuple[str, str]] = OverviewScreen.noun
    reader: ClassVar[Reader] = staticmethod(_needs)

    def lead_to(self, at: int, rows: Sequence[Row], action: str) -> None:
        """Go to the record of a line."""
        need = rows[0]
        if isinstance(need, NeedRow):
            self.console.act_on(at, need.place, [need.record] if need.record else [], action, need.words)


class MergedRequests(MergedScreen):
    """The pending requests on all servers; a user's own."""

    resource = requests.RESOURCE

    def listed_columns(self) -> Sequence[Column]:
        """Only as wide as they need: the reason has the room that they leave."""
        admin = all(at.role is Role.ADMIN for *_, at in self.servers.signed_in)
        rows: list[Any] = [row.row for row in self.records]
        return requests.fitted(requests.for_role(admin=admin, every=not admin), rows)

    def show(self, data: Merged) -> None:
        """The lines, in columns that fit them."""
        super().show(data)
        self.fit_columns()


async def _jobs(screen: MergedScreen, session: LiveSession, connection: Connection) -> Sequence[Row]:
    """The jobs of one server, and why those that wait there do not start."""
    holds = cast("MergedJobs", screen).read_holds(connection)
    rows, _ = await asyncio.gather(listed(screen, session, connection), holds)
    return rows


class MergedJobs(MergedScreen):
    """The jobs of all servers, in the words of each server's own list."""

    resource = jobs.RESOURCE
    topics: ClassVar[tuple[str, ...]] = (*jobs.RESOURCE.topics, *TOPICS)
    reader: ClassVar[Reader] = staticmethod(_jobs)

    def __init__(self) -> None:
        super().__init__()
        self._holds: WeakKeyDictionary[Connection, JobHolds] = WeakKeyDictionary()

    async def read_holds(self, connection: Connection) -> None:
        """Read QPUs and drivers; without them, the jobs are listed as waiting."""
        try:
            changed = await self._holds.setdefault(connection, JobHolds()).read(connection)
        except Exception:
            _log.debug("why jobs do not start is not known", exc_info=True)
            return
        if changed and self.is_mounted:
            self.table.refresh_cells()
            self.paint_detail()

    def _of_server(self, row: MergedRow) -> JobHolds:
        connection = self.servers.all[row.at].connection
        return self._holds.get(connection, _NO_HOLDS) if connection is not None else _NO_HOLDS

    def columns(self) -> Sequence[Column]:
        """The state says why a job does not start: two servers may use the same id for a QPU."""
        states = {"status": lambda row: jobs.state(row.row, self._of_server(row))}
        return [column._replace(cell=states.get(column.key, column.cell)) for column in super().columns()]

    def detail(self, record: MergedRow) -> list[list[Part]]:
        """The job's life, and whether it waits in vain."""
        from qpi_tui.rows.job_text import life_lines

        everyone = any(at == record.at and each.role is Role.ADMIN for at, _, each in self.servers.signed_in)
        row: Any = record.row
        lines = life_lines(row, everyone=everyone)
        held = self._of_server(record).get(row.qpu_target) if row.status == "pending" else None
        if held is not None:
            lines.insert(2, [("▲ ", "$text-warning"), (held.sentence, "$text-warning")])
        return [[(record.server, "bold")], *lines]


class MergedTelemetry(MergedScreen):
    """The channels of all servers' instruments."""

    resource = telemetry.RESOURCE
    # Instruments report every few seconds: they are read by the timer, not for each reading.
    topics: ClassVar[tuple[str, ...]] = ("drivers",)
    at_most: ClassVar[float] = 30.0
    reader: ClassVar[Reader] = staticmethod(_channels)

    def listed_columns(self) -> Sequence[Column]:
        """The cryostat rather than the trend: channels of two have the same names."""
        first = {"driver": 0, "trend": 2}
        return [column._replace(need=first.get(column.key, column.need)) for column in self.resource.columns]


class MergedDoctor(MergedScreen):
    """What is wrong with the servers."""

    resource = doctor.RESOURCE
    # An examination is fifteen requests to each server.
    at_least: ClassVar[float] = 3600.0
    reader: ClassVar[Reader] = staticmethod(_findings)


_OWN = {
    "overview": MergedOverview,
    "requests": MergedRequests,
    "jobs": MergedJobs,
    "telemetry": MergedTelemetry,
    "doctor": MergedDoctor,
}


def make_merged(resource: Resource[Any]) -> ConsoleScreen:
    """Create the screen that shows a resource of all servers."""
    if resource.id in _OWN:
        return _OWN[resource.id]()
    if resource.id == "journal":
        # One log has the changes at all servers.
        return make_screen(resource)
    members: dict[str, Any] = {"resource": resource, "__module__": __name__}
    made: type[MergedScreen] = type(f"Merged{resource.id.title()}", (MergedScreen,), members)
    return made()
