"""Separate directories for every test, and commands signed in as an administrator and as a user."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.cli.command import Command, as_
from tests.conftest import NewQpu, connect_driver, wait_for


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty directories for configuration, data, state and cache. Nothing on this machine is read."""

    for name in list(os.environ):
        if name.startswith("QPI_"):
            monkeypatch.delenv(name)
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("QPI_KEYRING", "off")
    return tmp_path


@pytest.fixture
def admin(sandbox: Sandbox) -> Command:
    """Return commands signed in as the administrator."""
    return as_(sandbox.url, sandbox.admin, "admin")


@pytest.fixture
def person(sandbox: Sandbox, user: Credentials) -> Command:
    """Return commands signed in as a new user."""
    return as_(sandbox.url, user, "user")


@pytest.fixture
def nobody(sandbox: Sandbox) -> Command:
    """Return commands that know the server but have no credentials."""
    return Command({"QPI_URL": sandbox.url})


@pytest.fixture(scope="module")
def new_cryostat(new_qpu: NewQpu, admin_http: httpx.Client) -> str:
    """Create a QPU whose cryostat has sent a reading, and return its name."""
    qpu = new_qpu(online=False)
    connect_driver(admin_http, qpu["id"], "bluefors_gen1", name=f"fridge_{qpu['id']}")

    def read() -> bool:
        found = admin_http.get("/api/collections/events/records", params={"filter": f"qpu='{qpu['id']}'"})
        return bool(found.json()["items"])

    wait_for(read, "a reading of the cryostat")
    return str(qpu["name"])
