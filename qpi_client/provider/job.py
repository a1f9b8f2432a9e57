"""A Qiskit job: one or several jobs on the server, and one result."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from qiskit.providers import BackendV2, JobStatus, JobV1
from qiskit.result import Result
from qiskit.result.models import ExperimentResult

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_client.provider.conversion import experiments_of, failed_experiment
from qpi_client.provider.device import full_client, is_superuser
from qpi_client.provider.errors import QPIJobError, QPIWarning
from qpi_client.provider.html import table
from qpi_client.provider.results import QPIResult
from qpi_client.provider.tracking import Tracked, status_code
from qpi_client.results import JobResults, parse_results
from qpi_client.submitted import read_submitted

ECHO = (
    "the server returned what was submitted in place of the results. An API token cannot read them. Sign in with "
    "auth_with_password() and try again."
)


@dataclass(frozen=True, slots=True)
class Sent:
    """The input of one job on the server, as far as the server does not store it."""

    arguments: Mapping[str, Any]
    metadata: Sequence[Any] = ()


class QPIJob(JobV1):  # type: ignore[misc]  # Qiskit has no types
    """A job on a QPI server as a Qiskit `JobV1`.

    Created by `QPIBackend.run`, `QPIBackend.job` or `QPIClient.job`.
    """

    def __init__(
        self, backend: BackendV2 | None, job_id: str, client: Any, *, memory: bool = False, **kwargs: Any
    ) -> None:
        """Create the handle of a job. Sends no request.

        Args:
            backend: The job's backend, or None.
            job_id: Id of the job. For a run that was split into several jobs, their ids separated by commas.
            client: A `QPIClient`, or any object with its methods ``get_job`` and ``cancel_job``.
            memory: Whether the result includes the outcome of each shot, in no meaningful order.
            **kwargs: Metadata that Qiskit stores with the job.
        """
        super().__init__(backend, job_id, **kwargs)
        self._client = client
        self._memory = memory
        self._parts = [Tracked(client, part) for part in str(job_id).split(",")]
        self._sent: list[Sent] = []
        self._result: QPIResult | None = None

    @classmethod
    def submitted(
        cls, backend: BackendV2, job_ids: Sequence[str], client: Any, sent: Sequence[Sent], *, memory: bool
    ) -> QPIJob:
        """Return the job for a new submission. Used by `QPIBackend.run`.

        Args:
            backend: The backend.
            job_ids: Ids of the jobs on the server.
            client: The client that submitted them.
            sent: The input of each of them.
            memory: Whether the result includes the outcome of each shot.

        Returns:
            The job.
        """
        whole = job_ids[0] if len(job_ids) == 1 else ",".join(job_ids)
        job = cls(backend, whole, client, memory=memory)
        job._parts = [Tracked(client, job_id) for job_id in job_ids]
        job._sent = list(sent)
        return job

    @property
    def client(self) -> Any:
        """The client that sends the requests."""
        return self._client

    def bind(self, client: Any) -> QPIJob:
        """Give the job another client. A copied or unpickled job needs one, because it has no session.

        Args:
            client: A `QPIClient`, or any object with its methods ``get_job`` and ``cancel_job``.

        Returns:
            The same job.

        Examples:
            >>> job = pickle.loads(stored).bind(client)
        """
        self._client = client
        for part in self._parts:
            part.client = client
        return self

    def __repr__(self) -> str:
        backend = self._backend.name if self._backend is not None else None
        return f"<QPIJob {self.job_id()} on {backend!r}>"

    def _facts(self) -> list[tuple[str, object]]:
        """Return the properties that are known without a request."""
        last = self._parts[-1].record
        facts: list[tuple[str, object]] = [("backend", self._backend.name if self._backend is not None else None)]
        facts += [
            ("status", ", ".join(dict.fromkeys(part.word for part in self._parts if part.word)) or "not read yet")
        ]
        return [*facts, ("submitted", self._parts[0].record.get("created")), ("finished", last.get("finished_at"))]

    def _repr_html_(self) -> str:
        shown = table(f"Job {self.id}", [*self._facts(), ("QPU time, s", self._taken())])
        return shown if self._result is None else shown + self._result._repr_html_()

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        yield "id", self.id
        yield from ((word, value) for word, value in self._facts() if value)

    @property
    def id(self) -> str:
        """The id on the server; several ids separated by commas for a run that was split."""
        return self.job_id()  # type: ignore[no-any-return]  # Qiskit has no types

    @property
    def job_ids(self) -> list[str]:
        """The ids of the jobs on the server that make up this job."""
        return [part.id for part in self._parts]

    def submit(self) -> None:
        """Do nothing: the backend's ``run`` submits jobs."""

    def status(self) -> JobStatus:
        """Return the job's status, read from the server unless it is final.

        A running job can return to queued after the server's job timeout. A job that was cancelled while running can
        still complete. An unknown status is ``ERROR``, with a `QPIWarning` that names it.

        Returns:
            The status; for a run that was split, the worst one once all parts have finished.

        Raises:
            NotFound: No such job, or it is not yours.
        """
        for part in self._parts:
            part.look()
        return _combined([part.status() for part in self._parts])

    def result(self, timeout: float | None = None, wait: float = 5.0) -> Result:
        """Wait for the result and return it. Later calls return the cached result.

        Args:
            timeout: Time limit in seconds. Default: none.
            wait: Longest interval between two polls in seconds. The first polls are more frequent.

        Returns:
            The result, with one experiment for each circuit and parameter set. In a batch or a split run, a failed
            experiment has ``success=False``, and the others are available.

        Raises:
            QPIJobTimeoutError: The job did not finish in time, and continues. It is a `TimeoutError`.
            QPIJobError: The whole job failed (with the server's message), was cancelled, or has no readable results. It
                is a `RuntimeError`.
        """
        if self._result is None:
            deadline = None if timeout is None else time.monotonic() + timeout
            for part in self._parts:
                part.wait(deadline, wait)
            self._result = self._build()
        return self._result

    def wait_for_final_state(
        self,
        timeout: float | None = None,
        wait: float = 5,
        callback: Callable[[str, JobStatus, QPIJob], None] | None = None,
    ) -> None:
        """Wait until the job is completed, failed or cancelled.

        Args:
            timeout: Time limit in seconds. Default: none.
            wait: Longest interval between two polls in seconds.
            callback: Called as ``callback(job_id, status, job)`` after each poll that finds the job unfinished.

        Raises:
            QPIJobTimeoutError: The job did not finish in time, and continues. It is a `TimeoutError`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout

        def each() -> None:
            if callback is not None:
                callback(self.id, _combined([part.status() for part in self._parts]), self)

        for part in self._parts:
            part.wait(deadline, wait, None if callback is None else each)

    def cancel(self) -> bool:
        """Cancel the job.

        The server does not notify the driver: a running job may still complete, and is then charged.

        Returns:
            Whether there was something to cancel. If not, a `QPIWarning` states the job's status.
        """
        return any([self._cancel(part) for part in self._parts])  # noqa: C419  # each part is cancelled

    def error_message(self) -> str | None:
        """Return why the job failed.

        Returns:
            The server's or the driver's message; None if the job did not fail.
        """
        for part in self._parts:
            part.look()
        texts = [text for text in (_failure(part) for part in self._parts) if text]
        return "; ".join(dict.fromkeys(texts)) or None

    @property
    def creation_date(self) -> datetime | None:
        """When the server accepted the job, in UTC; None if the server does not report it."""
        return _date((self._parts[0].record or self._parts[0].look()).get("created"))

    @property
    def duration(self) -> float | None:
        """QPU time of the job in seconds; None until it has finished."""
        for part in self._parts:
            part.look()
        return self._taken()

    def queue_position(self) -> int | None:
        """Return the job's position among the pending jobs of its QPU that you may see.

        Users see only their own jobs; superusers see all.

        Returns:
            The position, 1 for the next job; None if the job is not pending, or if the client cannot list jobs.
        """
        record = self._parts[0].look()
        full = full_client(self._client)
        if self._parts[0].word != "pending" or full is None:
            return None
        pending = full.list_jobs(status="pending", qpu=record.get("qpu_target") or None, everyone=is_superuser(full))
        mine = (str(record.get("created", "")), self._parts[0].id)
        others = [job for job in pending if job.get("id") != self._parts[0].id]
        return 1 + sum((str(job.get("created", "")), str(job.get("id"))) < mine for job in others)

    def _taken(self) -> float | None:
        """Return the seconds in the last known records, if every part has some."""
        taken = [part.record.get("duration") for part in self._parts]
        numbers = [float(value) for value in taken if isinstance(value, (int, float)) and value > 0]
        return sum(numbers) if len(numbers) == len(taken) else None

    def _cancel(self, part: Tracked) -> bool:
        if part.settled and part.word in CHARGED_STATUSES:
            return self._too_late(part)
        part.cancelling()
        try:
            answer = self._client.cancel_job(part.id)
        except Exception as error:
            if status_code(error) != 404:
                raise
            part.look()
            return self._too_late(part)
        word = answer.get("status") if isinstance(answer, Mapping) else None
        return word in (None, "cancelled")

    def _too_late(self, part: Tracked) -> bool:
        happened = {"completed": "is completed", "failed": "has failed", "cancelled": "was cancelled already"}
        words = happened.get(part.word, f"is {part.word or 'gone'}")
        warnings.warn(f"Job {part.id} {words}; there was nothing to cancel.", QPIWarning, stacklevel=5)
        return False

    def _build(self) -> QPIResult:
        read = [self._read(i) for i in range(len(self._parts))]
        problems = [self._problem(part, results) for part, results in zip(self._parts, read, strict=True)]
        if all(problem is not None for problem in problems):
            raise QPIJobError(next(problem for problem in problems if problem is not None))
        experiments: list[ExperimentResult] = []
        for i, (part, results, problem) in enumerate(zip(self._parts, read, problems, strict=True)):
            payload = self._payload(i)
            due = read_submitted(payload)
            if problem is not None:
                named = [{"name": one.note.name} for one in due]
                experiments += [failed_experiment(problem, header) for header in named or [{}]]
                continue
            experiments += experiments_of(
                results,
                len(due),
                metadata=self._sent[i].metadata if self._sent else [one.note.metadata or {} for one in due],
                names=[one.note.name for one in due],
                memory=self._memory,
                seed=part.id,
            )
        failed = [experiment for experiment in experiments if not experiment.success]
        last = self._parts[-1].record
        taken = self._taken()
        if len(experiments) == 1 and taken is not None:
            experiments[0].time_taken = taken
        return QPIResult(
            backend_name=self._backend.name if self._backend is not None else "qpi",
            backend_version=(self._backend.backend_version if self._backend is not None else None) or "",
            job_id=self.id,
            success=not failed,
            results=experiments,
            date=_date(last.get("finished_at")) or _date(last.get("updated")),
            status="COMPLETED" if not failed else f"{len(failed)} of {len(experiments)} experiments have no result",
            time_taken=taken,
        )

    def _payload(self, position: int) -> object:
        return dict(self._sent[position].arguments) if self._sent else self._parts[position].record.get("payload")

    def _read(self, position: int) -> JobResults:
        record = self._parts[position].record
        # The record is enough, even if a test double leaves out some of its fields.
        return parse_results({"results": None, "id": self._parts[position].id, **record}, self._payload(position))

    def _problem(self, part: Tracked, results: JobResults) -> str | None:
        if part.word == "cancelled":
            return f"Job {part.id} was cancelled"
        if part.word == "failed":
            return f"Job {part.id} failed: {_failure(part) or 'the server does not say why'}"
        if part.unreadable is not None or results.echo:
            return part.unreadable or f"Job {part.id} is completed, but {ECHO}"
        return None


def _failure(part: Tracked) -> str | None:
    if part.word != "failed":
        return None
    results = parse_results({"results": None, "id": part.id, **part.record})
    if results.error is None and (results.echo or part.unreadable):
        return f"the reason is unknown: {part.unreadable or ECHO}"
    texts = [results.error, *(entry.error for entry in results)]
    return next((text for text in texts if text), None)


def _combined(states: Sequence[JobStatus]) -> JobStatus:
    """Return the combined status: the worst one once all have finished, otherwise the most advanced one."""
    if all(state in (JobStatus.DONE, JobStatus.ERROR, JobStatus.CANCELLED) for state in states):
        order = (JobStatus.ERROR, JobStatus.CANCELLED, JobStatus.DONE)
        return next(state for state in order if state in states)
    if all(state is JobStatus.QUEUED for state in states):
        return JobStatus.QUEUED
    return JobStatus.RUNNING


def _date(value: object) -> datetime | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
