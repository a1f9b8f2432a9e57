"""Live traffic: demo users submit jobs and request time through the public routes."""

from __future__ import annotations

import time
from typing import Any

import httpx

from qpi_sandbox.rng import rng
from qpi_sandbox.seed.people import REQUEST_REASONS
from qpi_sandbox.seed.programs import any_program
from qpi_sandbox.worker.scheduler import Snapshot
from qpi_sandbox.worker.settings import WorkerSettings
from qpi_sandbox.worker.worker_api import WorkerApi

JOB_EVERY = 3.0  # seconds, on average
REQUEST_EVERY = 90.0
CANCEL_EVERY = 60.0
TRIES = 5  # people
REMEMBERED = 200  # jobs that may be cancelled
REQUESTS = "/api/collections/qpu_time_requests/records"
BUSY = 12  # with so many jobs waiting for online QPUs, people hold back


class Traffic:
    """What happens next and when is drawn from the seed; who waits for whom is up to the scheduler."""

    def __init__(self, api: WorkerApi, settings: WorkerSettings) -> None:
        self._api = api
        self._people = settings.people
        self._password = settings.password
        self._rng = rng(settings.seed, "live")
        self._tokens: dict[str, tuple[str, str]] = {}
        self._submitted: dict[str, str] = {}  # job → who submitted it; no other job is ever cancelled
        now = time.monotonic()
        self._due = {"job": now, "request": now + REQUEST_EVERY / 2, "cancel": now + CANCEL_EVERY}

    def act(self, snapshot: Snapshot) -> None:
        """Do what is due now."""
        if not self._people:
            return
        if self._is_due("job", JOB_EVERY):
            online = [qpu.id for qpu in snapshot.qpus.values() if qpu.status == "online"]
            waiting = sum(1 for job in snapshot.pending + snapshot.running if job.qpu in online)
            if online and waiting < BUSY:
                self._submit(self._rng.choice(online))
        if self._is_due("request", REQUEST_EVERY):
            self._ask_for_time()
        if self._is_due("cancel", CANCEL_EVERY):
            self._cancel(snapshot)

    def _is_due(self, what: str, mean: float) -> bool:
        if time.monotonic() < self._due[what]:
            return False
        self._due[what] = time.monotonic() + mean * self._rng.uniform(0.4, 1.6)
        return True

    def _submit(self, qpu: str) -> None:
        program = any_program(self._rng)
        body: dict[str, Any] = {
            "circuits": [{"circuit": program.qasm}],
            "shots": self._rng.choice([256, 512, 1024, 1024, 2048]),
            "qpu_target": qpu,
        }
        if self._rng.random() < 0.1:
            body |= {"meas_level": 1, "shots": 128}
        if self._rng.random() < 0.06:
            body["circuits"] = [{"circuit": program.qasm.replace("measure q", "measure p")}]  # people mistype
        who, answer = self._as_somebody("/api/jobs", body)
        if answer is not None:
            self._submitted[answer.json()["id"]] = who
            while len(self._submitted) > REMEMBERED:
                del self._submitted[next(iter(self._submitted))]

    def _ask_for_time(self) -> None:
        reason = self._rng.choice(REQUEST_REASONS)
        seconds = self._rng.choice([600, 1800, 3600, 7200])
        self._as_somebody(REQUESTS, {"status": "pending", "seconds": seconds, "requested_reason": reason})

    def _cancel(self, snapshot: Snapshot) -> None:
        """Cancel the newest job that was submitted here and is not finished."""
        for job in reversed(snapshot.pending + snapshot.running):
            if job.id in self._submitted:
                token, _ = self._session(self._submitted.pop(job.id))
                self._api.as_user(token, f"/api/jobs/{job.id}/cancel", {})
                return

    def _as_somebody(self, path: str, body: dict[str, Any]) -> tuple[str, httpx.Response | None]:
        """Send it as somebody who may, and return who that is; those without a balance are passed over."""
        for who in self._rng.sample(self._people, min(TRIES, len(self._people))):
            token, user = self._session(who)
            answer = self._api.as_user(token, path, {**body, "user": user} if path == REQUESTS else body)
            if answer.is_success:
                return who, answer
            if answer.status_code != httpx.codes.FORBIDDEN:
                self._tokens.pop(who, None)  # The session may have ended: sign in again next time.
        return "", None

    def _session(self, who: str) -> tuple[str, str]:
        if who not in self._tokens:
            self._tokens[who] = self._api.sign_in(who, self._password)
        return self._tokens[who]
