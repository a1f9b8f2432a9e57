"""Registers, sweeps, memory and dynamic circuits: circuits are flattened to be sent, and results have the shape of the
original.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm3
from qiskit.circuit import Clbit, Parameter, ParameterVector
from qiskit.circuit.classical import expr
from qiskit_aer import AerSimulator

from qpi_client.provider import QPIBackend, submission
from qpi_client.provider.export import prepare
from qpi_client.provider.sweeps import bindings_for


def flips(values: list[int], registers: list[int]) -> QuantumCircuit:
    """Return a circuit with one X for each 1, every qubit measured into registers of these sizes."""
    cregs = [ClassicalRegister(size, f"r{i}") for i, size in enumerate(registers)]
    circuit = QuantumCircuit(QuantumRegister(len(values), "q"), *cregs, name="flips")
    for qubit, value in enumerate(values):
        if value:
            circuit.x(qubit)
    circuit.measure(range(len(values)), range(len(values)))
    return circuit


@pytest.mark.parametrize("registers", [[1, 2], [2, 3], [3, 1, 2], [1, 1, 1, 1]])
def test_counts_keep_the_order_of_registers_and_the_spaces_between_them(aer: QPIBackend, registers: list[int]) -> None:
    width = sum(registers)
    circuits = [flips([int(i == k) for i in range(width)], registers) for k in range(width)]
    local = AerSimulator().run(circuits, shots=5).result()
    result = aer.run(circuits, shots=5).result()
    fetched = aer.job(result.job_id).result()
    for k in range(width):
        assert result.get_counts(k) == local.get_counts(k) == fetched.get_counts(k)
    assert fetched.results[0].header["creg_sizes"] == [[f"r{i}", size] for i, size in enumerate(registers)]


def test_counts_of_loose_and_shared_bits_have_no_spaces(aer: QPIBackend) -> None:
    loose = QuantumCircuit(2, name="loose")
    loose.add_bits([Clbit(), Clbit()])
    loose.x(1)
    loose.measure([0, 1], [0, 1])
    shared = QuantumCircuit(2, name="shared")
    first = ClassicalRegister(2, "first")
    shared.add_register(first, ClassicalRegister(name="second", bits=[first[1], first[0]]))
    shared.x(1)
    shared.measure([0, 1], first)
    result = aer.run([loose, shared], shots=3).result()
    assert [result.get_counts(i) for i in range(2)] == [{"10": 3}, {"10": 3}]


def test_results_are_found_by_circuit_name_and_index(aer: QPIBackend) -> None:
    one, two = flips([1, 0], [2]), flips([0, 1], [2])
    two.name = 'two "quoted"\n// qpi:{}'
    two.metadata = {"experiment": 7}
    result = aer.run(run_input=[one, two], shots=3).result()
    assert result.get_counts(two) == result.get_counts(two.name) == result.get_counts(1) == {"10": 3}
    assert result.get_counts(one) == {"01": 3}
    assert result.results[1].header["metadata"] == {"experiment": 7}
    assert aer.job(result.job_id).result().get_counts(two) == {"10": 3}


def test_memory_contains_the_counts_in_any_order(aer: QPIBackend, bell: QuantumCircuit) -> None:
    job = aer.run(bell, shots=400, memory=True)
    result = job.result()
    memory = result.get_memory()
    assert len(memory) == 400
    assert {bits: memory.count(bits) for bits in set(memory)} == result.get_counts()
    assert result.results[0].header["memory_order"] == "unspecified"
    assert len(set(memory[:50])) == 2, "a slice is a fair sample"
    assert aer.job(job.id, memory=True).result().get_memory() == memory
    assert not hasattr(aer.run(bell).result().results[0].data, "memory")


def test_a_long_parameter_vector_keeps_its_order(aer: QPIBackend) -> None:
    vector = ParameterVector("t", 12)
    circuit = QuantumCircuit(12)
    for qubit in range(12):
        circuit.rx(vector[qubit], qubit)
    circuit.measure_all()
    grid = np.pi * np.eye(12)
    expected = [{format(1 << k, "012b"): 9} for k in range(12)]
    for values in (grid, list(grid), [{vector: row} for row in grid], [{"t": list(row)} for row in grid]):
        result = aer.run(circuit, shots=9, parameter_values=values).result()
        assert [result.get_counts(k) for k in range(12)] == expected


def test_every_form_of_parameter_sweep_is_accepted() -> None:
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(1, 1)
    circuit.rx(b, 0)
    circuit.rz(a, 0)
    circuit.measure(0, 0)
    one, two = {a: 1.0, b: 2.0}, {a: 3.0, b: 4.0}

    def sets(given: object, *circuits: QuantumCircuit) -> list:
        return [[binding.values for binding in each] for each in bindings_for(circuits or [circuit], given)]

    assert sets([1, 2]) == sets([[1, 2]]) == sets({a: 1, "b": 2}) == sets([{"a": 1, b: np.float32(2)}]) == [[one]]
    assert sets([[1, 2], (3, 4)]) == sets([one, two]) == sets({a: [1, 3], b: (2, 4)}) == [[one, two]]
    assert sets([[[1, 2], [3, 4]]]) == sets([{a: [1, 3], b: [2, 4]}]) == [[one, two]]
    assert sets({a: 1, b: [2, 4]}) == [[one, {a: 1.0, b: 4.0}]]
    plain = QuantumCircuit(1, 1)
    assert sets([[1, 2], None], circuit, plain) == sets([one], circuit, plain) == [[one], [{}]]
    assert sets([[one, two], [3, 4]], circuit, circuit) == [[one, two], [two]]


def test_a_parameter_grid_gives_one_experiment_each(aer: QPIBackend) -> None:
    theta = Parameter("θ")
    circuit = QuantumCircuit(1, 1, name="rabi")
    circuit.ry(theta, 0)
    circuit.measure(0, 0)
    angles = np.linspace(0, np.pi, 9)
    result = aer.run(circuit, shots=4000, parameter_values={theta: angles}).result()
    assert len(result.results) == 9
    for k, angle in enumerate(angles):
        share = result.get_counts(k).get("1", 0) / 4000
        assert abs(share - np.sin(angle / 2) ** 2) <= 5 * 0.5 / np.sqrt(4000)


def test_gates_of_every_kind_are_translated_to_standard_gates(four_methods: Callable) -> None:
    backend = QPIBackend(four_methods(executor_type="mock"))
    circuit = QuantumCircuit(3, 3, name="mixed")
    circuit.initialize([0, 1, 0, 0], [0, 1])
    circuit.unitary([[0, 1], [1, 0]], [1])
    circuit.mcx([0, 1], 2)
    circuit.rzz(0.3, 0, 1)
    circuit.iswap(0, 1)
    circuit.sxdg(0)
    circuit.sx(0)
    circuit.global_phase = 1.0
    circuit.measure(range(3), range(3))
    assert backend.run(circuit, shots=6).result().get_counts() == {"111": 6}
    text = backend.client.sent[-1]["circuits"][0]["circuit"]
    assert "gate " not in text
    assert "gphase" not in text


def test_boxes_and_instructions_with_measurements_are_inlined(four_methods: Callable) -> None:
    inner = QuantumCircuit(1, 1)
    inner.x(0)
    inner.measure(0, 0)
    circuit = QuantumCircuit(2, 2)
    circuit.append(inner.to_instruction(), [1], [1])
    with circuit.box():
        circuit.unitary([[0, 1], [1, 0]], [0])
        circuit.measure(0, 0)
    backend = QPIBackend(four_methods(executor_type="mock"))
    assert backend.run(circuit, shots=3).result().get_counts() == {"11": 3}
    assert "box" not in backend.client.sent[-1]["circuits"][0]["circuit"]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_conditions_on_anything_become_conditions_on_bits(data: st.DataObject) -> None:
    """The outcomes equal those that Aer gives for the original circuit."""
    a, b = ClassicalRegister(2, "a"), ClassicalRegister(2, "b")
    out = ClassicalRegister(2, "out")
    circuit = QuantumCircuit(QuantumRegister(6), a, b, out)
    for qubit in range(4):
        if data.draw(st.booleans()):
            circuit.x(qubit)
    circuit.measure(range(4), range(4))
    number = st.integers(0, 3)
    condition = data.draw(
        st.sampled_from(
            [
                lambda: (a[1], 1),
                lambda: (b, data.draw(number)),
                lambda: expr.less(a, b),
                lambda: expr.logic_or(a[0], expr.logic_not(b[1])),
                lambda: expr.equal(expr.bit_xor(a, b), data.draw(number)),
                lambda: expr.logic_and(expr.greater_equal(a, data.draw(number)), b[0]),
                lambda: expr.not_equal(expr.bit_not(a), b),
            ]
        )
    )()
    with circuit.if_test(condition) as otherwise:
        circuit.x(4)
        with circuit.switch(b) as case:
            with case(data.draw(number)):
                circuit.measure(4, b[0])
                circuit.x(5)
            with case(case.DEFAULT):
                circuit.h(5)
                circuit.h(5)
    with otherwise, circuit.for_loop(range(data.draw(number))):
        circuit.x(5)
    circuit.measure([4, 5], out)
    sent = prepare(circuit, "qiskit_aer", "circuit 0").qasm({})
    assert "&&" not in sent
    assert "switch" not in sent
    simulator = AerSimulator()
    written = simulator.run(circuit, shots=3).result().get_counts()
    loaded = simulator.run(qasm3.loads(sent), shots=3).result().get_counts()
    assert {key.replace(" ", ""): count for key, count in written.items()} == loaded


def test_a_batch_over_the_limit_is_split_into_jobs_with_one_result(
    aer: QPIBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "MAX_BODY", 8_000)
    circuits = []
    for k in range(6):
        circuit = QuantumCircuit(3, 3, name=f"part {k}", metadata={"k": k})
        for step in range(100):
            circuit.rz(0.123456789012345 + step, 0)
        if k % 2:
            circuit.x(k // 2)
        circuit.measure(range(3), range(3))
        circuits.append(circuit)
    job = aer.run(circuits, shots=4)
    assert len(job.job_ids) == len(aer.client.sent) > 1
    assert max(len(json.dumps(sent)) for sent in aer.client.sent) <= 8_000
    for result in (job.result(), aer.job(job.id).result()):
        assert result.success
        assert [result.get_counts(f"part {k}") for k in range(6)] == [
            {"000" if k % 2 == 0 else format(1 << k // 2, "03b"): 4} for k in range(6)
        ]
    assert [experiment.header["metadata"] for experiment in job.result().results] == [{"k": k} for k in range(6)]
    assert job.duration == pytest.approx(0.25 * len(job.job_ids))


def test_results_too_large_for_one_job_are_split(aer: QPIBackend) -> None:
    circuits = [flips([0] * 11, [11]) for _ in range(40)]
    job = aer.run(circuits, shots=5)
    assert len(job.job_ids) > 1
    assert sum(len(sent["circuits"]) for sent in aer.client.sent) == 40
    assert all(experiment.success for experiment in job.result().results)
