"""Circuits run on a real orchestrator with its real simulator and give correct results.

The circuits are those of Qiskit's own integration suite for providers, and those of experimentalists.
"""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from math import sqrt
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import QFTGate, efficient_su2
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2, StatevectorEstimator
from qiskit.providers import JobStatus
from qiskit.quantum_info import SparsePauliOp, Statevector

from qpi_client import QPIClient
from qpi_client.http import httpx
from qpi_client.provider import QPIBackend, QPIJob, QPIProvider, QPIWarning

WAIT = 60


@pytest.fixture(scope="module")
def account(new_user: Callable) -> Any:
    return new_user(seconds=1e6)


@pytest.fixture(scope="module")
def client(sandbox: Any, account: Any) -> Iterator[QPIClient]:
    with QPIClient(sandbox.url) as client:
        client.auth_with_password(account.identity, account.password)
        yield client


@pytest.fixture(scope="module")
def simulator(client: QPIClient, new_qpu: Callable) -> QPIBackend:
    """Return a QPU of 20 qubits that runs on Aer."""
    return QPIBackend(client, new_qpu(kind="qiskit_aer", num_qubits=20)["name"])


def close(count: int, shots: int, probability: float, sigmas: float = 5) -> bool:
    """Whether a count is within this many standard deviations of the expectation."""
    return abs(count - shots * probability) <= sigmas * sqrt(shots * probability * (1 - probability)) + 1e-9


def test_the_driver_determines_the_target(client: QPIClient, simulator: QPIBackend, new_qpu: Callable) -> None:
    assert "if_else" in simulator.operation_names
    plain = QPIBackend(client, new_qpu(kind="mock", num_qubits=5)["name"])
    assert "if_else" not in plain.operation_names
    assert plain.num_qubits == 5
    with pytest.raises(ValueError, match="a mock QPU has not"):
        plain.run(teleported())


# Split into jobs of this many widths each: a result of more than 1 MiB never arrives.
@pytest.mark.parametrize("widths", [range(1, 11), range(11, 12), range(12, 13)], ids=str)
def test_every_bit_of_every_width_is_in_its_place(simulator: QPIBackend, widths: range) -> None:
    circuits, expected = [], []
    for n in widths:
        for k in range(n):
            circuit = QuantumCircuit(n, n, name=f"X on {k} of {n}")
            circuit.x(k)
            circuit.measure(range(n), range(n))
            circuits.append(circuit)
            expected.append({format(1 << k, f"0{n}b"): 3})
    result = simulator.run(circuits, shots=3).result(timeout=WAIT)
    assert [result.get_counts(circuit) for circuit in circuits] == expected


@pytest.mark.parametrize("sizes", [[2, 3], [1, 4, 2]])
def test_registers_of_mixed_sizes_keep_their_bits(simulator: QPIBackend, sizes: list[int]) -> None:
    width = sum(sizes)
    circuits, expected = [], []
    for k in range(width):
        registers = [ClassicalRegister(size, name) for size, name in zip(sizes, "abc", strict=False)]
        circuit = QuantumCircuit(QuantumRegister(width, "q"), *registers, name=f"bit {k}")
        circuit.x(k)
        circuit.measure(range(width), range(width))
        bits, parts = format(1 << k, f"0{width}b"), []
        for size in sizes:
            bits, part = bits[:-size], bits[-size:]
            parts.append(part)
        circuits.append(circuit)
        expected.append({" ".join(reversed(parts)): 4})
    result = simulator.run(circuits, shots=4).result(timeout=WAIT)
    assert [result.get_counts(circuit) for circuit in circuits] == expected


def test_the_sampler_measures_a_bell_state(simulator: QPIBackend) -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    (result,) = BackendSamplerV2(backend=simulator).run([circuit], shots=2000).result()
    counts = result.data.meas.get_counts()
    assert set(counts) == {"00", "11"}
    assert sum(counts.values()) == 2000
    assert close(counts["00"], 2000, 0.5)


def test_the_sampler_keeps_registers_separate(simulator: QPIBackend) -> None:
    a, b = ClassicalRegister(1, "alpha"), ClassicalRegister(2, "beta")
    angle = Parameter("angle")
    circuit = QuantumCircuit(QuantumRegister(3), a, b)
    circuit.ry(angle, 0)
    circuit.x(2)
    circuit.measure([0, 1, 2], [0, 1, 2])
    (result,) = BackendSamplerV2(backend=simulator).run([(circuit, [[0.0], [np.pi]])], shots=50).result()
    assert result.data.beta.get_counts() == {"10": 100}
    assert [result.data.alpha.get_counts(i) for i in range(2)] == [{"0": 50}, {"1": 50}]


