"""What programs written for the older client rely on, with a client of four methods."""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.providers import BackendV2, JobStatus, JobV1

from qpi_client.provider import QPIBackend, QPIJob, QPIWarning


@pytest.fixture
def client() -> MagicMock:
    """Return a mock. A mock accepts every call, so nothing but the four methods may be relied on."""
    client = MagicMock()
    client.get_qpu.return_value = {"num_qubits": 5}
    client.submit_job.return_value = "job-1"
    return client


def completed(results: object) -> dict:
    return {"id": "job-1", "status": "completed", "results": results}


def test_a_backend_takes_its_size_from_the_server(client: MagicMock) -> None:
    backend = QPIBackend(client, "mock")
    client.get_qpu.assert_called_once_with("mock")
    assert isinstance(backend, BackendV2)
    assert (backend.name, backend.num_qubits, backend.target.num_qubits) == ("mock", 5, 5)
    assert backend.max_circuits is None
    assert (backend.options.shots, backend.options.meas_level, backend.options.meas_return) == (1024, 2, "single")
    assert QPIBackend(client).name == "qpi"


@pytest.mark.parametrize("answer", [{}, {"num_qubits": None}, {"num_qubits": "many"}, {"num_qubits": 0}, None])
def test_a_qpu_without_a_size_is_an_error(client: MagicMock, answer: object) -> None:
    client.get_qpu.return_value = answer
    with pytest.raises(RuntimeError, match="QPU 'mock' has no valid num_qubits"):
        QPIBackend(client, "mock")


def test_a_circuit_is_submitted_by_keyword(client: MagicMock, bell: QuantumCircuit) -> None:
    job = QPIBackend(client).run(bell, shots=4096)
    assert isinstance(job, JobV1)
    assert (job.id, job.job_id()) == ("job-1", "job-1")
    assert job.backend().name == "qpi"
    assert not client.submit_job.call_args.args
    sent = client.submit_job.call_args.kwargs
    assert set(sent) == {"circuits", "shots", "meas_level", "meas_return"}
    assert (sent["shots"], sent["meas_level"], sent["meas_return"]) == (4096, 2, "single")
    (payload,) = sent["circuits"]
    assert set(payload) == {"circuit"}
    assert payload["circuit"].startswith("OPENQASM 3")


def test_the_target_is_the_id_of_the_qpu(client: MagicMock, bell: QuantumCircuit) -> None:
    client.get_qpu.return_value = {"id": "abc", "num_qubits": 5}
    QPIBackend(client, "mock").run([bell, bell])
    assert client.submit_job.call_args.kwargs["qpu_target"] == "abc"
    assert len(client.submit_job.call_args.kwargs["circuits"]) == 2


def test_exactly_one_of_circuit_and_qasm_is_required(client: MagicMock, bell: QuantumCircuit) -> None:
    backend = QPIBackend(client)
    with pytest.raises(ValueError, match="Either"):
        backend.run()
    with pytest.raises(ValueError, match="Only one of 'circuit' or 'qasm' should be provided"):
        backend.run(bell, qasm="OPENQASM 3.0;")
    client.submit_job.assert_not_called()


def test_a_binding_is_applied_and_its_values_are_sent_too(client: MagicMock) -> None:
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(1, 1)
    circuit.rx(b, 0)
    circuit.rz(a, 0)
    circuit.measure(0, 0)
    QPIBackend(client).run(circuit, parameter_values=[{b: 0.25, a: 0.5}])
    (payload,) = client.submit_job.call_args.kwargs["circuits"]
    assert payload["parameter_values"] == [[0.5, 0.25]]
    assert "rx(0.25)" in payload["circuit"]
    assert "input" not in payload["circuit"]


@pytest.mark.parametrize(
    ("inputs", "given", "sent"), [("ab", [0.5, 1.0], [[0.5, 1.0]]), ("a", [[0.5], [1.0]], [[0.5], [1.0]])]
)
def test_openqasm_text_is_sent_unchanged(client: MagicMock, inputs: str, given: list, sent: list) -> None:
    declared = "".join(f"input float[64] {name};\n" for name in inputs)
    text = f'OPENQASM 3.0;\ninclude "stdgates.inc";\n{declared}qubit[1] q;\nbit[1] c;\nrx(a) q[0];\nc = measure q;\n'
    QPIBackend(client).run(qasm=text, parameter_values=given)
    assert client.submit_job.call_args.kwargs["circuits"] == [{"circuit": text, "parameter_values": sent}]


def test_a_wider_circuit_is_sent_with_a_warning(client: MagicMock) -> None:
    backend = QPIBackend(client)
    wide = QuantumCircuit(7, 1)
    wide.measure(6, 0)
    with pytest.warns(QPIWarning, match="7 qubits and QPU 'qpi' has 5"):
        backend.run(wide)
    assert (backend.num_qubits, backend.target.num_qubits) == (5, 5)
    client.submit_job.assert_called_once()


