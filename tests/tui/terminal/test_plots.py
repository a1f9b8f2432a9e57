"""Plots in a terminal's cells: bars and IQ points are read from the screen and match the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import sign_in
from tests.tui.scenarios.test_results import assert_bars_say, bars, stored
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import Terminal

COUNTS = {"000": 411, "011": 255, "101": 1, "110": 333, "111": 24}
POINTS = [
    [[0.2, -1.1], [-40.0, 12.0]],
    [[3.7, 2.4], [-12.5, 12.0]],
    [[-1.5, 0.6], [7.25, -3.5]],
    [[2.0, -0.4], [15.0, 9.0]],
]
SIZES = [(80, 24), (120, 40)]


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return an orchestrator without background activity."""
    with Sandbox(worker=False) as running:
        yield running


@pytest.fixture(scope="module")
def admin(lab: Sandbox) -> Iterator[httpx.Client]:
    token = sign_in(lab.url, lab.admin, "_superusers")
    with httpx.Client(base_url=lab.url, headers={"Authorization": token}, timeout=20) as client:
        yield client


@pytest.fixture
def person(admin: httpx.Client, request: pytest.FixtureRequest) -> Credentials:
    """Create a user with one job and nothing else."""
    body = {"email": f"p{abs(hash(request.node.name))}@test.example", "password": "a-password-1234"}
    answer = admin.post("/api/collections/users/records", json={**body, "passwordConfirm": body["password"]})
    return Credentials(body["email"], body["password"], answer.raise_for_status().json()["id"])


def job(admin: httpx.Client, person: Credentials, results: Any, level: int = 2) -> str:
    qpu = admin.post("/api/op/qpus/create", json={"name": "plots", "num_qubits": 3, "enabled": True})
    return stored(admin, person, qpu.raise_for_status().json()["id"], results, meas_level=level)


def look_at(terminal: Terminal, id: str, head: str) -> None:
    """Open the job from the list."""
    terminal.wait_for(id)
    terminal.press("enter")
    terminal.wait_for(head)
    terminal.settle(0.3)


@pytest.mark.parametrize("size", SIZES)
def test_bars_in_blocks_and_in_ascii_match_the_counts(
    lab: Sandbox, admin: httpx.Client, person: Credentials, tmp_path: Path, size: tuple[int, int]
) -> None:
    id = job(admin, person, {"counts": COUNTS, "shots": sum(COUNTS.values())})
    with open_console(lab.url, person, tmp_path, "--screen", "jobs", role="user", size=size) as terminal:
        look_at(terminal, id, "counts, 1,024 shots")
        assert_bars_say(terminal.text, COUNTS, step=1 / 8)
        assert list(bars(terminal.text)) == sorted(COUNTS, key=lambda bits: -COUNTS[bits])
        terminal.press("s")
        terminal.wait_for("by bitstring")
        terminal.settle()
        assert list(bars(terminal.text)) == sorted(COUNTS)
        assert_bars_say(terminal.text, COUNTS, step=1 / 8)
        terminal.press("a")
        terminal.wait_for("####")
        terminal.settle()
        assert_bars_say(terminal.text, COUNTS, step=1.0)


@pytest.mark.parametrize(("arguments", "env"), [(("--ascii",), {}), ((), {"QPI_ASCII": "1"})])
def test_plain_ascii_can_be_configured(
    lab: Sandbox,
    admin: httpx.Client,
    person: Credentials,
    tmp_path: Path,
    arguments: tuple[str, ...],
    env: dict[str, str],
) -> None:
    id = job(admin, person, {"counts": COUNTS, "shots": sum(COUNTS.values())})
    with open_console(
        lab.url, person, tmp_path, "--screen", "jobs", *arguments, role="user", size=(80, 24), env=env
    ) as terminal:
        look_at(terminal, id, "counts, 1,024 shots, by count")
        assert_bars_say(terminal.text, COUNTS, step=1.0)
        assert all(line.isascii() for line in terminal.lines if "%" in line)
        terminal.press("a")
        terminal.wait_for("█")


def points_on(terminal: Terminal) -> list[complex]:
    """Read the points of the scatter plot on the screen as numbers, by the labels of its axes."""
    lines = terminal.lines
    foot, axis, ascii = next(
        (y, line.index(corner), corner == "+")
        for y, line in enumerate(lines)
        for corner in "└+"
        if corner + ("-" if corner == "+" else "─") * 8 in line
    )
    columns = len(lines[foot][axis + 1 :].split(" ")[0].rstrip("│"))
    top = foot
    while lines[top - 1][axis] in "│┤|":
        top -= 1
    high, low = (complex(0, float(lines[y][:axis].replace(",", ""))) for y in (top, foot - 1))
    scale = lines[foot + 1][axis + 1 : axis + 1 + columns].split()
    left, right = float(scale[0].replace(",", "")), float(scale[-1].replace(",", ""))
    dots: list[tuple[int, int]] = []
    for row, line in enumerate(lines[top:foot]):
        for column, cell in enumerate(line[axis + 1 : axis + 1 + columns]):
            if ascii and cell != " ":
                dots.append((column, row))
            elif not ascii and 0x2800 < ord(cell) <= 0x28FF:
                for bit, (x, y) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]):
                    if (ord(cell) - 0x2800) >> bit & 1:
                        dots.append((column * 2 + x, row * 4 + y))
    across, down = (columns, foot - top) if ascii else (columns * 2, (foot - top) * 4)
    return [
        complex(
            left + (right - left) * x / (across - 1), high.imag + (low.imag - high.imag) * y / (down - 1)
        )
        for x, y in dots
    ]  # fmt: skip


def assert_points_are(terminal: Terminal, wanted: list[complex], *, within: float) -> None:
    """Check that each dot is one of the points and each point has its dot, within a share of the plot's width."""
    found = points_on(terminal)
    assert len(found) == len(wanted), terminal.text
    reach = within * max(abs(a - b) for a in wanted for b in wanted)
    for point in wanted:
        assert min(abs(point - dot) for dot in found) <= reach, f"{point} of {found}\n{terminal.text}"


@pytest.mark.parametrize("size", SIZES)
def test_iq_points_in_braille_and_in_ascii_match_the_data(
    lab: Sandbox, admin: httpx.Client, person: Credentials, tmp_path: Path, size: tuple[int, int]
) -> None:
    id = job(admin, person, {"memory": POINTS, "shots": len(POINTS)}, level=1)
    qubits = [[complex(*shot[qubit]) for shot in POINTS] for qubit in range(2)]
    with open_console(lab.url, person, tmp_path, "--screen", "jobs", role="user", size=size) as terminal:
        look_at(terminal, id, "IQ points, qubit 0 of 2")
        # A dot is as wide as 1/60 of the narrow plot; the axis labels have three digits.
        assert_points_are(terminal, qubits[0], within=0.03)
        terminal.press("b")
        terminal.wait_for("qubit 1 of 2")
        terminal.settle()
        assert_points_are(terminal, qubits[1], within=0.03)
        terminal.press("b")
        terminal.wait_for("all 2 qubits")
        terminal.settle()
        assert_points_are(terminal, [point for qubit in qubits for point in qubit], within=0.03)
        terminal.press("b", "a")
        terminal.wait_for("qubit 0 of 2")
        terminal.settle()
        assert_points_are(terminal, qubits[0], within=0.12)
