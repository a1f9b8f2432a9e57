"""Progress of a job as a line of text, for terminals and notebooks."""

from __future__ import annotations

import sys
from typing import TextIO

from qiskit.providers import JobStatus

from qpi_client.provider.job import QPIJob

_WORDS = {
    JobStatus.QUEUED: "queued",
    JobStatus.RUNNING: "running",
    JobStatus.DONE: "done",
    JobStatus.CANCELLED: "cancelled",
    JobStatus.ERROR: "failed",
}


def job_monitor(
    job: QPIJob, interval: float = 5.0, *, timeout: float | None = None, output: TextIO | None = None
) -> JobStatus:
    """Print a job's progress until it has finished, on one line that is updated.

    Args:
        job: The job.
        interval: Longest interval between two polls in seconds. The first polls are more frequent.
        timeout: Time limit in seconds. Default: none.
        output: Stream to print to. Default: standard output. If it is not a terminal, each change is a line of its own.

    Returns:
        The final status.

    Raises:
        QPIJobTimeoutError: The job did not finish in time, and continues. It is a `TimeoutError`.

    Examples:
        >>> job = backend.run(circuit)
        >>> job_monitor(job)
        Job 8f3kq2m1x0z7abc: done, 0.82 s of QPU time
    """
    line = _Line(sys.stdout if output is None else output)

    def look(_: str, status: JobStatus, seen: QPIJob) -> None:
        line.say(f"Job {seen.id}: {_words(seen, status)}")

    job.wait_for_final_state(timeout, interval, look)
    status = job.status()
    taken = job.duration
    line.say(f"Job {job.id}: {_words(job, status)}{f', {taken:.3g} s of QPU time' if taken is not None else ''}")
    line.end()
    return status


def _words(job: QPIJob, status: JobStatus) -> str:
    said = _WORDS.get(status, status.name.lower())
    place = job.queue_position() if status is JobStatus.QUEUED else None
    return f"{said}, {place} in the queue" if place is not None else said


class _Line:
    """One updated line on a terminal, and a line for each change elsewhere."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._again = output.isatty()
        self._said = ""

    def say(self, text: str) -> None:
        if text == self._said:
            return
        self._output.write(f"\r{text.ljust(len(self._said))}" if self._again else f"{text}\n")
        self._output.flush()
        self._said = text

    def end(self) -> None:
        if self._again:
            self._output.write("\n")
            self._output.flush()
