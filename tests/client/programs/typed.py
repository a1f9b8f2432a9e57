"""Read by mypy and pyright, never run: lines with `# wrong` are errors to both, and no other line is."""

from __future__ import annotations

from typing import TypedDict, assert_type

from qpi_client import (
    QPU,
    AsyncQPIClient,
    Cancelled,
    Collection,
    Driver,
    Job,
    JobRow,
    QPIBackend,
    QPIClient,
    QPUStopped,
    Reading,
    TimeRequest,
    User,
)


class Calibration(TypedDict):
    """A record of a collection without methods of its own."""

    id: str
    fidelity: float


def blocking(client: QPIClient) -> None:
    """Check what a blocking client returns and what it rejects."""
    job = client.get_job("job")
    assert_type(job, Job)
    assert_type(job["id"], str)
    job["stats"]  # wrong
    assert_type(client.list_jobs(status="completed"), list[JobRow])
    client.list_jobs(status=["pending", "running"])
    client.list_jobs(status="complete")  # wrong
    client.list_jobs(status=["pending", "runs"])  # wrong
    for row in client.iter_jobs(status="failed"):
        assert_type(row, JobRow)
    for user in client.iter_users(fields=["email"]):
        assert_type(user, User)
    assert_type(client.cancel_job("job"), Cancelled)
    client.update_time_request("request", "approved")
    client.update_time_request("request", "accepted")  # wrong
    assert_type(client.list_time_requests(status="pending"), list[TimeRequest])
    client.set_qpu_status("alice", "online")
    client.set_qpu_status("alice", "on")  # wrong
    assert_type(client.stop_qpu("alice", maintenance=True), QPUStopped)
    client.create_driver("name", "alice", "qiskit_aer", "python", ["JobDispatch"])
    client.create_driver("name", "alice", "aer")  # wrong
    client.submit_job([{"circuit": ""}], meas_return="avg", meas_level=1)
    client.submit_job([{"circuit": ""}], meas_return="average")  # wrong
    client.submit_job([{"circuit": ""}], meas_level=7)  # wrong
    client.submit_job([{"circuit": ""}], shot=7)  # wrong
    assert_type(client.list_drivers(), list[Driver])
    assert_type(client.list_readings(limit=3), list[Reading])
    assert_type(client.get_backend("alice"), QPIBackend)
    client.update_notification("note", title="Warm-up")
    client.update_notification("note", colour="red")  # wrong
    assert_type(client.collection("calibrations", Calibration), Collection[Calibration])
    assert_type(client.collection("calibrations", Calibration).list()[0]["fidelity"], float)
    client.collection("calibrations", Calibration).get("one")["fidelty"]  # wrong
    for change in client.changes(["quantum_jobs/*"]):
        change.thing  # wrong


async def awaited(client: AsyncQPIClient) -> None:
    """Check the same with an async client."""
    assert_type(await client.get_job("job"), Job)
    assert_type(await client.list_all_qpus(), list[QPU])
    async for row in client.iter_jobs(status="failed"):
        assert_type(row, JobRow)
    await client.list_jobs(status="complete")  # wrong
    client.get_job("job")["id"]  # wrong
    async for calibration in client.collection("calibrations", Calibration).iterate():
        assert_type(calibration, Calibration)
    assert_type(await client.collection("calibrations", Calibration).get("one"), Calibration)