def test_the_estimator_measures_a_bell_state(simulator: QPIBackend) -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    estimator = BackendEstimatorV2(backend=simulator, options={"default_precision": 1 / sqrt(2000)})
    (result,) = estimator.run([(circuit, ["ZZ", "XX", "YY", "ZI"])]).result()
    for value, expected in zip(result.data.evs, [1, 1, -1, 0], strict=True):
        assert abs(value - expected) <= 5 / sqrt(2000)


def test_a_variational_energy_agrees_with_the_state_vector(simulator: QPIBackend) -> None:
    ansatz = efficient_su2(3, reps=1)
    values = np.linspace(0.1, 1.3, ansatz.num_parameters)
    energy = SparsePauliOp.from_list([("ZZI", 0.5), ("IXX", -0.7), ("IIZ", 0.3)])
    exact = StatevectorEstimator().run([(ansatz, energy, values)]).result()[0].data.evs
    compiled = transpile(ansatz, simulator, optimization_level=1)
    estimator = BackendEstimatorV2(backend=simulator, options={"default_precision": 1 / sqrt(4000)})
    measured = estimator.run([(compiled, energy.apply_layout(compiled.layout), values)]).result()[0].data.evs
    assert abs(measured - exact) <= 5 * (0.5 + 0.7 + 0.3) / sqrt(4000)


def test_a_grid_of_two_parameters_is_swept(simulator: QPIBackend) -> None:
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(2, 2)
    circuit.ry(a, 0)
    circuit.ry(b, 1)
    circuit.measure([0, 1], [0, 1])
    grid = [{a: x, b: y} for x in np.linspace(0, np.pi, 4) for y in np.linspace(0, np.pi, 3)]
    result = simulator.run(circuit, shots=1000, parameter_values=grid).result(timeout=WAIT)
    assert len(result.results) == 12
    for index, point in enumerate(grid):
        both = result.get_counts(index).get("11", 0)
        assert close(both, 1000, float(np.sin(point[a] / 2) ** 2 * np.sin(point[b] / 2) ** 2))


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_transpiled_circuits_give_the_distribution_of_the_original(simulator: QPIBackend, level: int) -> None:
    ghz = QuantumCircuit(4, name="ghz")
    ghz.h(0)
    for qubit in range(3):
        ghz.cx(qubit, qubit + 1)
    fourier = QuantumCircuit(3, name="fourier")
    fourier.x(0)
    fourier.append(QFTGate(3).inverse(), range(3))
    prepared = QuantumCircuit(2, name="prepared")
    prepared.initialize(np.array([1, 0, -1j, 1]) / sqrt(3), [0, 1])
    written = [ghz, fourier, prepared]
    measured = [circuit.measure_all(inplace=False) for circuit in written]
    compiled = transpile(measured, simulator, optimization_level=level, seed_transpiler=2)
    assert [circuit.num_qubits for circuit in compiled] == [4, 3, 2]
    result = simulator.run(compiled, shots=2000).result(timeout=WAIT)
    for index, circuit in enumerate(written):
        ideal = Statevector(prepared_state(circuit)).probabilities_dict()
        counts = result.get_counts(index)
        assert sum(counts.values()) == 2000
        assert all(close(counts.get(bits, 0), 2000, min(p, 1.0)) for bits, p in ideal.items())


def prepared_state(circuit: QuantumCircuit) -> Any:
    """Return the state that a circuit prepares. Resetting fresh qubits has no effect."""
    if circuit.name != "prepared":
        return circuit
    return np.array([1, 0, -1j, 1]) / sqrt(3)


