"""A user's ledger: costs of jobs and credits, with the balance where it is certain. Pure.

The server keeps a balance, without dates or reasons of its changes. A job's cost and date are known. A credit has a
date if this machine's audit log has it, and for an allocation the balance before it too. Between two known balances,
the running balance is certain if the entries explain the difference; otherwise the difference is a separate entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.clock import local, parse_date, short_moment
from qpi_tui.domain.durations import duration
from qpi_tui.domain.styled_text import Part
from qpi_tui.rows import job_times

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.requests import RequestRow

# Maximum difference in seconds between equal sums of the server's numbers.
_SAME = 0.01
_MARKS = {"job": "✓", "credit": "+", "set": "=", "unknown": "?"}


@dataclass(frozen=True)
class Entry:
    """A change of a balance. `seconds` is the amount, negative for a cost; `after` the balance then, if certain.

    `before` is the previous balance, if the audit log has it. `kind` is job, credit, set or unknown. `id` is that of
    the job or of the audit log's entry, unique in a ledger.
    """

    at: datetime | None
    kind: str
    seconds: float
    what: str
    id: str = ""
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True)
class Ledger:
    """Entries, newest first; `undated` are approved requests without a known date of approval.

    `jobs_read` is the number of jobs read if there may be older ones: then it starts at the oldest of those.
    """

    balance: float
    entries: Sequence[Entry]
    undated: Sequence[RequestRow] = ()
    since: datetime | None = None
    jobs_read: int = 0


def ledger_of(
    balance: float,
    jobs: Iterable[JobRow],
    requests: Iterable[RequestRow],
    log: Iterable[Mapping[str, Any]],
    user: str,
    since: datetime | None = None,
    *,
    jobs_read: int = 0,
) -> Ledger:
    """Return the ledger of the user with this id; `log` are the lines of the audit log."""
    logged, dated = _logged(log, user)
    entries = [*logged, *filter(None, map(_job, jobs))]
    shown = [entry for entry in entries if entry.at is not None and (since is None or entry.at >= since)]
    shown.sort(key=lambda entry: entry.at.timestamp() if entry.at is not None else 0.0, reverse=True)
    undated = [each for each in requests if each.status == "approved" and each.id not in dated]
    return Ledger(balance, _with_balances(balance, shown), undated, since, jobs_read)


def _job(job: JobRow) -> Entry | None:
    cost, at = job_times.cost(job), parse_date(job.finished_at)
    if not cost or at is None:
        return None
    return Entry(at, "job", -cost, f"job {job.id}{f' on {job.qpu_name}' if job.qpu_name else ''}", job.id)


def _logged(log: Iterable[Mapping[str, Any]], user: str) -> tuple[list[Entry], set[str]]:
    """Return the credits in the audit log, and the requests that they approved."""
    begun: dict[str, Mapping[str, Any]] = {}
    found: list[Entry] = []
    requests: set[str] = set()
    for line in log:
        id, fields = str(line.get("id")), line.get("fields")
        if line.get("state") == "begun" and isinstance(fields, Mapping) and fields.get("user") == user:
            begun[id] = line
        elif line.get("state") == "done" and (first := begun.pop(id, None)) is not None:
            entry = _credit(first)
            if entry is not None:
                found.append(entry)
                requests.add(str(first["fields"].get("request")))
    return found, requests


def _credit(line: Mapping[str, Any]) -> Entry | None:
    fields, facts = line["fields"], line.get("facts")
    seconds, op = fields.get("seconds"), fields.get("op", "add")
    if line.get("edit") not in ("requests.approve", "users.allocate") or not isinstance(seconds, int | float):
        return None
    known = facts.get("balance") if isinstance(facts, Mapping) else None
    before = float(known) if isinstance(known, int | float) and not isinstance(known, bool) else None
    who, id, at = str(line.get("who") or "?"), str(line.get("id")), parse_date(line.get("at"))
    if op == "set":
        change = seconds - before if before is not None else 0.0
        return Entry(at, "set", change, f"set to {duration(seconds)} by {who}", id, before)
    added = float(seconds) if op == "add" else -float(seconds)
    what = "request approved" if line.get("edit") == "requests.approve" else "allocated" if op == "add" else "taken"
    return Entry(at, "credit", added, f"{what} by {who}", id, before)


def _with_balances(balance: float, entries: Sequence[Entry]) -> list[Entry]:
    """From now back to each moment at which the balance is known."""
    found: list[Entry] = []
    stretch: list[Entry] = []
    known = balance
    until: datetime | None = None
    for entry in entries:
        stretch.append(entry)
        if entry.before is None:
            continue
        missing = known - entry.before - sum(each.seconds for each in stretch)
        if abs(missing) < _SAME:
            found += _running(known, stretch)
        else:
            end = _when(until) if until is not None else "now"
            what = f"not recorded here, between {_when(entry.at)} and {end}"
            # Only the balance right after the known one is certain.
            *others, last = stretch
            found += [
                Entry(None, "unknown", missing, what, f"unknown {last.id}"),
                *others,
                _after(last, entry.before + last.seconds),
            ]
        stretch, known, until = [], entry.before, entry.at
    return [*found, *stretch]


def _running(known: float, stretch: Sequence[Entry]) -> list[Entry]:
    found = []
    for entry in stretch:
        found.append(_after(entry, known))
        known -= entry.seconds
    return found


def _after(entry: Entry, balance: float) -> Entry:
    return Entry(entry.at, entry.kind, entry.seconds, entry.what, entry.id, entry.before, balance)


def _when(at: datetime | None) -> str:
    return short_moment(local(at)) if at is not None else "?"


def signed_duration(seconds: float) -> str:
    """`+2 h`, `−1.5 s`."""
    return f"{'+' if seconds >= 0 else '−'}{duration(abs(seconds))}"


def known_words(ledger: Ledger) -> list[str]:
    """Return what is known and unknown, in sentences."""
    certain = sum(entry.after is not None for entry in ledger.entries)
    said = [
        f"Balance now: {duration(ledger.balance)} ({ledger.balance:,.3f} s). "
        f"The balance is certain after {certain:,} of {len(ledger.entries):,} entries.",
        "The server keeps no dates of credits. Those of this machine's audit log are here; credits by the server's "
        "dashboard or from other machines are not.",
    ]
    if ledger.jobs_read:
        begin = f"The ledger starts {_when(ledger.since)}"
        said.insert(1, f"{begin}: the newest {ledger.jobs_read:,} jobs were read, and there may be older ones.")
    if ledger.undated:
        total = sum(each.seconds for each in ledger.undated)
        count = len(ledger.undated)
        said.append(f"{count:,} approved request{'s' * (count != 1)} without a date: {duration(total)} in all.")
    return said


def ledger_lines(ledger: Ledger) -> list[list[Part]]:
    """Return the printed ledger: time, amount, reason, balance after it."""
    lines: list[list[Part]] = [[(sentence, "")] for sentence in known_words(ledger)]
    lines.append([("", "")])
    lines.append([(f"  {'When':<12}{'Change':>12} {'Balance':>12}  What", "$text-muted")])
    for entry in ledger.entries:
        after = duration(entry.after) if entry.after is not None else "–"
        style = "$text-warning" if entry.kind == "unknown" else "$text-success" if entry.seconds > 0 else ""
        lines.append(
            [
                (f"{_MARKS[entry.kind]} {_when(entry.at) if entry.at is not None else '':<12}", "$text-muted"),
                (f"{signed_duration(entry.seconds):>12} ", style),
                (f"{after:>12}  ", "bold" if entry.after is not None else "$text-muted"),
                (entry.what, ""),
            ]
        )
    return lines
