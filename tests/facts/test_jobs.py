"""Jobs: what is accepted, who sees what, and what they cost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import wait_for
from tests.facts.facts import fact
from tests.facts.server import Driver
from tests.facts.world import BELL, HEAD, RECORDS, Person, World

JOBS = RECORDS.format("quantum_jobs")
# On a real server a job takes as long as its simulation: 20 qubits occupy the plain simulator for seconds.
LAYERS = "".join(f"h q[{i}];\n" for i in range(20)) * 20
HEAVY = f"{HEAD}qubit[20] q;\nbit[2] c;\n{LAYERS}c[0] = measure q[0];\nc[1] = measure q[1];\n"


@pytest.fixture(scope="module")
def driver(world: World) -> Driver:
    return world.driver()


@pytest.fixture(scope="module")
def ann(world: World) -> Person:
    return world.person()


def long_job(world: World, person: Person, qpu: str) -> str:
    """Submit a job that runs long enough to be inspected while it runs."""
    if world.server.sandbox is not None:
        return person.submit(qpu, shots=500)
    return person.submit(qpu, HEAVY, shots=1)


@fact("jobs.running", "jobs.statuses", "jobs.dates", "jobs.charge")
def test_a_job_is_dispatched_runs_and_is_charged_its_duration(world: World, driver: Driver) -> None:
    ann = world.person(100)
    job = long_job(world, ann, driver.qpu)
    assert ann.status(job) in ("pending", "running")
    running = ann.running(job)
    assert (running["finished_at"], running["duration"]) == ("", 0)
    done = ann.finished(job)
    assert done["status"] == "completed"
    assert isinstance(done["duration"], float)
    assert done["duration"] > 0
    assert done["finished_at"] > running["updated"]
    assert ann.balance() == pytest.approx(100 - done["duration"], abs=1e-6)


@fact("jobs.payload-as-results", "jobs.real-results")
def test_the_routes_return_the_payload_as_results(ann: Person, driver: Driver) -> None:
    job = ann.submit(driver.qpu)
    ann.finished(job)
    shown = ann.http.get(f"/api/jobs/{job}").json()
    assert shown["results"] == shown["payload"]
    assert next(each for each in ann.http.get("/api/jobs").json() if each["id"] == job)["results"] == shown["payload"]
    assert "counts" in ann.job(job)["results"]
    with ann.token() as script:
        assert script.get(f"/api/jobs/{job}").json()["results"] == shown["payload"]
        assert script.get(f"{JOBS}/{job}").status_code == 404


@fact("jobs.superuser")
def test_a_superuser_submits_as_a_user_of_the_same_address(world: World) -> None:
    made = world.admin.post("/api/jobs", json={"circuits": [{"circuit": BELL}], "shots": 1})
    assert made.status_code == 201
    owner = world.get("users", made.json()["user_id"])
    assert owner["email"] == world.server.admin.identity
    assert owner["qpu_seconds"] > 900_000_000
    world.patch("quantum_jobs", made.json()["id"], status="cancelled").raise_for_status()


@fact("jobs.no-target")
def test_a_job_without_a_target_never_runs(ann: Person, driver: Driver) -> None:
    nowhere = ann.submit("")
    for _ in range(2):  # the dispatchers have polled
        ann.finished(ann.submit(driver.qpu))
    assert ann.status(nowhere) == "pending"


@fact("jobs.target")
def test_a_target_must_be_an_id(world: World, ann: Person, driver: Driver) -> None:
    refused = ann.post_job(str(world.get("qpus", driver.qpu)["name"]))
    assert refused.status_code == 500
    assert "qpu_target" in refused.json()["data"]


@fact("jobs.unchecked")
@pytest.mark.parametrize(
    "body",
    [{"circuits": [{"circuit": ""}]}, {"shots": -5}, {"meas_level": 7}, {"meas_return": "whatever"}],
    ids=["empty circuit", "negative shots", "level", "return"],
)
def test_almost_anything_is_accepted(world: World, ann: Person, body: dict[str, Any]) -> None:
    assert ann.post_job(world.qpu(), **body).status_code == 201


@fact("jobs.unchecked")
def test_a_disabled_target_is_accepted(world: World, ann: Person) -> None:
    assert ann.post_job(world.qpu(enabled=False)).status_code == 201


@fact("jobs.no-balance")
def test_without_a_balance_nothing_is_accepted(world: World) -> None:
    refused = world.person(0).post_job("")
    assert (refused.status_code, refused.json()["message"]) == (403, "Insufficient QPU seconds balance.")


@fact("jobs.too-dear")
def test_a_job_that_costs_more_than_the_balance_is_free(world: World, driver: Driver) -> None:
    poor = world.person(0.000001)
    assert poor.finished(poor.submit(driver.qpu))["duration"] > 0.000001
    assert poor.balance() == 0.000001


@fact("jobs.cancel", "jobs.dates", "jobs.statuses")
def test_own_open_jobs_are_cancelled(world: World, ann: Person, driver: Driver) -> None:
    pending = ann.submit(world.qpu())
    assert ann.http.post(f"/api/jobs/{pending}/cancel").json() == {"status": "cancelled"}
    assert (ann.status(pending), ann.job(pending)["finished_at"]) == ("cancelled", "")
    finished = ann.submit(driver.qpu)
    ann.finished(finished)
    others = world.person().submit("")
    for job in (pending, finished, others, "nosuchjob000000"):
        assert ann.http.post(f"/api/jobs/{job}/cancel").status_code == 404
    world.patch("quantum_jobs", others, status="cancelled").raise_for_status()
    assert world.get("quantum_jobs", others)["status"] == "cancelled"


@fact("jobs.cancelled-completes", "jobs.charge")
def test_a_cancelled_running_job_still_completes_and_is_charged(world: World, driver: Driver) -> None:
    ann = world.person(100)
    job = long_job(world, ann, driver.qpu)
    ann.running(job)
    ann.http.post(f"/api/jobs/{job}/cancel").raise_for_status()
    assert ann.status(job) == "cancelled"
    done = ann.finished(job)
    assert done["status"] == "completed"
    assert ann.balance() == pytest.approx(100 - done["duration"], abs=1e-6)


@fact("jobs.timeout")
def test_an_unfinished_job_is_dispatched_again(world: World, ann: Person) -> None:
    driver = world.register(world.qpu())
    world.server.connect_only(driver)
    job = ann.submit(driver.qpu)
    first = ann.running(job)["updated"]
    wait_for(lambda: ann.job(job)["updated"] != first, "it to be put back", world.server.patience)
    back = ann.job(job)["updated"]
    wait_for(lambda: ann.job(job)["updated"] != back, "it to be dispatched again", world.server.patience)
    assert ann.job(job)["finished_at"] == ""
    world.toggle_driver(driver, False)


@fact("jobs.timeout")
@pytest.mark.sandbox_only  # a job that takes longer than the timeout
def test_both_runs_of_a_job_that_was_dispatched_twice_count(world: World) -> None:
    ann, driver = world.person(100), world.driver()
    job = ann.submit(driver.qpu, shots=4000)
    first = ann.finished(job)
    wait_for(lambda: ann.job(job)["finished_at"] != first["finished_at"], "the second result")
    second = ann.job(job)
    assert ann.balance() == pytest.approx(100 - first["duration"] - second["duration"], abs=1e-6)


@fact("jobs.failed")
def test_a_failed_job_contains_the_error(ann: Person, driver: Driver) -> None:
    done = ann.finished(ann.submit(driver.qpu, "this is no circuit"))
    assert done["status"] == "failed"
    assert list(done["results"]) == ["error"]
    assert "OPENQASM" in done["results"]["error"]


@fact("results.any")
def test_results_may_be_any_json(world: World, ann: Person) -> None:
    job = ann.submit(world.qpu())
    for results in ([1, {"a": None}], "text", {"deep": {"er": [True]}}):
        world.patch("quantum_jobs", job, results=results).raise_for_status()
        assert ann.job(job)["results"] == results


@fact("jobs.no-index")
def test_jobs_have_no_index_and_a_superuser_can_add_one(world: World, ann: Person) -> None:
    path = "/api/collections/quantum_jobs"
    assert world.admin.get(path).json()["indexes"] == []
    [on_events] = world.admin.get("/api/collections/events").json()["indexes"]
    assert "`type`, `ts`" in on_events
    index = "CREATE INDEX `idx_of_a_test` ON `quantum_jobs` (`created`)"
    changed = world.admin.patch(path, json={"indexes": [index]})
    assert changed.json()["indexes"] == [index]
    world.admin.patch(path, json={"indexes": []}).raise_for_status()
    first, second = ann.submit(""), ann.submit("")
    query = {"sort": "-@rowid", "skipTotal": 1, "filter": f"user_id = '{ann.id}'", "perPage": 2}
    assert [each["id"] for each in ann.http.get(JOBS, params=query).json()["items"]] == [second, first]
