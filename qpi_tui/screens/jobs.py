"""The queue of jobs: a user's own, an admin's everyone's; newest first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from qpi_tui import facts
from qpi_tui.actions import Role
from qpi_tui.clock import age, now, parse_date
from qpi_tui.columns import jobs as columns
from qpi_tui.columns.base import Column
from qpi_tui.connection import Connection
from qpi_tui.screens.list_screen import ListScreen, Record
from qpi_tui.widgets.dialogs import Outcome, Step
from qpi_tui.widgets.lines import Part

STATUSES = ("", "pending", "running", "completed", "failed", "cancelled")


class JobsScreen(ListScreen):
    """Jobs with their status, age and what they took."""

    area = "jobs"
    topics: ClassVar[tuple[str, ...]] = ("quantum_jobs",)
    noun: ClassVar[tuple[str, str]] = ("job", "jobs")
    empty: ClassVar[str] = "No jobs yet."

    def __init__(self) -> None:
        super().__init__()
        self._status = ""

    @property
    def everyone(self) -> bool:
        """Whether everybody's jobs are shown."""
        return self.console.role is Role.ADMIN

    def columns(self) -> Sequence[Column]:
        """Whose job it is matters where everybody's are shown."""
        return columns.for_role(everyone=self.everyone)

    def connected(self) -> None:
        """The columns depend on the role."""
        self.table.set_columns(self.columns())
        super().connected()

    async def read(self, connection: Connection) -> list[Record]:
        """The jobs, newest first, without their circuits and results."""
        return await connection.client.list_jobs(everyone=connection.role is Role.ADMIN, limit=1000)

    def rows(self, data: list[Record]) -> list[Record]:
        """How many are ahead of each pending one: of its QPU's, among those that this person may see."""
        ahead: dict[str, int] = {}
        rows = []
        for record in reversed(data):
            extra: dict[str, Any] = {"circuits": record.get("circuits"), "shots": record.get("shots")}
            if record.get("status") == "pending":
                qpu = str(record.get("qpu_target"))
                extra["ahead"] = ahead.get(qpu, 0)
                ahead[qpu] = extra["ahead"] + 1
            rows.append({**record, "_": extra})
        return rows[::-1]

    def summary(self) -> list[Part]:
        """What runs, waits, and went wrong today."""
        jobs = self.records
        running = [job for job in jobs if job.get("status") == "running"]
        waiting = [job for job in jobs if job.get("status") == "pending"]
        failed = [job for job in jobs if job.get("status") == "failed" and _today(job)]
        parts: list[Part] = [(f"{len(running)} running", "bold" if running else ""), (f" · {len(waiting)} waiting", "")]
        if waiting and (oldest := age(waiting[-1].get("created"))):
            parts.append((f", oldest {oldest}", ""))
        if failed:
            parts.append((f" · {len(failed)} failed today", "$text-error"))
        if self._status:
            parts.append((f" · only {self._status}", "$text-accent"))
        return parts

    def detail(self, record: Record) -> list[list[Part]]:
        """Its life, as far as the list knows it."""
        from qpi_tui.screens.job import life_lines

        return life_lines(record, everyone=self.everyone)

    def do_open(self) -> None:
        """One job, with its result."""
        from qpi_tui.screens.job import JobScreen

        record = self.table.cursor_record
        if record is not None:
            self.app.push_screen(JobScreen(record))

    def do_status(self) -> None:
        """Only one status, the next one each time."""
        self._status = STATUSES[(STATUSES.index(self._status) + 1) % len(STATUSES)]
        wanted = self._status
        self.table.predicate = (lambda record: record.get("status") == wanted) if wanted else None
        self.repaint_summary()

    def do_cancel(self) -> None:
        """Cancel pending and running ones."""
        cancel_jobs(self, self.targets())


def cancel_jobs(screen: Any, targets: Sequence[Record]) -> None:
    """Ask, then cancel each; ones that are over are left out, and said."""
    active = [record for record in targets if record.get("status") in facts.ACTIVE]
    if targets and not active:
        screen.tell(f"That job is {targets[0].get('status')}: only pending and running ones can be cancelled.")
        return
    steps = [
        Step(record["id"], _name(record), columns.job_line(record), partial(_cancel, screen, record))
        for record in active
    ]
    if steps:
        title = "Cancel this job?" if len(steps) == 1 else f"Cancel {len(steps)} jobs?"
        running = any(record.get("status") == "running" for record in active)
        note = (
            "A running job's driver is not told: it may still come back completed, and be charged." if running else ""
        )
        after = getattr(screen, "unmark_done", None)
        screen.do_batch(
            title,
            steps,
            confirm="Cancel it" if len(steps) == 1 else "Cancel them",
            doing="Cancelling",
            note=[(note, "")] if note else [],
            after=after,
        )


async def _cancel(screen: Any, record: Record) -> Outcome:
    async def call() -> str:
        await screen.connection.client.cancel_job(record["id"])
        return "cancelled"

    outcome: Outcome = await screen.attempt("jobs.cancel", _name(record), call())
    return outcome


def _name(record: Record) -> str:
    return str(record["id"])


def _today(record: Record) -> bool:
    made = parse_date(record.get("created"))
    return made is not None and (now() - made).total_seconds() < 86400
