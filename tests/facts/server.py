"""The server under test for the facts: a sandbox, or a real server named in the environment.

| variable | meaning |
|---|---|
| `QPI_TEST_URL` | the address of a real server; without it a sandbox is started |
| `QPI_TEST_ADMIN`, `QPI_TEST_ADMIN_PASSWORD` | its superuser |
| `QPI_TEST_DRIVER` | the command that runs a driver, with `{url}`, `{token}`, `{kind}`, `{name}`, `{ca_fingerprint}` |
| `QPI_TEST_JOB_TIMEOUT`, `QPI_TEST_IDLE_THRESHOLD` | what the server was started with, in seconds; 20 and 5 |

The generation is read from the server. Facts that need drivers are skipped if no command runs one.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import record, wait_for

TICK, JOB_TIMEOUT, IDLE_THRESHOLD, SHOT_TIME = 0.05, 3.0, 1.5, 0.001  # of the sandbox, in seconds


@dataclass
class Driver:
    """A registered driver. v0.0 has no drivers: there `id` and the token are those of the QPU."""

    id: str
    qpu: str
    kind: str
    name: str
    token: str
    ca_fingerprint: str


@dataclass
class Server:
    """A server and its superuser. `sandbox` is None for a real server. Times are in seconds."""

    url: str
    admin: Credentials
    generation: str
    job_timeout: float = 20.0
    idle_threshold: float = 5.0
    sandbox: Sandbox | None = None
    driver_command: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def patience(self) -> float:
        """Return how long to wait for a job that may have to be dispatched again."""
        return 20 + 4 * self.job_timeout

    def session(self) -> httpx.Client:
        """Open a client with the superuser's session."""
        return self.signed_in(self.admin, "_superusers")

    def signed_in(self, who: Credentials, collection: str = "users") -> httpx.Client:
        """Open a client with a user's session."""
        body = {"identity": who.identity, "password": who.password}
        with self.client() as client:
            answer = client.post(f"/api/collections/{collection}/auth-with-password", json=body)
            answer.raise_for_status()
            return self.client({"Authorization": answer.json()["token"]})

    def client(self, headers: dict[str, str] | None = None) -> httpx.Client:
        """Open a client with these headers. A real server has a certificate of its own."""
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=False)  # noqa: S501

    def start_driver(self, admin: httpx.Client, driver: Driver) -> None:
        """Start the process of a driver and wait until it is online."""
        if self.sandbox is not None:
            self._connect(driver).raise_for_status()
        elif not self.driver_command:
            pytest.skip("QPI_TEST_DRIVER names no command that runs a driver")
        else:
            self._end_process(driver)
            self._keep_running(driver)
        collection = "qpus" if self.generation == "v0.0" else "drivers"

        def online() -> bool:
            if self.sandbox is None:
                self._keep_running(driver)
            return bool(record(admin, collection, driver.id)["status"] == "online")

        wait_for(online, f"{driver.name} to connect", 60)

    def _keep_running(self, driver: Driver) -> None:
        """Start the process of a driver unless it runs. One that connects before its server listens ends at once."""
        process = self.processes.get(driver.id)
        if process is None or process.poll() is not None:
            filled = self.driver_command.format(url=self.url, **vars(driver))
            self.processes[driver.id] = subprocess.Popen(shlex.split(filled))

    def stop_driver(self, admin: httpx.Client, driver: Driver) -> None:
        """Stop the process of a driver and wait until the server has noticed."""
        if self.sandbox is not None:
            admin.post(f"/api/sandbox/drivers/{driver.id}/stop").raise_for_status()
        else:
            self._end_process(driver)
        wait_for(lambda: record(admin, "qpus", driver.qpu)["status"] == "offline", f"{driver.name} to go", 60)

    def _end_process(self, driver: Driver) -> None:
        if (process := self.processes.pop(driver.id, None)) is not None:
            process.kill()
            process.wait()

    def _connect(self, driver: Driver) -> httpx.Response:
        with self.client() as client:
            if self.generation == "v0.0":
                body = {"name": driver.name, "access_token": driver.token, "executor_type": driver.kind}
                return client.post("/api/op/qpus/connect", json=body)
            return client.post("/api/op/drivers/connect", json={"token": driver.token})

    def connect_only(self, driver: Driver) -> None:
        """Request a connection as a driver does, without opening it, so that its dispatcher runs without a
        driver.
        """
        with self.client() as client:
            body: dict[str, Any] = {"token": driver.token}
            if self.sandbox is not None:
                body["host"] = "192.0.2.7"  # tells the sandbox's worker that it does not run this driver
            client.post("/api/op/drivers/connect", json=body).raise_for_status()

    def close(self) -> None:
        """Stop the remaining drivers."""
        for process in self.processes.values():
            process.kill()
            process.wait()


@contextmanager
def serving(generation: str) -> Iterator[Server]:
    """Return the server named in the environment, or a sandbox of a generation."""
    url = os.environ.get("QPI_TEST_URL", "")
    if not url:
        with Sandbox(
            generation=generation,
            tick=TICK,
            job_timeout=JOB_TIMEOUT,
            idle_threshold=IDLE_THRESHOLD,
            shot_time=SHOT_TIME,
            telemetry_interval=0.1,
        ) as sandbox:
            yield Server(sandbox.url, sandbox.admin, generation, JOB_TIMEOUT, IDLE_THRESHOLD, sandbox=sandbox)
        return
    server = _named()
    server.generation = named_generation()
    if server.generation != generation:
        pytest.skip(f"the server is {server.generation}")
    try:
        yield server
    finally:
        server.close()


def _named() -> Server:
    """Return the server named in the environment."""
    return Server(
        os.environ["QPI_TEST_URL"].rstrip("/"),
        Credentials(os.environ["QPI_TEST_ADMIN"], os.environ["QPI_TEST_ADMIN_PASSWORD"]),
        "",
        float(os.environ.get("QPI_TEST_JOB_TIMEOUT", "20")),
        float(os.environ.get("QPI_TEST_IDLE_THRESHOLD", "5")),
        driver_command=os.environ.get("QPI_TEST_DRIVER", ""),
    )


@cache
def named_generation() -> str:
    """Return the generation of the server named in the environment."""
    with _named().session() as client:
        version = str(client.get("/api/op/version").json().get("version", ""))
    return "v0.0" if version.startswith("v0.0") else "v0.1"
