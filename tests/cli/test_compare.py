"""Submit several files at once, print a table of outcomes, and compare two jobs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from qiskit.quantum_info import hellinger_fidelity as by_qiskit

from qpi_sandbox import Sandbox
from qpi_tui.domain.distributions import hellinger_fidelity, total_variation
from qpi_tui.plots.comparison import compared
from tests.cli.command import Command, as_
from tests.cli.test_jobs import BELL
from tests.conftest import wait_for

ONE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nx q[0];\nc = measure q;\n'


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Return two OpenQASM files."""
    bell, one = tmp_path / "bell.qasm", tmp_path / "one.qasm"
    bell.write_text(BELL)
    one.write_text(ONE)
    return str(bell), str(one)


def test_several_files_become_one_job_or_one_job_each(
    person: Command, qpu: dict[str, Any], files: tuple[str, str]
) -> None:
    for each in ([], ["--each"]):
        answer = person.ok("jobs", "submit", *files, "--qpu", qpu["name"], "--shots", "100", "--wait", *each)
        assert "Waiting for 2 jobs." in answer.err if each else "Waiting for 1 job." in answer.err
        lines = answer.out.splitlines()
        assert lines[0].split() == ["File", "Job", "Outcome", "Shots", "Most", "often", "Share"]
        assert "✓ done" in lines[1]
        assert lines[2].split()[-3:] == ["01", "100.0", "%"]
        assert len({line.split()[1] for line in lines[1:3]}) == (2 if each else 1)
    told = person.ok("jobs", "submit", *files, "--qpu", qpu["name"], "--wait", "--json").json
    assert [(row["status"], row["shots"], row["error"]) for row in told] == [("completed", 1024, "")] * 2
    ids = person.ok("jobs", "submit", *files, "--qpu", qpu["name"], "--each").out.split()
    assert len(ids) == 2
    refused = person("jobs", "submit", *files, "--qpu", qpu["name"], "--watch", "--each")
    assert refused.code == 2


def test_a_batch_with_one_invalid_file_submits_nothing(
    person: Command, qpu: dict[str, Any], files: tuple[str, str], tmp_path: Path
) -> None:
    wrong, licensed = tmp_path / "wrong.qasm", tmp_path / "licensed.qasm"
    wrong.write_text(ONE.replace("x q[0];", "x q[0]"))
    licensed.write_text(f"// A licence\n\n{ONE}".replace("\n", "\r\n"))
    for more in ([], ["--each"], ["--wait"], ["--each", "--wait", "--json"]):
        answer = person("jobs", "submit", files[0], str(wrong), str(licensed), "--qpu", qpu["name"], *more)
        assert (answer.code, answer.out) == (2, "")
        assert re.search(r"wrong\.qasm \(line \d\): a semicolon is missing", answer.err)
        assert "bell.qasm" not in answer.err
        assert "Traceback" not in answer.err
    # What people take for a circuit is named, and an argument by its option.
    for text, said in (
        ('{"cells": []}', "odd.txt (line 1) is a notebook, not OpenQASM. Export it there"),
        ("# %%\nfrom qiskit import QuantumCircuit\n", "odd.txt (line 1) is a Python program, not OpenQASM."),
        (ONE.replace("x q[0];", "rx(theta) q[0];").replace("qubit", "input float theta;\nqubit", 1), "(--values)"),
    ):
        (tmp_path / "odd.txt").write_text(text)
        answer = person("jobs", "submit", str(tmp_path / "odd.txt"), "--qpu", qpu["name"])
        assert (answer.code, said in answer.err) == (2, True), answer.err
    # A missing file is rejected in the same way, before anything is sent.
    assert person("jobs", "submit", files[0], str(tmp_path / "none.qasm"), "--qpu", qpu["name"]).code == 1
    assert person.ok("jobs", "list", "--json").json == []
    # OpenQASM 2 and 3, with and without a licence header, fit into one job.
    older = tmp_path / "older.qasm"
    older.write_text('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1];\ncreg c[1];\nx q[0];\nmeasure q -> c;\n')
    words = (files[1], str(older), str(licensed), "--qpu", qpu["name"], "--wait", "--json")
    assert [row["outcome"] for row in person.ok("jobs", "submit", *words).json] == ["01", "1", "01"]


def test_each_parameter_set_is_printed_on_its_own_line(person: Command, qpu: dict[str, Any], tmp_path: Path) -> None:
    turned = tmp_path / "turned.qasm"
    # The second file is sent as one bound circuit per set; the first unchanged, with both sets attached.
    text = (
        'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float a;\nqubit[1] q;\nbit[1] c;\nrx(a) q[0];\nc = measure q;\n'
    )
    turned.write_text(text)
    written = tmp_path / "written.qasm"
    written.write_text(text.replace("rx(a)", "const int n = 1;\nrx(n*a)"))
    for each in ([], ["--each"]):
        words = ("--values", "0; pi", "--qpu", qpu["name"], "--wait", *each)
        told = person.ok("jobs", "submit", str(turned), str(written), *words, "--json").json
        assert [(row["file"].rpartition("/")[2], row["outcome"]) for row in told] == [
            ("turned.qasm set 1", "0"), ("turned.qasm set 2", "1"),
            ("written.qasm set 1", "0"), ("written.qasm set 2", "1"),
        ]  # fmt: skip


