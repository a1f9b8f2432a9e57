"""Jobs run for real: submitted by a user, run by the worker, charged to the owner."""

from __future__ import annotations

from typing import Any

import httpx

from tests.conftest import record, wait_for

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


def test_a_bell_pair_is_run_counted_and_charged(user_http: httpx.Client, user: Any, qpu: dict[str, Any]) -> None:
    body = {"circuits": [{"circuit": BELL}], "shots": 200, "qpu_target": qpu["id"]}
    job = user_http.post("/api/jobs", json=body).json()["id"]
    wait_for(lambda: record(user_http, "quantum_jobs", job)["status"] == "completed", "the job to complete")
    done = record(user_http, "quantum_jobs", job)
    counts = done["results"]["counts"]
    assert list(counts) == ["00", "01", "10", "11"]
    assert counts["00"] + counts["11"] == 200
    assert counts["00"] > 0 < counts["11"]
    assert record(user_http, "users", user.id)["qpu_seconds"] == 3600 - done["duration"]
