"""Aer as a copy of a QPU."""

from __future__ import annotations

from qiskit import QuantumCircuit, transpile
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel


def test_a_simulator_is_built_from_the_backend(backend):
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure_all()
    simulator = AerSimulator.from_backend(backend)
    assert set(simulator.run(transpile(bell, backend), shots=100).result().get_counts()) <= {"00", "11"}


def test_the_noise_model_is_ideal(backend):
    assert NoiseModel.from_backend(backend).is_ideal()


def test_circuits_are_scheduled(backend):
    circuit = QuantumCircuit(2, 1)
    circuit.delay(50, 0, unit="ns")
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    scheduled = transpile(circuit, backend, scheduling_method="alap")
    assert backend.run(scheduled, shots=10).result().get_counts() == {"0": 10}