def teleported() -> QuantumCircuit:
    """Return the state 1 teleported over a Bell pair, corrected by the measurements."""
    crz, crx, out = (ClassicalRegister(1, name) for name in ("crz", "crx", "out"))
    circuit = QuantumCircuit(QuantumRegister(3), crz, crx, out, name="teleported")
    circuit.x(0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure(0, crz)
    circuit.measure(1, crx)
    with circuit.if_test((crx, 1)):
        circuit.x(2)
    with circuit.if_test((crz, 1)):
        circuit.z(2)
    circuit.measure(2, out)
    return circuit


def test_mid_circuit_measurements_control_later_gates(simulator: QPIBackend) -> None:
    counts = simulator.run(teleported(), shots=400).result(timeout=WAIT).get_counts()
    assert {key.split(" ")[0] for key in counts} == {"1"}
    assert len(counts) == 4
    compiled = transpile(teleported(), simulator, optimization_level=2)
    counts = simulator.run(compiled, shots=50).result(timeout=WAIT).get_counts()
    assert {key.split(" ")[0] for key in counts} == {"1"}


def test_a_measured_qubit_can_be_reused(simulator: QPIBackend) -> None:
    circuit = QuantumCircuit(1, 3)
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.measure(0, 1)
    circuit.x(0)
    circuit.measure(0, 2)
    assert simulator.run(circuit, shots=20).result(timeout=WAIT).get_counts() == {"101": 20}


def test_memory_has_one_entry_per_shot(simulator: QPIBackend) -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    result = simulator.run([circuit, circuit], shots=[30, 70], memory=True).result(timeout=WAIT)
    assert [len(result.get_memory(i)) for i in range(2)] == [30, 70]
    assert [sum(result.get_counts(i).values()) for i in range(2)] == [30, 70]


def test_level_one_returns_iq_points(simulator: QPIBackend) -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.x(1)
    circuit.measure(range(3), range(3))
    single = simulator.run(circuit, shots=40, meas_level=1).result(timeout=WAIT).get_memory()
    average = simulator.run(circuit, shots=40, meas_level=1, meas_return="avg").result(timeout=WAIT).get_memory()
    assert (single.shape, average.shape) == ((40, 3), (3,))
    assert np.iscomplexobj(single)
    assert abs(single[:, 1].mean() - single[:, 0].mean()) > 0.5
    assert abs(average[1] - average[0]) > 0.5


def test_the_server_binds_values_in_raw_openqasm(simulator: QPIBackend) -> None:
    text = (
        'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float[64] theta;\n'
        "qubit[1] q;\nbit[1] c;\nrx(theta) q[0];\nc[0] = measure q[0];\n"
    )
    job = simulator.run(qasm=text, shots=10, parameter_values=[[0.0], [np.pi]])
    result = job.result(timeout=WAIT)
    assert [result.get_counts(i) for i in range(2)] == [{"0": 10}, {"1": 10}]


def test_a_failed_job_reports_the_reason(simulator: QPIBackend) -> None:
    wrong = [{"circuit": "this is not OpenQASM"}]
    job = simulator.job(simulator.client.submit_job(wrong, qpu_target=simulator.qpu_id))
    with pytest.raises(RuntimeError, match="Failed to parse QASM circuit"):
        job.result(timeout=WAIT)
    assert job.status() is JobStatus.ERROR
    assert "Failed to parse" in (job.error_message() or "")


def test_a_job_can_be_fetched_in_another_process(sandbox: Any, account: Any, simulator: QPIBackend) -> None:
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"), name="kept")
    circuit.x(2)
    circuit.measure(range(3), range(3))
    job = simulator.run(circuit, shots=6)
    program = (
        "import sys\nfrom qpi_client import QPIClient\n"
        "url, who, secret, job_id = sys.stdin.read().split()\n"
        "with QPIClient(url) as client:\n"
        "    client.auth_with_password(who, secret)\n"
        "    result = client.job(job_id).result(timeout=60)\n"
        "    print(result.get_counts('kept'), result.backend_name)\n"
    )
    given = f"{sandbox.url} {account.identity} {account.password} {job.id}"
    done = subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, text=True, timeout=WAIT)
    assert done.stdout.strip() == "{'10 0': 6} qpi", done.stderr


def test_a_job_runs_to_completion_with_dates_and_duration(
    client: QPIClient, simulator: QPIBackend, new_qpu: Callable
) -> None:
    job = simulator.run(teleported(), shots=5)
    job.wait_for_final_state(timeout=WAIT)
    assert job.done()
    assert job.creation_date is not None
    assert (job.duration or 0) > 0
    result = job.result()
    assert result.time_taken == job.duration
    with pytest.warns(QPIWarning, match="is completed"):
        assert job.cancel() is False
    waiting = QPIBackend(client, new_qpu(online=False)["name"])
    bell = QuantumCircuit(1, 1)
    bell.measure(0, 0)
    with pytest.warns(QPIWarning, match="offline"):
        first, second = waiting.run(bell), waiting.run(bell)
    assert (first.queue_position(), second.queue_position()) == (1, 2)
    assert first.cancel() is True
    assert first.status() is JobStatus.CANCELLED
    assert second.queue_position() == 1
    with pytest.raises(RuntimeError, match="cancelled"):
        first.result(timeout=WAIT)
    with pytest.warns(QPIWarning, match="cancelled already"):
        assert first.cancel() is False
    with pytest.raises(TimeoutError):
        second.result(timeout=0.3)
    with pytest.raises(RuntimeError, match="offline"):
        waiting.run(bell, strict=True)
    assert second.cancel()


