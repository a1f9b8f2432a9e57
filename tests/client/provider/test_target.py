"""Transpilation for a QPU keeps the meaning of the circuit and its width."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm3, transpile
from qiskit.circuit.library import QFTGate, quantum_volume
from qiskit.quantum_info import Operator, Statevector, random_unitary

from qpi_client.provider import QPIBackend
from qpi_client.provider.export import prepare
from qpi_client.provider.target import build_target

PORTABLE = ["x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "rx", "ry", "rz", "p", "u"]
PORTABLE += ["cx", "cz", "cp", "crz", "swap", "ccx", "measure", "reset", "delay", "box"]


def ghz() -> QuantumCircuit:
    circuit = QuantumCircuit(4)
    circuit.h(0)
    for qubit in range(3):
        circuit.cx(qubit, qubit + 1)
    return circuit


def of(qubits: int, make: Callable[[QuantumCircuit], object]) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits)
    make(circuit)
    return circuit


CIRCUITS = {
    "bell": lambda: of(2, lambda c: (c.h(0), c.cx(0, 1))),
    "ghz": ghz,
    "qft": lambda: of(4, lambda c: c.append(QFTGate(4), range(4))),
    "quantum volume": lambda: quantum_volume(4, 4, seed=3),
    "unitary": lambda: of(3, lambda c: c.unitary(random_unitary(8, seed=5), range(3))),
    "mcx": lambda: of(5, lambda c: c.mcx([0, 1, 2, 3], 4)),
}


def backend_of(four_methods: Callable, kind: str | None) -> QPIBackend:
    return QPIBackend(four_methods(**({"executor_type": kind} if kind else {})))


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", ["qblox", "qiskit_aer"])
@pytest.mark.parametrize("name", CIRCUITS)
def test_transpiling_and_exporting_preserve_the_unitary(
    four_methods: Callable, name: str, kind: str, level: int
) -> None:
    circuit = CIRCUITS[name]()
    backend = backend_of(four_methods, kind)
    compiled = transpile(circuit, backend, optimization_level=level, seed_transpiler=1)
    assert compiled.num_qubits == circuit.num_qubits
    assert set(compiled.count_ops()) <= set(backend.operation_names)
    # From level 2 on, final swaps become a layout, which from_circuit() takes into account.
    assert Operator.from_circuit(compiled).equiv(Operator(circuit))
    measured = compiled.copy()
    measured.measure_all()
    text = prepare(measured, kind, "circuit 0").qasm({})
    assert "gate " not in text
    sent = qasm3.loads(text)
    sent.remove_final_measurements()
    assert Operator(sent).equiv(Operator(compiled))


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_initialize_prepares_the_same_state_after_transpiling(four_methods: Callable, level: int) -> None:
    wanted = np.array([1, 2j, -3, 4, 0, 1, 1j, 2]) / 6
    circuit = of(3, lambda c: c.initialize(wanted))
    compiled = transpile(circuit, backend_of(four_methods, "mock"), optimization_level=level)
    gates = QuantumCircuit(3)
    for step in compiled.data:
        if step.name != "reset":
            gates.append(step)
    assert Statevector(gates).equiv(Statevector(wanted))


def test_the_target_has_the_gates_that_all_drivers_accept(four_methods: Callable) -> None:
    for kind in (None, "mock", "qblox", "presto"):
        assert set(backend_of(four_methods, kind).operation_names) == set(PORTABLE)
    simulator = set(backend_of(four_methods, "qiskit_aer").operation_names)
    assert set(PORTABLE) < simulator
    assert {"cy", "ch", "crx", "cry", "cu", "cswap", "id", "if_else", "for_loop", "switch_case"} <= simulator


def test_the_target_is_built_lazily_and_cached(four_methods: Callable) -> None:
    backend = backend_of(four_methods, "mock")
    target = backend.target
    assert backend.target is target
    backend.client.qpu.update(num_qubits=7, executor_type="qiskit_aer")
    assert backend.num_qubits == 20
    backend.refresh()
    assert (backend.num_qubits, backend.target.num_qubits) == (7, 7)
    assert "if_else" in backend.operation_names
    assert backend.coupling_map.size() == 7


def test_a_backend_can_be_copied_and_pickled(four_methods: Callable, bell: QuantumCircuit) -> None:
    backend = QPIBackend(four_methods(executor_type="mock"), "sim", shots=77)
    for other in (copy.copy(backend), copy.deepcopy(backend)):
        other.set_options(shots=5)
        assert other.client is backend.client
        assert other.run(bell).result().results[0].shots == 5
    assert backend.options.shots == 77
    # The pickled data was created here.
    other = pickle.loads(pickle.dumps(QPIBackend(Storable(), "sim", shots=77)))  # noqa: S301
    assert (other.name, other.num_qubits, other.options.shots) == ("sim", 3, 77)
    assert other.target.num_qubits == 3


class Storable:
    """A client that can be pickled."""

    def get_qpu(self, name: str) -> dict:
        return {"name": name, "num_qubits": 3}


def test_a_backend_describes_itself(four_methods: Callable) -> None:
    backend = QPIBackend(four_methods(), "sim", description="the one in the cellar", num_qubits=4)
    assert repr(backend) == "<QPIBackend 'sim' with 4 qubits>"
    assert backend.description == "the one in the cellar"
    assert backend.qpu_id == "qpu000000000001"
    assert backend.meas_map == [[0, 1, 2, 3]]
    assert (backend.dt, backend.dtm, backend.provider) == (None, None, None)


def test_a_large_target_is_built_quickly() -> None:
    assert len(build_target(5000, "mock").instructions) == len(PORTABLE)
