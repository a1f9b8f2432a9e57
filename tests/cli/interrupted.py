"""The six edits during which a process is killed, by command and by keys, and how to check that the server has them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from qpi_sandbox import Credentials, Sandbox
from tests.cli.command import Command, as_
from tests.conftest import NewQpu, NewUser, connect_driver, record

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
CHANGES = ("approval", "allocation", "toggle", "booking", "cancellation", "submission")
# Hours from now of the next booking. No two bookings overlap, nor do they overlap those of another file.
_hours = itertools.count(24 * 400, 2)


@dataclass(frozen=True)
class Change:
    """An edit: the account that makes it, its command or keys, the request it sends, and the number of times the
    server has it.

    A key that starts with `=` is text. The last key sends the edit.

    A key that starts with `=` is a text. The last key sends the change.
    """

    credentials: Credentials
    role: str
    words: tuple[str, ...]
    screen: str
    keys: tuple[str, ...]
    route: str
    held: Callable[[], int]
    url: str = field(repr=False, default="")

    @property
    def who(self) -> Command:
        """Return commands signed in as the account that makes the edit."""
        return as_(self.url, self.credentials, self.role)


class Bench:
    """Create what an edit needs. All user edits are made by one user."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client, new_user: NewUser, new_qpu: NewQpu, folder: Path) -> None:
        self._sandbox, self._http, self._new_user, self._new_qpu = sandbox, http, new_user, new_qpu
        self._folder = folder

    @cached_property
    def _user(self) -> Credentials:
        return self._new_user()

    def _count(self, collection: str, condition: str) -> int:
        query = {"filter": condition, "perPage": 1}
        return int(self._http.get(f"/api/collections/{collection}/records", params=query).json()["totalItems"])

    def _make(self, collection: str, **fields: Any) -> str:
        return str(
            self._http.post(f"/api/collections/{collection}/records", json=fields).raise_for_status().json()["id"]
        )

    def _by_admin(self, *rest: Any) -> Change:
        return Change(self._sandbox.admin, "admin", *rest, url=self._sandbox.url)

    def _by_user(self, *rest: Any) -> Change:
        return Change(self._user, "user", *rest, url=self._sandbox.url)

    def approval(self) -> Change:
        """Approve a request, which credits the seconds."""
        user = self._new_user()
        why = f"approval{next(_hours)}"
        id = self._make("qpu_time_requests", user=user.id, status="pending", seconds=1800, requested_reason=why)

        def held() -> int:
            # The server writes both together, but the two reads may fall on either side of that write.
            for _ in range(2):
                approved = record(self._http, "qpu_time_requests", id)["status"] == "approved"
                credited = record(self._http, "users", user.id)["qpu_seconds"] == 5400
                if approved == credited:
                    break
            assert approved == credited
            return int(approved)

        keys = ("/", f"={why}", "enter", "a", "enter")
        route = "PATCH /api/collections/qpu_time_requests/*"
        return self._by_admin(("requests", "approve", id, "--yes"), "requests", keys, route, held)

    def allocation(self) -> Change:
        """Give a user one minute."""
        user = self._new_user()

        def held() -> int:
            return int(record(self._http, "users", user.id)["qpu_seconds"] - 3600) // 60

        keys = ("/", f"={user.identity}", "enter", "a", "=+1m", "enter")
        words = ("users", "allocate", user.id, "+1m", "--yes")
        return self._by_admin(words, "users", keys, "PATCH /api/collections/users/*", held)

    def toggle(self) -> Change:
        """Take a driver out of service."""
        qpu = self._new_qpu(online=False)
        name = f"drv_{qpu['id']}"
        id = connect_driver(self._http, qpu["id"], "mock", name=name)

        def held() -> int:
            return int(not record(self._http, "drivers", id)["enabled"])

        keys = ("/", f"={name}", "enter", "d", "enter")
        return self._by_admin(("drivers", "disable", id, "--yes"), "drivers", keys, "POST /api/op/drivers/toggle", held)

    def booking(self) -> Change:
        """Book half an hour."""
        begin = (datetime.now(UTC) + timedelta(hours=next(_hours))).replace(minute=0, second=0, microsecond=0)
        when = f"{begin:%Y-%m-%d %H:%M}"

        def held() -> int:
            return self._count("time_slots", f"booked_by='{self._user.id}' && start_time='{when}:00.000Z'")

        keys = ("b", f"={when} 30m", "enter")
        route = "POST /api/collections/time_slots/*"
        return self._by_user(("slots", "book", when, "30m"), "slots", keys, route, held)

    def cancellation(self) -> Change:
        """Cancel a pending job."""
        qpu = self._new_qpu(online=False)
        fields = {"status": "pending", "payload": {"shots": 1}}
        id = self._make("quantum_jobs", user_id=self._user.id, qpu_target=qpu["id"], **fields)

        def held() -> int:
            return int(record(self._http, "quantum_jobs", id)["status"] == "cancelled")

        keys = ("/", f"={qpu['name']}", "enter", "x", "enter")
        return self._by_user(("jobs", "cancel", id, "--yes"), "jobs", keys, "POST /api/jobs/*/cancel", held)

    def submission(self) -> Change:
        """Submit a circuit, identified by its number of shots."""
        # There is no driver, so the job stays pending.
        qpu = self._make("qpus", name=f"for{next(_hours)}", num_qubits=5, enabled=True, status="online")
        shots = 1000 + next(_hours)
        file = self._folder / "bell.qasm"
        file.write_text(BELL)

        def held() -> int:
            return self._count("quantum_jobs", f"user_id='{self._user.id}' && payload.shots={shots}")

        words = ("jobs", "submit", str(file), "--qpu", qpu, "--shots", str(shots))
        keys = ("s", "f2", "tab", "tab", "ctrl+u", f"={shots}", "enter", "enter")
        return self._by_user(words, "jobs", keys, "POST /api/jobs", held)
