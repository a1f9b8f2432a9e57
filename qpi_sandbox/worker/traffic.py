"""Live traffic: demo users submit jobs and ask for time, through the same routes as everybody."""

from __future__ import annotations

import time
from typing import Any

import httpx

from qpi_sandbox.dice import dice
from qpi_sandbox.lab.people import REQUEST_REASONS
from qpi_sandbox.lab.programs import any_program
from qpi_sandbox.worker.desk import Desk
from qpi_sandbox.worker.scheduler import Snapshot
from qpi_sandbox.worker.settings import WorkerSettings

JOB_EVERY = 3.0  # seconds, on average
REQUEST_EVERY = 90.0
CANCEL_EVERY = 60.0
TRIES = 5  # people
REQUESTS = "/api/collections/qpu_time_requests/records"
BUSY = 12  # with so many jobs waiting for online QPUs, people hold back


class Traffic:
    """What happens next and when is drawn from the seed; who waits for whom is up to the scheduler."""

    def __init__(self, desk: Desk, settings: WorkerSettings) -> None:
        self._desk = desk
        self._people = settings.people
        self._password = settings.password
        self._dice = dice(settings.seed, "live")
        self._tokens: dict[str, tuple[str, str]] = {}
        now = time.monotonic()
        self._due = {"job": now, "request": now + REQUEST_EVERY / 2, "cancel": now + CANCEL_EVERY}

    def act(self, snapshot: Snapshot) -> None:
        """Do what is due now."""
        if not self._people:
            return
        if self._is_due("job", JOB_EVERY):
            online = [qpu.id for qpu in snapshot.qpus if qpu.status == "online"]
            waiting = sum(1 for job in snapshot.pending + snapshot.running if job.qpu in online)
            if online and waiting < BUSY:
                self._submit(self._dice.choice(online))
        if self._is_due("request", REQUEST_EVERY):
            self._ask_for_time()
        if self._is_due("cancel", CANCEL_EVERY):
            self._cancel(snapshot)

    def _is_due(self, what: str, mean: float) -> bool:
        if time.monotonic() < self._due[what]:
            return False
        self._due[what] = time.monotonic() + mean * self._dice.uniform(0.4, 1.6)
        return True

    def _submit(self, qpu: str) -> None:
        program = any_program(self._dice)
        body: dict[str, Any] = {
            "circuits": [{"circuit": program.qasm}],
            "shots": self._dice.choice([256, 512, 1024, 1024, 2048]),
            "qpu_target": qpu,
        }
        if self._dice.random() < 0.1:
            body |= {"meas_level": 1, "shots": 128}
        if self._dice.random() < 0.06:
            body["circuits"] = [{"circuit": program.qasm.replace("measure q", "measure p")}]  # people mistype
        self._as_somebody("/api/jobs", body)

    def _ask_for_time(self) -> None:
        reason = self._dice.choice(REQUEST_REASONS)
        seconds = self._dice.choice([600, 1800, 3600, 7200])
        self._as_somebody(REQUESTS, {"status": "pending", "seconds": seconds, "requested_reason": reason})

    def _cancel(self, snapshot: Snapshot) -> None:
        mine = {self._tokens[who][1]: who for who in self._tokens}
        for job in reversed(snapshot.pending + snapshot.running):
            if job.user in mine:
                token, _ = self._session(mine[job.user])
                self._desk.as_user(token, f"/api/jobs/{job.id}/cancel", {})
                return

    def _as_somebody(self, path: str, body: dict[str, Any]) -> None:
        """Send it as somebody who may; those without a balance are passed over."""
        for who in self._dice.sample(self._people, min(TRIES, len(self._people))):
            token, user = self._session(who)
            answer = self._desk.as_user(token, path, {**body, "user": user} if path == REQUESTS else body)
            if answer.is_success:
                return
            if answer.status_code != httpx.codes.FORBIDDEN:
                self._tokens.pop(who, None)  # the session may have ended: sign in anew next time

    def _session(self, who: str) -> tuple[str, str]:
        if who not in self._tokens:
            self._tokens[who] = self._desk.sign_in(who, self._password)
        return self._tokens[who]
