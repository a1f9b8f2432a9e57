"""A sandbox with a simulated QPU, and a backend for it. `python -m tests.ecosystem` runs it, not the main suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qpi_client import QPIClient
from qpi_client.provider import QPIBackend
from qpi_sandbox import Sandbox


@pytest.fixture(scope="session")
def backend() -> Iterator[QPIBackend]:
    """Return the QPU of a sandbox that runs on Aer."""
    with Sandbox(seed=1, jobs=0, tick=0.05, shot_time=0.0) as sandbox:
        who = sandbox.users[0]
        client = QPIClient(sandbox.url)
        client.auth_with_password(who.identity, who.password)
        driver = next(each for each in client.list_drivers() if each["kind"] == "qiskit_aer")
        yield client.get_backend(driver["qpu"])
