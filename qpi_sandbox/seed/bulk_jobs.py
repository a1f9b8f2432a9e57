"""Long histories of jobs: a few thousand jobs are drawn, and all others repeat their payloads and results.

Id, owner and times are drawn for every job. A job takes about 10 µs of processor time, instead of 500 µs.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

ALPHABET = string.ascii_lowercase + string.digits
THREE = [a + b + c for a in ALPHABET for b in ALPHABET for c in ALPHABET]  # an id is five of these
CHUNK = 10_000  # jobs
DAY = 86_400_000  # milliseconds
COLUMNS = (
    "id", "user_id", "qpu_target", "payload", "status", "results", "duration", "finished_at", "created", "updated",
)  # fmt: skip


class Clock:
    """Writes moments as the server does, a dozen times as fast as `strftime`."""

    def __init__(self) -> None:
        self._days: dict[int, str] = {}
        self._seconds = [f"{h:02}:{m:02}:{s:02}." for h in range(24) for m in range(60) for s in range(60)]
        self._milliseconds = [f"{ms:03}Z" for ms in range(1000)]

    def stamp(self, millis: int) -> str:
        """Write the moment `millis` milliseconds after 1970."""
        day, rest = divmod(millis, DAY)
        date = self._days.get(day)
        if date is None:
            date = self._days[day] = datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d ")
        second, ms = divmod(rest, 1000)
        return date + self._seconds[second] + self._milliseconds[ms]


def millis(stamp: str) -> int:
    """Read a moment of the server, in milliseconds after 1970."""
    return round(datetime.fromisoformat(stamp.replace(" ", "T").replace("Z", "+00:00")).timestamp() * 1000)


def bulk_jobs(
    rng: random.Random, samples: Sequence[dict[str, Any]], owners: Sequence[str], count: int, end: datetime,
    span: timedelta,
) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    """Yield `count` finished jobs, oldest first, with the values of `COLUMNS`.

    Args:
        rng: Draws everything.
        samples: Whole jobs, whose payloads, results and durations are repeated.
        owners: Ids of users; earlier ones have more jobs.
        count: How many.
        end: When the last of them was submitted.
        span: How long before it the first was.
    """
    clock = Clock()
    kinds = [_kind(sample) for sample in samples]
    shares = list(accumulate(1 / (rank + 2) for rank in range(len(owners))))
    begin, step = millis_of(end - span), span / timedelta(milliseconds=1) / count
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        people = rng.choices(owners, cum_weights=shares, k=size)
        drawn = rng.choices(kinds, k=size)
        for i, (owner, (target, payload, status, results, duration, took)) in enumerate(
            zip(people, drawn, strict=True), first
        ):
            at = begin + int((i + rng.random()) * step)
            bits = rng.getrandbits(80)
            id = "".join([THREE[(bits >> shift & 0xFFFF) % 46_656] for shift in (0, 16, 32, 48, 64)])
            ended = clock.stamp(at + took)
            finished = "" if status == "cancelled" else ended
            yield id, owner, target, payload, status, results, duration, finished, clock.stamp(at), ended


def millis_of(moment: datetime) -> int:
    """Milliseconds after 1970."""
    return round(moment.timestamp() * 1000)


def _kind(sample: dict[str, Any]) -> tuple[str, str, str, str, float, int]:
    took = millis(sample["updated"]) - millis(sample["created"])
    return (
        sample["qpu_target"], sample["payload"], sample["status"], sample["results"], sample["duration"], took,
    )  # fmt: skip
