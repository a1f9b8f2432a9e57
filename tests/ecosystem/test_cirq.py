"""Cirq, through its OpenQASM export."""

from __future__ import annotations

import cirq


def test_an_exported_circuit_runs(backend):
    a, b = cirq.LineQubit.range(2)
    circuit = cirq.Circuit(cirq.H(a), cirq.CNOT(a, b), cirq.measure(a, b, key="m"))
    counts = backend.run(qasm=circuit.to_qasm(), shots=100).result().get_counts()
    assert set(counts) <= {"00", "11"}
    assert sum(counts.values()) == 100
