"""Demo data: a plausible laboratory of any size, the same for the same seed."""

from __future__ import annotations

import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from qpi_client import QPIClient
from qpi_sandbox import Sandbox
from qpi_sandbox.seed.bulk_jobs import millis, stamps
from qpi_sandbox.seed.programs import PROGRAMS, any_program
from qpi_sandbox.seed.seed_jobs import BULK, draw_counts
from tests.conftest import sign_in

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
TABLES = ("qpus", "drivers", "qpu_time_requests", "time_slots", "notifications", "events", "quantum_jobs")


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    with Sandbox(seed=1, worker=False, now=NOW) as running:
        yield running


@pytest.fixture(scope="module")
def rows(lab: Sandbox) -> dict[str, list[dict[str, Any]]]:
    return everything(lab.data)


def everything(data: Path) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables, without the secrets of users and jobs."""
    with closing(sqlite3.connect(data / "pb_data" / "data.db")) as connection:
        connection.row_factory = sqlite3.Row
        found = {
            table: [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY rowid")]  # noqa: S608
            for table in TABLES
        }
        people = connection.execute("SELECT id, email, name, emailVisibility, qpu_seconds FROM users ORDER BY rowid")
        return {**found, "users": [dict(row) for row in people]}


def test_a_laboratory_has_records_of_every_kind(rows: dict[str, list[dict[str, Any]]], lab: Sandbox) -> None:
    assert len(rows["qpus"]) == 6
    assert {(row["status"], bool(row["enabled"])) for row in rows["qpus"]} == {
        ("online", True), ("maintenance", True), ("offline", True), ("offline", False),
    }  # fmt: skip
    assert {row["qpu"] for row in rows["drivers"]} == {row["id"] for row in rows["qpus"]}
    assert len(rows["users"]) == 40 == len(lab.users)
    assert Counter(row["status"] for row in rows["qpu_time_requests"]) == {"pending": 12, "approved": 9, "rejected": 4}
    assert len(rows["quantum_jobs"]) == 300
    states = Counter(row["status"] for row in rows["quantum_jobs"])
    assert set(states) == {"pending", "running", "completed", "failed", "cancelled"}
    assert states["completed"] > 150
    assert len(rows["notifications"]) == 4
    assert {row["type"] for row in rows["events"]} == {"CryostatReading"}


def test_slots_cover_two_weeks_around_today_without_overlap(rows: dict[str, list[dict[str, Any]]]) -> None:
    slots = sorted((row["start_time"], row["end_time"]) for row in rows["time_slots"])
    assert all(end <= start for (_, end), (start, _) in pairwise(slots))
    assert all(start < end for start, end in slots)
    days = {start[:10] for start, _ in slots}
    assert {str((NOW + timedelta(days=d)).date()) for d in range(-7, 8)} == days
    now = NOW.strftime("%Y-%m-%d %H:%M:%S")
    assert sum(start <= now < end for start, end in slots) == 1


def test_jobs_are_consistent(rows: dict[str, list[dict[str, Any]]]) -> None:
    created = [row["created"] for row in rows["quantum_jobs"]]
    assert created == sorted(created)
    for row in rows["quantum_jobs"]:
        payload, results = json.loads(row["payload"]), json.loads(row["results"])
        if row["status"] == "completed":
            assert row["created"] < row["finished_at"] <= NOW.strftime("%Y-%m-%d %H:%M:%S.999Z")
            assert len(results["circuit_results"]) == len(payload["circuits"])
            for entry in results["circuit_results"]:
                assert sum(entry.get("counts", {"": entry["shots"]}).values()) == payload["shots"]
        elif row["status"] == "failed":
            assert results["error"]
        else:
            assert (results, row["finished_at"], row["duration"]) == (None, "", 0)


def test_every_user_can_sign_in_and_sees_their_own_records(lab: Sandbox) -> None:
    for person in (lab.users[0], lab.users[39]):
        session = {"Authorization": sign_in(lab.url, person)}
        seen = httpx.get(f"{lab.url}/api/collections/users/records", headers=session).json()["items"]
        assert [(row["id"], row["email"]) for row in seen] == [(person.id, person.identity)]
    jobs = httpx.get(f"{lab.url}/api/jobs", headers={"Authorization": sign_in(lab.url, lab.users[0])}).json()
    assert len(jobs) > 10


def test_every_record_passes_the_validation_of_the_server(lab: Sandbox) -> None:
    """Save each record again through the server."""
    session = {"Authorization": sign_in(lab.url, lab.admin, "_superusers")}
    with httpx.Client(base_url=lab.url, headers=session, timeout=20) as client:
        for table, field in (("qpus", "name"), ("drivers", "name"), ("users", "name"), ("notifications", "title")):
            path = f"/api/collections/{table}/records"
            for row in client.get(path).json()["items"]:
                saved = client.patch(f"{path}/{row['id']}", json={field: row[field]})
                assert saved.status_code == 200, saved.text


def test_the_same_seed_gives_the_same_laboratory(rows: dict[str, list[dict[str, Any]]]) -> None:
    def without_who(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
        # The administrator's id is assigned by the server and differs each time.
        for row in tables["qpu_time_requests"]:
            row["handled_by"] = bool(row["handled_by"])
        return tables

    for seed, same in ((1, True), (2, False)):
        with Sandbox(seed=seed, worker=False, now=NOW) as again:
            assert (without_who(everything(again.data)) == without_who(rows)) is same


def test_the_older_generation_is_seeded_too() -> None:
    with Sandbox(seed=1, jobs=30, users=5, generation="v0.0", worker=False) as older:
        qpus = httpx.get(f"{older.url}/api/collections/qpus/records").json()["items"]
        assert len(qpus) == 6
        assert all(len(qpu["access_token"]) == 64 and qpu["executor_type"] for qpu in qpus)
        session = {"Authorization": sign_in(older.url, older.admin, "_superusers")}
        jobs = httpx.get(f"{older.url}/api/collections/quantum_jobs/records", headers=session).json()["items"]
        done = [job["results"] for job in jobs if job["status"] == "completed" and "counts" in job["results"]]
        assert done
        assert all("hex_counts" in results for results in done)


def plans(data: Path) -> list[str]:
    """Return the query plans of the most frequent job lists."""
    conditions = (
        "user_id = 'x' ORDER BY created DESC",
        "status = 'pending' ORDER BY created",
        "1 ORDER BY created DESC",
    )
    with closing(sqlite3.connect(data / "pb_data" / "data.db")) as connection:
        return [
            " ".join(
                row[3]
                for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM quantum_jobs WHERE {each} LIMIT 30")  # noqa: S608
            )
            for each in conditions
        ]


def test_jobs_have_no_index_unless_requested_or_added_by_a_superuser(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "lab", seed=1, jobs=3000, users=400, worker=False) as large:
        assert len(large.users) == len({user.identity for user in large.users}) == 400
        assert all("USING INDEX" not in plan and "TEMP B-TREE" in plan for plan in plans(large.data))
        session = {"Authorization": sign_in(large.url, large.admin, "_superusers")}
        path = f"{large.url}/api/collections/quantum_jobs"
        collection = httpx.get(path, headers=session).json()
        assert collection["indexes"] == []
        index = "CREATE INDEX `idx_mine` ON `quantum_jobs` (`created`)"
        httpx.patch(path, json={"indexes": [index]}, headers=session).raise_for_status()
        assert "USING INDEX" in plans(large.data)[-1]
    with Sandbox(tmp_path / "lab", indexes=True, worker=False) as again:
        assert all("USING INDEX" in plan and "TEMP B-TREE" not in plan for plan in plans(again.data))
        found = httpx.get(f"{again.url}/api/collections/quantum_jobs", headers=session).json()["indexes"]
        assert index in found
        assert len(found) == 3


def test_a_long_history_is_written_in_bulk_by_the_same_rules(tmp_path: Path) -> None:
    count = BULK + 1000
    with Sandbox(tmp_path / "lab", seed=1, jobs=count, users=50, worker=False, now=NOW) as large:
        qpus = httpx.get(f"{large.url}/api/collections/qpus/records").json()["items"]
        statuses = {each["name"]: each["status"] for each in qpus}
        assert statuses["tuuli-7"] == "maintenance"  # the drivers belong to this run: none had to reconnect
        with closing(sqlite3.connect(large.data / "pb_data" / "data.db")) as connection:
            connection.row_factory = sqlite3.Row
            jobs = [dict(row) for row in connection.execute("SELECT * FROM quantum_jobs ORDER BY rowid")]
            opened = connection.execute("SELECT COUNT(*) FROM sandbox_open_jobs").fetchone()[0]
            people = [row[0] for row in connection.execute("SELECT id FROM users ORDER BY rowid")]
    assert len({job["id"] for job in jobs}) == count
    assert all(len(job["id"]) == 15 for job in jobs)
    created = [job["created"] for job in jobs]
    assert created == sorted(created)
    assert NOW - timedelta(days=121) < moment(created[0]) < moment(created[-1]) < NOW
    shares = Counter(job["status"] for job in jobs)
    for status, percent in {"completed": 82, "failed": 11, "cancelled": 7}.items():
        assert abs(100 * shares[status] / count - percent) < 2
    assert [job["status"] for job in jobs[-30:]] == ["running"] * 4 + ["pending"] * 26
    assert opened == 29  # one pending job has no target
    owners = Counter(job["user_id"] for job in jobs)
    assert set(owners) == set(people)
    assert owners[people[0]] > owners[people[-1]]
    for job in jobs[:: count // 500]:
        assert (job["finished_at"] != "") == (job["status"] in ("completed", "failed"))
        assert moment(job["updated"]) >= moment(job["created"])
        results = json.loads(job["results"])
        assert (results is not None) == (job["finished_at"] != "")
        assert json.loads(job["payload"])["qpu_target"] == job["qpu_target"]


def test_dates_are_written_in_the_format_of_the_server() -> None:
    texts = ["1970-01-01 00:00:00.000Z", "2026-02-28 23:59:59.999Z", "2028-02-29 12:00:01.007Z"]
    assert stamps(np.array([millis(text) for text in texts])) == texts


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(" ", "T").replace("Z", "+00:00"))


@pytest.mark.parametrize("make", PROGRAMS)
def test_the_circuits_have_the_distributions_of_their_names(make: Any) -> None:
    """Demo counts are drawn from the distributions of a real simulator, within five sigma."""
    circuits = pytest.importorskip("qpi_sandbox.worker.circuits")
    program = make(random.Random(5))  # noqa: S311
    shots = 2000
    payload = {"circuits": [{"circuit": program.qasm}], "shots": shots, "meas_level": 2, "meas_return": "single"}
    counts = circuits.run_payload(payload, kind="qiskit_aer", backend="x", older=False, qubits=0)["counts"]
    for state, count in counts.items():
        p = program.ideal.get(state, 0.0)
        assert abs(count - shots * p) <= 5 * (shots * p * (1 - p)) ** 0.5 + 1e-6, (program.name, state)


def test_counts_sum_to_the_number_of_shots() -> None:
    rng = random.Random(3)  # noqa: S311
    for _ in range(200):
        program, shots = any_program(rng), rng.randint(1, 5000)
        counts = draw_counts(rng, program, shots)
        assert sum(counts.values()) == shots
        assert min(counts.values()) >= 0
        assert len(counts) == 2**program.bits


def test_the_drivers_of_a_new_lab_connect_after_the_server_starts(tmp_path: Path) -> None:
    """A driver last seen before the start counts as silent. The worker runs those of a new lab."""
    with (
        Sandbox(seed=1, data=tmp_path / "lab", worker=False) as sandbox,
        QPIClient(sandbox.url) as client,
    ):
        client.auth_with_password(sandbox.admin.identity, sandbox.admin.password, "_superusers")
        started = client.server_started()
        online = [driver for driver in client.list_drivers() if driver["status"] == "online"]
    assert started is not None
    assert online
    seen = {driver["name"]: datetime.fromisoformat(driver["last_seen"]) for driver in online}
    assert {name for name, moment in seen.items() if moment < started} == set()