def test_backends_are_listed_and_filtered(client: QPIClient, simulator: QPIBackend, new_qpu: Callable) -> None:
    from qiskit.providers.exceptions import QiskitBackendNotFoundError

    off = new_qpu(online=False, num_qubits=30)["name"]
    provider = QPIProvider(client)
    names = [backend.name for backend in provider.backends()]
    assert names == sorted(names)
    assert {simulator.name, off} <= set(names)
    assert off not in [backend.name for backend in provider.backends(online=True)]
    assert [backend.name for backend in provider.backends(min_num_qubits=30)] == [off]
    found = provider.get_backend(simulator.name, shots=9)
    assert (found.qpu_id, found.options.shots, found.provider) == (simulator.qpu_id, 9, provider)
    assert provider.get_backend(str(simulator.qpu_id)).name == simulator.name
    best = provider.least_busy(min_num_qubits=20)
    assert best.num_qubits >= 20
    assert best.name != off
    with pytest.raises(QiskitBackendNotFoundError, match=simulator.name):
        provider.get_backend(simulator.name + "x")
    with pytest.raises(QiskitBackendNotFoundError, match="500 qubits"):
        provider.least_busy(min_num_qubits=500)
    new_qpu(online=False, name=off)
    with pytest.raises(QiskitBackendNotFoundError, match=f"2 QPUs are named '{off}'"):
        provider.get_backend(off)


def test_with_an_api_token_missing_results_are_reported(sandbox: Any, client: QPIClient) -> None:
    token = client.create_token("notebook")["token"]
    with QPIClient(sandbox.url, api_token=token) as other:
        job = QPIProvider(client).least_busy().run(teleported(), shots=4)
        job.wait_for_final_state(timeout=WAIT)
        assert QPIJob(None, job.id, other).status() is JobStatus.DONE
        with pytest.raises(RuntimeError, match=r"not to an API token. Sign in with auth_with_password\.$"):
            QPIJob(None, job.id, other).result(timeout=WAIT)


def test_a_pickled_backend_contains_no_secret(account: Any, client: QPIClient, simulator: QPIBackend) -> None:
    provider = QPIProvider(client)
    backend = provider.get_backend(simulator.name, shots=7)
    kept = pickle.dumps(backend)
    assert client.session_token().encode() not in kept
    assert account.password.encode() not in kept
    restored = pickle.loads(kept)  # noqa: S301  # made three lines above
    assert (restored.name, restored.qpu_id, restored.options.shots) == (backend.name, backend.qpu_id, 7)
    assert restored.client.session is None
    with pytest.raises(httpx.HTTPError):
        restored.run(teleported())
    restored.client.auth_with_password(account.identity, account.password)
    assert restored.run(teleported()).result(timeout=WAIT).results[0].shots == 7
    restored.client.close()
    assert copy.deepcopy(backend).client is client


def test_circuits_run_on_the_older_server_generation() -> None:
    from qpi_sandbox import Sandbox

    with Sandbox(seed=1, jobs=1, users=2, generation="v0.0", tick=0.1) as older, QPIClient(older.url) as client:
        account = older.users[0]
        client.auth_with_password(account.identity, account.password)
        provider = QPIProvider(client)
        (backend,) = [one for one in provider.backends(min_num_qubits=20) if "if_else" in one.operation_names]
        circuits = [teleported(), QuantumCircuit(3, name="flip")]
        circuits[1].x(1)
        circuits[1].measure_all()
        result = backend.run(circuits, shots=5).result(timeout=WAIT)
        assert result.get_counts("flip") == {"010": 5}
        assert {key.split(" ")[0] for key in result.get_counts("teleported")} == {"1"}
        hardware = next(one for one in provider.backends(online=True) if "if_else" not in one.operation_names)
        with pytest.raises(ValueError, match="has control flow"):
            hardware.run(teleported())