def test_a_job_can_be_made_without_a_backend(client: MagicMock) -> None:
    client.get_job.return_value = completed({"counts": {"0": 3, "1": 4}})
    job = QPIJob(None, "job-1", client)
    result = job.result(timeout=1, wait=0.01)
    assert (result.backend_name, result.job_id, result.success) == ("qpi", "job-1", True)
    assert result.get_counts() == {"0": 3, "1": 4}
    assert job.result() is result
    assert client.get_job.call_count == 1
    assert job.submit() is None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", JobStatus.QUEUED),
        ("queued", JobStatus.QUEUED),
        ("running", JobStatus.RUNNING),
        ("completed", JobStatus.DONE),
        ("failed", JobStatus.ERROR),
        ("cancelled", JobStatus.CANCELLED),
    ],
)
def test_server_statuses_are_mapped_to_qiskit_statuses(client: MagicMock, word: str, status: JobStatus) -> None:
    client.get_job.return_value = {"status": word}
    assert QPIJob(None, "job-1", client).status() is status


@pytest.mark.parametrize("word", ["exploded", "", None, 7])
def test_an_unknown_status_is_an_error_that_names_it(client: MagicMock, word: object) -> None:
    client.get_job.side_effect = [{"status": word}, {"status": word}, completed({"counts": {"1": 1}})]
    job = QPIJob(None, "job-1", client)
    with pytest.warns(QPIWarning, match=repr(word)):
        assert job.status() is JobStatus.ERROR
    assert job.result(wait=0.001).get_counts() == {"1": 1}


@pytest.mark.parametrize(
    ("results", "counts"),
    [
        ({"circuit_results": [{"counts": {"00": 1, "01": 0, "11": 2}}]}, {"0x0": 1, "0x3": 2}),
        ({"counts": {"011": 5}, "shots": 5}, {"0x3": 5}),
        ([{"counts": {"0x1F": 5}}], {"0x1f": 5}),
        ({"hex_counts": {"0x2": 5}}, {"0x2": 5}),
        ({"counts": {2: 5}}, {"0x2": 5}),
    ],
)
def test_counts_of_every_kind_become_hex(client: MagicMock, results: object, counts: dict) -> None:
    client.get_job.return_value = completed(results)
    result = QPIJob(None, "job-1", client).result()
    assert result.data(0)["counts"] == counts
    assert result.results[0].shots == sum(counts.values())
    assert {int(bits, 2): count for bits, count in result.get_counts().items()} == {
        int(bits, 16): count for bits, count in counts.items()
    }


def test_bitstrings_keep_their_leading_zeros(client: MagicMock) -> None:
    client.get_job.return_value = completed({"counts": {"0010": 5, "0000": 1}})
    assert QPIJob(None, "job-1", client).result().get_counts() == {"0010": 5, "0000": 1}


def test_memory_shots_and_header_are_carried(client: MagicMock) -> None:
    header = {"name": "mine", "memory_slots": 2, "creg_sizes": [["c", 2]], "calibration": 7}
    entry = {"counts": {"01": 2}, "memory": ["0x1", "0x1"], "shots": 2, "header": header}
    client.get_job.return_value = completed({"circuit_results": [entry]})
    result = QPIJob(None, "job-1", client).result()
    assert result.get_memory("mine") == ["01", "01"]
    assert result.results[0].header["calibration"] == 7
    assert result.results[0].shots == 2


def test_missing_results_are_not_a_success(client: MagicMock) -> None:
    client.get_job.return_value = completed(None)
    result = QPIJob(None, "job-1", client).result()
    assert not result.success
    assert [experiment.success for experiment in result.results] == [False]


def test_failure_and_cancellation_are_runtime_errors(client: MagicMock) -> None:
    client.get_job.return_value = {"status": "failed", "results": {"error": "no helium"}}
    with pytest.raises(RuntimeError, match="no helium"):
        QPIJob(None, "job-1", client).result()
    client.get_job.return_value = {"status": "cancelled"}
    with pytest.raises(RuntimeError, match="cancelled"):
        QPIJob(None, "job-1", client).result()


def test_a_time_limit_is_a_timeout_error(client: MagicMock) -> None:
    client.get_job.return_value = {"status": "running"}
    with pytest.raises(TimeoutError, match="job continues"):
        QPIJob(None, "job-1", client).result(timeout=0.02, wait=0.01)


def test_a_job_is_cancelled_through_the_client(client: MagicMock) -> None:
    QPIBackend(client).job("job-9").cancel()
    client.cancel_job.assert_called_once_with("job-9")
