"""Users, QPUs and drivers on the server under test, created for one fact."""

from __future__ import annotations

import itertools
import os
from types import TracebackType
from typing import Any, Self

import httpx

from qpi_sandbox import Credentials
from tests.conftest import record, wait_for
from tests.facts.server import Driver, Server

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
BELL = f"{HEAD}qubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n"
PASSWORD = "a-password-1234"
FINISHED = ("completed", "failed")
RECORDS = "/api/collections/{}/records"


class Person:
    """A user with a session."""

    def __init__(self, server: Server, id: str, email: str) -> None:
        self.server = server
        self.id = id
        self.email = email
        self.http = server.signed_in(Credentials(email, PASSWORD))

    def post_job(self, qpu: str, circuit: str = BELL, **body: Any) -> httpx.Response:
        """Submit a job and return the response."""
        sent = {"circuits": [{"circuit": circuit}], "shots": 20, "qpu_target": qpu, **body}
        return self.http.post("/api/jobs", json=sent)

    def submit(self, qpu: str, circuit: str = BELL, **body: Any) -> str:
        """Submit a job and return its id."""
        answer = self.post_job(qpu, circuit, **body)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def job(self, id: str) -> dict[str, Any]:
        """Return a job's record."""
        return record(self.http, "quantum_jobs", id)

    def status(self, id: str) -> str:
        """Return a job's status."""
        return str(self.job(id)["status"])

    def running(self, id: str) -> dict[str, Any]:
        """Wait until a job has been dispatched, and return its record."""
        wait_for(lambda: self.status(id) == "running", f"job {id} to be dispatched")
        return self.job(id)

    def finished(self, id: str) -> dict[str, Any]:
        """Wait until a job has completed or failed, and return its record."""
        wait_for(lambda: self.status(id) in FINISHED, f"job {id} to finish", self.server.patience)
        return self.job(id)

    def balance(self) -> float:
        """Return the remaining seconds."""
        return float(record(self.http, "users", self.id)["qpu_seconds"])

    def token(self, **body: Any) -> httpx.Client:
        """Return a client with a new API token of this user."""
        made = self.http.post("/api/tokens", json={"name": "script", **body}).json()["token"]
        return self.server.client({"X-API-Token": made})


class World:
    """Creates what a test needs, as the superuser."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.admin = server.session()
        self.nobody = server.client()
        self._numbers = itertools.count()
        self._mark = os.urandom(4).hex()  # a real server keeps the records of earlier runs
        self._clients = [self.admin, self.nobody]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()

    def name(self, kind: str) -> str:
        """Return a unique name."""
        return f"{kind}{next(self._numbers)}_{self._mark}"

    def person(self, seconds: float = 3600.0) -> Person:
        """Create a user with this much time."""
        email = f"{self.name('p')}@test.example"
        body = {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD, "qpu_seconds": seconds}
        made = self.create("users", **body, name="Test Person")
        person = Person(self.server, made["id"], email)
        self._clients.append(person.http)
        return person

    def create(self, collection: str, **body: Any) -> dict[str, Any]:
        """Create a record."""
        answer = self.admin.post(RECORDS.format(collection), json=body)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def patch(self, collection: str, id: str, **body: Any) -> httpx.Response:
        """Change a record."""
        return self.admin.patch(f"{RECORDS.format(collection)}/{id}", json=body)

    def get(self, collection: str, id: str) -> dict[str, Any]:
        """Read a record."""
        return record(self.admin, collection, id)

    def status(self, qpu: str) -> str:
        """Return a QPU's status."""
        return str(self.get("qpus", qpu)["status"])

    def qpu(self, **body: Any) -> str:
        """Create a QPU without a driver and return its id."""
        sent = {"name": self.name("qpu"), "num_qubits": 5, "enabled": True, "executor_type": "mock", **body}
        answer = self.admin.post("/api/op/qpus/create", json=sent)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def register(self, qpu: str, kind: str = "mock", **body: Any) -> Driver:
        """Register a driver of a QPU."""
        name = self.name("drv")
        sent = {"name": name, "qpu": qpu, "kind": kind, "language": "python", **body}
        answer = self.admin.post("/api/op/drivers/create", json=sent)
        answer.raise_for_status()
        made = answer.json()
        return Driver(made["id"], qpu, kind, name, made["token"], made["ca_fingerprint"])

    def driver(self, qpu: str = "", kind: str = "mock") -> Driver:
        """Start a driver process, of a new QPU if none is given. In v0.0 the QPU is its own driver."""
        if self.server.generation == "v0.0":
            name = self.name("qpu")
            body = {"name": name, "num_qubits": 5, "enabled": True, "executor_type": kind}
            made = self.admin.post("/api/op/qpus/create", json=body).json()
            driver = Driver(made["id"], made["id"], kind, name, made["access_token"], made["ca_fingerprint"])
        else:
            driver = self.register(qpu or self.qpu(), kind)
        self.server.start_driver(self.admin, driver)
        return driver

    def toggle_driver(self, driver: Driver, enabled: bool) -> None:
        """Enable or disable a driver."""
        body = {"id": driver.id, "enabled": enabled}
        self.admin.post("/api/op/drivers/toggle", json=body).raise_for_status()

    def toggle_qpu(self, qpu: str, enabled: bool) -> dict[str, Any]:
        """Enable or disable a QPU and return the response."""
        answer = self.admin.post("/api/op/qpu/toggle", json={"id": qpu, "enabled": enabled})
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result
