"""Groups of jobs: submitted together, waited for or cancelled together."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from qiskit.providers import BackendV2, JobStatus
from qiskit.result import Result

from qpi_client.provider.job import QPIJob
from qpi_client.provider.primitives import QPIEstimator, QPISampler

OVER = (JobStatus.DONE, JobStatus.ERROR, JobStatus.CANCELLED)


class QPISession:
    """The jobs of a ``with`` block.

    Servers have no sessions: jobs queue one by one, and other users' jobs may run in between. To reserve the QPU, book
    a time slot. If the block raises, its unfinished jobs are cancelled.

    Examples:
        >>> with backend.session() as session:
        ...     jobs = [session.run(circuit) for circuit in circuits]
        ...     results = session.results(timeout=600)
    """

    def __init__(self, backend: BackendV2, **options: Any) -> None:
        """Create a session.

        Args:
            backend: The backend that its jobs run on.
            **options: Run options of its jobs, see `QPIBackend.run`.
        """
        self.backend = backend
        self.jobs: list[QPIJob] = []
        self._options = options

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self.cancel()

    def __repr__(self) -> str:
        return f"<QPISession on {self.backend.name!r} with {len(self.jobs)} jobs>"

    def run(self, *args: Any, **options: Any) -> QPIJob:
        """Submit circuits as `QPIBackend.run` does, and add the job to the session.

        Args:
            *args: Arguments of `QPIBackend.run`.
            **options: Options of this run, which override those of the session.

        Returns:
            The job.
        """
        job: QPIJob = self.backend.run(*args, **{**self._options, **options})
        self.jobs.append(job)
        return job

    def sampler(self, **options: Any) -> QPISampler:
        """Return a sampler whose jobs belong to this session.

        Args:
            **options: Options of `QPIBackend.sampler`.

        Returns:
            The sampler.
        """
        return QPISampler(self.backend, run=self.run, **options)

    def estimator(self, **options: Any) -> QPIEstimator:
        """Return an estimator whose jobs belong to this session.

        Args:
            **options: Options of `QPIBackend.estimator`.

        Returns:
            The estimator.
        """
        return QPIEstimator(self.backend, run=self.run, **options)

    def results(self, timeout: float | None = None) -> list[Result]:
        """Wait for all jobs and return their results, in the order of submission.

        Args:
            timeout: Time limit for all jobs together in seconds. Default: none.

        Returns:
            One result per job.

        Raises:
            QPIJobTimeoutError: A job did not finish in time, and continues. It is a `TimeoutError`.
            QPIJobError: A job failed or was cancelled. It is a `RuntimeError`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        left = (None if deadline is None else max(deadline - time.monotonic(), 0.0) for _ in self.jobs)
        return [job.result(timeout=seconds) for job, seconds in zip(self.jobs, left, strict=True)]

    def cancel(self) -> int:
        """Cancel the unfinished jobs.

        Returns:
            The number of cancelled jobs.
        """
        unfinished = [job for job in self.jobs if job.status() not in OVER]
        return sum(job.cancel() for job in unfinished)
