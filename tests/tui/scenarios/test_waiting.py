"""A queued job explains why: its QPU's state, the jobs ahead, the slot holder. The text follows changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain import clock
from tests.conftest import NewUser
from tests.tui.helpers import NARROW, WIDE, at_console
from tests.tui.scenarios.test_operators import submit
from tests.tui.scenarios.test_results import bars, open_job, stored


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return an orchestrator whose jobs stay queued, whatever the QPUs' status."""
    with Sandbox(worker=False) as running:
        yield running


@pytest.fixture(autouse=True)
def _empty_calendar(admin_http: httpx.Client) -> Iterator[None]:
    yield
    for slot in admin_http.get("/api/collections/time_slots/records?perPage=500").json()["items"]:
        admin_http.delete(f"/api/collections/time_slots/records/{slot['id']}").raise_for_status()


def set_qpu(admin: httpx.Client, qpu: dict[str, Any], **fields: Any) -> None:
    """Change a QPU as an operator elsewhere would."""
    admin.patch(f"/api/collections/qpus/records/{qpu['id']}", json=fields).raise_for_status()


def recorded_as_online(admin: httpx.Client, qpu: dict[str, Any]) -> str:
    """Give a QPU a driver that is recorded as online but takes no jobs, as after a server restart; return its id."""
    body = {"name": f"d_{qpu['name']}", "qpu": qpu["id"], "kind": "mock", "language": "python"}
    driver = admin.post("/api/op/drivers/create", json=body).raise_for_status().json()["id"]
    path = f"/api/collections/drivers/records/{driver}"
    admin.patch(path, json={"status": "online"}).raise_for_status()
    set_qpu(admin, qpu, status="online")
    return str(driver)


def slot(admin: httpx.Client, who: Credentials, start: datetime, hours: int) -> str:
    """Book for a user and return the id."""
    body = {
        "booked_by": who.id,
        "start_time": start.isoformat(),
        "end_time": (start + timedelta(hours=hours)).isoformat(),
    }
    answer = admin.post("/api/collections/time_slots/records", json=body).raise_for_status()
    return str(answer.json()["id"])


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_state_of_the_qpu_is_shown_and_updated(
    sandbox: Sandbox,
    new_qpu: Any,
    user: Credentials,
    user_http: httpx.Client,
    admin_http: httpx.Client,
    size: tuple[int, int],
) -> None:
    qpu = new_qpu(online=False)
    first, second = submit(user_http, qpu["id"]), submit(user_http, qpu["id"])
    async with at_console(sandbox.url, "user", user, size=size) as person:
        await open_job(person, second)
        await person.sees(f"{qpu['name']} has no driver. Jobs stay queued", "1 job of yours waits ahead of it")
        set_qpu(admin_http, qpu, status="maintenance")
        await person.sees(f"{qpu['name']} is in maintenance")
        set_qpu(admin_http, qpu, status="offline", enabled=False)
        await person.sees(f"{qpu['name']} is disabled", "and no driver is connected")
        user_http.post(f"/api/jobs/{first}/cancel").raise_for_status()
        await person.sees("It is the next one of yours")
        # Actions without effect here are not offered.
        keys = person.screen.rstrip().split("\n")[-1]
        assert "x cancel" in keys
        assert not any(word in keys for word in ("sort", "IQ", "next circuit", "histogram", "run again")), keys


async def test_the_slot_holder_goes_first_and_is_named(
    sandbox: Sandbox,
    new_qpu: Any,
    user: Credentials,
    new_user: NewUser,
    user_http: httpx.Client,
    admin_http: httpx.Client,
) -> None:
    qpu = new_qpu(online=False)
    id = submit(user_http, qpu["id"])
    recorded_as_online(admin_http, qpu)
    moment = datetime.now(UTC)
    later = slot(admin_http, new_user(), moment + timedelta(hours=2), 1)
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await open_job(person, id)
        await person.sees(f"● {qpu['name']} is online", "No slot runs now", "another user goes first then")
        admin_http.delete(f"/api/collections/time_slots/records/{later}").raise_for_status()
        await person.sees("No slot is booked in the next 24 hours")
        mine = slot(admin_http, user, moment - timedelta(minutes=5), 1)
        await person.sees("Your slot runs until", "your jobs go first")
        admin_http.delete(f"/api/collections/time_slots/records/{mine}").raise_for_status()
        slot(admin_http, new_user(), moment - timedelta(minutes=5), 1)
        await person.sees("Another user has the slot until", "goes first")


