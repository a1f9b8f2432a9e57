"""Users on a test's own sandbox: they submit, wait and check their balance."""

from __future__ import annotations

import itertools
from types import TracebackType
from typing import Any, Self

import httpx

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import connect_driver, record, sign_in, wait_for

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
PASSWORD = "a-password-1234"


class Person:
    """A user with a session."""

    def __init__(self, url: str, id: str, email: str) -> None:
        self.id = id
        self.email = email
        token = sign_in(url, Credentials(email, PASSWORD))
        self.http = httpx.Client(base_url=url, headers={"Authorization": token}, timeout=20)

    def submit(self, qpu: str, shots: int = 20, circuit: str = BELL) -> str:
        """Submit a job and return its id."""
        body = {"circuits": [{"circuit": circuit}], "shots": shots, "qpu_target": qpu}
        answer = self.http.post("/api/jobs", json=body)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def job(self, id: str) -> dict[str, Any]:
        """Return a job's record."""
        return record(self.http, "quantum_jobs", id)

    def finished(self, id: str) -> dict[str, Any]:
        """Wait until a job has completed or failed, and return its record."""
        wait_for(lambda: self.job(id)["status"] in ("completed", "failed"), f"job {id} to finish")
        return self.job(id)

    def balance(self) -> float:
        """Return the remaining seconds."""
        return float(record(self.http, "users", self.id)["qpu_seconds"])


class People:
    """Creates users and QPUs on a sandbox, as its administrator."""

    def __init__(self, sandbox: Sandbox) -> None:
        token = sign_in(sandbox.url, sandbox.admin, "_superusers")
        self._url = sandbox.url
        self._numbers = itertools.count()
        self._made: list[Person] = []
        self.admin = httpx.Client(base_url=sandbox.url, headers={"Authorization": token}, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for client in [self.admin, *(person.http for person in self._made)]:
            client.close()

    def person(self, seconds: float = 3600.0) -> Person:
        """Create a user with this much time."""
        email = f"p{next(self._numbers)}@test.example"
        body = {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD, "qpu_seconds": seconds}
        answer = self.admin.post("/api/collections/users/records", json=body)
        answer.raise_for_status()
        self._made.append(Person(self._url, answer.json()["id"], email))
        return self._made[-1]

    def qpu(self, kind: str = "mock", host: str = "") -> str:
        """Create an online QPU and return its id. With `host`, its driver runs elsewhere and its connection
        never opens.
        """
        answer = self.admin.post("/api/op/qpus/create", json={"name": "qpu", "num_qubits": 5})
        answer.raise_for_status()
        id = str(answer.json()["id"])
        connect_driver(self.admin, id, kind, host=host)
        if host:
            return id
        wait_for(lambda: record(self.admin, "qpus", id)["status"] == "online", "the QPU to come online")
        return id

    def driver(self, qpu: str) -> str:
        """Return the id of a QPU's first driver."""
        found = self.admin.get("/api/collections/drivers/records", params={"filter": f"qpu='{qpu}'", "sort": "@rowid"})
        return str(found.json()["items"][0]["id"])
