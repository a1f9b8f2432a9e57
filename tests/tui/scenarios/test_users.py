"""Users follow their jobs, request time and book slots by keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import record, wait_for
from tests.tui.helpers import NARROW, at_console
from tests.tui.scenarios.test_operators import submit


async def test_a_job_is_followed_from_pending_to_its_histogram(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client
) -> None:
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        id = submit(user_http, qpu["id"], shots=400)
        await person.until(lambda: id in {each.id for each in person.app.screen.table.visible_records})
        await person.move_to(id)
        await person.act("table.open")
        await person.sees("✓ completed", "counts", "400 shots")
        counts = record(user_http, "quantum_jobs", id)["results"]["counts"]
        for bits, count in counts.items():
            if count:
                await person.sees(bits, f"{count:,}")
            else:
                assert f" {bits} " not in person.screen
        await person.press("escape")
        await person.sees("✓ done")
        assert person.app.screen.table.cursor_id == id


async def test_the_error_of_a_failed_job_is_shown(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client
) -> None:
    id = submit(user_http, qpu["id"], circuit="OPENQASM 3.0;\nthis is no circuit;\n")
    wait_for(lambda: record(user_http, "quantum_jobs", id)["status"] == "failed", "the job to fail")
    async with at_console(sandbox.url, "user", user) as person:
        await person.move_to(id)
        await person.sees("✗ failed")
        await person.act("table.open")
        error = record(user_http, "quantum_jobs", id)["results"]["error"]
        await person.sees("✗", error.split()[0])


async def test_pending_jobs_are_cancelled_together(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    jobs = [submit(user_http, qpu["id"]) for _ in range(3)]
    async with at_console(sandbox.url, "user", user) as person:
        await person.move_to(jobs[0])
        await person.act("table.mark_all", "jobs.cancel")
        await person.sees("Cancel 3 jobs?")
        await person.act("dialog.confirm")
        await person.sees("3 done")
        assert {record(user_http, "quantum_jobs", id)["status"] for id in jobs} == {"cancelled"}


async def test_an_admin_cancels_the_job_of_a_user(sandbox: Sandbox, new_qpu: Any, user_http: httpx.Client) -> None:
    id = submit(user_http, new_qpu(online=False)["id"])
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="jobs") as person:
        await person.move_to(id)
        await person.act("jobs.cancel", "dialog.confirm")
        await person.until(lambda: record(user_http, "quantum_jobs", id)["status"] == "cancelled")


async def test_a_user_requests_time_and_withdraws(sandbox: Sandbox, user: Credentials, user_http: httpx.Client) -> None:
    async with at_console(sandbox.url, "user", user, screen="requests", size=NARROW) as person:
        await person.act("requests.create")
        await person.type("nonsense")
        await person.press("tab")
        await person.type("Thesis, chapter 4")
        await person.press("enter")
        await person.sees("is not an amount of time")
        box = person.app.screen.query_one("#entry-amount")
        box.value = "1h30m"
        await person.press("enter")
        await person.sees("… pending", "1 h 30 min")
        made = user_http.get("/api/collections/qpu_time_requests/records").json()["items"]
        assert [(each["seconds"], each["requested_reason"]) for each in made] == [(5400, "Thesis, chapter 4")]
        # Of two, the next key applies to the one just created.
        await person.act("requests.create")
        await person.type("90\na slip\n")
        await person.until(lambda: len(person.app.screen.table.visible_records) == 2)
        await person.until(lambda: person.app.screen.table.cursor_id not in {made[0]["id"], None})
        await person.act("requests.withdraw")
        await person.sees("Withdraw this request?", "a slip", "1 min 30 s")
        await person.act("dialog.confirm")
        await person.until(lambda: [each.id for each in person.app.screen.table.visible_records] == [made[0]["id"]])
        await person.act("requests.withdraw", "dialog.confirm")
        await person.until(lambda: not user_http.get("/api/collections/qpu_time_requests/records").json()["items"])


async def test_the_time_used_this_month_is_shown_next_to_the_balance(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    id = submit(user_http, qpu["id"])
    wait_for(lambda: record(user_http, "quantum_jobs", id)["status"] == "completed", "the job to be done")
    body = {"duration": 1800, "finished_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}.000Z"}
    admin_http.patch(f"/api/collections/quantum_jobs/records/{id}", json=body).raise_for_status()
    async with at_console(sandbox.url, "user", user, screen="requests", size=NARROW) as person:
        await person.sees(f"{datetime.now(UTC):%B}: used 30 min", "left · 1 job")
        # Half an hour used, slightly less than an hour left: a third of the bar.
        line = next(line for line in person.screen.split("\n") if "used 30 min" in line)
        full, empty = line.count("█"), line.count("░")
        assert abs(full / (full + empty) - 1800 / (1800 + 3600)) < 0.05


async def test_the_reason_of_a_rejection_is_shown(
    sandbox: Sandbox, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    from tests.tui.scenarios.test_sign_in import make_request

    id = make_request(sandbox, user, 600, "test")
    body = {"status": "rejected", "rejection_reason": "Fridge is warm"}
    admin_http.patch(f"/api/collections/qpu_time_requests/records/{id}", json=body).raise_for_status()
    async with at_console(sandbox.url, "user", user, screen="requests") as person:
        await person.sees("✗ rejected", "Fridge is warm")


def days_ahead(days: int, hour: int) -> datetime:
    """Return a full hour, some days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