async def test_an_admin_sees_the_jobs_of_all_users_ahead(
    sandbox: Sandbox, new_qpu: Any, user_http: httpx.Client, new_user: NewUser, user: Credentials
) -> None:
    from tests.conftest import sign_in

    qpu, other = new_qpu(online=False), new_user()
    submit(user_http, qpu["id"])
    with httpx.Client(base_url=sandbox.url, headers={"Authorization": sign_in(sandbox.url, other)}) as client:
        theirs = submit(client, qpu["id"])
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="jobs", size=NARROW) as person:
        await open_job(person, theirs)
        await person.sees("1 job waits ahead of it", other.identity)


async def test_a_wide_terminal_shows_the_circuit_next_to_its_result(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, admin_http: httpx.Client
) -> None:
    results = {"counts": {"00": 300, "11": 700}, "shots": 1000}
    id = stored(admin_http, user, new_qpu(online=False)["id"], results)
    async with at_console(sandbox.url, "user", user) as person:
        await open_job(person, id)
        await person.sees("counts, 1,000 shots", "┤ H ├")
        assert any("70.0 %" in line and "│" in line for line in person.screen.split("\n"))
        assert {bits: count for bits, (_, count, _) in bars(person.screen).items()} == {"00": 300, "11": 700}
        await person.act("job.circuit")
        await person.sees_not("counts, ")
        await person.sees("┤ H ├")
        await person.press("escape")
        await person.sees("counts, 1,000 shots", "circuit")
        await person.pilot.resize_terminal(*NARROW)
        await person.sees_not("┤ H ├")
        await person.sees("70.0 %", "w circuit", "R run again", "E export")


