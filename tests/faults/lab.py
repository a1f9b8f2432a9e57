"""Direct access to a sandbox, bypassing its faults: creates what a trial needs and counts the outcome."""

from __future__ import annotations

import itertools
import socket
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import sign_in

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


# Records that trials create, dependent records first.
TRACES = (
    "notification_dismissals", "notifications", "api_tokens", "qpu_time_requests", "time_slots", "quantum_jobs",
    "drivers", "qpus", "events", "users",
)  # fmt: skip


class Elsewhere:
    """Another server that must not be contacted. `came` lists what arrived nevertheless."""

    def __init__(self) -> None:
        self.came: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with client:
                client.settimeout(2)
                self.came.append(client.recv(65536))

    def close(self) -> None:
        """Stop listening."""
        # Closing alone would leave the pending `accept` to take one more connection.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


class Lab:
    """Direct access to a sandbox, bypassing its faults: creates what an action needs and counts the outcome."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        token = sign_in(sandbox.direct_url, sandbox.admin, "_superusers")
        self.admin = httpx.Client(base_url=sandbox.direct_url, headers={"Authorization": token}, timeout=20)
        self._number = itertools.count(1)
        self.user = self.person()
        self.elsewhere = Elsewhere()
        # Deleted with the lab.
        self._folder = tempfile.TemporaryDirectory(prefix="qpi-faults-")
        self.folder = Path(self._folder.name)

    def token(self) -> str:
        """Create an API token of the user."""
        session = sign_in(self.sandbox.direct_url, self.user)
        made = httpx.post(
            f"{self.sandbox.direct_url}/api/tokens", json={"name": self.name()}, headers={"Authorization": session}
        )
        return str(made.raise_for_status().json()["token"])

    def name(self) -> str:
        return f"it{next(self._number):05}"

    def make(self, collection: str, **fields: Any) -> str:
        answer = self.admin.post(f"/api/collections/{collection}/records", json=fields)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def get(self, collection: str, id: str) -> dict[str, Any] | None:
        answer = self.admin.get(f"/api/collections/{collection}/records/{id}")
        return answer.json() if answer.status_code == 200 else None

    def title(self, notice: str) -> str:
        """Return the title of an announcement."""
        return str((self.get("notifications", notice) or {}).get("title"))

    def number(self, collection: str, condition: str) -> int:
        query = {"filter": condition, "perPage": 1}
        return int(self.admin.get(f"/api/collections/{collection}/records", params=query).json()["totalItems"])

    def person(self, seconds: float = 3600.0) -> Credentials:
        email, password = f"{self.name()}@test.example", "a-password-1234"
        id = self.make(
            "users", email=email, password=password, passwordConfirm=password, emailVisibility=True, qpu_seconds=seconds
        )
        return Credentials(email, password, id)

    def alive(self) -> bool:
        """Whether the server responds."""
        try:
            return self.admin.get("/api/health").status_code == 200
        except httpx.TransportError:
            return False

    def letters(self, email: str) -> int:
        """Return how many mails were sent to an address."""
        return sum(email in str(letter["To"]) for letter in self.sandbox.sign_in.mailbox.messages())

    def passed(self, method: str, path: str) -> Callable[[], int]:
        """Return a function that counts the matching requests that reach the server from now on."""
        log: Any = self.sandbox.faults.log  # type: ignore[union-attr]  # a spoilt sandbox has faults
        before = len(log)

        def arrived() -> int:
            new = [each for each in log[before:] if (each.method, each.path) == (method, path)]
            # The first one may go to a user who no longer exists.
            return sum(
                not each.faults or any("lost" in fault or "latency" in fault for fault in each.faults) for each in new
            )

        return arrived

    def tidy(self, keep: int = 25) -> None:
        """Delete records of earlier trials except the newest of each kind, so that the lab does not grow all
        day.
        """
        for collection in TRACES:
            query = {"sort": "-@rowid", "perPage": 500, "fields": "id"}
            found = self.admin.get(f"/api/collections/{collection}/records", params=query).raise_for_status().json()
            for each in found["items"][keep:]:
                if each["id"] != self.user.id:
                    # Dependencies of records that are kept are kept as well.
                    self.admin.delete(f"/api/collections/{collection}/records/{each['id']}")

    def balance(self, id: str) -> float:
        user = self.get("users", id)
        return float(user["qpu_seconds"]) if user else 0.0


def slot(hour: int) -> tuple[str, str, str]:
    """Return half an hour, this many hours from now: as text, and its start and end in the server's format."""
    begin = (datetime.now(UTC) + timedelta(hours=hour)).replace(minute=0, second=0, microsecond=0)
    end = begin + timedelta(minutes=30)
    return f"{begin:%Y-%m-%d %H:%M} 30m", f"{begin:%Y-%m-%d %H:%M:%S}.000Z", f"{end:%Y-%m-%d %H:%M:%S}.000Z"
