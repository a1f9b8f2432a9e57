"""A sandbox seen past its faults: what a trial needs is made there, and the outcome is counted."""

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


# What trials make, those first that others hang on.
TRACES = (
    "notification_dismissals", "notifications", "api_tokens", "qpu_time_requests", "time_slots", "quantum_jobs",
    "drivers", "qpus", "events", "users",
)  # fmt: skip


class Elsewhere:
    """Another server, which nobody is to come to; `came` is what came nevertheless."""

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
        """Listen no more."""
        # Closing alone would leave the waiting `accept` to take one more.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


class Lab:
    """A sandbox seen past its faults: makes what an action needs, and counts the outcome."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        token = sign_in(sandbox.direct_url, sandbox.admin, "_superusers")
        self.admin = httpx.Client(base_url=sandbox.direct_url, headers={"Authorization": token}, timeout=20)
        self._number = itertools.count(1)
        self.user = self.person()
        self.elsewhere = Elsewhere()
        # Gone with the lab.
        self._folder = tempfile.TemporaryDirectory(prefix="qpi-faults-")
        self.folder = Path(self._folder.name)

    def token(self) -> str:
        """A fresh API token of the user's."""
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
        """What an announcement is called."""
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
        """Whether the server answers."""
        try:
            return self.admin.get("/api/health").status_code == 200
        except httpx.TransportError:
            return False

    def letters(self, email: str) -> int:
        """How many letters came for an address."""
        return sum(email in str(letter["To"]) for letter in self.sandbox.sign_in.mailbox.messages())

    def passed(self, method: str, path: str) -> Callable[[], int]:
        """How many such requests reached the server from now on."""
        log: Any = self.sandbox.faults.log  # type: ignore[union-attr]  # a spoilt sandbox has faults
        before = len(log)

        def arrived() -> int:
            new = [each for each in log[before:] if (each.method, each.path) == (method, path)]
            # The first time it may be on its way to nobody.
            return sum(
                not each.faults or any("lost" in fault or "latency" in fault for fault in each.faults) for each in new
            )

        return arrived

    def tidy(self, keep: int = 25) -> None:
        """Remove what trials have left behind, but for the newest of each kind: a lab does not grow all day."""
        for collection in TRACES:
            query = {"sort": "-@rowid", "perPage": 500, "fields": "id"}
            found = self.admin.get(f"/api/collections/{collection}/records", params=query).raise_for_status().json()
            for each in found["items"][keep:]:
                if each["id"] != self.user.id:
                    # What something that is kept hangs on is kept with it.
                    self.admin.delete(f"/api/collections/{collection}/records/{each['id']}")

    def balance(self, id: str) -> float:
        user = self.get("users", id)
        return float(user["qpu_seconds"]) if user else 0.0


def slot(hour: int) -> tuple[str, str, str]:
    """Half an hour so many hours from now: in words, and its beginning and end as the server takes them."""
    begin = (datetime.now(UTC) + timedelta(hours=hour)).replace(minute=0, second=0, microsecond=0)
    end = begin + timedelta(minutes=30)
    return f"{begin:%Y-%m-%d %H:%M} 30m", f"{begin:%Y-%m-%d %H:%M:%S}.000Z", f"{end:%Y-%m-%d %H:%M:%S}.000Z"
