"""Qiskit Machine Learning."""

from __future__ import annotations

import numpy as np
from qiskit.circuit.library import zz_feature_map
from qiskit.quantum_info import SparsePauliOp
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_machine_learning.kernels import FidelityQuantumKernel
from qiskit_machine_learning.neural_networks import EstimatorQNN
from qiskit_machine_learning.state_fidelities import ComputeUncompute


def test_a_kernel_is_symmetric_with_ones(backend):
    passes = generate_preset_pass_manager(1, backend=backend)
    fidelity = ComputeUncompute(backend.sampler(default_shots=400), pass_manager=passes)
    kernel = FidelityQuantumKernel(feature_map=zz_feature_map(2, reps=1), fidelity=fidelity, enforce_psd=False)
    matrix = kernel.evaluate(np.array([[0.1, 0.2], [1.0, 0.5]]))
    assert np.allclose(np.diag(matrix), 1.0)
    assert 0 <= matrix[0, 1] <= 1


def test_a_network_gives_values_between_minus_one_and_one(backend):
    passes = generate_preset_pass_manager(1, backend=backend)
    circuit = passes.run(zz_feature_map(2, reps=1))
    network = EstimatorQNN(
        circuit=circuit,
        observables=SparsePauliOp("ZZ"),
        input_params=list(circuit.parameters),
        weight_params=[],
        estimator=backend.estimator(default_precision=0.1),
        pass_manager=passes,
        input_gradients=False,
    )
    values = network.forward(np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([]))
    assert values.shape == (2, 1)
    assert np.all(np.abs(values) <= 1)
