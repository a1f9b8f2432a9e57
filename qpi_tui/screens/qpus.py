"""The registry of QPUs: state, running and queued jobs, and why one does not run jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from qpi_tui.domain.clock import age, coarse, minute, now
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.active_jobs import read_active
from qpi_tui.live.reads import drivers_or_none, read_rows
from qpi_tui.resources import qpus as columns
from qpi_tui.resources import registry
from qpi_tui.rows.qpu_service import QPUService, listed, problems, services_of, why_offline, why_queued
from qpi_tui.rows.slot_holders import clock_words, now_and_next
from qpi_tui.screens.qpu_list import QPUList
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.rows.drivers import DriverRow
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.rows.slots import SlotRow

LOOK_AHEAD = timedelta(days=7)
MOST_JOBS = 12
"""Number of jobs to list in a detail."""


class Listing(NamedTuple):
    """The data: QPUs, drivers (None on v0.0), queued and running jobs, slots from now on."""

    qpus: Sequence[QPURow]
    drivers: Sequence[DriverRow] | None
    active: Sequence[JobRow]
    slots: Sequence[SlotRow]
    server_started: datetime | None


class QPUsScreen(QPUList):
    """Every QPU with its drivers, queue and slot holder."""

    resource = columns.RESOURCE
    topics: ClassVar[tuple[str, ...]] = ("qpus", "drivers", "quantum_jobs", "time_slots")
    empty: ClassVar[str] = "No QPUs."
    brief_height = 4

    def __init__(self) -> None:
        super().__init__()
        # QPU → drivers that must reconnect after it was started from here.
        self._awaited: dict[str, frozenset[str]] = {}
        self._services: dict[str, QPUService] = {}
        # Start of the counted jobs, if there are too many to count all.
        self._since: datetime | None = None

    async def read(self, connection: Connection) -> Listing:
        """Read QPUs, drivers, the active jobs that this account may see, and the slots of the next week."""
        return Listing(
            *await asyncio.gather(
                read_rows(connection.client, columns.RESOURCE),
                drivers_or_none(connection),
                self._active(connection),
                self._slots(connection),
                connection.server_started(),
            )
        )

    def drop_data(self) -> None:
        """Another server may use the same ids for its QPUs."""
        self._awaited.clear()
        self._services = {}
        self._since = None
        super().drop_data()

    async def _active(self, connection: Connection) -> list[JobRow]:
        if not connection.user_id:
            return []
        active = await read_active(connection)
        self._since = active.since
        return active.jobs

    async def _slots(self, connection: Connection) -> list[SlotRow]:
        if not connection.user_id:
            return []
        moment = minute()
        return await read_rows(connection.client, registry()["slots"], start=moment, end=moment + LOOK_AHEAD)

    def merge(self, data: Listing, events: Sequence[ChangeEvent]) -> Listing | None:
        """Related records arrive with the read."""
        return None

    def rows(self, data: Listing) -> list[QPURow]:
        """Return the QPUs by name, with their related records."""
        holder, following = now_and_next(data.slots, self.connection.user_id)
        services = services_of(
            data.qpus,
            data.drivers,
            data.active,
            everyone=self.connection.role == "admin",
            held=bool(holder),
            server_started=data.server_started,
        )
        self._report_connected(services)
        self._services = {service.qpu.id: service for service in services}
        return [_row(service, data.active, holder, following) for service in services]

    def services_of(self, targets: Sequence[QPURow]) -> list[QPUService]:
        """Return the conditions for the jobs of these QPUs."""
        return [self._services[qpu.id] for qpu in targets if qpu.id in self._services]

    def changed_service(self, done: list[Step]) -> None:
        """A batch ended: watch for the drivers of started QPUs."""
        self.unmark_done(done)
        for step in done:
            record = next((each for each in self.records if each.id == step.id), None)
            if step.outcome is not None and step.outcome.ok and record is not None:
                self._awaited[step.id] = frozenset(
                    driver.id for driver in record.drivers or () if driver.state != "online"
                )

    def _report_connected(self, services: Sequence[QPUService]) -> None:
        """Report drivers that reconnected after their QPU was started."""
        for service in services:
            awaited = self._awaited.get(service.qpu.id, frozenset())
            back = [driver for driver in service.connected if driver.id in awaited]
            if not back:
                continue
            self._awaited[service.qpu.id] = awaited - {driver.id for driver in back}
            left = [driver.label for driver in service.drivers or () if driver.id in self._awaited[service.qpu.id]]
            said = f"{service.name}: {listed([driver.label for driver in back])} connected"
            self.tell(f"{said}, {listed(left)} still missing." if left else f"{said}.", warn=False)

    def summary(self) -> list[Part]:
        """Return how many are online, and which should be but are not."""
        on = sum(1 for record in self.records if record.status == "online" and record.enabled)
        need = [record.name for record in self.records if record.state == "offline" or record.problems]
        parts: list[Part] = [(f"{len(self.records)} QPU{'s' * (len(self.records) != 1)} · {on} online", "")]
        if need:
            parts.append((f" · ▲ {', '.join(need)}", "$text-warning"))
        if self._since is not None:
            parts.append((f" · queues since {clock_words(self._since)}", "$text-muted"))
        return parts

    def detail(self, record: QPURow) -> list[list[Part]]:
        """Return the state in words, the queue, the slot, the drivers and the queued jobs."""
        lines: list[list[Part]] = [
            [(record.name, "bold"), (f"  {record.num_qubits or '?'} qubits", "$text-muted")],
            [(record.why, "$text-warning") if record.why else (record.state_words, "")],
        ]
        lines += [[("▲ ", "$text-error"), (sentence, "$text-warning")] for sentence in record.problems]
        lines += [
            [("", "")],
            [
                ("queue    " if record.everyone else "yours    ", "$text-muted"),
                (f"{record.runs} running, {record.waits} queued", ""),
            ],
            *([[("oldest   ", "$text-muted"), (coarse(record.oldest), "")]] if record.oldest is not None else []),
            [("slot now ", "$text-muted"), (record.holder or "free", "")],
            [("then     ", "$text-muted"), (record.then, "")],
            [("id       ", "$text-muted"), (record.id, "")],
        ]
        lines += _connections(record)
        if record.jobs:
            lines += [[("", "")], [("jobs, the oldest first (v: all)", "$text-muted")]]
            for job in record.jobs:
                mark = "▶" if job.status == "running" else "…"
                who = job.who if job.user_id_record is not None else job.id
                lines.append([(f" {mark} {age(job.created):>6}  ", ""), (who, "$text-muted")])
        return lines

    def brief(self, record: QPURow) -> list[list[Part]]:
        """Return state and reason, the queue with its oldest job, the slot holder, the drivers."""
        why = record.problems[0] if record.problems else record.why
        own = record.drivers
        drivers = "none" if own == () else ", ".join(f"{driver.label} {driver.seen_words}" for driver in own or ())
        said: list[Part] = (
            [("▲ ", "$text-error"), (why, "$text-warning")]
            if why
            else [(f"{record.name} is {record.state_words}", "bold")]
        )
        if not why or len(why) < 50:
            said.append((f" · {_queue(record)}", "$text-muted"))
        return [
            said,
            [("slot now ", "$text-muted"), (record.holder or "free", ""), (f", then {record.then}", "")],
            [("drivers  ", "$text-muted"), (drivers, "")] if own is not None else [("", "")],
        ]

    # -- what can be done ----------------------------------------------------------------------------------------------

    def do_enable(self) -> None:
        """Put QPUs into service."""
        from qpi_tui.screens.qpu_service import start

        start(self)

    def do_disable(self) -> None:
        """Take QPUs out of service."""
        from qpi_tui.screens.qpu_service import stop

        stop(self)

    def do_maintenance(self) -> None:
        """Start maintenance, or end it if all are in maintenance."""
        from qpi_tui.screens.qpu_service import maintenance

        maintenance(self)

    def do_register(self) -> None:
        """Register a QPU; a name that is taken is reported and allowed."""
        from qpi_tui.screens.qpu_registry import register

        register(self)

    def do_rename(self) -> None:
        """Rename the QPU under the cursor."""
        from qpi_tui.screens.qpu_registry import rename

        rename(self)

    def do_qubits(self) -> None:
        """Set the number of qubits."""
        from qpi_tui.screens.qpu_registry import set_qubits

        set_qubits(self)

    def do_online(self) -> None:
        """Mark QPUs with connected drivers online."""
        from qpi_tui.screens.qpu_registry import mark_online

        mark_online(self)

    def do_delete(self) -> None:
        """Delete the QPU under the cursor, if it has no driver."""
        from qpi_tui.screens.qpu_registry import delete

        delete(self)

    def do_jobs(self) -> None:
        """Show the QPU's jobs."""
        from qpi_tui.domain.filter_language import exactly

        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("jobs", words=exactly("qpu", record.name))

    def do_drivers(self) -> None:
        """Show the QPU's drivers."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("drivers", words=record.name)


def _connections(record: QPURow) -> list[list[Part]]:
    """Return the drivers with the time each was last seen; on v0.0 the QPU's own connection."""
    if record.drivers is None:
        known = record.enabled and record.status != "maintenance"
        connected = ("open" if record.status == "online" else "none") if known else "not known"
        return [[("connection ", "$text-muted"), (connected, "")]]
    lines: list[list[Part]] = [[("", "")], [("drivers", "$text-muted")]]
    for driver in record.drivers:
        mark, style = ("●", "") if driver.state == "online" else ("○", "$text-warning")
        lines.append([(f" {mark} {driver.label}  ", ""), (driver.seen_words, style)])
        lines.append([(f"   {driver.kind or '?'}, {driver.language or '?'}", "$text-muted")])
    if not record.drivers:
        lines.append([(" none", "$text-muted")])
    return lines


