"""Clients for the provider's tests: the four methods that programs need, on Aer in this process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from qiskit import QuantumCircuit, qasm3
from qiskit_aer import AerSimulator

from qpi_client.provider import QPIBackend


class FourMethods:
    """A client written by a user. It runs OpenQASM on Aer and answers as the server's drivers do."""

    def __init__(self, **qpu: Any) -> None:
        self.qpu = {"id": "qpu000000000001", "num_qubits": 20, "status": "online", "enabled": True, **qpu}
        self.sent: list[dict[str, Any]] = []
        self.jobs: dict[str, dict[str, Any]] = {}
        self.simulator = AerSimulator(seed_simulator=7)

    def get_qpu(self, name: str) -> dict[str, Any]:
        return {"name": name, **self.qpu}

    def submit_job(self, circuits: list, shots: int, meas_level: int, meas_return: str, **further: Any) -> str:
        arguments = {"circuits": circuits, "shots": shots, "meas_level": meas_level, "meas_return": meas_return}
        self.sent.append(json.loads(json.dumps({**arguments, **further})))
        job_id = f"job{len(self.sent):012}"
        entries = [self._run(circuit, circuit.get("shots", shots)) for circuit in circuits]
        self.jobs[job_id] = {
            "id": job_id,
            "status": "completed",
            "payload": self.sent[-1],
            "results": {"circuit_results": entries, **entries[0], "success": True},
            "created": "2026-11-23 05:29:42.039Z",
            "finished_at": "2026-11-23 05:29:43.034Z",
            "duration": 0.25,
        }
        return job_id

    def get_job(self, job_id: str) -> dict[str, Any]:
        return self.jobs[job_id]

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        self.jobs[job_id] = {**self.jobs[job_id], "status": "cancelled"}
        return {"status": "cancelled"}

    def _run(self, circuit: dict[str, Any], shots: int) -> dict[str, Any]:
        loaded = qasm3.loads(circuit["circuit"])
        assert len(loaded.cregs) == 1, "devices take one classical register"
        counts = self.simulator.run(loaded, shots=shots).result().get_counts()
        padded = {format(outcome, f"0{loaded.num_clbits}b"): 0 for outcome in range(2**loaded.num_clbits)}
        return {"counts": {**padded, **counts}, "shots": shots}


class Scripted(FourMethods):
    """Answers ``get_job`` from a list: dicts are answers, exceptions are raised, and the last entry is repeated."""

    def __init__(self, *answers: Any, **qpu: Any) -> None:
        super().__init__(**qpu)
        self.answers = list(answers)
        self.asked = 0
        self.cancelled: list[str] = []

    def submit_job(self, **arguments: Any) -> str:
        self.sent.append(arguments)
        return f"job{len(self.sent):012}"

    def get_job(self, job_id: str) -> dict[str, Any]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        if callable(answer):
            answer = answer()
        return {"id": job_id, "status": answer} if isinstance(answer, str) else {"id": job_id, **answer}

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        self.cancelled.append(job_id)
        return {"status": "cancelled"}


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def four_methods() -> Callable[..., FourMethods]:
    return FourMethods


@pytest.fixture
def scripted() -> Callable[..., Scripted]:
    return Scripted


@pytest.fixture
def aer(four_methods: Callable[..., FourMethods]) -> QPIBackend:
    """Return a backend whose QPU is an Aer simulator of 20 qubits, through the four methods."""
    return QPIBackend(four_methods(executor_type="qiskit_aer"), "sim")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


@pytest.fixture
def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2, name="bell")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit
