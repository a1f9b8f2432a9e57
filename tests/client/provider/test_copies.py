"""Jobs that are copied, stored or fetched by id: they take another client and know the metadata of their circuits."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2

from qpi_client.provider import QPIBackend, QPIJob, QPIJobError
from tests.client.provider.conftest import FourMethods


class Away:
    """A client without credentials that can be pickled."""

    def get_job(self, job_id: str) -> dict:
        raise PermissionError("nobody is signed in")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda job: pickle.loads(pickle.dumps(job))])  # noqa: S301
def test_a_copied_unfinished_job_can_be_given_a_client(scripted: Callable, copied: Callable) -> None:
    job = copied(QPIJob(None, "job-1,job-2", Away()))
    client = scripted({"status": "completed", "results": {"counts": {"0": 5}}})
    assert job.bind(client) is job
    assert job.client is client
    assert job.result(timeout=5, wait=0.01).get_counts() == [{"0": 5}, {"0": 5}]


def test_a_job_fetched_by_id_has_its_json_metadata(aer: QPIBackend, bell: QuantumCircuit) -> None:
    other, third = bell.copy(name="other"), bell.copy(name="third")
    bell.metadata = {"experiment_type": "T1", "qubits": [0], "xval": np.float64(0.5), "axis": np.arange(2)}
    other.metadata = {"cannot": {1j}}
    third.metadata = {"too": "l" * 20_000}
    job = aer.run([bell, other, third])
    results = aer.job(job.id).result().results
    kept = {"experiment_type": "T1", "qubits": [0], "xval": 0.5, "axis": [0, 1]}
    assert [result.header["metadata"] for result in results] == [kept, {}, {}]
    assert results[0].header["name"] == "bell"
    assert job.result().results[1].header["metadata"] == {"cannot": {1j}}, "this run still has its own"


class HalfCancelled(FourMethods):
    """A client that puts every circuit into a job of its own and cancels the second."""

    def submit_job(self, circuits: list, *args: object, **further: object) -> str:
        job_id = super().submit_job(circuits, *args, **further)  # type: ignore[arg-type]
        if len(self.jobs) == 2:
            self.cancel_job(job_id)
        return job_id


def test_a_sampler_reports_a_cancelled_part_of_a_split_run(
    bell: QuantumCircuit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qpi_client.provider.submission.MAX_BODY", 1200)
    backend = QPIBackend(HalfCancelled(), "sim")
    sampler = BackendSamplerV2(backend=backend)
    monkeypatch.setattr("qpi_client.provider.tracking.REVIVAL_SECONDS", 0)
    with pytest.raises(QPIJobError, match="was cancelled"):
        sampler.run([bell] * 4, shots=10).result()
    assert len(backend.client.jobs) > 1


def test_a_backend_from_a_client_has_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    from qpi_client import QPIClient

    client = QPIClient("http://127.0.0.1:9")
    monkeypatch.setattr(QPIClient, "get_qpu", lambda self, name: {"id": "q", "name": name, "num_qubits": 3})
    monkeypatch.setattr(QPIClient, "list_all_qpus", lambda self: [{"id": "q", "name": "sim", "num_qubits": 3}])
    provider = client.get_backend("sim").provider
    assert provider.client is client
    assert provider.get_backend("sim").provider is provider
