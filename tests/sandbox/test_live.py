"""Live data: jobs keep arriving and finishing while it runs, submitted by the demo users."""

from __future__ import annotations

from typing import Any

import httpx

from qpi_sandbox import Sandbox
from tests.conftest import sign_in, wait_for


def test_jobs_arrive_by_themselves_and_finish() -> None:
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
