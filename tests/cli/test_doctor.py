"""`doctor` on a real server: its findings, its repairs, and that it changes nothing without being asked."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.files.paths import audit_log_file
from tests.cli.command import Command
from tests.cli.terminal import at_terminal
from tests.conftest import NewQpu, connect_driver, sign_in, wait_for


def found(admin: Command, *words: str) -> dict[str, dict[str, Any]]:
    answer = admin("doctor", "--json", *words)
    return {finding["id"]: finding for finding in answer.json["findings"]}


def test_doctor_prints_findings_with_evidence_and_remedy(admin: Command) -> None:
    answer = admin("doctor")
    # The rule that lets users credit themselves is severe.
    assert answer.code == 1
    assert "✗ Users can credit themselves\n" in answer.out
    assert 'update rule of users: "id = @request.auth.id"' in answer.out
    assert "● QPI server v0.1\n" in answer.out
    counts = answer.out.splitlines()[-1]
    assert re.fullmatch(r"\d+ severe, \d+ warnings, \d+ notes", counts)
    assert admin("doctor", "--csv").out.startswith("severity,id,title,evidence,remedy")
    assert "severe self_credit" in admin("doctor", "--template", "{severity} {id}").out


def test_doctor_is_for_administrators_only(person: Command, nobody: Command) -> None:
    for who in (person, nobody):
        assert who("doctor").code == 4


def test_a_monitor_next_to_a_driver_is_a_finding(admin: Command, new_qpu: NewQpu, admin_http: httpx.Client) -> None:
    qpu = new_qpu()
    assert f"monitor/{qpu['id']}" not in found(admin)
    connect_driver(admin_http, qpu["id"], "bluefors_gen1", name=f"cryo_{qpu['id']}")
    finding = wait_for(lambda: found(admin).get(f"monitor/{qpu['id']}"), "the monitor to connect")
    assert finding["severity"] == "severe"
    assert f"cryo_{qpu['id']} takes jobs of {qpu['name']}" in finding["title"]


def test_a_job_without_a_target_is_a_finding(admin: Command, sandbox: Sandbox, user: Credentials) -> None:
    session = {"Authorization": sign_in(sandbox.url, user)}
    made = httpx.post(f"{sandbox.url}/api/jobs", json={"circuits": [{"circuit": "OPENQASM 3.0;"}]}, headers=session)
    assert made.json()["id"] in found(admin)["lost_jobs"]["evidence"]


@pytest.fixture
def without_indexes(admin_http: httpx.Client) -> None:
    admin_http.patch("/api/collections/quantum_jobs", json={"indexes": []}).raise_for_status()


def indexes(admin_http: httpx.Client) -> list[str]:
    return list(admin_http.get("/api/collections/quantum_jobs").json()["indexes"])


@pytest.mark.usefixtures("without_indexes")
def test_fix_asks_adds_the_indexes_and_measures_again(admin: Command, admin_http: httpx.Client) -> None:
    assert found(admin)["indexes"]["repair"] == "indexes"
    rehearsed = admin("doctor", "--fix", "--dry-run")
    assert "Would ask: Add 3 indexes to quantum_jobs?" in rehearsed.err
    # Without a terminal, it neither asks nor changes anything.
    assert admin("doctor", "--fix").code == 2
    assert indexes(admin_http) == []
    with at_terminal("doctor", "--fix", **admin.environment) as terminal:
        terminal.reads("Add 3 indexes to quantum_jobs? [y/N]")
        terminal.types("n\r")
        terminal.reads("Skipped.")
        assert terminal.ends() == 1
    assert indexes(admin_http) == []
    answer = admin("doctor", "--fix", "--yes", "--json")
    assert "3 indexes added. The newest page by date:" in answer.json["repaired"][0]
    assert len(indexes(admin_http)) == 3
    assert found(admin)["indexes"]["repair"] is None
    assert '"doctor.fix"' in audit_log_file().read_text()
