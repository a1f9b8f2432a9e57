"""Circuits wider than their QPU: what a driver cannot run is rejected, and the backend keeps its size."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from qiskit import QuantumCircuit, transpile

from qpi_client.provider import CircuitRefused, QPIBackend, QPIWarning


def wide(qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits, 1, name="wide")
    circuit.x(qubits - 1)
    circuit.measure(qubits - 1, 0)
    return circuit


def test_a_simulator_runs_a_wider_circuit_and_the_backend_keeps_its_size(
    scripted: Callable, bell: QuantumCircuit
) -> None:
    backend = QPIBackend(scripted("pending", executor_type="qiskit_aer"), "sim")
    with pytest.warns(QPIWarning, match=r"circuit 0 \('wide'\) has 28 qubits and QPU 'sim' has 20"):
        backend.run(wide(28))
    assert len(backend.client.sent) == 1
    assert (backend.num_qubits, backend.target.num_qubits, len(backend.meas_map[0])) == (20, 20, 20)
    assert transpile(bell, backend, initial_layout=[3, 4]).num_qubits == 20


@pytest.mark.parametrize(
    ("kind", "qubits", "words"),
    [
        ("qblox", 21, "has 21 qubits and QPU 'sim' has 20: choose another QPU"),
        ("presto", 40, "choose another QPU"),
        ("mock", 25, "its simulator takes at most 24"),
        ("qiskit_aer", 40, "has 40 qubits and QPU 'sim' has 20; its simulator takes at most 34"),
    ],
)
def test_a_circuit_too_wide_for_the_driver_is_rejected(scripted: Callable, kind: str, qubits: int, words: str) -> None:
    backend = QPIBackend(scripted("pending", executor_type=kind), "sim")
    with pytest.raises(CircuitRefused, match=words):
        backend.run(wide(qubits))
    assert (backend.client.sent, backend.num_qubits) == ([], 20)


def test_a_wide_circuit_for_an_unknown_driver_is_sent_with_a_warning(scripted: Callable) -> None:
    backend = QPIBackend(scripted("pending"), "sim")
    with pytest.warns(QPIWarning, match="it is unknown whether its driver runs it"):
        backend.run(wide(40))
    assert len(backend.client.sent) == 1
