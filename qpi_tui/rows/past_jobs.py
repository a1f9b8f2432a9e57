"""The outcome of earlier jobs, in words, for a user who submits a similar one."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import TYPE_CHECKING

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.domain.durations import duration
from qpi_tui.rows import job_times

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow


def past_words(jobs: Iterable[JobRow], *, qpu: str, circuits: int, shots: int) -> str:
    """Describe the last jobs of about that size on that QPU: `the last 3 took 0.3 s, waited 4 min, 1 failed`."""

    def near(job: JobRow) -> bool:
        had = job.shots or 0
        return shots / 2 <= had <= shots * 2 and job.circuits == circuits

    like = [job for job in jobs if job.qpu_target == qpu and job.status in CHARGED_STATUSES and near(job)][:10]
    if not like:
        return "no job of about this size has run there"
    took = [seconds for job in like if (seconds := job_times.ran(job)) is not None]
    waits = [seconds for job in like if (seconds := job_times.waited(job)) is not None]
    failed = sum(1 for job in like if job.status == "failed")
    said = [f"the last {len(like)} of about that size" if len(like) > 1 else "the last one of about that size"]
    if took:
        said[0] += f" took {_short(median(took))}"
    if waits:
        said.append(f"waited {_short(median(waits))}")
    said.append(f"{failed} failed" if failed else "none failed")
    return ", ".join(said)


def _short(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 10 else duration(round(seconds))
