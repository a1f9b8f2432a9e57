"""The page about Qiskit runs from top to bottom and prints what it shows."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "use-qiskit.md"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_runs_and_prints_the_output_it_shows(
    sandbox: Any, new_user: Callable, new_qpu: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = new_user(seconds=1e6)
    # The largest idle QPU is the least busy one, so the page gets this one.
    new_qpu(kind="qiskit_aer", num_qubits=24)
    monkeypatch.setenv("QPI_URL", sandbox.url)
    monkeypatch.setenv("QPI_USER", account.identity)
    monkeypatch.setenv("QPI_PASSWORD", account.password)
    page = PAGE.read_text()
    namespace: dict[str, Any] = {"__name__": "page"}
    printed, compared = "", 0
    for match in BLOCK.finditer(page):
        line = page.count("\n", 0, match.start()) + 2
        if match[1] == "text":
            assert printed == match[2], f"line {line}"
            printed, compared = "", compared + 1
            continue
        assert not printed, f"nothing is said of what is printed before line {line}"
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile("\n" * (line - 1) + match[2], str(PAGE), "exec"), namespace)  # noqa: S102  # our own page
        printed = output.getvalue()
    assert compared >= 10
