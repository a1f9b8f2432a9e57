"""The known jobs by id: pages merged with later changes, newest first. Pure.

The cost of a page or a change does not depend on their number, except when the list is requested.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from qpi_tui.domain.clock import stored
from qpi_tui.rows.base import Row
from qpi_tui.rows.decode import decode, decode_related
from qpi_tui.rows.jobs import JobRow

_TOUCHED = 200
# Up to this many records are inserted one by one; more are sorted.
_FEW = 1_000
# Number of users and QPUs whose shared texts are cached.
_SHARED = 5_000


@dataclass
class Merged:
    """Result of a merge: ids of new jobs, and of jobs with a changed status."""

    new: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)

    def __ior__(self, other: Merged) -> Merged:
        self.new |= other.new
        self.changed |= other.changed
        return self


class JobStore:
    """Jobs by id, sanitized once. `version` grows with every change."""

    def __init__(self) -> None:
        self.version = 0
        self.statuses: Counter[str] = Counter()
        # For each pending job, by id, the number of jobs before it for the same QPU.
        self.jobs_ahead: dict[str, int] = {}
        self._jobs: dict[str, JobRow] = {}
        self._rows: list[JobRow] = []  # The same, oldest first.
        self._pending: set[str] = set()
        self._running: set[str] = set()
        self._failed: dict[str, str] = {}  # Id → created.
        self._touched: dict[str, None] = {}  # Most recently changed last.
        self._related: dict[tuple[str, str], Mapping[str, Row]] = {}
        self._words: dict[str, str] = {}
        # The search text, by its parts.
        self._searched: dict[tuple[str, str, str, int | None, int | None], str] = {}
        self._gone: set[str] = set()
        self._listed: tuple[int, list[JobRow]] = (-1, [])
        self._recount = True
        self._oldest = ""
        self._failures: tuple[int, str, int] = (-1, "", 0)

    def __len__(self) -> int:
        return len(self._jobs)

    def get(self, id: str) -> JobRow | None:
        """Return a job by its id."""
        return self._jobs.get(id)

    # -- what comes --------------------------------------------------------------------------------------------------

    def merge(self, records: Iterable[Mapping[str, Any]], *, touch: bool = False) -> Merged:
        """Add these; a known one is replaced unless it is older. `touch`: they changed just now."""
        merged = Merged()
        fresh: list[str] = []
        for given in records:
            row = self.decoded(given)
            id = row.id
            before = self._jobs.get(id)
            if id in self._gone:
                continue
            row = self._with_history(row, before)
            if before is None:
                merged.new.add(id)
            elif row.updated < before.updated or row == before:
                continue
            elif row.status != before.status:
                merged.changed.add(id)
            self._take(row, before)
            if before is None:
                fresh.append(id)
            if touch:
                self._touched.pop(id, None)
                self._touched[id] = None
                if len(self._touched) > _TOUCHED:
                    del self._touched[next(iter(self._touched))]
        if fresh:
            self._insert([self._jobs[id] for id in fresh])
        return merged

    @property
    def ids(self) -> set[str]:
        """Return the known jobs."""
        return set(self._jobs)

    @property
    def touched(self) -> Iterable[str]:
        """Return the most recently changed jobs."""
        return self._touched.keys()

    @property
    def active(self) -> set[str]:
        """Return the known jobs that are pending or running."""
        return self._pending | self._running

    def is_gone(self, id: str) -> bool:
        """Whether a job was deleted."""
        return id in self._gone

    def drop(self, ids: Iterable[str]) -> None:
        """Forget jobs that the server no longer has."""
        dropped = set(ids)
        # An answer in flight may still contain them.
        self._gone |= dropped
        gone = dropped & self._jobs.keys()
        if gone:
            self._take_out(gone)

    def evict(self, ids: Iterable[str]) -> None:
        """Discard jobs that are not displayed; they may be read again."""
        gone = set(ids) & self._jobs.keys()
        if gone:
            self._take_out(gone)

    def _take_out(self, gone: set[str]) -> None:
        for id in gone:
            self.statuses[self._jobs.pop(id).status] -= 1
            self._recount |= id in self._pending
            self._pending.discard(id)
            self._running.discard(id)
            self._failed.pop(id, None)
            self._touched.pop(id, None)
        self._rows = [row for row in self._rows if row.id not in gone]
        self.version += 1

    def decoded(self, given: Mapping[str, Any]) -> JobRow:
        """Return a record as a row that shares names and texts with other jobs."""
        if len(self._related) > _SHARED or len(self._searched) > _SHARED:
            for shared in (self._related, self._searched, self._words):
                shared.clear()
        row = decode(JobRow, given, related=False)
        key = (row.user_id, row.qpu_target)
        related = self._related.get(key)
        if related is None:
            related = self._related[key] = decode_related(JobRow, given)
        # Thousands of jobs have the same owner and QPU: share one copy of their names.
        said = (row.status, *key, row.circuits, row.shots)
        search = self._searched.get(said)
        if search is None:
            search = self._searched[said] = _search_text(replace(row, **related))
        word = self._words.setdefault
        return replace(
            row,
            status=word(row.status, row.status),
            user_id=word(row.user_id, row.user_id),
            qpu_target=word(row.qpu_target, row.qpu_target),
            search=search,
            **related,
        )

    @staticmethod
    def _with_history(row: JobRow, before: JobRow | None) -> JobRow:
        """Keep what the record alone does not show: its dispatch, and that it was requeued."""
        sent, back = (before.dispatched, before.put_back) if before is not None else ("", "")
        if row.status == "running":
            sent = row.updated
        elif before is not None and before.status == "running" and row.status == "pending":
            sent, back = "", row.updated
        # Most jobs have no history.
        return replace(row, dispatched=sent, put_back=back) if sent or back else row

    def _take(self, row: JobRow, before: JobRow | None) -> None:
        id, status = row.id, row.status
        self._recount |= status == "pending" or id in self._pending
        if before is not None:
            self.statuses[before.status] -= 1
            self._pending.discard(id)
            self._running.discard(id)
            self._failed.pop(id, None)
            self._replace(before, row)
        self.statuses[status] += 1
        if status == "pending":
            self._pending.add(id)
        elif status == "running":
            self._running.add(id)
        elif status == "failed":
            self._failed[id] = row.created
        self._jobs[id] = row
        self.version += 1

    def _replace(self, before: JobRow, record: JobRow) -> None:
        """Insert a record, or replace it in its place, which depends on its date."""
        rows, made = self._rows, _made(before)
        at = bisect_left(rows, made, key=_made)
        if at == len(rows) or rows[at] is not before:
            return  # Not in the list yet: it occurs twice in one answer.
        if _made(record) == made:
            rows[at] = record
        else:
            del rows[at]
            insort(rows, record, key=_made)

    def _insert(self, records: list[JobRow]) -> None:
        records.sort(key=_made)
        rows = self._rows
        if not rows or _made(records[0]) > _made(rows[-1]):
            rows.extend(records)
        elif _made(records[-1]) < _made(rows[0]):
            rows[:0] = records
        elif len(records) < _FEW:
            for record in records:
                insort(rows, record, key=_made)
        else:
            rows.extend(records)
            rows.sort(key=_made)

    # -- what is asked -----------------------------------------------------------------------------------------------

    def listed(self) -> list[JobRow]:
        """Return all of them, newest first; `jobs_ahead` counts those before each pending one."""
        if self._listed[0] != self.version:
            if self._recount:
                self._count_ahead()
            self._listed = (self.version, self._rows[::-1])
        return self._listed[1]

    def lately_first(self) -> list[JobRow]:
        """Return the same, but jobs that arrived or changed while the console was open first, newest on top."""
        recent = list(self._touched)[: -_TOUCHED - 1 : -1]
        first = set(recent)
        listed = self.listed()
        return [self._jobs[id] for id in recent] + [job for job in listed if job.id not in first]

    def _count_ahead(self) -> None:
        self._recount = False
        queues: Counter[str] = Counter()
        self.jobs_ahead.clear()
        waiting = sorted((self._jobs[id] for id in self._pending), key=_made)
        self._oldest = waiting[0].id if waiting else ""
        for job in waiting:
            self.jobs_ahead[job.id] = queues[job.qpu_target]
            queues[job.qpu_target] += 1

    def oldest_pending(self) -> JobRow | None:
        """Return the job that has waited longest."""
        if self._recount:
            self._count_ahead()
        return self._jobs.get(self._oldest)

    def failed_since(self, moment: datetime) -> int:
        """Return how many jobs submitted since then, to the minute, have failed."""
        since = stored(moment)[:16]
        if self._failures[:2] != (self.version, since):
            count = sum(1 for created in self._failed.values() if created >= since)
            self._failures = (self.version, since, count)
        return self._failures[2]


_SAID = {"pending": "waits", "completed": "done"}


def _made(row: JobRow) -> tuple[str, str]:
    """Return the sort key of jobs: created, then id."""
    return row.created, row.id


def _search_text(row: JobRow) -> str:
    """Return the text that the filter searches, besides the id."""
    user = row.user_id_record
    words = (
        row.status,
        _SAID.get(row.status, ""),
        row.qpu_name or "no qpu",
        (user.email if user is not None else "") or row.user_id,
        user.name if user is not None else "",
        f"{row.circuits} × {row.shots}",
    )
    return "\n".join(filter(None, words)).casefold()
