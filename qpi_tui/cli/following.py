"""Follow jobs: print a line for each change, from change events, through outages."""

from __future__ import annotations

import json
import logging
import queue
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from qpi_client.backoff import pause_after
from qpi_client.job_fields import FINAL_STATUSES
from qpi_tui.cli import job_results, streams
from qpi_tui.cli.common import Output
from qpi_tui.cli.output import Record, coloured, fill, say
from qpi_tui.cli.problems import TIMED_OUT, Problem
from qpi_tui.cli.signing import Signed, problem_of
from qpi_tui.domain.clock import local, now, parse_date
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean, fit
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_client import RequestSeen
    from qpi_tui.rows.jobs import JobRow

_log = logging.getLogger(__name__)

# Seconds between reads of a job despite change events, in case one is lost.
_SAFETY = 20.0
# How far before an outage jobs are read again, if no change is known.
_REACH, _NEAR = timedelta(days=7), timedelta(days=1)
# Number of newest jobs to read for it: 0.15 s of a server (v0.1.2).
_AMONG = 100_000
# Use at most a twentieth of the server's time.
_SHARE = 20
# The clocks of the machines may differ; nothing is printed twice.
_OVERLAP = timedelta(seconds=30)
_COLOURS = {"running": "36", "completed": "32", "failed": "31", "cancelled": "2"}


def _row(record: Mapping[str, Any]) -> JobRow:
    from qpi_tui.resources import jobs

    return jobs.RESOURCE.decode(record)


class Events:
    """Change events of some topics, gathered by a thread, so that waiting for them can end.

    `get` returns "again" (read everything again), a record, or None after `seconds`. With `whole`, it returns each
    event instead of its record.
    """

    def __init__(self, signed: Signed, topics: Sequence[str], *, whole: bool = False) -> None:
        self._whole = whole
        self._queue: queue.Queue[Any] = queue.Queue()
        self._client = signed.client
        self._topics = list(topics)
        self._attempts = 0
        signed.taps.append(self._tapped)
        threading.Thread(target=self._gather, daemon=True).start()

    def get(self, seconds: float | None) -> Any:
        """Return the next one; raise the error that ended the stream."""
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            # Hours may pass without output: check meanwhile that standard output still has a reader.
            streams.stop_without_reader()
            left = 0.5 if end is None else min(end - time.monotonic(), 0.5)
            try:
                found = self._queue.get(timeout=max(left, 0))
                break
            except queue.Empty:
                if end is not None and time.monotonic() >= end:
                    return None
        if isinstance(found, Exception):
            raise found
        return found

    def _tapped(self, seen: RequestSeen) -> None:
        """Note that the stream is open. If it was open before, it was lost; reading shows if the server answers."""
        if seen.url.split("?")[0].endswith("/api/realtime") and seen.method == "GET":
            self._attempts += 1
            if self._attempts > 1:
                self._queue.put("again")

    def _gather(self) -> None:
        from qpi_client import ChangeEvent

        try:
            for event in self._client.events(self._topics):
                if isinstance(event, ChangeEvent):
                    self._queue.put(event if self._whole else event.record)
                else:
                    self._queue.put("again")
        except Exception as error:
            _log.debug("the stream of change events ended", exc_info=True)
            self._queue.put(error)


