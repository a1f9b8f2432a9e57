"""The registry of QPUs: what is on, what runs and waits there, and why something is not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

from qpi_tui.domain import facts
from qpi_tui.domain.clock import age, coarse, now, parse_date
from qpi_tui.domain.columns import Column
from qpi_tui.domain.slot_holders import now_and_next
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.reads import optional
from qpi_tui.resources import qpus as columns
from qpi_tui.resources.drivers import seen_words, state_of
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.screens.qpu_registry import delete, register, rename
from qpi_tui.screens.qpu_service import maintenance, set_enabled
from qpi_tui.screens.table_screen import Record
from qpi_tui.session.connection import Connection

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

    def columns(self) -> Sequence[Column]:
        """Name, state, queue, driver."""
        return columns.COLUMNS

    async def read(self, connection: Connection) -> dict[str, Any]:
        """QPUs and drivers; the active jobs that this person may see; the slots of now and of the next week."""
        client = connection.client
        qpus, drivers, jobs, slots = await asyncio.gather(
            client.list_all_qpus(), optional(client.list_drivers()), self._active(connection), self._slots(connection)
        )
        return {"qpus": qpus, "drivers": drivers, "jobs": jobs, "slots": slots}

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
        rows = []
        for record in sorted(data["qpus"], key=lambda record: (str(record.get("name", "")), record["id"])):
            drivers = [driver for driver in data["drivers"] if driver.get("qpu") == record["id"]]
            jobs = [job for job in data["jobs"] if job.get("qpu_target") == record["id"]]
            waits = [job for job in jobs if job.get("status") == "pending"]
            dates = [date for job in waits if (date := parse_date(job.get("created"))) is not None]
            rows.append(
                {
                    **record,
                    "_": {
                        "drivers": drivers,
                        "runs": len(jobs) - len(waits),
                        "waits": len(waits),
                        "oldest": _minutes(min(dates)) if dates else None,
                        "why": facts.why_waits(record, drivers) if waits else facts.why_offline(record, drivers),
                        "everyone": everyone,
                        "jobs": [_job(job) for job in sorted(jobs, key=_turn)[:MOST_JOBS]],
                        "holder": holder,
                        "next": following,
                    },
                }
            )
        return rows

    def summary(self) -> list[Part]:
        """How many are on, and which should be and are not."""
        on = sum(1 for record in self.records if record.get("status") == "online" and record.get("enabled"))
        need = [str(record.get("name")) for record in self.records if facts.qpu_state(record) == "offline"]
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
        lines += [
            [("", "")],
            [
                ("queue    " if extra["everyone"] else "yours    ", "$text-muted"),
                (f"{extra['runs']} running, {extra['waits']} waiting", ""),
            ],
            *([[("oldest   ", "$text-muted"), (coarse(extra["oldest"]), "")]] if extra["oldest"] is not None else []),
            [("slot now ", "$text-muted"), (extra["holder"] or "free", "")],
            [("then     ", "$text-muted"), (extra["next"], "")],
            [("id       ", "$text-muted"), (str(record["id"]), "")],
            [("", "")],
            [("drivers", "$text-muted")],
        ]
        for driver in extra["drivers"]:
            mark, style = ("●", "") if state_of(driver) == "online" else ("○", "$text-warning")
            lines.append([(f" {mark} {driver.get('name')}  ", ""), (seen_words(driver), style)])
            lines.append([(f"   {driver.get('kind', '?')}, {driver.get('language', '?')}", "$text-muted")])
        if not extra["drivers"]:
            lines.append([(" none", "$text-muted")])
        if extra["jobs"]:
            lines += [[("", "")], [("jobs, the oldest first (v: all)", "$text-muted")]]
            for job in extra["jobs"]:
                mark = "▶" if job["status"] == "running" else "…"
                lines.append([(f" {mark} {job['age']:>6}  ", ""), (job["who"] or job["id"], "$text-muted")])
        return lines

    def brief(self, record: Record) -> list[list[Part]]:
        """State and why; the queue with its oldest; whose slot it is; the drivers."""
        extra = record["_"]
        why = extra["why"]
        drivers = ", ".join(f"{driver.get('name')} {seen_words(driver)}" for driver in extra["drivers"])
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
            [("drivers  ", "$text-muted"), (drivers or "none", "")],
        ]

    async def read_all(self) -> list[Any]:
        """All QPUs, afresh."""
        return list(await self.connection.client.list_all_qpus())

    # -- what can be done ----------------------------------------------------------------------------------------------

    def do_enable(self) -> None:
        """Into service."""
        set_enabled(self, True)

    def do_disable(self) -> None:
        """Out of service; the dialog says what runs and waits there."""
        set_enabled(self, False)

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
            self.console.go_to("jobs", words=str(record.get("name")))

    def do_drivers(self) -> None:
        """The QPU's drivers."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("drivers", words=str(record.get("name")))


def _queue(extra: Record) -> str:
    oldest = f", oldest {coarse(extra['oldest'])}" if extra["oldest"] is not None else ""
    return f"{'' if extra['everyone'] else 'yours: '}{extra['runs']} running, {extra['waits']} waiting{oldest}"


def _turn(job: Record) -> tuple[bool, str]:
    return job.get("status") != "running", str(job.get("created") or "")


def _job(job: Record) -> Record:
    who = facts.who(job, "user_id") if facts.expanded(job, "user_id") else ""
    return {"id": str(job["id"]), "status": job.get("status"), "age": age(job.get("created")), "who": who}


def _minutes(since: datetime) -> float:
    """Seconds since then; whole minutes from the first on, so that a waiting job does not repaint every read."""
    seconds = (now() - since).total_seconds()
    return seconds // 60 * 60 if seconds >= 60 else 0.0
