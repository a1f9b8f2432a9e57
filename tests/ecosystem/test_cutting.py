"""The Qiskit add-on for circuit cutting."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import PauliList
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_addon_cutting import (
    cut_gates,
    generate_cutting_experiments,
    partition_problem,
    reconstruct_expectation_values,
)


def test_a_cut_circuit_has_the_value_of_the_whole(backend):
    circuit = QuantumCircuit(2)
    circuit.ry(0.8, 0)
    circuit.cx(0, 1)
    parts = partition_problem(circuit=circuit, partition_labels="AB", observables=PauliList(["ZZ"]))
    experiments, coefficients = generate_cutting_experiments(
        parts.subcircuits, parts.subobservables, num_samples=np.inf
    )
    passes = generate_preset_pass_manager(1, backend=backend)
    sampler = backend.sampler(default_shots=2000)
    results = {label: sampler.run(passes.run(each)).result() for label, each in experiments.items()}
    values = reconstruct_expectation_values(results, coefficients, parts.subobservables)
    assert abs(values[0] - 1.0) < 0.2
    assert cut_gates is not None