async def test_a_job_whose_qpu_was_deleted_explains_it(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    id = submit(user_http, qpu["id"])
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await open_job(person, id)
        await person.sees("has no driver")
        gone = admin_http.delete(f"/api/collections/qpus/records/{qpu['id']}")
        if gone.is_success:
            await person.sees("never run")


async def test_the_list_counts_the_jobs_ahead_on_an_active_qpu(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    first, second = submit(user_http, qpu["id"]), submit(user_http, qpu["id"])
    driver = recorded_as_online(admin_http, qpu)
    async with at_console(sandbox.url, "user", user) as person:
        await person.move_to(second)
        await person.sees("… 1 ahead", "… next", "Waited", "2 waiting", "· 1 of yours ahead")
        await person.move_to(first)
        await person.sees("· the next of yours")
        await person.move_to(second)
        admin_http.patch(f"/api/collections/quantum_jobs/records/{first}", json={"status": "running"})
        await person.sees("▶ running", "1 running · 1 waiting")
        await person.sees_not("1 ahead")
        # Neither the QPU's status nor whether it is enabled holds a job back: only that no driver is connected.
        set_qpu(admin_http, qpu, status="offline", enabled=False)
        await person.sees("1 running · 1 waiting", "… next")
        admin_http.patch(f"/api/collections/drivers/records/{driver}", json={"status": "offline"}).raise_for_status()
        await person.sees("○ QPU off", "is disabled, and no driver is connected")
        set_qpu(admin_http, qpu, enabled=True)
        await person.sees("○ no driver")
        await person.act("jobs.status")
        await person.sees("1 match (status pending)")


async def test_an_api_token_sees_the_reasons_that_it_can_read(
    sandbox: Sandbox, new_qpu: Any, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    token = user_http.post("/api/tokens", json={"name": "console"}).json()["token"]
    qpu = new_qpu(online=False)
    id = submit(user_http, qpu["id"])
    async with at_console(sandbox.url, "token", size=NARROW, screen="jobs") as person:
        await person.sees("sign in", "API token")
        await person.type(token)
        await person.press("enter")
        await person.until(lambda: person.app.connection is not None)
        await person.act("go.jobs")
        await person.sees(f" {qpu['name']} ", "○ no driver")
        await open_job(person, id)
        await person.sees(f"on {qpu['name']}", "has no driver", "It is the next one of yours")
        # A token gets no results: the screen says so, instead of showing an empty result.
        results = {"counts": {"00": 1, "11": 2}, "shots": 3}
        body = {"status": "completed", "results": results, "finished_at": "2026-11-23 10:00:00.000Z"}
        admin_http.patch(f"/api/collections/quantum_jobs/records/{id}", json=body).raise_for_status()
        await person.act("app.refresh")
        await person.sees("This server shows results only to a session", "┤ H ├")
        assert "No result" not in person.screen


async def test_a_job_that_was_put_back_shows_it_in_its_history(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    id = submit(user_http, qpu["id"])
    job = f"/api/collections/quantum_jobs/records/{id}"
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await person.move_to(id)
        admin_http.patch(job, json={"status": "running"}).raise_for_status()
        await person.sees("▶ running")
        # The server does this after the job timeout.
        admin_http.patch(job, json={"status": "pending"}).raise_for_status()
        await person.sees("○ no driver")
        await open_job(person, id)
        await person.sees("submitted", "put back", "… waits")
        results = {"counts": {"1": 5}, "shots": 5}
        body = {"status": "completed", "results": results, "duration": 0.2, "finished_at": "2030-01-01 10:00:00.000Z"}
        admin_http.patch(job, json=body).raise_for_status()
        await person.sees("finished", "counts, 5 shots")


async def test_the_start_is_estimated_from_the_last_runs(
    request: pytest.FixtureRequest,
    sandbox: Sandbox,
    new_qpu: Any,
    user: Credentials,
    new_user: NewUser,
    user_http: httpx.Client,
    admin_http: httpx.Client,
) -> None:
    qpu, moment = new_qpu(online=False), datetime.now(UTC)
    for run in range(8):
        ended = moment - timedelta(minutes=10 * run + 1)
        stored(admin_http, user, qpu["id"], {"counts": {"1": 5}}, duration=150.0, finished_at=f"{ended:%F %T.000Z}")
    ids = [submit(user_http, qpu["id"]) for _ in range(3)]
    recorded_as_online(admin_http, qpu)
    basis = "2 jobs ahead, last 8 runs took 2 min 30 s each (median)"
    # The clock stands still: on a busy machine this takes minutes.
    began = datetime.now(UTC)
    request.addfinalizer(lambda: clock.set_clock(None))
    clock.set_clock(lambda: began)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="jobs", size=WIDE) as person:
        await person.move_to(ids[2])
        await person.sees("starts in about 4–6 min")
        await open_job(person, ids[2])
        await person.sees(f"Start in about 4–6 min · {basis}")
        # Over time the range moves by whole minutes, and not at all within one.
        screen = person.app.screen
        before = person.screen
        clock.set_clock(lambda: began + timedelta(minutes=2))
        screen._paint_title()  # type: ignore[attr-defined]
        await person.sees("Start in about 2–4 min")
        clock.set_clock(lambda: began)
        screen._paint_title()  # type: ignore[attr-defined]
        await person.sees("Start in about 4–6 min")
        assert basis in before
        slot(admin_http, new_user(), moment - timedelta(minutes=5), 1)
        await person.sees("Start not estimated", "has the slot until", "and goes first")
    async with at_console(sandbox.url, "user", user, size=(170, 40)) as person:
        await person.move_to(ids[2])
        await person.sees("starts     not estimated", "another user has the slot")
        for booked in admin_http.get("/api/collections/time_slots/records").json()["items"]:
            admin_http.delete(f"/api/collections/time_slots/records/{booked['id']}").raise_for_status()
        # A user does not know the jobs of others.
        await person.act("app.refresh")
        await person.sees("in about 4–6 min or later", "2 jobs of yours ahead")
