"""Live data: the demo users keep submitting jobs, which arrive and finish."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.worker import traffic
from qpi_sandbox.worker.scheduler import read_snapshot
from qpi_sandbox.worker.settings import WorkerSettings
from qpi_sandbox.worker.worker_api import WorkerApi
from tests.conftest import sign_in, wait_for


def test_jobs_arrive_and_finish_on_their_own() -> None:
    with Sandbox(seed=1, jobs=0, users=6, live=True, tick=0.1, shot_time=0.0001) as lab:
        session = {"Authorization": sign_in(lab.url, lab.admin, "_superusers")}

        def finished() -> list[dict[str, Any]]:
            query = {"filter": "status = 'completed' || status = 'failed'"}
            path = "/api/collections/quantum_jobs/records"
            items: list[dict[str, Any]] = httpx.get(lab.url + path, params=query, headers=session).json()["items"]
            return items

        wait_for(lambda: len(finished()) >= 2, "two jobs to come and go")
        jobs = finished()
        assert {job["user_id"] for job in jobs} <= {user.id for user in lab.users}
        assert all(job["duration"] > 0 for job in jobs)


def test_live_users_cancel_only_live_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JOB_EVERY", "CANCEL_EVERY"):
        monkeypatch.setattr(traffic, name, 0.0)
    monkeypatch.setattr(traffic, "BUSY", 1000)
    with Sandbox(seed=1, jobs=0, users=6, worker=False) as lab:
        assert lab._server is not None
        people = [user.identity for user in lab.users]
        settings = WorkerSettings(
            live=True, url=lab.url, key=lab._server.key, people=people, password=lab.users[0].password
        )
        api = WorkerApi(settings)
        live = traffic.Traffic(api, settings)
        jobs = "/api/collections/quantum_jobs/records"
        with httpx.Client(base_url=lab.url, headers={"Authorization": sign_in(lab.url, lab.users[0])}) as somebody:
            body = {"circuits": [{"circuit": "OPENQASM 3.0;"}], "shots": 1}
            qpus = somebody.get("/api/qpus").json()
            own = [somebody.post("/api/jobs", json={**body, "qpu_target": qpus[0]["id"]}).json()["id"]]
            for _ in range(12):
                live.act(read_snapshot(api.schedule()))
                own.append(somebody.post("/api/jobs", json={**body, "qpu_target": qpus[0]["id"]}).json()["id"])
            assert {somebody.get(f"{jobs}/{job}").json()["status"] for job in own} == {"pending"}
        with httpx.Client(base_url=lab.url) as admin:
            admin.headers["Authorization"] = sign_in(lab.url, lab.admin, "_superusers")
            cancelled = admin.get(jobs, params={"filter": "status = 'cancelled'"}).json()["items"]
        assert cancelled
        assert not {job["id"] for job in cancelled} & set(own)
