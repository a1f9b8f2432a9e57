"""Lists of jobs, newest first: progress of a long search, and its result after Ctrl+C."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qpi_tui.cli.output import Record, say
from qpi_tui.cli.signing import Signed
from qpi_tui.domain.clock import local, now, parse_date
from qpi_tui.live.pacing import Pace

# Seconds until a search reports progress, and between two reports.
PATIENCE = 1.0


@dataclass
class JobList:
    """The jobs found; `stopped` if Ctrl+C ended the search early."""

    jobs: list[Record] = field(default_factory=list)
    stopped: bool = False


def find_jobs(
    signed: Signed,
    *,
    each: Callable[[Record], None] | None = None,
    keep: Callable[[Record], bool] | None = None,
    stoppable: bool = True,
    status: Sequence[str] = (),
    qpu: str = "",
    user: str = "",
    since: datetime | None = None,
    limit: int | None = None,
    fields: Sequence[str] | None = None,
) -> JobList:
    """Read the jobs that meet these conditions, newest first.

    A server without indexes reads its whole history for a condition that few jobs meet: that takes a while, leaves the
    server nine tenths of the time, and says on standard error how far it is. What is only listed is read without a
    pause, one request at a time. Ctrl+C ends it, and what was found is given, where it is `stoppable`. `each` takes
    every job as soon as it is found; they are not kept then. `keep` is a condition that is tested here, job by job.
    """
    progress, pace, owed = _Progress(stoppable), Pace(), 0.0

    def searched(back_to: datetime) -> None:
        progress.searched(back_to)
        time.sleep(pace.rest())
        pace.go_on()

    found = JobList()
    reading = signed.client.iter_jobs(
        status=tuple(status) or None,  # type: ignore[arg-type]  # the command line knows the statuses
        qpu=qpu or None,
        user=user or None,
        since=since,
        limit=None if keep is not None else limit,
        everyone=signed.admin and not user,
        fields=fields,
        searched=searched,
    )
    try:
        pace.go_on()
        for job in reading:
            if keep is not None and (rest := pace.rest()):
                # Before the second page: what the first one has is given at once.
                time.sleep(owed)
                owed = rest
            if keep is not None and not keep(job):
                progress.passed_over(job.get("created"))
                pace.go_on()
                continue
            progress.found()
            if each is not None:
                each(job)
            else:
                found.jobs.append(job)
            if progress.count == limit:
                break
            pace.go_on()
    except KeyboardInterrupt:
        if not stoppable:
            raise
        found.stopped = True
        say(progress.stopped())
    return found


class _Progress:
    """Reports the progress of a search."""

    def __init__(self, stoppable: bool) -> None:
        self._stoppable = stoppable
        self.count = 0
        self._back_to: datetime | None = None
        self._passed: object = None
        self._next = time.monotonic() + PATIENCE

    def found(self) -> None:
        """Count one more job."""
        self.count += 1
        if not self.count % 1000:
            self._say(f"{self.count:,} jobs so far")

    def searched(self, back_to: datetime) -> None:
        """Note that a step of the search is complete."""
        self._back_to = back_to
        self._say(f"Searched back to {day(back_to)}: {self.count:,} found")

    def passed_over(self, created: object) -> None:
        """Note a rejected job's date, which is parsed only for a report."""
        self._passed = created
        if time.monotonic() >= self._next and (back_to := parse_date(created)) is not None:
            self.searched(back_to)

    def stopped(self) -> str:
        """Report where the search stopped."""
        passed = parse_date(self._passed)
        if passed is not None and (self._back_to is None or passed < self._back_to):
            self._back_to = passed
        if self._back_to is None:
            return f"Stopped. {self.count:,} found so far; older jobs were not searched."
        return f"Stopped. Searched back to {day(self._back_to)}; older jobs were not searched."

    def _say(self, sentence: str) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PATIENCE
            say(f"{sentence}… Ctrl+C prints them." if self._stoppable else f"{sentence}…")


def day(moment: datetime) -> str:
    """Format a time for a progress report: `12 Oct`, with the time if today, with the year if another one."""
    here, today = local(moment), local(now())
    if here.date() == today.date():
        return f"{here:%H:%M}"
    return f"{here.day} {here:%b}" + ("" if here.year == today.year else f" {here:%Y}")
