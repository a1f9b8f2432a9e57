"""Text exported by Qiskit for random circuits. Their outcomes are those of the circuits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.quantum_info import Statevector

_ONE = ("h", "x", "y", "z", "s", "sdg", "t", "tdg", "sx")
_TURNS = ("rx", "ry", "rz", "p")
_TWO = ("cx", "cz", "cy", "ch", "swap")


def invented(seed: int, qubits: int) -> QuantumCircuit:
    """Return a random circuit of three dozen gates."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(qubits)
    for _ in range(36):
        a, b = (int(place) for place in rng.permutation(qubits)[:2])
        kind = rng.integers(3)
        if kind == 0:
            getattr(circuit, str(rng.choice(_ONE)))(a)
        elif kind == 1:
            getattr(circuit, str(rng.choice(_TURNS)))(round(float(rng.uniform(-np.pi, np.pi)), 6), a)
        else:
            getattr(circuit, str(rng.choice(_TWO)))(a, b)
    return circuit


def texts() -> Iterator[tuple[str, str, dict[str, float]]]:
    """Yield name, text and the probabilities of the outcomes."""
    for seed in range(6):
        circuit = invented(seed, 2 + seed % 3)
        found = Statevector(circuit).probabilities_dict()
        outcomes = {bits: round(float(value), 6) for bits, value in sorted(found.items()) if value > 1e-9}
        circuit.measure_all()
        yield f"v2_written_{seed}", qasm2.dumps(circuit), outcomes
        yield f"v3_written_{seed}", qasm3.dumps(circuit), outcomes
