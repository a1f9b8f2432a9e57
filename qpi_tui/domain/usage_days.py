"""Usage of jobs by local day of submission. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

# Waiting times are counted in steps of 5 %: a percentile is exact to half of that.
_STEP = math.log(1.05)
# Shorter waits count as zero.
_LEAST_WAIT = 0.1
FORMAT = 1
HOURS = 24


class Group(NamedTuple):
    """The key of jobs that are counted together: user, QPU, status."""

    user: str
    qpu: str
    status: str


@dataclass(slots=True)
class Tally:
    """Number of jobs, their cost in seconds, and their waiting times by step."""

    jobs: int = 0
    seconds: float = 0.0
    waits: dict[int, int] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Add the counts of another."""
        self.jobs += other.jobs
        self.seconds += other.seconds
        for step, count in other.waits.items():
            self.waits[step] = self.waits.get(step, 0) + count


class Counted(NamedTuple):
    """A job for counting. `settled`: it is over, and has not changed for a while."""

    id: str
    day: date
    hour: int
    group: Group
    tally: Tally
    settled: bool


def tally_of(seconds: float | None, waited: float | None) -> Tally:
    """Return the count of one job: its cost and waiting time, if known."""
    finite = seconds if seconds is not None and math.isfinite(seconds) else 0.0
    waits = {} if waited is None or not math.isfinite(waited) else {step_of(waited): 1}
    return Tally(1, max(finite, 0.0), waits)


def step_of(waited: float) -> int:
    """Return the step of a waiting time."""
    return 0 if waited <= _LEAST_WAIT else 1 + int(math.log(waited / _LEAST_WAIT) / _STEP)


def seconds_of(step: int) -> float:
    """Return the waiting time in the middle of a step."""
    return 0.0 if step <= 0 else _LEAST_WAIT * math.exp((step - 0.5) * _STEP)


def percentile(waits: Mapping[int, int], share: float) -> float | None:
    """Return the waiting time that this share of the jobs did not exceed; None if none waited."""
    total = sum(waits.values())
    reached = 0
    for step in sorted(waits):
        reached += waits[step]
        if reached >= share * total:
            return seconds_of(step)
    return None


@dataclass
class UsageDay:
    """One day. Settled jobs are summed; others are kept one by one.

    `hours` counts the settled jobs of each user and QPU by hour, under `user/ID` and `qpu/ID`.
    """

    day: date
    settled: dict[Group, Tally] = field(default_factory=dict)
    hours: dict[str, list[int]] = field(default_factory=dict)
    open: dict[str, Counted | None] = field(default_factory=dict)

    def count(self, job: Counted) -> None:
        """Count a job; an open one counts with its current state."""
        self.open.pop(job.id, None)
        if not job.settled:
            self.open[job.id] = job
            return
        self.settled.setdefault(job.group, Tally()).add(job.tally)
        for key in _keys(job.group):
            self.hours.setdefault(key, [0] * HOURS)[job.hour] += 1

    def groups(self) -> Iterator[tuple[Group, Tally]]:
        """Return the totals."""
        yield from self.settled.items()
        yield from ((job.group, job.tally) for job in self.open.values() if job is not None)

    def hours_of(self, key: str) -> list[int]:
        """Return the jobs of `user/ID` or `qpu/ID` by hour; with an empty key all of them."""
        found = [0] * HOURS
        for name, counts in self.hours.items():
            if name == key or (not key and name.startswith("qpu/")):
                found = [have + more for have, more in zip(found, counts, strict=True)]
        for job in self.open.values():
            if job is not None and (not key or key in _keys(job.group)):
                found[job.hour] += 1
        return found

    def as_json(self) -> dict[str, Any]:
        """Return the data to store."""
        rows = [
            [*group, tally.jobs, round(tally.seconds, 6), {str(step): count for step, count in tally.waits.items()}]
            for group, tally in self.settled.items()
        ]
        kept = {"settled": rows, "hours": self.hours, "open": list(self.open)}
        return {"format": FORMAT, "day": self.day.isoformat(), **kept}


def _keys(group: Group) -> tuple[str, str]:
    return f"user/{group.user}", f"qpu/{group.qpu}"


def day_from(record: Any) -> UsageDay:
    """Load a stored day. Raises `ValueError` if invalid. Open jobs have only ids until they are read."""
    try:
        if record["format"] != FORMAT:
            raise ValueError("kept by another version")
        found = UsageDay(date.fromisoformat(record["day"]))
        for user, qpu, status, jobs, seconds, waits in record["settled"]:
            tally = Tally(int(jobs), float(seconds), {int(step): int(count) for step, count in waits.items()})
            if tally.jobs < 0 or not math.isfinite(tally.seconds):
                raise ValueError("impossible counts")
            found.settled[Group(str(user), str(qpu), str(status))] = tally
        for key, counts in record["hours"].items():
            found.hours[str(key)] = [int(count) for count in counts]
            if len(counts) != HOURS:
                raise ValueError("a day has 24 hours")
        found.open = {str(id): None for id in record["open"]}
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(str(error)) from None
    return found


def days_between(first: date, last: date) -> Iterable[date]:
    """Yield the days from one to another, inclusive, newest first."""
    return (last - timedelta(days=n) for n in range((last - first).days + 1))
