"""The packages, what is run of each, and the results: the table of docs/how-to/qiskit-packages.md."""

from __future__ import annotations

from typing import NamedTuple


class Package(NamedTuple):
    """A package: what to install, what its tests do, and the file of its tests."""

    name: str
    install: tuple[str, ...]
    run: str
    tests: str
    note: str = ""


PACKAGES = (
    Package(
        "qiskit-aer",
        ("qiskit-aer",),
        "`AerSimulator.from_backend`, `NoiseModel.from_backend`",
        "test_aer.py",
        "Transpile for the QPU's backend, then run on the simulator. The noise model is ideal: servers publish none.",
    ),
    Package(
        "qiskit (visualization)",
        ("matplotlib", "seaborn"),
        "`plot_gate_map`, `plot_circuit_layout`, `plot_error_map`",
        "test_drawing.py",
        "Needs Graphviz. All qubits are joined. A circuit has a layout only with `initial_layout`. On a "
        "simulator the map of errors shows none.",
    ),
    Package(
        "qiskit-experiments",
        ("qiskit-experiments",),
        "T1 and readout error",
        "test_experiments.py",
        "A simulator has no T1: the delays run, and the curve stays flat.",
    ),
    Package(
        "qiskit-algorithms",
        ("qiskit-algorithms",),
        "VQE and Grover by `backend.estimator()` and `backend.sampler()`",
        "test_algorithms.py",
    ),
    Package(
        "qiskit-machine-learning",
        ("qiskit-machine-learning",),
        "A fidelity kernel and `EstimatorQNN`",
        "test_machine_learning.py",
    ),
    Package("mitiq", ("mitiq>=1", "ply"), "Zero-noise extrapolation", "test_mitiq.py"),
    Package(
        "pennylane-qiskit", ("pennylane-qiskit",), "A QNode with a gradient on `qiskit.remote`", "test_pennylane.py"
    ),
    Package(
        "qiskit-addon-cutting", ("qiskit-addon-cutting",), "A gate cut, run by `backend.sampler()`", "test_cutting.py"
    ),
    Package("mthree", ("mthree",), "Calibration and correction of counts", "test_mthree.py"),
    Package(
        "pytket-qiskit",
        ("pytket-qiskit",),
        "Conversion, compilation, `process_characterisation`",
        "test_pytket.py",
        "The characterisation holds the size only: servers publish no errors and no times.",
    ),
    Package("cirq", ("cirq-core",), "A circuit by its OpenQASM export", "test_cirq.py"),
)
"""In the order of the page."""
