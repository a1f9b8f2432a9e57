"""A sandbox seen past its faults: what a trial needs is made there, and what came of it is counted."""

from __future__ import annotations

import itertools
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import sign_in

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


class Lab:
    """A sandbox seen past its faults: makes what an action needs, and counts what came of it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        token = sign_in(sandbox.direct_url, sandbox.admin, "_superusers")
        self.admin = httpx.Client(base_url=sandbox.direct_url, headers={"Authorization": token}, timeout=20)
        self._number = itertools.count(1)
        self.user = self.person()
        # Gone with the lab.
        self._folder = tempfile.TemporaryDirectory(prefix="qpi-faults-")
        self.folder = Path(self._folder.name)

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

    def balance(self, id: str) -> float:
        user = self.get("users", id)
        return float(user["qpu_seconds"]) if user else 0.0


def slot(hour: int) -> tuple[str, str, str]:
    """Half an hour so many hours from now: in words, and its beginning and end as the server takes them."""
    begin = (datetime.now(UTC) + timedelta(hours=hour)).replace(minute=0, second=0, microsecond=0)
    end = begin + timedelta(minutes=30)
    return f"{begin:%Y-%m-%d %H:%M} 30m", f"{begin:%Y-%m-%d %H:%M:%S}.000Z", f"{end:%Y-%m-%d %H:%M:%S}.000Z"