def slots_of(client: httpx.Client, who: Credentials) -> list[tuple[str, str]]:
    """Return a user's slots on the server."""
    wanted = {"filter": f'booked_by = "{who.id}"', "sort": "start_time"}
    items = client.get("/api/collections/time_slots/records", params=wanted).json()["items"]
    return [(each["start_time"][:16], each["end_time"][:16]) for each in items]


async def test_a_slot_is_booked_by_text_and_cancelled_and_overlap_is_rejected(
    sandbox: Sandbox, user: Credentials, user_http: httpx.Client
) -> None:
    start = days_ahead(7, 14)
    async with at_console(sandbox.url, "user", user, screen="slots") as person:
        await person.act("slots.next", "slots.book")
        await person.type(f"{start:%Y-%m-%d} 16:00 2h")
        for _ in range(18):
            await person.press("left")
        box = person.app.screen.query_one("#entry-when")
        box.value = f"{start:%Y-%m-%d} 16:00-14:00"
        await person.press("enter")
        assert "Book a slot" in person.screen
        assert slots_of(user_http, user) == []
        box.value = f"{start:%Y-%m-%d} 14:00 2h"
        await person.press("enter")
        await person.until(lambda: slots_of(user_http, user))
        assert slots_of(user_http, user) == [(f"{start:%Y-%m-%d} 14:00", f"{start:%Y-%m-%d} 16:00")]
        await person.sees("booked")
        await person.act("slots.book")
        person.app.screen.query_one("#entry-when").value = f"{start:%Y-%m-%d} 15:00 30m"
        await person.sees("Conflicts with")
        await person.press("enter")
        assert len(slots_of(user_http, user)) == 1
        await person.press("escape")
        await person.act("slots.cancel", "dialog.confirm")
        await person.until(lambda: not slots_of(user_http, user))


async def test_a_past_time_is_rejected_before_it_is_sent(
    sandbox: Sandbox, user: Credentials, user_http: httpx.Client
) -> None:
    async with at_console(sandbox.url, "user", user, screen="slots") as person:
        await person.act("slots.book")
        person.app.screen.query_one("#entry-when").value = f"{days_ahead(-2, 9):%Y-%m-%d} 09:00 1h"
        await person.press("enter")
        await person.sees("past")
        assert slots_of(user_http, user) == []


async def test_tomorrow_is_typed_and_booked(sandbox: Sandbox, user: Credentials, user_http: httpx.Client) -> None:
    start = days_ahead(1, 14)
    async with at_console(sandbox.url, "user", user, screen="slots", size=NARROW) as person:
        await person.act("slots.book")
        person.app.screen.query_one("#entry-when").value = ""
        await person.type("tomorrow 14:00 2h")
        await person.press("enter")
        await person.until(lambda: slots_of(user_http, user))
        assert slots_of(user_http, user) == [(f"{start:%Y-%m-%d} 14:00", f"{start:%Y-%m-%d} 16:00")]
        await person.sees("booked")
