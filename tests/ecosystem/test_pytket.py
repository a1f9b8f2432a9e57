"""pytket with its Qiskit extension."""

from __future__ import annotations

from pytket.extensions.qiskit import qiskit_to_tk, tk_to_qiskit
from pytket.extensions.qiskit.qiskit_convert import process_characterisation
from pytket.passes import FullPeepholeOptimise
from qiskit import QuantumCircuit, transpile


def test_a_circuit_compiled_by_tket_runs(backend):
    bell = QuantumCircuit(2, 2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure([0, 1], [0, 1])
    circuit = qiskit_to_tk(bell)
    FullPeepholeOptimise().apply(circuit)
    counts = backend.run(transpile(tk_to_qiskit(circuit), backend), shots=100).result().get_counts()
    assert set(counts) <= {"00", "11"}


def test_the_characterisation_has_all_qubits_connected(backend):
    found = process_characterisation(backend)
    assert len(found["Architecture"].nodes) == backend.num_qubits
    assert found["t1times"] == found["GateTimes"] == []
