"""Estimate a queued job's start as a range: resampled from the lengths of the last runs on its QPU. Pure.

A driver computes one job after the other, even if several were dispatched at once: then a job's recorded duration
includes its wait at the driver. `run_lengths` subtracts that.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from qpi_tui.domain.durations import duration

if TYPE_CHECKING:
    from random import Random

FEWEST = 5
"""Minimum number of runs for an estimate."""
NEWEST = 40
"""Number of last runs to use."""
FARTHEST = 1_000
"""Maximum number of jobs ahead for an estimate: beyond, the range would be hours wide."""
POLL = 1.0
"""Seconds between two polls of a dispatcher (v0.1.2)."""
_TRIALS = 200
_LOW, _HIGH = 0.1, 0.9
# Rounding of a range in seconds, for ranges below a limit.
_STEPS = ((3600.0, 60.0), (6 * 3600.0, 300.0), (math.inf, 1800.0))


class Run(NamedTuple):
    """One finished job: its dispatch and its end, in seconds of one clock."""

    dispatched: float
    finished: float


class Queue(NamedTuple):
    """The queue before a job on its QPU.

    `ahead` counts the queued jobs before it. `sent` holds how many seconds ago each unfinished job was dispatched,
    `idle_since` how many seconds ago the last job ended. `drivers` run jobs in parallel.
    """

    ahead: int
    sent: Sequence[float] = ()
    idle_since: float = math.inf
    drivers: int = 1


class StartEstimate(NamedTuple):
    """A range of times that contains the start in 8 of 10 cases, and its basis; or why there is none.

    `at_least`: other users' jobs are unknown, so it may start later.
    """

    earliest: datetime | None = None
    latest: datetime | None = None
    basis: str = ""
    reason: str = ""
    at_least: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the estimate as a field of a job's JSON."""
        moments = [f"{each:%Y-%m-%d %H:%M:%S.000Z}" if each is not None else None for each in self[:2]]
        return {
            "earliest": moments[0],
            "latest": moments[1],
            "basis": self.basis,
            "reason": self.reason,
            "counts_other_users": not self.at_least,
        }


def run_lengths(runs: Sequence[Run], drivers: int = 1) -> list[float]:
    """Return how long the QPU computed each run, newest first.

    A run starts at its dispatch, or when the driver has finished earlier jobs.
    """
    ordered = sorted(runs, key=lambda run: run.finished)
    lengths = []
    for index, run in enumerate(ordered):
        free = ordered[index - drivers].finished if index >= drivers else -math.inf
        lengths.append(max(run.finished - max(run.dispatched, min(free, run.finished)), 0.0))
    return lengths[::-1]


def start_range(queue: Queue, lengths: Sequence[float]) -> tuple[float, float] | None:
    """Return the 10th and 90th percentile of the seconds until the start; None without enough data.

    The same input gives the same range, and one more job ahead never an earlier one: all trials use the same random
    numbers.
    """
    if len(lengths) < FEWEST or queue.ahead > FARTHEST:
        return None
    from random import Random

    known = sorted(lengths[:NEWEST])
    starts = sorted(_trial(Random(seed), queue, known) for seed in range(_TRIALS))  # noqa: S311
    # No estimate is more precise than the dispatcher, which checks once a second.
    low, high = starts[int(_TRIALS * _LOW)], starts[int(_TRIALS * _HIGH) - 1]
    return max(low - POLL / 2, 0.0), high + POLL / 2


def _trial(rng: Random, queue: Queue, known: Sequence[float]) -> float:
    """Simulate the queue once: return the seconds until the job starts."""
    poll = rng.random() * POLL
    drivers = max(queue.drivers, 1)
    # When each driver is free. The last dispatched job waits at the driver until then.
    free = [0.0] * drivers
    for place, age in enumerate(sorted(queue.sent, reverse=True)):
        spent = min(age, queue.idle_since) if drivers == 1 else age
        share = rng.random()
        left = _remaining(known, spent, share) if place < drivers else known[int(share * len(known))]
        heapq.heapreplace(free, free[0] + left)
    for length in rng.choices(known, k=queue.ahead):
        heapq.heapreplace(free, free[0] + length)
    return max(free[0], poll)


def _remaining(known: Sequence[float], spent: float, share: float) -> float:
    """Return how long a run continues after `spent` seconds, from runs that took longer."""
    longer = [length for length in known if length > spent]
    # One that takes longer than all others may take as long again.
    return longer[int(share * len(longer))] - spent if longer else share * spent


def estimate(queue: Queue, lengths: Sequence[float], moment: datetime, *, at_least: bool = False) -> StartEstimate:
    """Return when a job starts that has `queue` before it at `moment`."""
    if len(lengths) < FEWEST:
        few = f"{len(lengths)} run{'s' * (len(lengths) != 1)}" if lengths else "no run"
        return StartEstimate(reason=f"{few} on this QPU known, {FEWEST} are needed", at_least=at_least)
    found = start_range(queue, lengths)
    if found is None:
        return StartEstimate(reason=f"more than {FARTHEST:,} jobs ahead", at_least=at_least)
    # Loaded late: it brings `random` and `decimal` along.
    from statistics import median

    used = lengths[:NEWEST]
    whose = " of yours" if at_least else ""
    ahead = f"{queue.ahead:,} job{'s' * (queue.ahead != 1)}{whose} ahead" if queue.ahead else f"next{whose}"
    basis = f"{ahead}, last {len(used)} runs took {duration(_rounded(median(used)))} each (median)"
    return StartEstimate(
        moment + timedelta(seconds=found[0]), moment + timedelta(seconds=found[1]), basis, at_least=at_least
    )


def _rounded(seconds: float) -> float:
    return seconds if seconds < 10 else round(seconds)


def range_words(known: StartEstimate, moment: datetime) -> str:
    """Return the range from `moment` on, in steps of minutes, so that a screen is not repainted every second."""
    if known.earliest is None or known.latest is None:
        return ""
    low, high = ((each - moment).total_seconds() for each in (known.earliest, known.latest))
    more = " or later" if known.at_least else ""
    if high < 0:
        return "later than estimated"
    if high <= 60:
        return f"in less than 1 min{more}"
    step = next(step for below, step in _STEPS if high < below)
    first, last = int(max(low, 0.0) // step * step), int(math.ceil(high / step) * step)
    if not first:
        return f"in up to {duration(last)}{more}"
    if last < 3600:
        return f"in about {first // 60}–{last // 60} min{more}"
    return f"in about {duration(first)} – {duration(last)}{more}"


def estimate_words(known: StartEstimate, moment: datetime) -> str:
    """Return the range with its basis, or why there is none."""
    if known.reason:
        return f"not estimated: {known.reason}"
    return f"{range_words(known, moment)} · {known.basis}"
