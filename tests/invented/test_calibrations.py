"""A new resource needs five new files with fewer than 120 lines in total. Its list, detail, action, command and docs
follow.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.invented.launch import ROOMS

HERE = Path(__file__).parent
Launch = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def calibrations(admin_http: httpx.Client) -> dict[str, str]:
    """Create two records of a collection that the console does not know; return name → id."""
    fields = [
        {"name": "name", "type": "text"},
        {"name": "fidelity", "type": "number"},
        {"name": "approved", "type": "bool"},
    ]
    admin_http.post(
        "/api/collections", json={"name": "calibrations", "type": "base", "fields": fields}
    ).raise_for_status()
    path = "/api/collections/calibrations/records"
    bodies = [{"name": "first light", "fidelity": 0.912}, {"name": "warm", "fidelity": 0.5}]
    return {body["name"]: admin_http.post(path, json=body).raise_for_status().json()["id"] for body in bodies}


@pytest.fixture
def launch(sandbox: Sandbox, tmp_path: Path, calibrations: dict[str, str]) -> Launch:
    """Run a program with the five files in their places."""
    who = sandbox.admin
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QPI_")}
    environment |= {
        "QPI_URL": sandbox.url, "QPI_ROLE": "admin", "QPI_IDENTITY": who.identity, "QPI_PASSWORD": who.password,
        "QPI_KEYRING": "off", "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path),
    }  # fmt: skip

    def run(what: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.invented.launch", what, sandbox.url, who.identity, who.password, *words]
        return subprocess.run(
            command, env=environment, cwd=HERE.parents[1], capture_output=True, text=True, timeout=240, check=False
        )

    return run


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_resource_is_five_files_of_under_120_lines() -> None:
    files = [HERE / room / "calibrations.py" for room in ROOMS]
    assert sum(len(file.read_text().splitlines()) for file in files) < 120


def test_the_resource_has_a_list_a_detail_and_an_action(
    launch: Launch, admin_http: httpx.Client, calibrations: dict[str, str]
) -> None:
    seen = told(launch("console"))
    assert "Y Calibrations" in seen["list"] or "Y Cal" in seen["list"]
    assert "a approve" in seen["list"]
    assert "state    … new" in seen["detail"]
    record = admin_http.get(f"/api/collections/calibrations/records/{calibrations['first light']}").json()
    assert record["approved"] is True


def test_the_resource_has_commands(launch: Launch, admin_http: httpx.Client, calibrations: dict[str, str]) -> None:
    table = launch("command", "calibrations", "list")
    assert "warm" in table.stdout, table.stderr
    assert {each["name"] for each in told(launch("command", "calibrations", "list", "--json"))} == set(calibrations)
    done = launch("command", "calibrations", "approve", "warm", "--yes")
    assert "approved" in done.stdout, done.stderr
    record = admin_http.get(f"/api/collections/calibrations/records/{calibrations['warm']}").json()
    assert record["approved"] is True


def test_the_resource_is_in_the_pages_and_the_event_stream(launch: Launch) -> None:
    found = told(launch("pages"))
    assert "## Calibrations" in found["keys"]
    assert "| `a` | Approve the calibration | `calibrations.approve` | admins |" in found["keys"]
    assert "| `Y` | Calibrations of the QPUs | `go.calibrations` | admins |" in found["keys"]
    assert "## `qpi-tui calibrations approve`" in found["commands"]
    assert found["topic"] == "calibrations/*"
