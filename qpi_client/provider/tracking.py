"""Track one job on the server: last record, final states, and polling intervals."""

from __future__ import annotations

import queue
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from qiskit.providers import JobStatus

from qpi_client.backoff import pause_after
from qpi_client.errors import ResultsUnavailable
from qpi_client.job_fields import FINAL_STATUSES
from qpi_client.provider.device import full_client
from qpi_client.provider.errors import QPIJobTimeoutError, QPIWarning

STATUS = {
    "pending": JobStatus.QUEUED,
    "queued": JobStatus.QUEUED,
    "running": JobStatus.RUNNING,
    "completed": JobStatus.DONE,
    "failed": JobStatus.ERROR,
    "cancelled": JobStatus.CANCELLED,
}
REVIVAL_SECONDS = 60.0
"""Devices are not notified of a cancellation: for this long, a running job may still complete."""
FIRST_GAP = 0.2
GROWTH = 0.5
"""Seconds between two polls: half of the time waited so far, from FIRST_GAP up to the caller's limit."""
PATIENCE = 6
"""Failed polls in a row (a restart, a lost connection) before the error is raised."""

T = TypeVar("T")


class Tracked:
    """A job on the server and its last known state."""

    def __init__(self, client: Any, job_id: str) -> None:
        self.client = client
        self.id = job_id
        self.record: Mapping[str, Any] = {}
        self._may_revive = False
        self._cancelled_at: float | None = None
        self._named: set[str] = set()
        self.unreadable: str | None = None

    @property
    def word(self) -> str:
        """The server's status of the job when last read; empty before the first read."""
        word = self.record.get("status")
        return word if isinstance(word, str) else ""

    @property
    def settled(self) -> bool:
        """Whether the status is final, so that no request is needed."""
        if self.word == "cancelled" and self._may_revive and self._cancelled_at is not None:
            return time.monotonic() - self._cancelled_at > REVIVAL_SECONDS
        return self.word in FINAL_STATUSES

    def look(self, within: float | None = None) -> Mapping[str, Any]:
        """Read the record unless it is final; ``QPIJobTimeoutError`` after ``within`` seconds."""
        if not self.settled:
            self._saw(lambda: _call(lambda: self.client.get_job(self.id), within))
        return self.record

    def status(self) -> JobStatus:
        """Return Qiskit's status for the last state; ``ERROR`` with a warning if it is unknown."""
        if self.word not in STATUS and self.word not in self._named:
            self._named.add(self.word)
            warnings.warn(
                f"Job {self.id} has an unknown status: {self.record.get('status')!r}; "
                "it counts as ERROR, and result() keeps waiting.",
                QPIWarning,
                stacklevel=4,
            )
        return STATUS.get(self.word, JobStatus.ERROR)

    def cancelling(self) -> None:
        """Note that the job is about to be cancelled. It may be on the device already."""
        self._may_revive = True

    def wait(self, deadline: float | None, wait: float, each: Callable[[], None] | None = None) -> None:
        """Return when the job is completed, failed or cancelled; ``QPIJobTimeoutError`` at the deadline.

        ``wait`` is the longest interval between two polls; ``each`` is called after each poll that finds the job
        unfinished.
        """
        full = full_client(self.client)
        if full is not None and each is None and not self.settled:
            self._saw(lambda: _wait_by_client(full, self.id, deadline))
            return
        started, failures = time.monotonic(), 0
        while self.word not in FINAL_STATUSES or not self.settled:
            try:
                self.look(_left(deadline))
                failures = 0
            except QPIJobTimeoutError:
                raise _late(self.id) from None
            except Exception as error:
                failures += 1
                if failures >= PATIENCE or not _passing(error):
                    raise
            if self.word in FINAL_STATUSES and not failures:
                return
            if each is not None and not failures:
                each()
            self._pause(time.monotonic() - started, failures, deadline, wait)

    def _pause(self, elapsed: float, failures: int, deadline: float | None, wait: float) -> None:
        gap = min(max(FIRST_GAP, GROWTH * elapsed), max(wait, 0.0))
        if failures:
            gap = max(gap, pause_after(failures, 0.5, 8.0))
        left = _left(deadline)
        if left is not None and left <= 0:
            raise _late(self.id)
        time.sleep(gap if left is None else min(gap, left))

    def _saw(self, ask: Callable[[], Any]) -> None:
        """Store the result of a read, even if it only shows that the job has finished without readable results."""
        try:
            record, self.unreadable = ask(), None
        except ResultsUnavailable as error:
            record, self.unreadable = error.record, str(error)
        self.record = record if isinstance(record, Mapping) else {"status": None, "answer": record}
        if self.word == "running":
            self._may_revive = True
        if self.word == "cancelled" and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
        elif self.word != "cancelled":
            self._cancelled_at = None


def status_code(error: BaseException) -> int | None:
    """Return the HTTP status of an error of any client library; None if it has none."""
    for source in (error, getattr(error, "response", None)):
        for name in ("status_code", "status"):
            code = getattr(source, name, None)
            if type(code) is int:
                return code
    return None


def _passing(error: Exception) -> bool:
    """Return whether a retry may help: the server is busy or restarting, or the connection was lost."""
    from qpi_client.http import httpx

    code = status_code(error)
    if code is not None:
        return code in (408, 425, 429) or code >= 500
    return isinstance(error, (httpx.TransportError, OSError))


def _wait_by_client(client: Any, job_id: str, deadline: float | None) -> Any:
    """Wait with the client's own method, which uses change events if available."""
    from qpi_client.http import httpx

    try:
        return client.wait_job(job_id, timeout=_left(deadline))
    except (TimeoutError, httpx.TimeoutException) as error:
        if deadline is None:
            raise
        raise _late(job_id) from error


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _late(job_id: str) -> QPIJobTimeoutError:
    return QPIJobTimeoutError(
        f"Job {job_id} is not done in the time given. The job continues: call result() again, or cancel()."
    )


def _call(function: Callable[[], T], within: float | None) -> T:
    """Call a function for at most ``within`` seconds: a client of another library may have no timeout."""
    if within is None:
        return function()
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((function(), None))
        except BaseException as error:  # raised again in the caller's thread
            answers.put((None, error))

    threading.Thread(target=run, name="qpi-get-job", daemon=True).start()
    try:
        # The first read always gets a moment, so that timeout=0 reads once.
        answer, error = answers.get(timeout=max(within, 0.05))
    except queue.Empty:
        raise QPIJobTimeoutError("The server did not answer in the time given.") from None
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]  # T unless there was an error
