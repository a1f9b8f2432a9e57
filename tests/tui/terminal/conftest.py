"""A server for a file of terminal tests, and an administrator's connection bypassing the console."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.conftest import sign_in


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return the demo's data without background activity."""
    with Sandbox(seed=1, worker=False, faults=[]) as running:
        yield running


@pytest.fixture(scope="module")
def lab_http(lab: Sandbox) -> Iterator[httpx.Client]:
    token = sign_in(lab.url, lab.admin, "_superusers")
    with httpx.Client(base_url=lab.url, headers={"Authorization": token}, timeout=20) as client:
        yield client
