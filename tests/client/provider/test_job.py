"""The life of a job: statuses that go back, waiting, transient errors, cancellation."""

from __future__ import annotations

import json
import re
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit.providers import JobError, JobStatus, JobTimeoutError

from qpi_client.http import httpx
from qpi_client.provider import QPIBackend, QPIJob, QPIWarning
from tests.waiting import wait_for

DONE = {"status": "completed", "results": {"counts": {"0": 5}}, "duration": 0.5}


def http_error(code: int, headers: dict | None = None) -> httpx.HTTPStatusError:
    request = httpx.Request("GET", "http://server/api/jobs/x")
    return httpx.HTTPStatusError("no", request=request, response=httpx.Response(code, request=request, headers=headers))


def job_of(client: Any) -> QPIJob:
    return QPIJob(None, "job-1", client)


def test_a_running_job_can_go_back_to_pending(scripted: Callable) -> None:
    job = job_of(scripted("running", "pending", "running", DONE))
    assert [job.status() for _ in range(4)] == [
        JobStatus.RUNNING,
        JobStatus.QUEUED,
        JobStatus.RUNNING,
        JobStatus.DONE,
    ]


def test_a_cancelled_job_can_turn_out_completed(scripted: Callable) -> None:
    job = job_of(scripted("running", "cancelled", DONE))
    assert [job.status() for _ in range(3)] == [JobStatus.RUNNING, JobStatus.CANCELLED, JobStatus.DONE]
    assert job.result().get_counts() == {"0": 5}
    job = job_of(scripted("cancelled", DONE))
    assert job.cancel() is True
    assert [job.status() for _ in range(2)] == [JobStatus.CANCELLED, JobStatus.DONE]


def test_a_cancelled_job_is_polled_for_one_minute(scripted: Callable, clock: Any) -> None:
    client = scripted("running", "cancelled")
    job = job_of(client)
    assert [job.status() for _ in range(3)][-1] is JobStatus.CANCELLED
    clock.sleep(61)
    asked = client.asked
    assert [job.status(), job.cancelled(), job.in_final_state()] == [JobStatus.CANCELLED, True, True]
    assert client.asked == asked


@pytest.mark.parametrize("last", [DONE, {"status": "failed", "results": {"error": "no"}}, "cancelled"])
def test_final_statuses_are_cached(scripted: Callable, last: Any) -> None:
    client = scripted("pending", last)
    job = job_of(client)
    job.wait_for_final_state(wait=0.001)
    asked = client.asked
    for _ in range(3):
        job.status(), job.done(), job.in_final_state(), job.error_message()
    for _ in range(2):
        try:
            job.result()
        except JobError:
            assert last is not DONE
    assert client.asked == asked


def test_job_errors_are_both_qiskit_errors_and_those_of_the_older_client(scripted: Callable) -> None:
    with pytest.raises(JobError, match="Job job-1 failed: no helium") as caught:
        job_of(scripted({"status": "failed", "results": '{"error": "no helium"}'})).result()
    assert isinstance(caught.value, RuntimeError)
    with pytest.raises(JobError, match="was cancelled") as caught:
        job_of(scripted("cancelled")).result()
    assert isinstance(caught.value, RuntimeError)
    with pytest.raises(JobTimeoutError) as late:
        job_of(scripted("running")).result(timeout=0)
    assert isinstance(late.value, TimeoutError)
    assert isinstance(late.value, QiskitError)


def test_an_echoed_payload_is_not_mistaken_for_results(scripted: Callable, bell: QuantumCircuit) -> None:
    backend = QPIBackend(scripted("pending"))
    job = backend.run(bell)
    payload = backend.client.sent[0]
    backend.client.answers = [{"status": "completed", "payload": payload, "results": payload}]
    with pytest.raises(JobError, match="Sign in with auth_with_password"):
        job.result()
    backend.client.answers = [{"status": "failed", "payload": payload, "results": payload}]
    with pytest.raises(JobError, match="Sign in"):
        backend.job("job-2").result()