class ReadTimer:
    """Tells when to read everything again, whether change events arrive or not: one may have been lost.

    Args:
        gap: The seconds between two reads, if they are quick.
    """

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._began, self._took = time.monotonic(), 0.0

    @property
    def left(self) -> float:
        """Return the seconds until the next read; 0 if it is due."""
        return max(self._began + max(self._gap, self._took * _SHARE) - time.monotonic(), 0.0)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Measure a read; the gap begins with it."""
        self._began = time.monotonic()
        yield
        self._took = time.monotonic() - self._began


def watch_job(signed: Signed, id: str, output: Output, timeout: float | None = None, *, submitted: bool = False) -> int:
    """Follow one job to its end, print its result, and return its outcome as exit code.

    `submitted`: the server answered a moment ago, so the first read survives an outage too.
    """
    end = None if timeout is None else time.monotonic() + timeout
    printer = _Printer(signed, output if output.plain else Output(), say_only=not output.plain)
    read = partial(job_results.read_job, signed, id, results=False)
    outage = Outage()
    job = outage.insist(read) if submitted else read()
    printer.show(job)
    events = Events(signed, [f"quantum_jobs/{id}"]) if signed.role is not Role.TOKEN else None
    timer = ReadTimer(_SAFETY if events is not None else max(signed.settings.refresh, 0.5))
    while job.get("status") not in FINAL_STATUSES:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            raise Problem(f"Job {id} is still {job.get('status')} after {timeout:g} s. The job continues.", TIMED_OUT)
        found = next_event(events, timer.left if left is None else min(timer.left, left))
        if isinstance(found, Mapping):
            job = {**job, **found, "results": None}
            printer.show(job)
        if found is None or isinstance(found, str) or not timer.left:
            with timer.reading():
                found = outage.through(read)
            if found is not None:
                job = {**job, **found, "results": None}
                printer.show(job)
    job = outage.insist(lambda: job_results.read_job(signed, id))
    job_results.show(job, output)
    return job_results.code_of(job)


def next_event(events: Events | None, seconds: float) -> Any:
    """Return the next change event within a time; None without one."""
    if events is not None:
        return events.get(seconds)
    streams.sleep(seconds)
    return None


def tail_jobs(
    signed: Signed, output: Output, *, since: datetime | None, statuses: Sequence[str], qpu: str, user: str
) -> int:
    """Print a line for each change until interrupted."""
    printer = _Printer(signed, output)
    target = str(signed.client.get_qpu(qpu)["id"]) if qpu else ""
    owner = str(signed.client.get_user(user)["id"]) if user else ""
    seen_until = since or now()

    def wanted(job: Record) -> bool:
        return (
            (not statuses or job.get("status") in statuses)
            and (not target or job.get("qpu_target") == target)
            and (not owner or job.get("user_id") == owner)
        )

    def changed(begin: datetime, reach: timedelta) -> list[Record]:
        # Without events, changes are found only by reading every job; older jobs rarely change.
        jobs = signed.client.list_jobs(changed_since=begin, since=begin - reach, among=_AMONG, everyone=signed.admin)
        return sorted(jobs, key=lambda job: str(job.get("updated") or job.get("created")))

    # Existing jobs are not printed unless --since requests them.
    outage = Outage()
    for job in changed(since or seen_until - _OVERLAP, _REACH):
        printer.show(job, quiet=since is None or not wanted(job))
    say(f"Following the jobs on {signed.client.base_url}; Ctrl+C ends it.")
    events = Events(signed, ["quantum_jobs/*"]) if signed.role is not Role.TOKEN else None
    timer = ReadTimer(_SAFETY if events is not None else max(signed.settings.refresh, 0.5))
    while True:
        found = next_event(events, timer.left)
        again = isinstance(found, str)
        if isinstance(found, Mapping) and "status" in found:
            printer.show(found, quiet=not wanted(found))
        if again or not timer.left:
            moment = now()
            with timer.reading():
                # After a gap, read back to the beginning; to check for lost events, less is enough.
                jobs = outage.through(partial(changed, seen_until - _OVERLAP, _REACH if again else _NEAR))
            if jobs is not None:
                seen_until = moment
                for job in jobs:
                    printer.show(job, quiet=not wanted(job))


class Outage:
    """Calls that continue through an outage, and print when it starts and ends."""

    def __init__(self) -> None:
        self._since: float | None = None

    def through(self, call: Any) -> Any:
        """Call; return None if the server cannot be reached now. Errors that a retry cannot fix are raised."""
        from qpi_client import errors as e

        try:
            answer = call()
        except (e.TransportError, e.ServerError, e.RateLimited) as error:
            if self._since is None:
                self._since = time.monotonic()
                say(f"▲ {problem_of(error)} Retrying until it answers.")
            return None
        if self._since is not None:
            say(f"● The server answers again, after {time.monotonic() - self._since:.0f} s.")
            self._since = None
        return answer

    def insist(self, call: Any, until: float = float("inf")) -> Any:
        """Call until there is an answer; return None if there is none at this time of `time.monotonic()`."""
        failures = 0
        while (answer := self.through(call)) is None and (left := until - time.monotonic()) > 0:
            failures += 1
            streams.sleep(min(pause_after(failures, 0.5, 10.0), left))
        return answer


class _Printer:
    """Print a line for each change of a job, in the requested format; the same state only once."""

    def __init__(self, signed: Signed, output: Output, *, say_only: bool = False) -> None:
        self._client = signed.client
        self._output = output
        self._say_only = say_only
        self._admin = signed.admin
        self._states: dict[str, str] = {}
        self._qpus: dict[str, str] = {}
        self._users: dict[str, str] = {}

    def show(self, job: Record, *, quiet: bool = False) -> None:
        """Print the job if it differs from the last print; `quiet` only remembers it."""
        id, status = str(job.get("id")), str(job.get("status"))
        if self._states.get(id) == status:
            return
        self._states[id] = status
        if quiet:
            return
        if self._output.json or self._output.jsonl:
            kept = {key: value for key, value in job.items() if key not in {"payload", "results"}}
            line = json.dumps(kept)
        elif self._output.template:
            line = fill(self._output.template, job)
        else:
            line = self._line(job, id, status)
        if self._say_only:
            say(line)
            return
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def _line(self, job: Record, id: str, status: str) -> str:
        moment = parse_date(job.get("updated")) or now()
        stamp = f"{local(moment):%H:%M:%S}"
        if self._output.csv:
            from qpi_tui.cli.output import as_csv_rows

            row = [moment.isoformat(timespec="milliseconds"), id, status, self._qpu(job), self._user(job)]
            return as_csv_rows((), [row]).partition("\n")[2].rstrip("\n")
        code = _COLOURS.get(status, "") if coloured() and not self._say_only else ""
        word = fit(clean(status), 9) if len(status) <= 9 else clean(status)
        words = [stamp, clean(id), f"\x1b[{code}m{word}\x1b[0m" if code else word, clean(self._qpu(job))]
        if self._admin:
            words.append(clean(self._user(job)))
        if status == "completed" and (duration := _row(job).duration):
            words.append(f"{duration:.2g} s")
        return "  ".join(words).rstrip()

    def _qpu(self, job: Record) -> str:
        id = str(job.get("qpu_target") or "")
        qpu = _row(job).qpu_target_record
        name = qpu.name if qpu is not None else ""
        if name:
            self._qpus[id] = str(name)
        elif id and id not in self._qpus:
            self._qpus[id] = id
            try:
                self._qpus |= {str(qpu["id"]): str(qpu.get("name")) for qpu in self._client.list_all_qpus()}
            except Exception:
                _log.debug("the names of the QPUs could not be read", exc_info=True)
                # Only for display: the id replaces the name.
                return id
        return self._qpus.get(id, "–")

    def _user(self, job: Record) -> str:
        id = str(job.get("user_id") or "")
        row = _row(job)
        if row.user_id_record is not None:
            self._users[id] = row.who
        elif id and id not in self._users:
            self._users[id] = id
            try:
                self._users[id] = registry()["users"].decode(self._client.get_user(id)).label
            except Exception:
                _log.debug("the name of a user could not be read", exc_info=True)
                return id
        return self._users.get(id, "")
