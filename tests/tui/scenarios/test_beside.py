"""Details next to a record: usage of the user, why a job is queued, and keys that act from the detail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import connect_driver, record
from tests.tui.helpers import NARROW, at_console
from tests.tui.scenarios.test_admins import balance
from tests.tui.scenarios.test_operators import submit
from tests.tui.scenarios.test_requests import reject
from tests.tui.scenarios.test_sign_in import make_request

JOBS = "/api/collections/quantum_jobs/records"
SLOTS = "/api/collections/time_slots/records"


def finished(client: httpx.Client, id: str, seconds: float, status: str = "completed") -> None:
    """Mark a job as ended, with its duration."""
    body = {"status": status, "duration": seconds, "finished_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.000Z}"}
    client.patch(f"{JOBS}/{id}", json=body).raise_for_status()


async def test_the_usage_of_a_user_is_shown_next_to_the_request_and_the_user(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)["id"]
    for seconds, status in ((600, "completed"), (30, "failed"), (1200, "completed")):
        finished(admin_http, submit(user_http, qpu), seconds, status)
    id = make_request(sandbox, user, 1800, "one more sweep")
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    times = {
        "start_time": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "end_time": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    }
    admin_http.post(SLOTS, json={**times, "booked_by": user.id}).raise_for_status()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests") as person:
        await person.move_to(id)
        await person.sees("30 min in 3 jobs, 1 failed", "no other request")
        await person.act("requests.user")
        await person.sees("30 min in 3 jobs, 1 failed", "1 request waits", "one more sweep")
        local = start.astimezone()
        await person.sees(f"slot     {local:%a}")


@pytest.mark.parametrize("status", ["maintenance", "disabled", "offline"])
async def test_a_queued_job_explains_why(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client, status: str
) -> None:
    qpu = new_qpu(online=False)
    body = {"maintenance": {"status": "maintenance"}, "disabled": {"enabled": False}, "offline": {}}[status]
    admin_http.patch(f"/api/collections/qpus/records/{qpu['id']}", json=body).raise_for_status()
    why = {
        "maintenance": "is in maintenance, and no driver is connected",
        "disabled": "is disabled, and no driver is connected",
        "offline": "no driver",
    }
    id = submit(user_http, qpu["id"])
    async with at_console(sandbox.url, "user", user, screen="jobs") as person:
        await person.move_to(id)
        await person.sees(why[status])
        await person.act("table.open")
        await person.sees(f"{qpu['name']} ", why[status])
        if status == "maintenance":
            # It disappears when it is no longer true. What starts the job is a driver, not the status.
            admin_http.patch(
                f"/api/collections/qpus/records/{qpu['id']}", json={"status": "online", "enabled": True}
            ).raise_for_status()
            await person.sees_not("maintenance")
            driver = connect_driver(admin_http, qpu["id"], "mock")
            await person.sees("completed")
            admin_http.delete(f"/api/collections/drivers/records/{driver}").raise_for_status()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=NARROW) as person:
        await person.move_to(qpu["id"])
        await person.sees("slot now", "drivers  none")


async def test_only_the_open_request_is_approved_from_its_detail(sandbox: Sandbox, new_user: Any) -> None:
    marked, read = new_user(seconds=0), new_user(seconds=0)
    first, second = make_request(sandbox, marked, 60, "marked"), make_request(sandbox, read, 120, "read")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests", size=NARROW) as person:
        await person.move_to(first)
        await person.act("table.mark")
        await person.move_to(second)
        await person.act("table.open")
        await person.sees("request", read.identity, "[ Close (esc) ]", "a approve", "r reject")
        await person.sees("nothing used")
        await person.act("requests.approve")
        await person.sees("Approve this request?", read.identity)
        await person.act("dialog.confirm")
        await person.until(lambda: balance(sandbox, read) == 120)
        assert balance(sandbox, marked) == 0
        assert person.app.screen.table.marks == {first}


async def test_the_detail_is_shown_below_a_narrow_list(
    sandbox: Sandbox, new_user: Any, admin_http: httpx.Client
) -> None:
    who = new_user()
    reject(admin_http, make_request(sandbox, who, 7200, "too long"), "Too much at once")
    reason = "The second half of the calibration that was cut short on Tuesday, with the shots that are missing"
    id = make_request(sandbox, who, 1800, reason)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests", size=NARROW) as person:
        await person.move_to(id)
        await person.sees(f"{who.identity} · before: 1 rejected")
        await person.until(lambda: reason in " ".join(person.screen.split()))
        await person.act("requests.all")
        await person.until(lambda: len(person.app.screen.table.visible_records) > 1)
        rejected = next(r.id for r in person.app.screen.table.visible_records if r.rejection_reason)
        await person.move_to(rejected)
        await person.sees("rejected: Too much at once")


async def test_a_connected_driver_is_never_reported_as_long_unseen(
    sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client
) -> None:
    qpu = new_qpu()
    long_ago = f"{datetime.now(UTC) - timedelta(days=30):%Y-%m-%d %H:%M:%S.000Z}"
    admin_http.patch(
        f"/api/collections/drivers/records/{qpu['driver']}", json={"last_seen": long_ago}
    ).raise_for_status()
    assert record(admin_http, "drivers", qpu["driver"])["status"] == "online"
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
        await person.move_to(qpu["id"])
        await person.sees("connected")
        assert "30 d" not in person.screen
        await person.act("qpus.drivers")
        await person.ready()
        await person.sees("seen     connected", "when disabled (d)")
        assert "30 d" not in person.screen
