"""M3."""

from __future__ import annotations

import mthree
from qiskit import QuantumCircuit, transpile


def test_an_ideal_readout_is_corrected_to_itself(backend):
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.measure_all()
    mitigation = mthree.M3Mitigation(backend)
    mitigation.cals_from_system([0, 1], shots=200)
    counts = backend.run(transpile(circuit, backend), shots=300).result().get_counts()
    corrected = mitigation.apply_correction(counts, [0, 1])
    assert abs(corrected["01"] - 1.0) < 1e-6
