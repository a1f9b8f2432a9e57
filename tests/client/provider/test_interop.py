"""What packages and notebooks ask of a backend: layout, durations, properties, older interfaces, HTML."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit_aer import AerSimulator

from qpi_client.provider import CircuitRefused, QPIBackend


def backend_of(four_methods: Callable, kind: str, name: str = "sim") -> QPIBackend:
    return QPIBackend(four_methods(executor_type=kind, num_qubits=3), name)


def delayed() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.delay(100, 0, unit="ns")
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


@pytest.mark.parametrize("kind", ["mock", "qiskit_aer"])
@pytest.mark.parametrize("method", ["alap", "asap"])
def test_simulator_durations_are_zero_so_circuits_can_be_scheduled(
    four_methods: Callable, kind: str, method: str
) -> None:
    backend = backend_of(four_methods, kind)
    scheduled = transpile(delayed(), backend, scheduling_method=method)
    delays = [step for step in scheduled.data if step.name == "delay"]
    assert {(step.operation.duration, step.operation.unit) for step in delays} == {(1e-7, "s")}
    assert len({step.qubits for step in delays}) > 1
    assert sum(backend.run(scheduled, shots=20).result().get_counts().values()) == 20
    for target in (copy.deepcopy(backend.target), pickle.loads(pickle.dumps(backend.target))):  # noqa: S301
        assert target.durations().get("h", [0], unit="s") == 0.0


def test_a_device_reports_what_it_does_not_publish(four_methods: Callable) -> None:
    backend = backend_of(four_methods, "qblox")
    assert transpile(delayed(), backend).count_ops()["cx"] == 1
    with pytest.raises(CircuitRefused, match="A QPU of kind qblox publishes no gate durations"):
        transpile(delayed(), backend, scheduling_method="alap")


def test_qubit_properties_are_none_and_all_qubits_are_coupled(four_methods: Callable) -> None:
    backend = backend_of(four_methods, "mock")
    assert backend.qubit_properties(2) is None
    assert backend.qubit_properties([0, 1]) == [None, None]
    with pytest.raises(IndexError, match="has qubits 0 to 2, not 3"):
        backend.qubit_properties(3)
    assert len(backend.coupling_map.get_edges()) == 6


def test_the_interface_of_backend_v1_is_answered(four_methods: Callable) -> None:
    backend = backend_of(four_methods, "qiskit_aer")
    told = backend.configuration()
    assert (told.n_qubits, told.simulator, told.coupling_map, told.backend_name) == (3, True, None, "sim")
    assert "cx" in told.basis_gates
    assert backend.properties() is None
    assert not backend_of(four_methods, "qblox").configuration().simulator


def test_aer_can_be_built_from_the_backend(four_methods: Callable) -> None:
    backend = backend_of(four_methods, "qiskit_aer")
    simulator = AerSimulator.from_backend(backend)
    assert set(simulator.run(transpile(delayed(), backend), shots=50).result().get_counts()) <= {"00", "11"}


def test_notebook_tables_and_histograms_are_escaped(four_methods: Callable, bell: QuantumCircuit) -> None:
    backend = backend_of(four_methods, "qiskit_aer", "<script>alert(1)</script>")
    bell.name = "<b>bell</b>\x1b[31m"
    job = backend.run(bell, shots=40)
    result = job.result()
    for shown in (backend._repr_html_(), job._repr_html_(), result._repr_html_()):
        assert "<table>" in shown
        assert "<script>" not in shown
        assert "<b>bell" not in shown
        assert "\x1b" not in shown
    assert "&lt;script&gt;" in backend._repr_html_()
    assert "background:" in result._repr_html_()
    assert "%" in job._repr_html_()
    assert dict(backend.__rich_repr__())["qubits"] == 3
    assert dict(job.__rich_repr__())["status"] == "completed"


def test_a_result_without_counts_is_rendered_too(four_methods: Callable, bell: QuantumCircuit) -> None:
    job = backend_of(four_methods, "mock").run([bell] * 6, shots=8)
    assert "2 experiments" in job.result()._repr_html_()
