"""Edits of jobs: submit, run again, cancel."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.domain.job_repeat import repeat_of
from qpi_tui.domain.sanitize import clean
from qpi_tui.edits.edit import Edit, Facts, Stop, Unclear
from qpi_tui.edits.outcome import Done, Outcome, Refused

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

Record = Mapping[str, object]
# The server's clock is known to the second.
_SKEW = timedelta(seconds=3)
_ALIKE = ("circuits", "shots", "meas_level", "meas_return", "qpu_target")


class _Submission(Edit, frozen=True):
    """Common base of submitting edits: sent once, and found again by a fingerprint of the content."""

    collection: ClassVar[str] = "quantum_jobs"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "To undo, cancel the job while it is pending."

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when one of the newest own jobs has the same content."""
        since, besides = parse_date(facts.get("since")), {*known, str(facts.get("besides") or "")}
        newest = await client.list_jobs(limit=20, since=since, fields=("id", "created", "payload"))
        alike = [
            str(job["id"])
            for job in newest
            if job["id"] not in besides and fingerprint(job.get("payload")) == facts.get("fingerprint")
        ]
        if len(alike) > 1:
            raise Unclear(f"There are {len(alike)} new jobs like it. Check your jobs before you submit again.")
        return self._done(alike[0]) if alike else None

    def _done(self, id: str) -> Done:
        raise NotImplementedError


class SubmitJob(_Submission, frozen=True):
    """Submit circuits to a QPU; `target` is its name, `qpu` its id. The circuits are logged as a fingerprint."""

    qpu: str
    circuits: list[dict[str, object]] = []  # noqa: RUF012  # msgspec copies it
    shots: int = 1024
    meas_level: int = 2
    meas_return: str = "single"

    kind: ClassVar[str] = "jobs.submit"
    unlogged: ClassVar[frozenset[str]] = frozenset({"circuits"})

    @property
    def key(self) -> str:
        """The same content for the same QPU."""
        return f"{self.kind} {fingerprint(self._payload())}"

    def _payload(self) -> dict[str, object]:
        return {
            "circuits": self.circuits,
            "shots": self.shots,
            "meas_level": self.meas_level,
            "meas_return": self.meas_return,
            "qpu_target": self.qpu,
        }

    async def before(self, client: Client) -> Facts:
        """Note the time, and the content to look for."""
        return {"since": (now() - _SKEW).isoformat(), "fingerprint": fingerprint(self._payload())}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Submit it."""
        # The client checks the values itself.
        lenient: Any = client
        id = await lenient.submit_job(self.circuits, self.shots, self.meas_level, self.meas_return, self.qpu)
        return self._done(clean(id))

    def _done(self, id: str) -> Done:
        return Done(f"submitted to {self.target}", {"id": id}, id=id)


class RunAgain(_Submission, frozen=True):
    """Submit the circuits of a job once more, with the same settings, to the same QPU; `target` is its id."""

    job: str

    kind: ClassVar[str] = "jobs.again"

    async def before(self, client: Client) -> Facts:
        """Read the job's circuits; they stay in memory."""
        job = await client.get_job(self.job, results=False)
        try:
            repeated = repeat_of(job)
        except ValueError as error:
            raise Stop(Refused(str(error))) from None
        payload = {"shots": 1024, "meas_level": 2, "meas_return": "single", **repeated}
        since = (now() - _SKEW).isoformat()
        return {"since": since, "fingerprint": fingerprint(payload), "besides": self.job, "_repeated": repeated}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Submit them."""
        repeated = facts.get("_repeated")
        if not isinstance(repeated, dict):
            return Refused("The job's circuits were not loaded.")
        with warnings.catch_warnings():
            # The warnings were shown when it first ran.
            warnings.simplefilter("ignore")
            return self._done(clean(await client.submit_job(**repeated)))

    def _done(self, id: str) -> Done:
        return Done(f"submitted again as {id}", {"id": id}, id=id)


class CancelJob(Edit, frozen=True):
    """Cancel a pending or running job."""

    job: str

    kind: ClassVar[str] = "jobs.cancel"
    collection: ClassVar[str] = "quantum_jobs"
    final: ClassVar[str] = "This cannot be undone."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Cancel it."""
        await client.cancel_job(self.job)
        return Done("cancelled")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check whether the job is cancelled."""
        job = await client.get_job(self.job, results=False)
        return Done("cancelled") if job.get("status") == "cancelled" else None


class DeleteJob(Edit, frozen=True):
    """Delete a job with its results, but never a running one."""

    job: str

    kind: ClassVar[str] = "jobs.delete"
    collection: ClassVar[str] = "quantum_jobs"
    final: ClassVar[str] = "This cannot be undone."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Delete it; the client first checks whether it runs."""
        await client.delete_job(self.job)
        return Done("deleted")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is gone."""
        from qpi_client import NotFound

        try:
            await client.get_job(self.job, results=False)
        except NotFound:
            return Done("deleted")
        return None


def fingerprint(payload: object) -> str:
    """Return the same fingerprint for payloads with the same content, whatever the order of keys or type of numbers."""
    if not isinstance(payload, Mapping):
        return ""
    kept = {name: payload.get(name) for name in _ALIKE}
    text = json.dumps(_plain(kept), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
