"""Input that is rejected before anything is sent, with errors that name what and where."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Gate, Parameter
from qiskit.circuit.classical import expr
from qiskit.exceptions import QiskitError

from qpi_client.errors import QPIError
from qpi_client.provider import (
    CircuitRefused,
    QPIBackend,
    QPIJobError,
    QPIJobTimeoutError,
    QPIWarning,
    QPUUnavailable,
    UnknownOption,
)


def measured(qubits: int, name: str = "made") -> QuantumCircuit:
    circuit = QuantumCircuit(qubits, name=name)
    circuit.h(0)
    circuit.measure_all()
    return circuit


@pytest.mark.parametrize("shots", [0, -1, 1.5, "x", True, None, [], [5, 0], [5, 5]])
def test_shots_must_be_positive_whole_numbers(aer: QPIBackend, shots: Any) -> None:
    if shots is None:
        assert aer.run(measured(1), shots=None).result().results[0].shots == 1024
        return
    with pytest.raises(ValueError, match="shots"):
        aer.run(measured(1), shots=shots)
    assert not aer.client.sent


def test_numpy_shots_are_accepted(aer: QPIBackend) -> None:
    assert aer.run(measured(1), shots=np.int64(7)).result().results[0].shots == 7
    result = aer.run([measured(1), measured(2)], shots=np.array([3, 5])).result()
    assert [experiment.shots for experiment in result.results] == [3, 5]
    assert [circuit.get("shots") for circuit in aer.client.sent[-1]["circuits"]] == [3, None]


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (list, ValueError, "no circuits"),
        (lambda: QuantumCircuit(2, 2, name="idle"), ValueError, r"circuit 0 \('idle'\) measures nothing"),
        (lambda: [measured(1), QuantumCircuit(1, name="b")], ValueError, r"circuit 1 \('b'\) measures nothing"),
        (lambda: "OPENQASM 3.0;", TypeError, "goes into 'qasm'"),
        (lambda: [measured(1), 7], TypeError, "Item 1 is a int"),
        (lambda: 7, TypeError, "must be a QuantumCircuit"),
    ],
)
def test_a_circuit_that_cannot_run_is_rejected(aer: QPIBackend, wrong: Callable, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        aer.run(wrong())
    assert not aer.client.sent


def test_parameters_without_a_value_are_rejected(aer: QPIBackend) -> None:
    circuit = QuantumCircuit(1, 1, name="sweep")
    circuit.rx(Parameter("angle"), 0)
    circuit.measure(0, 0)
    for values in (None, [], [{}], [[]]):
        with pytest.raises(ValueError, match=r"circuit 0 \('sweep'\) the parameter angle has no value"):
            aer.run(circuit, parameter_values=values)
    for values, words in [
        ({"angel": 1}, "did you mean 'angle'"),
        ({"angle": float("nan")}, "finite"),
        ({"angle": "half"}, "finite"),
        ([[0.1, 0.2]], "has 1 parameter, in this order"),
        ([None, [0.1]], "A set of values"),
    ]:
        with pytest.raises(ValueError, match=words):
            aer.run(circuit, parameter_values=values)
    with pytest.raises(ValueError, match="3 items for 2 circuits"):
        aer.run([circuit, circuit], parameter_values=[[0.1], [0.2], [0.3]])
    assert not aer.client.sent


def test_a_gate_without_a_standard_decomposition_is_rejected(aer: QPIBackend) -> None:
    circuit = measured(2, "opaque")
    circuit.append(Gate("oracle", 2, []), [0, 1])
    with pytest.raises(CircuitRefused, match=r"'opaque'.*oracle has no equivalent in standard gates"):
        aer.run(circuit)
    assert not aer.client.sent


def dynamic() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2, name="dynamic")
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    return circuit


@pytest.mark.parametrize("kind", ["mock", "qblox", "quantify", "presto"])
def test_control_flow_is_rejected_on_a_device_without_it(four_methods: Callable, kind: str) -> None:
    backend = QPIBackend(four_methods(executor_type=kind))
    with pytest.raises(ValueError, match=rf"'dynamic'\) has control flow \(if_else\), which a {kind} QPU has not"):
        backend.run(dynamic())
    assert not backend.client.sent


@pytest.mark.parametrize("kind", [None, "custom"])
def test_control_flow_on_an_unknown_device_is_sent_with_a_warning(four_methods: Callable, kind: str | None) -> None:
    backend = QPIBackend(four_methods(executor_type=kind), "sim")
    with pytest.warns(QPIWarning, match="Whether QPU 'sim' takes control flow is not known"):
        backend.run(dynamic())
    assert len(backend.client.sent) == 1


def test_a_while_loop_runs_on_a_driver_with_loops(aer: QPIBackend, four_methods: Callable) -> None:
    one = QuantumCircuit(1, 1, name="loop")
    one.x(0)
    one.measure(0, 0)
    with one.while_loop((one.clbits[0], 1)):
        one.h(0)
        one.measure(0, 0)
    whole = QuantumCircuit(2, 2, name="whole")
    whole.x([0, 1])
    whole.measure([0, 1], [0, 1])
    with whole.while_loop((whole.cregs[0], 3)):
        whole.h([0, 1])
        whole.measure([0, 1], [0, 1])
    counts = aer.run([one, whole]).result().get_counts()
    assert set(counts[0]) == {"0"}
    assert set(counts[1]) == {"00", "01", "10"}
    part = QuantumCircuit(2, 3, name="part")
    with part.while_loop(expr.less(part.cregs[0], 2)):
        part.measure([0, 1], [0, 1])
    with pytest.raises(ValueError, match=r"'part'.*condition of a while loop is neither one bit"):
        aer.run(part)
    with pytest.raises(ValueError, match="control flow"):
        QPIBackend(four_methods(executor_type="mock")).run(one)


def test_transpiling_keeps_a_box(four_methods: Callable) -> None:
    circuit = QuantumCircuit(1, 1)
    with circuit.box():
        circuit.x(0)
    circuit.measure(0, 0)
    for kind in ("mock", "qiskit_aer", None):
        backend = QPIBackend(four_methods(executor_type=kind))
        assert set(backend.run(transpile(circuit, backend)).result().get_counts()) == {"1"}


def test_a_circuit_of_more_than_one_mebibyte_is_rejected(aer: QPIBackend) -> None:
    circuit = QuantumCircuit(2, 2, name="long")
    for step in range(45_000):
        circuit.rx(0.123456789012345 + step, 0)
    circuit.measure(0, 0)
    with pytest.raises(ValueError, match=r"'long'\) takes 1\.\d MiB as OpenQASM; a job's limit is 1 MiB"):
        aer.run([measured(1), circuit])
    assert not aer.client.sent


def test_more_bits_than_the_server_can_store_are_rejected(four_methods: Callable) -> None:
    for kind in ("qiskit_aer", "mock"):
        backend = QPIBackend(four_methods(executor_type=kind))
        with pytest.raises(ValueError, match="measures 15 classical bits; this server loses results of more than 14"):
            backend.run(measured(15))
        assert not backend.client.sent
        assert sum(backend.run(measured(15), max_classical_bits=16).result().get_counts().values()) == 1024
    backend = QPIBackend(four_methods())
    assert sum(backend.run(measured(15)).result().get_counts().values()) == 1024


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"status": "offline"}, "'sim' is offline"),
        ({"status": "maintenance"}, "'sim' is in maintenance"),
        ({"enabled": False}, "'sim' is disabled"),
    ],
)
def test_an_unavailable_qpu_is_a_warning_and_an_error_in_strict_mode(
    four_methods: Callable, state: dict, words: str
) -> None:
    backend = QPIBackend(four_methods(**state), "sim")
    with pytest.warns(QPIWarning, match=words):
        backend.run(measured(1))
    assert len(backend.client.sent) == 1
    with pytest.raises(QPUUnavailable, match=words):
        backend.run(measured(1), strict=True)
    backend.set_options(strict=True)
    with pytest.raises(RuntimeError, match="Nothing was sent"):
        backend.run(measured(1))
    assert len(backend.client.sent) == 1


def test_openqasm_text_gets_a_missing_version_and_needs_its_include(scripted: Callable) -> None:
    backend = QPIBackend(scripted("pending"))
    backend.run(qasm='include "stdgates.inc"; qubit[1] q; bit[1] c; x q[0]; c = measure q;')
    sent = 'OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; bit[1] c; x q[0]; c = measure q;'
    assert backend.client.sent[0]["circuits"] == [{"circuit": sent}]
    with pytest.raises(ValueError, match=r"line 1.*gate 'x' is not defined\. Include \"stdgates\.inc\""):
        backend.run(qasm="qubit[1] q; x q[0];")
    with pytest.raises(ValueError, match="empty"):
        backend.run(qasm="  \n")
    with pytest.raises(TypeError, match="circuits go into"):
        backend.run(qasm=measured(1))  # type: ignore[arg-type]


def test_an_unknown_option_suggests_the_nearest(aer: QPIBackend, four_methods: Callable) -> None:
    with pytest.raises(TypeError, match=r"run\(\).*'shoots'; did you mean 'shots'"):
        aer.run(measured(1), shoots=7)
    with pytest.raises(TypeError, match="did you mean 'meas_level'"):
        aer.set_options(measlevel=1)
    with pytest.raises(TypeError, match="did you mean 'memory'"):
        QPIBackend(four_methods(), memmory=True)
    with pytest.raises(TypeError, match=r"unknown option 'optimization_level'; there are .*shots") as refused:
        aer.run(measured(1), optimization_level=3)
    assert "did you mean" not in str(refused.value), "nothing is near it"
    assert issubclass(UnknownOption, AttributeError), "what Qiskit's backends raise"


@pytest.mark.parametrize(
    "wrong", [{"shots": 0}, {"meas_level": 3}, {"meas_return": "all"}, {"memory": "yes"}, {"strict": 2}]
)
def test_invalid_option_values_are_rejected_wherever_they_are_given(four_methods: Callable, wrong: dict) -> None:
    (name,) = wrong
    client = four_methods()
    with pytest.raises(ValueError, match=name):
        QPIBackend(client, **wrong)
    with pytest.raises(ValueError, match=name):
        QPIBackend(client).set_options(**wrong)
    with pytest.raises(ValueError, match=name):
        QPIBackend(client).run(measured(1), **wrong)
    assert not client.sent


def test_run_options_override_backend_options(four_methods: Callable) -> None:
    backend = QPIBackend(four_methods(), shots=11, memory=True)
    result = backend.run(measured(1)).result()
    assert len(result.get_memory()) == 11
    backend.set_options(shots=12, memory=False)
    assert backend.run(measured(1)).result().results[0].shots == 12
    assert backend.run(measured(1), shots=13).result().results[0].shots == 13
    assert backend.options.shots == 12


def test_a_seed_has_no_effect_and_warns(aer: QPIBackend) -> None:
    with pytest.warns(QPIWarning, match="seed"):
        aer.run(measured(1), seed_simulator=5)


def test_errors_print_as_plain_sentences() -> None:
    error = CircuitRefused("circuit 0 ('x') measures nothing.")
    assert isinstance(error, QiskitError)
    assert str(error) == "circuit 0 ('x') measures nothing."
    for made in (error, QPIJobError("late"), QPIJobTimeoutError("later"), QPUUnavailable("off")):
        assert str(copy.copy(made)) == str(made) == made.message
        assert isinstance(made, QPIError)