def test_a_failed_entry_does_not_hide_the_others(scripted: Callable, bell: QuantumCircuit) -> None:
    entries = [{"counts": {"00": 4}}, {"error": "lost the qubit"}, {"raw": "<xarray>", "shots": 0}]
    backend = QPIBackend(scripted({"status": "completed", "results": {"circuit_results": entries}}))
    result = backend.run([bell.copy(name=name) for name in ("a", "b", "c", "d")]).result()
    assert not result.success
    assert result.get_counts("a") == {"00": 4}
    for name, words in [("b", "lost the qubit"), ("c", "no outcomes"), ("d", "no result")]:
        with pytest.raises(QiskitError, match=words):
            result.get_counts(name)


def test_level_one_memory_is_complex_by_shot_and_slot(scripted: Callable, bell: QuantumCircuit) -> None:
    points = [[[0.5, 1.0], [2.0, 3.0]], [[4.0, 5.0], [6.0, 7.0]], [[1.0, 1.0], [1.0, 1.0]]]
    single = {"status": "completed", "results": {"circuit_results": [{"memory": points, "shots": 3}]}}
    average = {"status": "completed", "results": {"circuit_results": [{"memory": points[:1], "shots": 3}]}}
    backend = QPIBackend(scripted(single, average), meas_level=1)
    memory = backend.run(bell, shots=3).result().get_memory()
    assert memory.shape == (3, 2)
    assert memory[1, 0] == 4 + 5j
    backend.client.answers = [average]
    result = backend.run(bell, shots=3, meas_return="avg").result()
    assert result.get_memory(bell).tolist() == [0.5 + 1j, 2 + 3j]
    assert (result.results[0].meas_level, result.results[0].meas_return) == (1, "avg")


RECORDED = [
    Path(__file__).resolve().parents[2] / "contract" / "data",
    Path(__file__).resolve().parents[4] / "shared" / "contract",
]


@pytest.mark.parametrize("generation", ["v0.0", "v0.1"])
def test_every_recorded_job_gives_its_recorded_result(scripted: Callable, generation: str) -> None:
    files = [folder / generation / "12-job-results.json" for folder in RECORDED]
    path = next((file for file in files if file.exists()), None)
    if path is None:
        pytest.skip("the recordings are not here")
    finished = 0
    for exchange in json.loads(path.read_text()):
        record = exchange["GET /api/collections/quantum_jobs/records/{id}"]
        job = job_of(scripted(record))
        echo = job_of(scripted(exchange["GET /api/jobs/{id}"]))
        with pytest.raises(JobError, match="Sign in"):
            echo.result()
        if record["status"] == "failed":
            with pytest.raises(JobError, match=re.escape(record["results"]["error"])):
                job.result()
            continue
        result = job.result()
        entries = record["results"].get("circuit_results") or [record["results"]]
        assert len(result.results) == len(entries)
        for index, entry in enumerate(entries):
            if "counts" in entry:
                assert result.get_counts(index) == {bits: n for bits, n in entry["counts"].items() if n}
            elif "memory" in entry:
                points = np.array(entry["memory"]) @ [1, 1j]
                averaged = record["payload"]["meas_return"] == "avg"
                assert np.array_equal(result.get_memory(index), points[0] if averaged else points)
            else:
                assert not result.success
        assert result.time_taken == record["duration"]
        finished += 1
    assert finished >= 12


def test_raw_traces_are_returned_unchanged(scripted: Callable, bell: QuantumCircuit) -> None:
    traces = [[[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[0.0, 0.0]] * 3]]
    backend = QPIBackend(scripted({"status": "completed", "results": {"memory": traces, "shots": 1}}))
    assert backend.run(bell, shots=1, meas_level=0).result().get_memory().shape == (1, 2, 3)


def test_a_ten_minute_job_is_polled_fewer_than_130_times(scripted: Callable, clock: Any) -> None:
    start = clock.now
    client = scripted(lambda: DONE if clock.now >= start + 600 else "running")
    job_of(client).result()
    assert client.asked < 130
    assert max(clock.slept) <= 5.0
    assert clock.now - start - 600 <= 5.0


