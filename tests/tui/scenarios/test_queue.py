"""Following the queue by keys: filters, follow mode, running again, export, and many jobs at once."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import NewUser, record, sign_in, wait_for
from tests.tui.helpers import NARROW, at_console
from tests.tui.scenarios.test_operators import submit


def finished(client: httpx.Client, id: str) -> dict[str, Any]:
    """Return a job once it has ended."""
    return dict(
        wait_for(
            lambda: (
                (job := record(client, "quantum_jobs", id))["status"] in {"completed", "failed", "cancelled"} and job
            ),
            "the job to be over",
        )
    )


async def test_the_status_line_shows_size_position_and_queued_jobs(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    first, second = (submit(user_http, qpu["id"], shots=2000) for _ in range(2))
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await person.move_to(second)
        await person.sees("0 running · 2 waiting", "1 × 2,000", "○ no driver", qpu["name"])
        admin_http.patch(f"/api/collections/qpus/records/{qpu['id']}", json={"status": "maintenance"})
        await person.sees("◐ in maint.")
        user_http.post(f"/api/jobs/{first}/cancel").raise_for_status()
        await person.sees("1 waiting", "⊘ cancelled")
        await person.sees_not("1 ahead")
        assert person.app.screen.table.cursor_id == second


async def test_all_columns_fit_120_and_the_rest_is_below_the_list_on_80(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    waits = submit(user_http, qpu["id"], shots=300)
    over = submit(user_http, qpu["id"], shots=400)
    at = datetime.now(UTC)
    done = {
        "status": "completed",
        "duration": 1.25,
        "finished_at": f"{at + timedelta(seconds=31.25):%Y-%m-%d %H:%M:%S}Z",
    }
    admin_http.patch(f"/api/collections/quantum_jobs/records/{over}", json=done).raise_for_status()
    for who, role, whose in ((user, "user", ""), (sandbox.admin, "admin", user.identity)):
        async with at_console(sandbox.url, role, who, screen="jobs") as person:
            await person.move_to(over)
            await person.sees("State", "QPU", "Circ×shots", "Age", "Waited", "Took", "Cost", whose and "User")
            line = next(line for line in person.screen.split("\n") if over[:8] in line)
            assert [
                word for word in ("✓ done", qpu["name"][:10], "1 × 400", "1.2 s", "1.25 s") if word not in line
            ] == []
            # Below the list: its life, and its owner in full.
            await person.sees("submitted", "dispatched about", "finished", whose)
            await person.move_to(waits)
            await person.sees("now         …", f"▲ {qpu['name']} has no driver. Jobs stay queued until one connects.")
            await person.pilot.resize_terminal(*NARROW)
            await person.sees_not("Waited")
            await person.move_to(over)
            await person.sees("waited ", " · cost 1.25 s")
            if whose:
                await person.sees("1 × 400 shots", f" {user.identity} · ")
            # A single job has it too.
            await person.act("table.open")
            await person.sees("waited ", "took 1.25 s", "cost 1.25", "1 × 400 shots")


async def test_filters_by_status_qpu_time_and_words_narrow_the_list(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client
) -> None:
    one, other = new_qpu(online=False), new_qpu(online=False)
    waiting, gone = submit(user_http, one["id"]), submit(user_http, other["id"])
    user_http.post(f"/api/jobs/{gone}/cancel").raise_for_status()
    async with at_console(sandbox.url, "user", user) as person:
        table = person.app.screen.table

        def shown() -> set[str]:
            return {job.id for job in table.visible_records}

        await person.until(lambda: shown() == {waiting, gone})
        for typed, left in (
            ("status:canc", {gone}),
            (f"qpu:{one['name']}", {waiting}),
            ("since:1h", {waiting, gone}),
            ("since:2999-01-01", set()),
            (f"status:pending,cancelled {gone[:6]}", {gone}),
        ):
            await person.act("table.filter")
            person.app.screen.filter_bar.value = typed
            await person.press("enter")
            await person.until(lambda left=left: shown() == left)
            await person.press("escape")
            await person.until(lambda: shown() == {waiting, gone})
        await person.act("table.filter")
        await person.type("status:nonsense")
        await person.sees("Unknown status 'nonsense'. Use pending,")
        await person.press("escape")
        await person.act("jobs.status")
        await person.until(lambda: shown() == {waiting})
        await person.press("escape")
        await person.until(lambda: shown() == {waiting, gone})


async def test_an_admin_finds_the_jobs_of_one_user(
    sandbox: Sandbox, new_qpu: Any, new_user: NewUser, user_http: httpx.Client
) -> None:
    other = new_user()
    qpu = new_qpu(online=False)
    mine = submit(user_http, qpu["id"])
    with httpx.Client(base_url=sandbox.url, headers={"Authorization": sign_in(sandbox.url, other)}) as client:
        theirs = submit(client, qpu["id"])
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="jobs", size=NARROW) as person:
        await person.act("table.filter")
        await person.type(f"user:{other.identity.split('@')[0]}@")
        await person.press("enter")
        await person.until(lambda: {job.id for job in person.app.screen.table.visible_records} == {theirs})
        await person.sees(other.identity.split("@")[0][:8])
        assert mine not in person.screen


async def test_follow_mode_keeps_the_latest_job_visible_until_the_cursor_moves(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    jobs = [submit(user_http, qpu["id"]) for _ in range(4)]
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await person.until(lambda: len(person.app.screen.table.visible_records) == 4)
        await person.act("table.bottom", "jobs.follow")
        await person.sees("following")
        new = submit(user_http, qpu["id"])
        await person.until(lambda: person.app.screen.table.cursor_id == new)
        # An updated job also moves to the top.
        user_http.post(f"/api/jobs/{jobs[0]}/cancel").raise_for_status()
        await person.until(lambda: person.app.screen.table.cursor_id == jobs[0])
        await person.act("table.bottom")
        stayed = person.app.screen.table.cursor_id
        for _ in range(2):
            submit(user_http, qpu["id"])
        await person.sees("2 new")
        assert person.app.screen.table.cursor_id == stayed
        await person.act("jobs.follow")
        await person.sees_not("2 new")
        assert person.app.screen.table.cursor_id == person.app.screen.table.visible_records[0].id


async def test_running_again_submits_the_same_job_once(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    id = submit(user_http, qpu["id"], shots=321)
    async with at_console(sandbox.url, "user", user) as person:
        await person.move_to(id)
        await person.act("jobs.again")
        await person.sees("Run this job again?", "1 × 321")
        await person.act("dialog.confirm")
        await person.sees("submitted again as")
        await person.until(lambda: person.app.screen.table.cursor_id not in {id, None})
        jobs = user_http.get("/api/collections/quantum_jobs/records").json()["items"]
        assert len(jobs) == 2
        assert jobs[0]["payload"]["circuits"] == jobs[1]["payload"]["circuits"]
        assert {job["payload"]["shots"] for job in jobs} == {321}
        assert {job["qpu_target"] for job in jobs} == {qpu["id"]}


async def test_the_list_is_exported_and_never_overwrites_a_file(
    sandbox: Sandbox,
    new_qpu: Any,
    user: Credentials,
    user_http: httpx.Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    qpu = new_qpu(online=False, name="=HYPERLINK(1)")
    ids = {submit(user_http, qpu["id"], shots=100) for _ in range(3)}
    async with at_console(sandbox.url, "user", user) as person:
        await person.until(lambda: len(person.app.screen.table.visible_records) == 3)
        await person.act("jobs.export")
        box = person.app.screen.query_one("#entry-file")
        box.value = "jobs.csv"
        await person.press("enter")
        await person.sees("jobs.csv: 3 jobs written")
        rows = list(csv.DictReader((tmp_path / "jobs.csv").read_text().splitlines()))
        assert {row["id"] for row in rows} == ids
        assert {(row["shots"], row["circuits"], row["status"]) for row in rows} == {("100", "1", "pending")}
        # A spreadsheet would execute a cell that starts like a formula.
        assert {row["qpu"] for row in rows} == {"'=HYPERLINK(1)"}
        await person.act("jobs.export")
        person.app.screen.query_one("#entry-file").value = "jobs.csv"
        await person.sees("exists already")
        person.app.screen.query_one("#entry-file").value = "jobs.json"
        await person.press("enter")
        await person.until(lambda: (tmp_path / "jobs.json").exists())
        await person.sees("jobs.json")
        assert {job["id"] for job in json.loads((tmp_path / "jobs.json").read_text())} == ids


async def test_pages_are_read_as_they_are_viewed_and_later_reads_are_small(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    payload = {"circuits": [{"circuit": "x"}], "shots": 1}
    body = {"user_id": user.id, "qpu_target": qpu["id"], "status": "cancelled", "payload": payload}
    one = {"method": "POST", "url": "/api/collections/quantum_jobs/records", "body": body}
    settings = {"batch": {"enabled": True, "maxRequests": 400, "timeout": 20}}
    admin_http.patch("/api/settings", json=settings).raise_for_status()
    for _ in range(3):
        admin_http.post("/api/batch", json={"requests": [one] * 400}).raise_for_status()
    asked: list[str] = []
    options = {"on_request": lambda request: asked.append(str(request.url))}
    async with at_console(sandbox.url, "user", user, transport=options) as person:
        table = person.app.screen.table
        await person.sees("more than 200")
        oldest = user_http.get("/api/collections/quantum_jobs/records?sort=@rowid&perPage=1").json()["items"][0]["id"]
        await person.act("table.bottom")
        await person.until(lambda: table.cursor_id == oldest)
        await person.sees("1,200 in all")
        assert len(table.visible_records) < 1200, "only what was looked at"
        asked.clear()
        id = submit(user_http, qpu["id"])
        await person.sees("1,201 in all")
        assert table.cursor_id == oldest
        person.app.screen.feed.poke()
        await person.until(lambda: any("quantum_jobs" in url for url in asked))
        await person.ready()
        # Only one page at a time, in the table's own order, may be requested.
        pages = [url for url in asked if "quantum_jobs/records?" in url]
        assert all("rowid" in url and int(httpx.URL(url).params["perPage"]) <= 200 for url in pages), asked
        assert all("skipTotal=1" in url for url in pages), asked
        admin_http.delete(f"/api/collections/quantum_jobs/records/{id}").raise_for_status()
        await person.sees("1,200 in all")
        # What needs all of them has all of them.
        await person.act("table.filter")
        person.app.screen.filter_bar.value = "status:cancelled"
        await person.until(lambda: len(table.visible_records) == 1200)
        await person.press("enter", "escape")
        asked.clear()
        await person.act("app.refresh")
        await person.until(lambda: sum("quantum_jobs" in url for url in asked) >= 2)
        await person.sees("1,200 in all")
