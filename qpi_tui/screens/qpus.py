"""The registry of QPUs: what is on, what runs and waits there, and why something is not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

from qpi_tui.domain import facts
from qpi_tui.domain.clock import age, coarse, now, parse_date
from qpi_tui.domain.columns import Column
from qpi_tui.domain.job_filter import exactly
from qpi_tui.domain.slot_holders import now_and_next
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.reads import drivers_or_none
from qpi_tui.resources import qpus as columns
from qpi_tui.rows.qpu_service import QPUService, listed, problems, services_of, why_offline, why_queued
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.screens.qpu_registry import delete, register, rename
from qpi_tui.screens.qpu_service import maintenance, start, stop
from qpi_tui.screens.table_screen import Record
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.batch import Step

LOOK_AHEAD = timedelta(days=7)
MOST_JOBS = 12
"""So many jobs are named in a detail."""


class QPUsScreen(ListScreen[Any]):
    """Every QPU, with its drivers, its queue and who holds the slot."""

    area = "qpus"
    topics: ClassVar[tuple[str, ...]] = ("qpus", "drivers", "quantum_jobs", "time_slots")
    noun: ClassVar[tuple[str, str]] = ("QPU", "QPUs")
    empty: ClassVar[str] = "No QPU is registered."
    brief_height = 4

    def __init__(self) -> None:
        super().__init__()
        # QPU → drivers that have to reconnect since it was started from here.
        self._awaited: dict[str, frozenset[str]] = {}

    def columns(self) -> Sequence[Column]:
        """Name, state, queue, driver."""
        return columns.COLUMNS

    async def read(self, connection: Connection) -> dict[str, Any]:
        """QPUs and drivers; the active jobs that this person may see; the slots of now and of the next week."""
        client = connection.client
        qpus, drivers, jobs, slots, started = await asyncio.gather(
            client.list_all_qpus(),
            drivers_or_none(connection),
            self._active(connection),
            self._slots(connection),
            connection.server_started(),
        )
        return {"qpus": qpus, "drivers": drivers, "jobs": jobs, "slots": slots, "started": started}

    async def _active(self, connection: Connection) -> list[Record]:
        if not connection.user_id:
            return []
        everyone = connection.role == "admin"
        found = await connection.client.list_jobs(status=("pending", "running"), everyone=everyone)
        return cast("list[Record]", found)

    async def _slots(self, connection: Connection) -> list[Record]:
        if not connection.user_id:
            return []
        moment = now()
        slots = await connection.client.list_time_slots(start=moment, end=moment + LOOK_AHEAD)
        return cast("list[Record]", slots)

    def rows(self, data: dict[str, Any]) -> list[Record]:
        """The QPUs, by name, with what belongs to each."""
        holder, following = now_and_next(data["slots"], self.connection.user_id)
        everyone = self.connection.role == "admin"
        services = services_of(
            data["qpus"],
            data["drivers"],
            data["jobs"],
            everyone=everyone,
            held=bool(holder),
            server_started=data["started"],
        )
        self._report_connected(services)
        records = {record["id"]: record for record in data["qpus"]}
        return [
            {**records[service.qpu.id], "_": self._extra(service, data["jobs"], holder, following)}
            for service in services
            if service.qpu.id in records
        ]

    def _extra(self, service: QPUService, jobs: Sequence[Record], holder: str, following: str) -> Record:
        """What belongs to a QPU."""
        found = problems(service)
        own = [job for job in jobs if job.get("qpu_target") == service.qpu.id]
        dates = [
            date
            for job in own
            if job.get("status") == "pending" and (date := parse_date(job.get("created"))) is not None
        ]
        return {
            "service": service,
            "drivers": service.drivers,
            "runs": service.running,
            "waits": service.queued,
            "oldest": _minutes(min(dates)) if dates else None,
            "why": why_queued(service) if service.queued else why_offline(service),
            "problems": [problem.sentence for problem in found],
            "kinds": [problem.kind for problem in found],
            "everyone": service.everyone,
            "jobs": [_job(job) for job in sorted(own, key=_turn)[:MOST_JOBS]],
            "holder": holder,
            "next": following,
        }

    def changed_service(self, done: list[Step]) -> None:
        """A batch is over: watch for the drivers of what was started."""
        self.unmark_done(done)
        for step in done:
            record = next((each for each in self.records if each["id"] == step.id), None)
            if step.outcome is not None and step.outcome.ok and record is not None:
                self._awaited[step.id] = frozenset(
                    driver.id for driver in record["_"]["drivers"] or () if driver.state != "online"
                )

    def _report_connected(self, services: Sequence[QPUService]) -> None:
        """Say which drivers came back since their QPU was started."""
        for service in services:
            awaited = self._awaited.get(service.qpu.id, frozenset())
            back = [driver for driver in service.connected if driver.id in awaited]
            if not back:
                continue
            self._awaited[service.qpu.id] = awaited - {driver.id for driver in back}
            left = [driver.label for driver in service.drivers or () if driver.id in self._awaited[service.qpu.id]]
            said = f"{service.name}: {listed([driver.label for driver in back])} connected"
            self.tell(f"{said}, {listed(left)} still to come." if left else f"{said}.", warn=False)

    def summary(self) -> list[Part]:
        """How many are on, and which should be and are not."""
        on = sum(1 for record in self.records if record.get("status") == "online" and record.get("enabled"))
        need = [
            str(record.get("name"))
            for record in self.records
            if facts.qpu_state(record) == "offline" or record["_"]["problems"]
        ]
        parts: list[Part] = [(f"{len(self.records)} QPU{'s' * (len(self.records) != 1)} · {on} online", "")]
        if need:
            parts.append((f" · ▲ {', '.join(need)}", "$text-warning"))
        return parts

    def detail(self, record: Record) -> list[list[Part]]:
        """State in words, queue, slot, drivers, and who waits there."""
        extra = record["_"]
        lines: list[list[Part]] = [
            [(str(record.get("name")), "bold"), (f"  {record.get('num_qubits') or '?'} qubits", "$text-muted")],
            [(extra["why"], "$text-warning") if extra["why"] else (facts.qpu_words(record), "")],
        ]
        lines += [[("▲ ", "$text-error"), (sentence, "$text-warning")] for sentence in extra["problems"]]
        lines += [
            [("", "")],
            [
                ("queue    " if extra["everyone"] else "yours    ", "$text-muted"),
                (f"{extra['runs']} running, {extra['waits']} queued", ""),
            ],
            *([[("oldest   ", "$text-muted"), (coarse(extra["oldest"]), "")]] if extra["oldest"] is not None else []),
            [("slot now ", "$text-muted"), (extra["holder"] or "free", "")],
            [("then     ", "$text-muted"), (extra["next"], "")],
            [("id       ", "$text-muted"), (str(record["id"]), "")],
        ]
        lines += _connections(record, extra)
        if extra["jobs"]:
            lines += [[("", "")], [("jobs, the oldest first (v: all)", "$text-muted")]]
            for job in extra["jobs"]:
                mark = "▶" if job["status"] == "running" else "…"
                lines.append([(f" {mark} {job['age']:>6}  ", ""), (job["who"] or job["id"], "$text-muted")])
        return lines

    def brief(self, record: Record) -> list[list[Part]]:
        """State and why; the queue with its oldest; whose slot it is; the drivers."""
        extra = record["_"]
        why = extra["problems"][0] if extra["problems"] else extra["why"]
        own = extra["drivers"]
        drivers = "none" if own == [] else ", ".join(f"{driver.label} {driver.seen_words}" for driver in own or ())
        said: list[Part] = (
            [("▲ ", "$text-error"), (why, "$text-warning")]
            if why
            else [(f"{record.get('name')} is {facts.qpu_words(record)}", "bold")]
        )
        if not why or len(why) < 50:
            said.append((f" · {_queue(extra)}", "$text-muted"))
        return [
            said,
            [("slot now ", "$text-muted"), (extra["holder"] or "free", ""), (f", then {extra['next']}", "")],
            [("drivers  ", "$text-muted"), (drivers, "")] if own is not None else [("", "")],
        ]

    async def read_all(self) -> list[Any]:
        """All QPUs, afresh."""
        return list(await self.connection.client.list_all_qpus())

    # -- what can be done ----------------------------------------------------------------------------------------------

    def do_enable(self) -> None:
        """Into service."""
        start(self)

    def do_disable(self) -> None:
        """Out of service; the dialog says what runs and waits there."""
        stop(self)

    def do_maintenance(self) -> None:
        """Into maintenance, or back when all of them are in it."""
        maintenance(self)

    def do_register(self) -> None:
        """Register a QPU; a name that is taken is said, and allowed."""
        register(self)

    def do_rename(self) -> None:
        """Rename the QPU under the cursor."""
        rename(self)

    def do_delete(self) -> None:
        """Delete the QPU under the cursor, if it has no driver."""
        delete(self)

    def do_jobs(self) -> None:
        """The QPU's jobs."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("jobs", words=exactly("qpu", str(record.get("name"))))

    def do_drivers(self) -> None:
        """The QPU's drivers."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("drivers", words=str(record.get("name")))


def _connections(record: Record, extra: Record) -> list[list[Part]]:
    """The drivers, each with when it was seen; on v0.0 the QPU's own connection."""
    if extra["drivers"] is None:
        known = record.get("enabled") and record.get("status") != "maintenance"
        connected = ("open" if record.get("status") == "online" else "none") if known else "not known"
        return [[("connection ", "$text-muted"), (connected, "")]]
    lines: list[list[Part]] = [[("", "")], [("drivers", "$text-muted")]]
    for driver in extra["drivers"]:
        mark, style = ("●", "") if driver.state == "online" else ("○", "$text-warning")
        lines.append([(f" {mark} {driver.label}  ", ""), (driver.seen_words, style)])
        lines.append([(f"   {driver.kind or '?'}, {driver.language or '?'}", "$text-muted")])
    if not extra["drivers"]:
        lines.append([(" none", "$text-muted")])
    return lines


def _queue(extra: Record) -> str:
    oldest = f", oldest {coarse(extra['oldest'])}" if extra["oldest"] is not None else ""
    return f"{'' if extra['everyone'] else 'yours: '}{extra['runs']} running, {extra['waits']} queued{oldest}"


def _turn(job: Record) -> tuple[bool, str]:
    return job.get("status") != "running", str(job.get("created") or "")


def _job(job: Record) -> Record:
    who = facts.who(job, "user_id") if facts.expanded(job, "user_id") else ""
    return {"id": str(job["id"]), "status": job.get("status"), "age": age(job.get("created")), "who": who}


def _minutes(since: datetime) -> float:
    """Seconds since then; whole minutes from the first on, so that a waiting job does not repaint every read."""
    seconds = (now() - since).total_seconds()
    return seconds // 60 * 60 if seconds >= 60 else 0.0
