"""The accounts and QPU with which the clients' methods are tested, and the register of tested methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from qpi_sandbox import Credentials, Sandbox
from tests.client.both import Both
from tests.client.conftest import Open

BELL = """OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
c = measure q;
"""
NUMBERS = count(1)


@dataclass
class Scene:
    """An administrator and a user, with clients, and a QPU that is online."""

    admin: Both
    user: Both
    who: Credentials
    qpu: dict[str, Any]
    sandbox: Sandbox
    connect: Open

    def submit(self, **more: Any) -> str:
        """Submit a job as the user."""
        return str(self.user.submit_job([{"circuit": BELL}], shots=64, qpu_target=self.qpu["name"], **more))

    def slot(self) -> dict[str, Any]:
        """Book a slot as the user, at a time that no other test uses."""
        start = datetime.now(UTC) + timedelta(days=30, hours=2 * next(NUMBERS))
        return dict(self.user.create_time_slot(start, start + timedelta(hours=1)))


METHODS: dict[str, Callable[[Scene], None]] = {}


def method(*names: str) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    def register(check: Callable[[Scene], None]) -> Callable[[Scene], None]:
        METHODS.update(dict.fromkeys(names, check))
        return check

    return register
