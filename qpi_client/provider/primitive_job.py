"""The job of a primitive: a `QPIJob` and its converted result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qiskit.primitives import BasePrimitiveJob, PrimitiveResult
from qiskit.providers import JobStatus

from qpi_client.provider.job import QPIJob


class QPIPrimitiveJob(BasePrimitiveJob):  # type: ignore[misc]  # Qiskit has no types
    """The job of a sampler or an estimator. `job` is the underlying `QPIJob`; None if nothing had to run."""

    def __init__(self, job: QPIJob | None, build: Callable[[Any], PrimitiveResult]) -> None:
        super().__init__(job.id if job is not None else "")
        self.job = job
        self._build = build
        self._built: PrimitiveResult | None = None

    def __repr__(self) -> str:
        return f"<QPIPrimitiveJob {self.job_id() or 'without a job'}>"

    @property
    def job_ids(self) -> list[str]:
        """The ids of the jobs on the server."""
        return self.job.job_ids if self.job is not None else []

    def result(self, timeout: float | None = None) -> PrimitiveResult:
        """Wait for the result and return it.

        Args:
            timeout: Time limit in seconds. Default: none.

        Returns:
            A result for each pub.

        Raises:
            QPIJobTimeoutError: The job did not finish in time, and continues. It is a `TimeoutError`.
            QPIJobError: The job, or a circuit of it, failed. It is a `RuntimeError`.
        """
        if self._built is None:
            self._built = self._build(None if self.job is None else self.job.result(timeout=timeout))
        return self._built

    def status(self) -> JobStatus:
        """Return the job's status."""
        return JobStatus.DONE if self.job is None else self.job.status()

    def done(self) -> bool:
        """Return whether the job is completed."""
        return self.status() is JobStatus.DONE

    def running(self) -> bool:
        """Return whether the job is running."""
        return self.status() is JobStatus.RUNNING

    def cancelled(self) -> bool:
        """Return whether the job was cancelled."""
        return self.status() is JobStatus.CANCELLED

    def in_final_state(self) -> bool:
        """Return whether the job has finished."""
        return self.status() in (JobStatus.DONE, JobStatus.CANCELLED, JobStatus.ERROR)

    def cancel(self) -> bool:
        """Cancel the job.

        Returns:
            Whether there was something to cancel.
        """
        return self.job.cancel() if self.job is not None else False
