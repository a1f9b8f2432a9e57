"""The sampler and the estimator: values agree with the simulator, and all pubs of a call run in one job."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister, Clbit, Parameter, QuantumRegister
from qiskit.primitives import StatevectorEstimator
from qiskit.providers import JobStatus
from qiskit.quantum_info import SparsePauliOp

from qpi_client.provider import CircuitRefused, QPIBackend, job_monitor

THETA, PHI = Parameter("theta"), Parameter("phi")


def backend_of(four_methods: Callable) -> QPIBackend:
    return QPIBackend(four_methods(executor_type="qiskit_aer"), "sim")


def ansatz() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.ry(THETA, 0)
    circuit.cx(0, 1)
    circuit.rz(PHI, 1)
    return circuit


def test_pubs_with_different_shots_run_in_one_job(four_methods: Callable, bell: QuantumCircuit) -> None:
    backend = backend_of(four_methods)
    turned = QuantumCircuit(1, metadata={"mine": 1})
    turned.rx(THETA, 0)
    turned.measure_all()
    angles = np.array([[0.0], [np.pi], [0.0]])
    job = backend.sampler().run([(bell, None, 100), (turned, angles, 50), turned.assign_parameters([np.pi])], shots=7)
    result = job.result()
    assert len(backend.client.sent) == 1
    assert result.metadata == {"version": 2, "job_ids": job.job_ids, "circuits": 5}
    assert set(next(iter(result[0].data.values())).get_counts()) <= {"00", "11"}
    assert result[0].metadata["shots"] == 100
    assert result[1].data.meas.shape == (3,)
    assert [result[1].data.meas.get_counts(i) for i in range(3)] == [{"0": 50}, {"1": 50}, {"0": 50}]
    assert result[1].metadata["circuit_metadata"] == {"mine": 1}
    assert result[2].data.meas.get_counts() == {"1": 7}
    assert job.done()
    assert job.in_final_state()


def test_registers_stay_correlated_shot_by_shot(four_methods: Callable) -> None:
    qubits, a, b = QuantumRegister(2), ClassicalRegister(1, "a"), ClassicalRegister(1, "b")
    circuit = QuantumCircuit(qubits, a, b)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure(0, a[0])
    circuit.measure(1, b[0])
    data = backend_of(four_methods).sampler().run([circuit], shots=200).result()[0].data
    assert np.array_equal(data.a.array, data.b.array)
    assert 0 < data.a.get_counts()["0"] < 200


def test_registers_that_share_bits_and_bits_without_a_register_are_sampled(four_methods: Callable) -> None:
    shared, loose = QuantumCircuit(3), QuantumCircuit(2)
    first = ClassicalRegister(2, "first")
    second = ClassicalRegister(name="second", bits=[first[1], first[0]])
    shared.add_register(first, second, ClassicalRegister(0, "none"), ClassicalRegister(1, "c"))
    shared.x([1, 2])
    shared.measure([0, 1, 2], [0, 1, 2])
    loose.add_bits([Clbit(), Clbit()])
    loose.add_register(ClassicalRegister(1, "last"))
    loose.x(1)
    loose.measure([0, 1], [0, 2])
    one, other = backend_of(four_methods).sampler().run([shared, loose], shots=5).result()
    # Compared bit by bit: Qiskit's own sampler assumes that the bits of a register are adjacent.
    found = {name: bits.get_bitstrings()[:1] for name, bits in one.data.items() if name != "none"}
    assert found == {"first": ["10"], "second": ["01"], "c": ["1"]}
    assert one.data["none"].num_bits == 0
    assert other.data["last"].get_counts() == {"1": 5}


def test_expectation_values_agree_with_the_state_vector(four_methods: Callable) -> None:
    backend = backend_of(four_methods)
    observables = [[SparsePauliOp(["ZZ", "XX", "YI"], [1.0, 0.5, -2.0])], [SparsePauliOp(["II", "IZ"], [3.0, 1.0])]]
    angles = np.array([[0.3, 0.2], [1.1, -0.4], [2.0, 0.9]])
    pub = (ansatz(), observables, angles)
    job = backend.estimator().run([(*pub, 0.02), (QuantumCircuit(1), "Z", None, 0.1)])
    result, exact = job.result(), StatevectorEstimator().run([pub]).result()[0].data.evs
    assert len(backend.client.sent) == 1
    assert result[0].data.evs.shape == exact.shape == (2, 3)
    assert np.all(np.abs(result[0].data.evs - exact) < 6 * np.maximum(result[0].data.stds, 0.02))
    assert result[0].metadata["shots"] == 2500
    assert (result[1].data.evs, result[1].data.stds) == (1.0, 0.0)
    assert result[1].metadata["shots"] == 100


def test_an_identity_observable_needs_no_job(four_methods: Callable) -> None:
    backend = backend_of(four_methods)
    job = backend.estimator().run([(QuantumCircuit(2), SparsePauliOp(["II"], [2.5]))])
    assert job.result()[0].data.evs == 2.5
    assert backend.client.sent == []
    assert job.status() is JobStatus.DONE


def test_invalid_pubs_are_rejected(four_methods: Callable) -> None:
    backend = backend_of(four_methods)
    with pytest.raises(CircuitRefused, match="measures nothing"):
        backend.sampler().run([QuantumCircuit(1)])
    with pytest.raises(CircuitRefused, match="precision must be above 0"):
        backend.estimator(default_precision=0).run([(QuantumCircuit(1), "Z")])
    assert backend.client.sent == []


def test_a_session_lists_its_jobs(four_methods: Callable, bell: QuantumCircuit) -> None:
    backend = backend_of(four_methods)
    with backend.session(shots=33) as session:
        session.run(bell)
        session.sampler().run([bell], shots=11).result()
        session.estimator().run([(QuantumCircuit(1), "Z", None, 0.5)]).result()
        assert [sum(each.get_counts(0).values()) for each in session.results(timeout=5)] == [33, 11, 4]
    session = backend.session()
    job = session.run(bell)
    backend.client.jobs[job.id]["status"] = "pending"
    with pytest.raises(KeyError), session:
        raise KeyError
    assert job.status() is JobStatus.CANCELLED


def test_a_job_is_monitored_line_by_line(four_methods: Callable, bell: QuantumCircuit) -> None:
    job = backend_of(four_methods).run(bell)
    output = io.StringIO()
    assert job_monitor(job, output=output) is JobStatus.DONE
    assert output.getvalue() == f"Job {job.id}: done, 0.25 s of QPU time\n"
