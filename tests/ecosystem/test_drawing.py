"""Plots of a QPU."""

from __future__ import annotations

import shutil

import matplotlib
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.visualization import plot_circuit_layout, plot_error_map, plot_gate_map

matplotlib.use("Agg")
pytestmark = pytest.mark.skipif(not shutil.which("dot"), reason="Qiskit draws maps with Graphviz")


def test_the_gate_map_is_plotted(backend):
    assert plot_gate_map(backend) is not None


def test_the_layout_of_a_circuit_is_plotted(backend):
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    placed = transpile(circuit, backend, initial_layout=[3, 1])
    assert plot_circuit_layout(placed, backend) is not None


def test_the_errors_of_a_simulator_are_zero(backend):
    assert plot_error_map(backend) is not None
