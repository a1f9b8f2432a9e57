"""All jobs that the console knows of, by id: pages and later changes merged, newest first. Pure.

Made for a hundred thousand: what a page or a change costs does not depend on how many there are, except for the list
that is made of them when it is asked for.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from qpi_tui.domain.clock import parse_date, stored
from qpi_tui.domain.columns import DictRow
from qpi_tui.domain.sanitize import clean_record

Record = dict[str, Any]
# Two writes may be stored in another order than they are dated: changes are asked for from this much earlier.
_OVERLAP = timedelta(seconds=5)
_TOUCHED = 200
# So many records are put into their places one by one; more are sorted in.
_FEW = 1_000


@dataclass
class Merged:
    """What a merge brought: ids of jobs that are new, and of those whose status is another."""

    new: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)

    def __ior__(self, other: Merged) -> Merged:
        self.new |= other.new
        self.changed |= other.changed
        return self


class JobStore:
    """Jobs by id, each made safe to show once. `version` grows with every difference."""

    def __init__(self) -> None:
        self.version = 0
        self.statuses: Counter[str] = Counter()
        self._jobs: dict[str, Record] = {}
        self._rows: list[Record] = []  # the same, oldest first
        self._pending: set[str] = set()
        self._failed: dict[str, str] = {}  # id → created
        self._touched: dict[str, None] = {}  # the last changed is the last
        self._shared: dict[tuple[Any, Any], Any] = {}
        self._words: dict[str, str] = {}
        self._unseen: dict[str, Record] = {}
        self._gone: set[str] = set()
        self._latest = ""
        self._listed: tuple[int, list[Record]] = (-1, [])
        self._recount = True
        self._oldest = ""
        self._failures: tuple[int, str, int] = (-1, "", 0)

    def __len__(self) -> int:
        return len(self._jobs)

    def get(self, id: str) -> Record | None:
        """A job by its id."""
        return self._jobs.get(id)

    # -- what comes --------------------------------------------------------------------------------------------------

    def merge(self, records: Iterable[Mapping[str, Any]], *, touch: bool = False) -> Merged:
        """Take these in; one that is known already is replaced unless it is older. `touch`: they changed just now."""
        merged = Merged()
        fresh: list[str] = []
        for given in records:
            record = self._made_safe(given)
            id = str(record["id"])
            before = self._jobs.get(id)
            if id in self._gone:
                continue
            if before is None:
                merged.new.add(id)
            elif not self._replaces(record, before):
                continue
            elif record.get("status") != before.get("status"):
                merged.changed.add(id)
            self._with_history(record, before)
            self._take(id, record, before)
            if before is None:
                fresh.append(id)
            if touch:
                self._touched.pop(id, None)
                self._touched[id] = None
        if fresh:
            self._insert([self._jobs[id] for id in fresh])
        return merged

    @property
    def ids(self) -> set[str]:
        """Of the jobs that are known."""
        return set(self._jobs)

    def drop(self, ids: Iterable[str]) -> None:
        """Forget jobs that the server no longer has."""
        dropped = set(ids)
        # An answer that is under way may still have them.
        self._gone |= dropped
        gone = dropped & self._jobs.keys()
        for id in gone:
            self.statuses[str(self._jobs.pop(id).get("status"))] -= 1
            self._pending.discard(id)
            self._failed.pop(id, None)
            self._touched.pop(id, None)
        if gone:
            self._rows = [record for record in self._rows if record["id"] not in gone]
            self._recount = True
            self.version += 1

    def _made_safe(self, given: Mapping[str, Any]) -> Record:
        record: Record = {key: value for key, value in given.items() if key not in {"payload", "results", "expand"}}
        record = DictRow(clean_record(record))
        payload = given.get("payload")
        if isinstance(payload, Mapping):
            circuits = payload.get("circuits")
            record.setdefault("shots", payload.get("shots"))
            record.setdefault("circuits", len(circuits) if isinstance(circuits, list) else None)
        # Thousands of jobs have the same owner and QPU: one copy of their names for all.
        for name in ("user_id", "qpu_target", "status"):
            word = record.get(name)
            if isinstance(word, str):
                record[name] = self._words.setdefault(word, word)
        key = (record.get("user_id"), record.get("qpu_target"))
        expand = self._shared.get(key)
        if expand is None:
            expand = self._shared[key] = clean_record(given.get("expand") or {})
        record["expand"] = expand
        return record

    @staticmethod
    def _replaces(record: Record, before: Record) -> bool:
        if str(record.get("updated") or "") < str(before.get("updated") or ""):
            return False
        return any(before.get(key) != value for key, value in record.items())

    def _with_history(self, record: Record, before: Record | None) -> None:
        """Keep what the record alone does not tell: when it was dispatched, and that it was put back."""
        seen = dict(before["_"]) if before is not None else {}
        seen.pop("ahead", None)
        seen.pop("search", None)
        if record.get("status") == "running":
            seen["sent"] = record.get("updated")
        elif before is not None and before.get("status") == "running" and record.get("status") == "pending":
            seen.pop("sent", None)
            seen["put_back"] = record.get("updated")
        # Most jobs have no history, and what is searched beside their ids is the same for many: one copy for all.
        search = _search_text(record)
        plain = self._unseen.setdefault(search, {"search": search})
        # One that waits has its own, in which those ahead are counted anew whenever another leaves the queue.
        record["_"] = {**plain, **seen} if seen or record.get("status") == "pending" else plain

    def _take(self, id: str, record: Record, before: Record | None) -> None:
        status = str(record.get("status"))
        self._recount |= status == "pending" or id in self._pending
        if before is not None:
            self.statuses[str(before.get("status"))] -= 1
            self._pending.discard(id)
            self._failed.pop(id, None)
            self._replace(before, record)
        self.statuses[status] += 1
        if status == "pending":
            self._pending.add(id)
        elif status == "failed":
            self._failed[id] = str(record.get("created") or "")
        self._latest = max(self._latest, str(record.get("updated") or ""))
        self._jobs[id] = record
        self.version += 1

    def _replace(self, before: Record, record: Record) -> None:
        """Put a record in another's place, or in its own where it is dated differently."""
        rows, made = self._rows, _made(before)
        at = bisect_left(rows, made, key=_made)
        if at == len(rows) or rows[at] is not before:
            return  # not in the list yet: it came twice in one answer
        if _made(record) == made:
            rows[at] = record
        else:
            del rows[at]
            insort(rows, record, key=_made)

    def _insert(self, records: list[Record]) -> None:
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

    def listed(self) -> list[Record]:
        """All of them, newest first; pending ones say how many are ahead (`extra(record)["ahead"]`)."""
        if self._listed[0] != self.version:
            if self._recount:
                self._count_ahead()
            self._listed = (self.version, self._rows[::-1])
        return self._listed[1]

    def lately_first(self) -> list[Record]:
        """The same, but those that came or changed while the console was open first, the latest on top."""
        recent = list(self._touched)[: -_TOUCHED - 1 : -1]
        first = set(recent)
        listed = self.listed()
        return [self._jobs[id] for id in recent] + [job for job in listed if job["id"] not in first]

    def _count_ahead(self) -> None:
        self._recount = False
        ahead: Counter[str] = Counter()
        waiting = sorted((self._jobs[id] for id in self._pending), key=_made)
        self._oldest = str(waiting[0]["id"]) if waiting else ""
        for job in waiting:
            qpu = str(job.get("qpu_target") or "")
            job["_"]["ahead"] = ahead[qpu]
            ahead[qpu] += 1

    def oldest_pending(self) -> Record | None:
        """The one that has waited longest."""
        if self._recount:
            self._count_ahead()
        return self._jobs.get(self._oldest)

    def failed_since(self, moment: datetime) -> int:
        """How many that were made since then, to the minute, have failed."""
        since = stored(moment)[:16]
        if self._failures[:2] != (self.version, since):
            count = sum(1 for created in self._failed.values() if created >= since)
            self._failures = (self.version, since, count)
        return self._failures[2]

    @property
    def changes_from(self) -> datetime | None:
        """From when on changes are to be asked for; None where the server tells no dates of change."""
        latest = parse_date(self._latest)
        return latest - _OVERLAP if latest is not None else None


_SAID = {"pending": "waits", "completed": "done"}


def _made(record: Record) -> tuple[str, str]:
    """By what jobs stand in their order: when they were made, then their id."""
    return str(record.get("created") or ""), str(record["id"])


def _search_text(record: Record) -> str:
    """What the filter's words are looked for in, besides the id."""
    status = str(record.get("status"))
    qpu = record["expand"].get("qpu_target") or {}
    user = record["expand"].get("user_id") or {}
    words = (
        status,
        _SAID.get(status, ""),
        qpu.get("name") or record.get("qpu_target") or "no qpu",
        user.get("email") or record.get("user_id"),
        user.get("name"),
        f"{record.get('circuits')} × {record.get('shots')}",
    )
    return "\n".join([str(word) for word in words if word]).casefold()