MIXED = [(("completed", "failed"), 6), (("failed", "failed"), 10), (("cancelled", "cancelled"), 11)]


def test_the_exit_code_reflects_the_outcome_of_all_jobs(
    sandbox: Sandbox, new_user: Any, new_qpu: Any, files: tuple[str, str], admin_http: Any
) -> None:
    """Run all commands at the same time. Each job waits until it has the outcome under test."""
    qpu, running = new_qpu(online=False), []
    for outcomes, code in MIXED:
        who = new_user()
        words = ["jobs", "submit", *files, "--qpu", qpu["name"], "--shots", "10", "--each", "--wait", "--json"]
        process = subprocess.Popen(
            [sys.executable, "-m", "qpi_tui", *words],
            env={**os.environ, **as_(sandbox.url, who, "user").environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append((who, outcomes, code, process))
    for who, outcomes, _, _ in running:
        query = {"filter": f"user_id='{who.id}'", "sort": "@rowid"}

        def sent(query: dict[str, str] = query) -> Any:
            return admin_http.get("/api/collections/quantum_jobs/records", params=query).json()["items"]

        wait_for(lambda sent=sent: len(sent()) == 2, "both jobs", 90)
        for job, status in zip(sent(), outcomes, strict=True):
            results = {"completed": {"counts": {"01": 10}}, "failed": {"error": "No helium"}}.get(status)
            body = {"status": status, "results": results}
            admin_http.patch(f"/api/collections/quantum_jobs/records/{job['id']}", json=body).raise_for_status()
    for _, outcomes, code, process in running:
        out, err = process.communicate(timeout=90)
        assert process.returncode == code, (outcomes, out, err)
        rows = json.loads(out)
        assert tuple(row["status"] for row in rows) == outcomes
        assert [row["error"] for row in rows] == ["No helium" if each == "failed" else "" for each in outcomes]


def test_compare_prints_the_distance_between_two_jobs(
    person: Command, qpu: dict[str, Any], files: tuple[str, str], sandbox: Sandbox
) -> None:
    answer = person.ok("jobs", "submit", *files, "--qpu", qpu["name"], "--shots", "200", "--wait", "--each", "--json")
    bell, one = (row["job"] for row in answer.json)
    same = person.ok("jobs", "compare", bell, bell).out
    assert "total variation distance 0.0000" in same
    assert "Hellinger fidelity       1.0000" in same
    different = person.ok("jobs", "compare", bell, one, "--json").json[0]
    assert different["total_variation_distance"] == 1.0
    assert different["hellinger_fidelity"] == 0.0
    assert "░" in person.ok("jobs", "compare", bell, one).out
    assert person.ok("jobs", "compare", bell, one, "--csv").out.splitlines()[1] == "1,1.0,0.0"
    assert person("jobs", "compare", bell, "nosuchjob000000").code == 5
    waiting = person.ok("jobs", "submit", files[0], "--qpu", qpu["name"]).out.strip()
    person("jobs", "cancel", waiting, "--yes")
    refused = person("jobs", "compare", bell, waiting)
    assert refused.code in {0, 1}


COUNTS = [
    ({"00": 50, "11": 50}, {"00": 30, "11": 70}),
    ({"0": 3}, {"1": 5}),
    ({"0": 1, "1": 1}, {"0": 10, "1": 10}),
    ({"00": 5, "01": 3, "10": 1}, {"11": 4, "00": 4}),
]


@pytest.mark.parametrize(("one", "other"), COUNTS)
def test_distances_match_qiskit(one: dict[str, int], other: dict[str, int]) -> None:
    assert hellinger_fidelity(one, other) == pytest.approx(by_qiskit(one, other))
    assert hellinger_fidelity(one, other) == pytest.approx(hellinger_fidelity(other, one))
    assert 0 <= total_variation(one, other) <= 1
    assert total_variation(one, one) == 0


@pytest.mark.parametrize("width", [20, 66, 100])
def test_comparison_lines_fit_the_width_and_show_which_job_has_more(width: int) -> None:
    for line in compared({"00": 60, "11": 40}, {"00": 20, "11": 80}, width=width):
        assert sum(len(text) for text, _ in line) == width
    drawn = "\n".join("".join(text for text, _ in line) for line in compared(*COUNTS[0], width=60, ascii=True))
    assert "+ more in A" in drawn
    assert "----" in drawn
    assert " 50.0 %   30.0 %" in drawn
