"""The Python programs on the pages run as written, and print and change what the pages say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from qpi_client import QPIClient
from qpi_sandbox import Sandbox
from tests.docs.blocks import ROOT, blocks
from tests.signing_in import as_admin, code_for, new_person, visit

HOW_TO = ROOT / "docs" / "how-to"
LAB = "https://lab.example.org"


def programs(page: Path) -> list[str]:
    """Return the Python programs of a page."""
    return [block.text for block in blocks(page) if block.language == "python"]


def run(code: str, page: Path, names: dict[str, Any]) -> None:
    """Run a block."""
    exec(compile(code, page.name, "exec"), names)  # noqa: S102  # our own page


def test_the_code_in_the_readme_runs(demo: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    page = ROOT / "README.md"
    (code,) = programs(page)
    person = demo.users[0]
    there = {
        LAB: demo.url,
        "you@lab.example.org": person.identity,
        '"…"': repr(person.password),
        "qpu_alpha": "aer-sim",
    }
    for ours, theirs in there.items():
        assert ours in code
        code = code.replace(ours, theirs)
    run(code, page, {})
    assert capsys.readouterr().out.startswith("completed {")


def test_the_program_that_watch_starts_runs() -> None:
    (code,) = programs(HOW_TO / "watch-as-a-service.md")
    event = '{"id": "job1", "notification": {"text": "A job has failed."}}'
    done = subprocess.run([sys.executable, "-c", code], input=event, capture_output=True, text=True, check=True)
    assert done.stdout == "A job has failed. - job1\n"


def test_the_code_for_qiskits_packages_runs(demo: Sandbox) -> None:
    circuits = pytest.importorskip("qiskit.circuit")
    angle = circuits.Parameter("angle")
    ansatz = circuits.QuantumCircuit(2)
    ansatz.ry(angle, 0)
    ansatz.cx(0, 1)
    with QPIClient(demo.url) as client:
        client.auth_with_password(demo.users[0].identity, demo.users[0].password)
        names: dict[str, Any] = {"backend": client.get_backend("aer-sim"), "ansatz": ansatz, "angles": [0.0]}
        for code in programs(HOW_TO / "qiskit-packages.md"):
            run(code, HOW_TO / "qiskit-packages.md", names)
    assert float(names["values"][0].data.evs) == pytest.approx(1.0, abs=0.05)


@pytest.fixture(scope="module")
def offering() -> Iterator[Sandbox]:
    """Return a lab with an identity provider and mail."""
    with Sandbox(sso=True, mail=True) as sandbox:
        yield sandbox


def test_the_code_for_single_sign_on_runs(offering: Sandbox) -> None:
    page = HOW_TO / "single-sign-on.md"
    by_provider, by_two_factors = (code.replace(LAB, offering.url) for code in programs(page))
    visits: list[Thread] = []

    def opened(word: str, url: str) -> None:
        assert word == "Open"
        visits.append(Thread(target=visit, args=(offering, url, "anna@lab.example")))
        visits[0].start()

    names: dict[str, Any] = {"print": opened}
    run(by_provider, page, names)
    visits[0].join()
    email = new_person(offering, "ben+2fa@lab.example", "a-long-password")
    asked: list[str] = []

    def answered(prompt: str) -> str:
        asked.append(prompt)
        return code_for(offering, email)

    run(by_two_factors, page, {**names, "email": email, "password": "a-long-password", "input": answered})
    assert asked == ["Code: "]


def test_the_code_for_the_sandbox_runs(tmp_path: Path) -> None:
    page = ROOT / "docs" / "sandbox.md"
    module, *calls = programs(page)
    (tmp_path / "test_page.py").write_text(module, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout
    with Sandbox() as sandbox, as_admin(sandbox) as admin:
        names: dict[str, Any] = {"admin": admin}
        for code in calls:
            run(code, page, names)
        assert names["driver"]["id"]
