"""Mitiq."""

from __future__ import annotations

from mitiq import zne
from qiskit import QuantumCircuit, transpile


def test_extrapolation_of_an_ideal_circuit_is_ideal(backend):
    circuit = QuantumCircuit(1)
    for _ in range(6):
        circuit.x(0)

    def ground_state(folded):
        measured = transpile(folded, backend, optimization_level=0)
        measured.measure_all()
        counts = backend.run(measured, shots=200).result().get_counts()
        return counts.get("0", 0) / 200

    assert abs(zne.execute_with_zne(circuit, ground_state) - 1.0) < 1e-6
