"""Each text of the corpus in four ways: as a circuit, with `run(qasm=…)`, in the form, with `jobs submit`.

The outcomes equal those of the simulator alone, or the error is the same everywhere. Many circuits go into one job, and
one sandbox runs them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from qpi_client import QPIClient
from qpi_client.provider import CircuitRefused, QPIBackend, read_openqasm
from qpi_client.results import parse_results
from qpi_sandbox import Sandbox
from qpi_tui.domain.circuit_check import Question, Reading, read_values
from qpi_tui.live.circuit_drawer import CircuitDrawer
from qpi_tui.live.readings import Readings
from tests.cli.command import Command, as_
from tests.cli.conftest import folders as folders
from tests.conftest import NewQpu, NewUser
from tests.qasm import make

FOLDER = Path(__file__).parent / "corpus"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text())
TAKEN = {name: case for name, case in EXPECTED.items() if "outcomes" in case}
REFUSED = {name: case for name, case in EXPECTED.items() if "outcomes" not in case}
SHOTS, WITHIN = 500, 0.16
"""Shots, and the total variation distance that so many may have from the probabilities."""

_NAME = re.compile(r"[Tt]he OpenQASM text|circuit \d+ \('[^']*'\)|[Tt]he circuit\b|\b[\w.]+\.qasm")


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.qasm").read_bytes().decode()


def bare(sentence: str) -> str:
    """Return an error without the circuit's name and its line, which a circuit built in a program does not have.

    The command names its options where a program has arguments.
    """
    sentence = sentence.replace("--max-classical-bits", "max_classical_bits").replace(
        "(--values)", "(parameter_values)"
    )
    return re.sub(r" \(line \d+\)", "", _NAME.sub("X", sentence))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return an orchestrator with a job timeout long enough for two hundred circuits."""
    with Sandbox(tick=0.1, job_timeout=150) as running:
        yield running


@pytest.fixture(scope="module")
def client(sandbox: Sandbox, new_user: NewUser) -> Iterator[QPIClient]:
    with QPIClient(sandbox.url) as client:
        who = new_user(10_000.0)
        client.auth_with_password(who.identity, who.password)
        yield client


@pytest.fixture(scope="module")
def qpus(new_qpu: NewQpu) -> dict[str, dict[str, Any]]:
    """Return a QPU for each kind of driver."""
    return {kind: new_qpu(kind=kind, num_qubits=20) for kind in ("qiskit_aer", "mock")}


class Collecting:
    """A client that collects circuits instead of submitting them, so that all go into one job."""

    def __init__(self, kind: str) -> None:
        self.circuits: list[dict[str, Any]] = []
        self.kind = kind

    def get_qpu(self, name: str) -> dict[str, Any]:
        return {"name": name, "num_qubits": 20, "status": "online", "executor_type": self.kind}

    def submit_job(self, circuits: Sequence[Mapping[str, Any]], **settings: Any) -> str:
        self.circuits += [dict(circuit) for circuit in circuits]
        return "collected"


def values_of(case: Mapping[str, Any]) -> Any:
    return read_values(case.get("values", "")) or None


