"""Jobs that belong together: sent from one place, waited for or cancelled together."""

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
    """The jobs of a block of a program.

    Servers know no sessions: jobs queue one by one, and other people's jobs may come between. To be alone on a QPU,
    book a slot. If the block raises, its unfinished jobs are cancelled.

    Examples:
        >>> with backend.session() as session:
        ...     jobs = [session.run(circuit) for circuit in circuits]
        ...     results = session.results(timeout=600)
    """

    def __init__(self, backend: BackendV2, **options: Any) -> None:
        """Make a session.

        Args:
            backend: The backend that its jobs run on.
            **options: Run options of its jobs, which are described at `QPIBackend.run`.
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
        """Submit circuits as `QPIBackend.run` does, and keep the job.

        Args:
            *args: What `QPIBackend.run` takes.
            **options: Options of this run, over those of the session.

        Returns:
            The job.
        """
        job: QPIJob = self.backend.run(*args, **{**self._options, **options})
        self.jobs.append(job)
        return job

    def sampler(self, **options: Any) -> QPISampler:
        """Return a sampler whose jobs belong to this session.

        Args:
            **options: What `QPIBackend.sampler` takes.

        Returns:
            The sampler.
        """
        return QPISampler(self.backend, run=self.run, **options)

    def estimator(self, **options: Any) -> QPIEstimator:
        """Return an estimator whose jobs belong to this session.

        Args:
            **options: What `QPIBackend.estimator` takes.

        Returns:
            The estimator.
        """
        return QPIEstimator(self.backend, run=self.run, **options)

    def results(self, timeout: float | None = None) -> list[Result]:
        """Wait for all jobs and return their results, in the order of submission.

        Args:
            timeout: Seconds for all of them together; defaults to no limit.

        Returns:
            A result for each job.

        Raises:
            QPIJobTimeoutError: A job is not over in time, and goes on. It is a `TimeoutError`.
            QPIJobError: A job failed or was cancelled. It is a `RuntimeError`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        left = (None if deadline is None else max(deadline - time.monotonic(), 0.0) for _ in self.jobs)
        return [job.result(timeout=seconds) for job, seconds in zip(self.jobs, left, strict=True)]

    def cancel(self) -> int:
        """Cancel the jobs that are not over.

        Returns:
            How many there were.
        """
        unfinished = [job for job in self.jobs if job.status() not in OVER]
        return sum(job.cancel() for job in unfinished)