def _queue(record: QPURow) -> str:
    oldest = f", oldest {coarse(record.oldest)}" if record.oldest is not None else ""
    return f"{'' if record.everyone else 'yours: '}{record.runs} running, {record.waits} queued{oldest}"


def _row(service: QPUService, jobs: Sequence[JobRow], holder: str, following: str) -> QPURow:
    """Return a QPU with its related records."""
    from msgspec.structs import replace

    found = problems(service)
    own = [job for job in jobs if job.qpu_target == service.qpu.id]
    dates = [made for job in own if job.status == "pending" and (made := job.created_at) is not None]
    return replace(
        service.qpu,
        drivers=None if service.drivers is None else tuple(service.drivers),
        runs=service.running,
        waits=service.queued,
        oldest=_minutes(min(dates)) if dates else None,
        why=why_queued(service) if service.queued else why_offline(service),
        problems=tuple(problem.sentence for problem in found),
        kinds=tuple(problem.kind for problem in found),
        everyone=service.everyone,
        jobs=tuple(sorted(own, key=_turn)[:MOST_JOBS]),
        holder=holder,
        then=following,
    )


def _turn(job: JobRow) -> tuple[bool, str]:
    return job.status != "running", job.created


def _minutes(since: datetime) -> float:
    """Return the seconds since then, in whole minutes after the first, so that a queued job does not repaint every
    read.
    """
    seconds = (now() - since).total_seconds()
    return seconds // 60 * 60 if seconds >= 60 else 0.0