def run_text(name: str, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what `run(qasm=…)` sends."""
    client = Collecting(case.get("kind", "qiskit_aer"))
    QPIBackend(client, "sim").run(qasm=text_of(name), parameter_values=values_of(case))
    return client.circuits


def run_circuit(name: str, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what `run(circuit)` sends for the text's circuit."""
    client = Collecting(case.get("kind", "qiskit_aer"))
    QPIBackend(client, "sim").run(read_openqasm(text_of(name)), parameter_values=values_of(case))
    return client.circuits


@pytest.fixture(scope="module")
def sent() -> dict[str, list[dict[str, Any]]]:
    """Return what `run(qasm=…)` sends for each text that it accepts."""
    return {name: run_text(name, case) for name, case in TAKEN.items()}


def outcomes(client: QPIClient, job_id: str) -> list[Mapping[str, int]]:
    """Return the counts of a job's circuits."""
    job = client.wait_job(job_id, timeout=120)
    assert job["status"] == "completed", job["results"]
    return [entry.counts or {} for entry in parse_results(job)]


def assert_alike(results: Sequence[Mapping[str, int]], names: Sequence[str]) -> None:
    """Check that each result has the outcomes of its case."""
    assert len(results) == len(names)
    far = {}
    for name, entry in zip(names, results, strict=True):
        wanted = TAKEN[name]["outcomes"]
        counts = {bits.replace(" ", ""): count for bits, count in entry.items() if count}
        total = sum(counts.values())
        found = {bits: count / total for bits, count in counts.items()} if total else {}
        distance = sum(abs(found.get(bits, 0) - wanted.get(bits, 0)) for bits in {*found, *wanted}) / 2
        if distance > (WITHIN if len(wanted) > 1 else 0):
            far[name] = (wanted, found)
    assert far == {}


def test_the_corpus_is_current() -> None:
    assert make.expectations() == EXPECTED
    assert {case.name: case.text.encode() for case in make.cases()} == {
        file.stem: file.read_bytes() for file in FOLDER.glob("*.qasm")
    }
    assert len(EXPECTED) >= 120


def test_texts_run_as_circuits(client: QPIClient, qpus: dict[str, Any]) -> None:
    circuits = [circuit for name, case in TAKEN.items() for circuit in run_circuit(name, case)]
    job_id = client.submit_job(circuits, shots=SHOTS, qpu_target=qpus["qiskit_aer"]["id"])
    assert_alike(outcomes(client, job_id), list(TAKEN))


AS_DRIVERS_READ = [
    *(f"v{version}_head_{name}" for version in (2, 3) for name in ("blank_lines_before", "crlf", "number_alone")),
    *("v2_head_licence_before", "v2_head_letters_in_comments", "v3_head_comment_before", "v3_head_block_inside"),
    *("v3_head_number_3.1", "v3_head_version_over_lines", "v3_physical_qubits", "v3_size_computed"),
]


def test_the_sandbox_parses_text_as_drivers_do(client: QPIClient, qpus: dict[str, Any]) -> None:
    raw, qpu = [{"circuit": text_of(name)} for name in AS_DRIVERS_READ], qpus["qiskit_aer"]["id"]
    assert_alike(outcomes(client, client.submit_job(raw, shots=5, qpu_target=qpu)), AS_DRIVERS_READ)
    # Drivers need a version, and use the first one found anywhere, so the client puts it first.
    for name, said in (("v3_head_no_version", "version header"), ("v3_head_licence_before", "can only handle")):
        raw = [{"circuit": text_of(name)}]
        job = client.wait_job(client.submit_job(raw, shots=5, qpu_target=qpu), timeout=120)
        assert job["status"] == "failed"
        assert re.search(f"Failed to parse QASM circuit: .*{said}", job["results"]["error"])


async def read_all(questions: Sequence[Question]) -> list[Reading]:
    """Return the form's result for each text."""
    drawer = CircuitDrawer()
    readings = Readings(lambda: drawer, lambda: None, still=0)
    try:
        return [await readings.wait_for(question) for question in questions]
    finally:
        await drawer.close()


async def test_texts_are_validated_in_the_form(sent: dict[str, Any]) -> None:
    questions = [
        Question(text_of(name), case.get("kind", "qiskit_aer"), "sim", 20, read_values(case.get("values", "")))
        for name, case in EXPECTED.items()
    ]
    found = dict(zip(EXPECTED, await read_all(questions), strict=True))
    # The same circuits are sent, so the outcomes are the same.
    assert {name: found[name].circuits for name in TAKEN} == sent
    for name, case in REFUSED.items():
        with pytest.raises(CircuitRefused) as refused:
            run_text(name, case)
        said = found[name].refused_at(2)
        assert bare(said) == bare(str(refused.value)), name
        assert case.get("refused", "") in said, name
        assert len(bare(said)) > 10, name
        # The line of the error; a text without a statement has none.
        assert re.search(r"\(line \d+\)", said) or name == "only_a_comment", said


def test_invalid_texts_are_rejected_as_circuits() -> None:
    for name, case in REFUSED.items():
        with pytest.raises(CircuitRefused) as of_text:
            run_text(name, case)
        if name == "v3_values_of_another_order":
            # A circuit has its own order.
            assert len(run_circuit(name, case)) == 1
            continue
        with pytest.raises(CircuitRefused) as of_circuit:
            run_circuit(name, case)
        assert bare(str(of_text.value)) == bare(str(of_circuit.value)), name


@pytest.mark.usefixtures("folders")
def test_texts_run_from_a_program_and_by_the_command(
    sandbox: Sandbox, client: QPIClient, qpus: dict[str, Any], new_user: NewUser, sent: dict[str, Any]
) -> None:
    command = as_(sandbox.url, new_user(10_000.0), "user")
    names = [name for name, case in TAKEN.items() if "values" not in case]
    files = [str(FOLDER / f"{name}.qasm") for name in names]
    qpu = qpus["qiskit_aer"]["name"]
    id = command.ok("jobs", "submit", *files, "--qpu", qpu, "--shots", str(SHOTS)).out.strip()
    job = command.ok("jobs", "watch", id, "--json").json
    payload = command.ok("jobs", "show", id, "--json").json["payload"]
    # The program sends the same as the command, so it is run once.
    assert payload["circuits"] == [circuit for name in names for circuit in sent[name]]
    assert job["error"] is None
    assert_alike([entry["counts"] for entry in job["circuits"]], names)
    for name, case in TAKEN.items():
        if "values" in case:
            words = ("--qpu", qpu, "--values", case["values"], "--dry-run")
            command.ok("jobs", "submit", str(FOLDER / f"{name}.qasm"), *words)
    refused_by_the_command(command, qpus)


def refused_by_the_command(command: Command, qpus: dict[str, Any]) -> None:
    alike: dict[tuple[str, str], list[str]] = {}
    for name, case in REFUSED.items():
        alike.setdefault((case.get("kind", "qiskit_aer"), case.get("values", "")), []).append(name)
    for (kind, values), names in alike.items():
        files = [str(FOLDER / f"{name}.qasm") for name in names]
        words = ["--values", values] if values else []
        answer = command("jobs", "submit", *files, "--qpu", qpus[kind]["name"], *words)
        assert answer.code == 2
        said = answer.err.strip().splitlines()
        if len(names) > 1:
            assert said.pop().endswith(f"{len(names)} of {len(names)} circuits are invalid. Nothing was sent.")
        assert len(said) == len(names)
        for name, sentence in zip(names, said, strict=True):
            with pytest.raises(CircuitRefused) as refused:
                run_text(name, REFUSED[name])
            shown = sentence.removeprefix("qpi-tui: ")
            assert f"{name}.qasm" in shown, sentence
            assert bare(shown).replace(qpus[kind]["name"], "sim") == bare(str(refused.value))
