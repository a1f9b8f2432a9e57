"""Qiskit Algorithms."""

from __future__ import annotations

from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import n_local
from qiskit.quantum_info import SparsePauliOp
from qiskit_algorithms import VQE, AmplificationProblem, Grover
from qiskit_algorithms.optimizers import COBYLA


def test_vqe_finds_the_lowest_energy(backend):
    hamiltonian = SparsePauliOp(["ZZ", "XX"], [1.0, 0.5])
    ansatz = transpile(n_local(2, "ry", "cx", reps=1), backend, optimization_level=1)
    estimator = backend.estimator(default_precision=0.05)
    found = VQE(
        estimator, ansatz, COBYLA(maxiter=15), initial_point=[0.3] * ansatz.num_parameters
    ).compute_minimum_eigenvalue(hamiltonian)
    assert found.eigenvalue.real < -1.0


def test_grover_finds_the_marked_state(backend):
    oracle = QuantumCircuit(2)
    oracle.cz(0, 1)
    problem = AmplificationProblem(oracle, is_good_state=["11"])

    class Transpiling:
        """Grover's circuits in the gates of the QPU."""

        def __init__(self, sampler):
            self.sampler = sampler

        def run(self, pubs, *, shots=None):
            return self.sampler.run([transpile(pub, backend) for pub in pubs], shots=shots)

    found = Grover(sampler=Transpiling(backend.sampler(default_shots=200)), iterations=1).amplify(problem)
    assert found.top_measurement == "11"
