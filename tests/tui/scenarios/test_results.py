"""One job on its screen: bars compared with counts, registers, IQ points, the circuit, JSON, errors."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import record
from tests.tui.helpers import NARROW, WIDE, Person, at_console
from tests.tui.scenarios.test_operators import BELL, submit

EIGHTHS = " ▏▎▍▌▋▊▉█"
TWO = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\nbit[2] a;\nbit[1] b;\na[0] = measure q[0];\n'


def stored(admin: httpx.Client, user: Credentials, qpu: str, results: Any, **more: Any) -> str:
    """Create a finished job with these results, as a driver might have sent them, and return its id."""
    payload = {
        "circuits": [{"circuit": more.pop("circuit", BELL)}],
        "shots": more.pop("shots", 1000),
        "meas_level": more.pop("meas_level", 2),
        "meas_return": "single",
        "qpu_target": qpu,
    }
    body = {
        "user_id": user.id,
        "qpu_target": qpu,
        "status": "completed",
        "payload": payload,
        "results": results,
        "duration": 1.5,
        "finished_at": "2026-11-23 10:00:00.000Z",
        **more,
    }
    answer = admin.post("/api/collections/quantum_jobs/records", json=body)
    answer.raise_for_status()
    return str(answer.json()["id"])


def bars(screen: str) -> dict[str, tuple[float, int, float]]:
    """Read the histogram on the screen: bitstring → length of the bar in columns, count, percentage."""
    found = {}
    for line in screen.split("\n"):
        match = re.match(rf"^ *([01 ]*[01]) +([{EIGHTHS[1:]}#]*) +([\d,]+) +([<>]?[\d.]+) %", line)
        if match:
            length = sum(EIGHTHS.index(cell) / 8 if cell != "#" else 1.0 for cell in match[2])
            found[match[1]] = (length, int(match[3].replace(",", "")), float(match[4].lstrip("<>")))
    return found


def assert_bars_say(screen: str, counts: dict[str, int], *, step: float) -> None:
    """Check that the bars are as long as the counts require, within a `step` of a column."""
    read = bars(screen)
    assert {bits: count for bits, (_, count, _) in read.items()} == counts, screen
    longest = max(length for length, _, _ in read.values())
    most, total = max(counts.values()), sum(counts.values())
    assert longest > 20
    for bits, (length, count, percent) in read.items():
        assert abs(length - longest * count / most) <= step, f"{bits}: {length} columns for {count}\n{screen}"
        assert abs(percent - 100 * count / total) <= 0.05


async def open_job(person: Person, id: str) -> None:
    """Open one job from the list."""
    await person.move_to(id)
    await person.act("table.open")
    await person.ready()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_bars_on_the_screen_match_the_counts(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client, size: tuple[int, int]
) -> None:
    id = submit(user_http, qpu["id"], shots=700)
    async with at_console(sandbox.url, "user", user, size=size) as person:
        await open_job(person, id)
        await person.sees("✓ completed", "700 shots")
        counts = {bits: n for bits, n in record(user_http, "quantum_jobs", id)["results"]["counts"].items() if n}
        await person.until(lambda: len(bars(person.screen)) == len(counts))
        assert_bars_say(person.screen, counts, step=1 / 8)
        assert [n for _, n, _ in bars(person.screen).values()] == sorted(counts.values(), reverse=True)
        await person.act("job.sort")
        await person.sees("by bitstring")
        assert list(bars(person.screen)) == sorted(counts)
        await person.act("job.plain")
        await person.sees("####")
        assert "█" not in person.screen
        assert_bars_say(person.screen, counts, step=1.0)


async def test_the_largest_counts_are_shown_and_the_rest_is_summed_up(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, admin_http: httpx.Client
) -> None:
    counts = {f"{n:05b}": 100 + n for n in range(32)}
    id = stored(admin_http, user, new_qpu(online=False)["id"], {"counts": counts, "shots": sum(counts.values())})
    async with at_console(sandbox.url, "user", user) as person:
        await open_job(person, id)
        # As many bars as fit the height.
        await person.sees("and 4 more", f"{sum(100 + n for n in range(4)):,}")
        await person.act("job.fewer")
        await person.sees("and 16 more", f"{sum(100 + n for n in range(16)):,}")
        await person.act("job.fewer")
        await person.sees("and 24 more")
        await person.act("job.more", "job.more")
        await person.until(lambda: not re.search(r"and \d+ more", person.screen))
        assert len(bars(person.screen)) >= 24


async def test_registers_are_counted_separately(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, admin_http: httpx.Client
) -> None:
    # b is the leftmost bit, a the two to its right.
    results = {"counts": {"000": 100, "011": 200, "101": 300, "111": 400}, "shots": 1000}
    id = stored(admin_http, user, new_qpu(online=False)["id"], results, circuit=TWO)
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await open_job(person, id)
        await person.sees("registers b a")
        assert {bits: n for bits, (_, n, _) in bars(person.screen).items()} == {
            "0 00": 100,
            "0 11": 200,
            "1 01": 300,
            "1 11": 400,
            # Each register fits the height separately.
            "00": 100, "01": 300, "11": 600, "0": 300, "1": 700,
        }  # fmt: skip
        await person.sees("summed over the others")
        await person.act("job.register")
        await person.sees("register a (2 bits)")
        assert {bits: n for bits, (_, n, _) in bars(person.screen).items()} == {"00": 100, "01": 300, "11": 600}
        await person.act("job.register")
        await person.sees("register b (1 bit)")
        assert {bits: n for bits, (_, n, _) in bars(person.screen).items()} == {"0": 300, "1": 700}
        await person.act("job.register")
        await person.sees("registers b a")


async def test_a_key_selects_the_qubit_of_the_iq_points(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, admin_http: httpx.Client
) -> None:
    memory = [[[n / 10, 0.5], [-3.0, n / 5], [40.0, 40.0]] for n in range(10)]
    id = stored(admin_http, user, new_qpu(online=False)["id"], {"memory": memory, "shots": 10}, meas_level=1, shots=10)
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await open_job(person, id)
        await person.sees("IQ points", "qubit 0 of 3", "10 shots", "I 0.45", "Q 0.5")
        await person.act("job.qubit")
        await person.sees("qubit 1 of 3", "I -3", "Q 0.9")
        await person.act("job.qubit", "job.qubit")
        await person.sees("all 3 qubits", "30 points")
        await person.act("job.qubit")
        await person.sees("qubit 0 of 3")


async def test_keys_move_through_several_circuits(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client
) -> None:
    other = BELL.replace("h q[0];\ncx q[0], q[1];\n", "x q[1];\n")
    body = {"circuits": [{"circuit": BELL}, {"circuit": other}], "shots": 64, "qpu_target": qpu["id"]}
    id = str(user_http.post("/api/jobs", json=body).raise_for_status().json()["id"])
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await open_job(person, id)
        await person.sees("circuit 1 of 2")
        await person.act("job.next")
        await person.sees("circuit 2 of 2", "10 ", "64", "100.0 %")
        await person.act("job.circuit")
        await person.sees("┤ X ├")
        await person.act("job.next")
        await person.sees("┤ H ├")


async def test_the_circuit_is_drawn_by_another_process(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    good, bad = submit(user_http, qpu["id"]), submit(user_http, qpu["id"], circuit="OPENQASM 3.0;\nnonsense;\n")
    async with at_console(sandbox.url, "user", user, size=NARROW, own_drawer=True) as person:
        await open_job(person, good)
        # The text appears at once, the drawing follows.
        await person.sees("submitted", f"{qpu['name']} has no driver")
        await person.sees("┤ H ├", "┤ X ├")
        await person.press("escape")
        await open_job(person, bad)
        await person.sees("cannot be drawn", "nonsense;")
        process = person.app.drawer._process
    # Quitting the console ends that process.
    assert process is not None
    await process.wait()


async def test_the_error_of_level_0_is_explained(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client
) -> None:
    body = {"circuits": [{"circuit": BELL}], "shots": 10, "meas_level": 0, "qpu_target": qpu["id"]}
    id = str(user_http.post("/api/jobs", json=body).raise_for_status().json()["id"])
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await open_job(person, id)
        await person.sees("✗ failed", "NotImplementedError", "Simulators have no raw signals")
        # Only the failed circuit can be drawn.
        await person.sees("┤ H ├")


async def test_the_json_is_folded_and_searched(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, admin_http: httpx.Client
) -> None:
    results = {"counts": {"00": 1, "11": 2}, "shots": 3, "deep": {"list": [0, {"needle-here": "[bold]x[/x]"}]}}
    id = stored(admin_http, user, new_qpu(online=False)["id"], results)
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await open_job(person, id)
        await person.act("job.json")
        await person.sees("results: {", "deep: {1 key}")
        assert "needle" not in person.screen
        await person.act("json.search")
        await person.type("needle")
        await person.press("enter")
        await person.sees("1 of 1", "results.deep.list[1].needle-here", "[bold]x[/x]")
        await person.press("escape", "escape")
        await person.sees("counts, ")


async def test_a_result_is_exported_to_a_file(
    sandbox: Sandbox,
    new_qpu: Any,
    user: Credentials,
    admin_http: httpx.Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    results = {"counts": {"00": 300, "11": 700}, "shots": 1000}
    id = stored(admin_http, user, new_qpu(online=False)["id"], results)
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await open_job(person, id)
        for name in ("result.csv", "result.json"):
            await person.act("job.export")
            person.app.screen.query_one("#entry-file").value = name
            await person.press("enter")
            await person.sees(name)
            await person.until(lambda name=name: (tmp_path / name).exists())
        rows = list(csv.DictReader((tmp_path / "result.csv").read_text().splitlines()))
        assert [(row["bitstring"], row["count"], row["share"]) for row in rows] == [
            ("00", "300", "0.3"),
            ("11", "700", "0.7"),
        ]
        assert json.loads((tmp_path / "result.json").read_text())["results"] == results


async def test_two_marked_jobs_are_compared_by_a_key(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)["id"]
    one = stored(admin_http, user, qpu, {"counts": {"00": 50, "11": 50}, "shots": 100})
    other = stored(admin_http, user, qpu, {"counts": {"00": 30, "11": 70}, "shots": 100})
    async with at_console(sandbox.url, "user", user, size=NARROW, screen="jobs") as person:
        await person.move_to(one)
        await person.act("jobs.compare")
        await person.sees("Mark two completed jobs to compare them.")
        await person.act("table.mark")
        await person.move_to(other)
        await person.act("table.mark", "jobs.compare")
        await person.sees("Compare two jobs", "total variation distance 0.2000", "Hellinger fidelity       0.9583", one)
        await person.press("escape")
        await person.sees_not("Compare two jobs")