@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.7, 1.0])
def test_a_short_job_is_noticed_within_half_a_second(scripted: Callable, clock: Any, seconds: float) -> None:
    start = clock.now
    client = scripted(lambda: DONE if clock.now >= start + seconds else "running")
    job_of(client).result()
    assert clock.now - start - seconds <= 0.5


@pytest.mark.parametrize(
    "trouble", [http_error(503), http_error(429), http_error(500), httpx.ReadTimeout(""), ConnectionResetError()]
)
def test_transient_errors_do_not_end_a_wait(scripted: Callable, clock: Any, trouble: Exception) -> None:
    client = scripted("running", trouble, trouble, "running", trouble, DONE)
    assert job_of(client).result().get_counts() == {"0": 5}


def test_a_persistent_error_is_raised(scripted: Callable, clock: Any) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        job_of(scripted("running", http_error(503))).result()
    client = scripted(http_error(401))
    with pytest.raises(httpx.HTTPStatusError):
        job_of(client).result()
    assert client.asked == 1


def test_the_time_limit_holds_with_a_client_that_hangs(scripted: Callable) -> None:
    released = threading.Event()

    def hang() -> dict:
        released.wait(30)
        return DONE

    client = scripted(hang)
    try:
        with pytest.raises(JobTimeoutError):
            job_of(client).result(timeout=0.1)
        with pytest.raises(JobTimeoutError):
            job_of(client).wait_for_final_state(timeout=0.1)
    finally:
        released.set()


def test_wait_for_final_state_calls_the_callback(scripted: Callable, clock: Any) -> None:
    seen: list[tuple[str, JobStatus]] = []
    job = job_of(scripted("pending", "running", "running", DONE))
    assert job.wait_for_final_state(callback=lambda job_id, status, job: seen.append((job_id, status))) is None
    assert seen == [("job-1", s) for s in (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.RUNNING)]
    with pytest.raises(JobTimeoutError):
        job_of(scripted("running")).wait_for_final_state(timeout=3)


def test_an_interrupt_does_not_cancel_the_job(scripted: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    client = scripted("running")

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", interrupted)
        job = job_of(client)
        with pytest.raises(KeyboardInterrupt):
            job.result()
    assert not client.cancelled
    client.answers = [DONE]
    assert job.result().get_counts() == {"0": 5}


def test_cancel_reports_the_outcome(scripted: Callable) -> None:
    client = scripted("running")
    assert job_of(client).cancel() is True
    assert client.cancelled == ["job-1"]

    def gone(job_id: str) -> None:
        raise http_error(404)

    for last, words in [(DONE, "is completed"), ({"status": "failed"}, "has failed"), ("cancelled", "already")]:
        client = scripted(last)
        client.cancel_job = gone
        with pytest.warns(QPIWarning, match=f"{words}.*nothing to cancel"):
            assert job_of(client).cancel() is False
    client = scripted(http_error(404))
    client.cancel_job = gone
    with pytest.raises(httpx.HTTPStatusError):
        job_of(client).cancel()


def test_a_job_exposes_its_metadata(scripted: Callable) -> None:
    record = {"created": "2026-11-23 05:29:42.039Z", "finished_at": "2026-11-23 05:29:43.034Z", **DONE}
    job = job_of(scripted(record))
    assert job.creation_date == datetime(2026, 11, 23, 5, 29, 42, 39000, tzinfo=UTC)
    assert job.duration == 0.5
    assert job.error_message() is None
    assert job.queue_position() is None
    result = job.result()
    assert result.date == datetime(2026, 11, 23, 5, 29, 43, 34000, tzinfo=UTC)
    assert result.time_taken == result.results[0].time_taken == 0.5
    failed = job_of(scripted({"status": "failed", "results": {"error": "no helium"}, "created": "yesterday"}))
    assert failed.error_message() == "no helium"
    assert failed.creation_date is None
    assert failed.duration is None


def test_an_unknown_status_warns_once(scripted: Callable) -> None:
    job = job_of(scripted("paused"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        job.status(), job.status()
    assert len(caught) == 1


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """Ensure that threads that outlive a hanging client end with it."""
    before = threading.active_count()
    yield
    wait_for(lambda: threading.active_count() <= before, "threads to end")
