"""The shapes of results by kind of job."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import wait_for
from tests.facts.facts import fact
from tests.facts.server import Driver
from tests.facts.world import BELL, HEAD, Person, World


@pytest.fixture(scope="module")
def mock(world: World) -> Driver:
    return world.driver(kind="mock")


@pytest.fixture(scope="module")
def aer(world: World) -> Driver:
    return world.driver(kind="qiskit_aer")


@pytest.fixture(scope="module")
def ann(world: World) -> Person:
    return world.person()


def measured(bits: int, gates: str) -> str:
    """Return a circuit with this many qubits, all measured."""
    return f"{HEAD}qubit[{bits}] q;\nbit[{bits}] c;\n{gates}c = measure q;\n"


def results(person: Person, driver: Driver, circuit: str = BELL, **body: Any) -> dict[str, Any]:
    """Run a job and return its results."""
    done = person.finished(person.submit(driver.qpu, circuit, **body))
    found: dict[str, Any] = done["results"]
    return found


@fact("results.counts")
@pytest.mark.parametrize("kind", ["mock", "aer"])
def test_counts_contain_all_states_with_bit_0_rightmost(ann: Person, kind: str, request: pytest.FixtureRequest) -> None:
    driver = request.getfixturevalue(kind)
    counts = results(ann, driver, measured(3, "x q[0];\n"), shots=7)["counts"]
    assert counts == {format(i, "03b"): 7 * (i == 1) for i in range(8)}


@fact("results.counts", "results.wide")
def test_fourteen_bits_arrive_and_fifteen_do_not(world: World, ann: Person, aer: Driver) -> None:
    assert len(results(ann, aer, measured(14, "x q[0];\n"), shots=1)["counts"]) == 2**14
    wide = ann.submit(aer.qpu, measured(15, "x q[0];\n"), shots=1)
    for _ in range(2):  # dispatched, put back, dispatched again
        seen = ann.job(wide)["updated"]
        wait_for(lambda seen=seen: ann.job(wide)["updated"] != seen, "its next state", world.server.patience)
    assert ann.job(wide)["results"] is None
    assert ann.job(wide)["finished_at"] == ""
    ann.http.post(f"/api/jobs/{wide}/cancel").raise_for_status()


@fact("results.several")
def test_each_circuit_has_an_entry(ann: Person, aer: Driver) -> None:
    circuits = [{"circuit": measured(1, f"{gate} q[0];\n")} for gate in ("x", "id", "x")]
    found = results(ann, aer, circuits=circuits, shots=5)
    entries = found["circuit_results"]
    assert [entry["counts"] for entry in entries] == [{"0": 0, "1": 5}, {"0": 5, "1": 0}, {"0": 0, "1": 5}]
    assert found["counts"] == entries[0]["counts"]
    program = f"{HEAD}input float a;\nqubit[1] q;\nbit[1] c;\nrx(a) q[0];\nc = measure q;\n"
    sets = [{"circuit": program, "parameter_values": [[0.0], [3.141592653589793]]}]
    assert [entry["counts"]["1"] for entry in results(ann, aer, circuits=sets, shots=5)["circuit_results"]] == [0, 5]


@fact("results.iq")
def test_level_one_returns_points_and_level_zero_needs_hardware(ann: Person, mock: Driver) -> None:
    single = results(ann, mock, meas_level=1, shots=6)["memory"]
    average = results(ann, mock, meas_level=1, meas_return="avg", shots=6)["memory"]
    for memory, shots in ((single, 6), (average, 1)):
        assert (len(memory), len(memory[0]), len(memory[0][0])) == (shots, 2, 2)
    raw = ann.finished(ann.submit(mock.qpu, meas_level=0))
    assert raw["status"] == "failed"


@fact("results.raw")
def test_a_circuit_without_measurement_completes_with_text(ann: Person, mock: Driver) -> None:
    done = ann.finished(ann.submit(mock.qpu, f"{HEAD}qubit[1] q;\nh q[0];\n"))
    entry = done["results"]["circuit_results"][0]
    assert (done["status"], entry["shots"]) == ("completed", 0)
    assert isinstance(entry["raw"], str)


@fact("results.unsupported")
def test_unsupported_circuits_fail_in_the_simulators(ann: Person, mock: Driver, aer: Driver) -> None:
    two = f"{HEAD}qubit[2] q;\nbit[1] a;\nbit[1] b;\na[0] = measure q[0];\nb[0] = measure q[1];\n"
    for driver in (mock, aer):
        failed = ann.finished(ann.submit(driver.qpu, two))
        assert failed["status"] == "failed"
        assert "could not convert string to float" in failed["results"]["error"]
    branch = f"{HEAD}qubit[2] q;\nbit[2] c;\nc[0] = measure q[0];\nif (c[0]) {{ x q[1]; }}\nc[1] = measure q[1];\n"
    assert ann.finished(ann.submit(mock.qpu, branch))["status"] == "failed"
    assert ann.finished(ann.submit(aer.qpu, branch))["status"] == "completed"


@fact("results.hex")
def test_v0_0_returns_hex_counts_too(older: World) -> None:
    driver, ann = older.driver(), older.person()
    found = results(ann, driver, measured(2, "x q[1];\n"), shots=4)
    assert found["counts"]["10"] == 4
    assert found["hex_counts"]["0x2"] == 4
