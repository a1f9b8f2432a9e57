"""Facts at the console: three accounts visit their screens, each in one console."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.facts.facts import by_console
from tests.facts.machine import FOLDERS, credentials, new_token
from tests.facts.test_people import request_time
from tests.facts.world import Person, World
from tests.tui.helpers import WIDE, at_console
from tests.tui.helpers import Person as Hands

pytestmark = FOLDERS


@pytest.fixture(scope="module")
def ann(either: World) -> Person:
    return either.person()


async def open_and_read(person: Hands, id: str, *texts: str) -> None:
    """Open a job from the list, check that this text is shown, and go back."""
    await person.move_to(id)
    await person.act("table.open")
    await person.sees(*texts)
    await person.press("escape")
    await person.ready()


@by_console(
    "lists.pages", "lists.cut", "requests.order", "requests.approve", "requests.handled-by", "users.seconds",
    "session.superuser", "server.version",
)  # fmt: skip
async def test_an_administrator_decides_requests_and_sets_balances(either: World) -> None:
    ann, server = either.person(0), either.server
    made = [request_time(ann, seconds=90 + at).json()["id"] for at in range(31)]
    async with at_console(server.url, "admin", server.admin, screen="requests", size=WIDE) as person:
        await person.until(lambda: set(made) <= {each.id for each in person.app.screen.table.visible_records})
        shown = [each.id for each in person.app.screen.table.visible_records if each.id in set(made)]
        assert shown == made
        await person.move_to(made[0])
        await person.act("requests.approve")
        await person.sees("Approve this request?", ann.email)
        await person.act("dialog.confirm")
        await person.until(lambda: ann.balance() == 90)
        # Another administrator decides while the dialog is open: nothing is credited twice, and the console says so.
        await person.move_to(made[1])
        await person.act("requests.approve")
        await person.sees("Approve this request?")
        either.patch("qpu_time_requests", made[1], status="approved").raise_for_status()
        await person.act("dialog.confirm")
        await person.sees("nothing was changed or credited")
        assert ann.balance() == 90 + 91
        await person.press("escape")
        await person.act("go.users")
        await person.move_to(ann.id)
        await person.act("users.allocate")
        await person.type("plenty")
        await person.press("enter")
        await person.sees("is not an amount of time")
        assert ann.balance() == 90 + 91
        await person.press("escape", "escape")
        await person.act("go.doctor")
        await person.sees("Users can credit themselves", server.generation)
    for id in made[2:]:
        either.patch("qpu_time_requests", id, status="rejected")


def seconds_of(person: Hands, job: str) -> list[float]:
    """Return the seconds that a job's line shows."""
    line = next((line for line in person.screen.split("\n") if job in line), "")
    return [float(number) for number in re.findall(r"([\d.]+) s\b", line)]


def runs_on_screen(world: World, person: Hands, job: str) -> bool:
    """Whether the console shows a job as running. A job that the job timeout put back is dispatched again."""
    if "▶ running" in person.screen:
        return True
    if world.get("quantum_jobs", job)["status"] == "pending":
        world.patch("quantum_jobs", job, status="running").raise_for_status()
    return False


JOBS: dict[str, dict[str, Any]] = {
    "running": {"status": "running"},
    "completed": {"status": "completed", "results": {"counts": {"00": 1, "11": 3}, "shots": 4}, "duration": 1.25},
    "failed": {"status": "failed", "results": {"error": "The fridge is warm"}},
    "cancelled": {"status": "cancelled"},
    "hex": {"status": "completed", "results": {"hex_counts": {"0x2": 4}, "counts": {"10": 4}, "shots": 4}},
    "any": {"status": "completed", "results": {"anything": [1, {"else": None}]}},
    "raw": {"status": "completed", "results": {"raw": "no outcome", "shots": 0}},
    "several": {
        "status": "completed",
        "results": {"circuit_results": [{"counts": {"0": 4}}, {"counts": {"1": 4}}], "counts": {"0": 4}, "shots": 4},
    },
    "iq": {"status": "completed", "results": {"memory": [[[0.1, 0.2], [0.3, 0.4]]], "shots": 1}},
}


@by_console(
    "jobs.statuses", "jobs.dates", "jobs.failed", "jobs.no-target", "jobs.own", "jobs.timeout",
    "jobs.cancelled-completes", "jobs.real-results", "results.hex", "results.any", "results.raw",
    "results.several", "results.iq", "results.counts", "session.user",
)  # fmt: skip
async def test_a_user_reads_jobs_of_every_status_and_result(either: World) -> None:
    ann, bob, server, qpu = either.person(), either.person(), either.server, either.qpu()
    jobs = {name: ann.submit(qpu, meas_level=1 if name == "iq" else 2) for name in JOBS}
    for name, body in JOBS.items():
        either.patch("quantum_jobs", jobs[name], **body).raise_for_status()
    lost, others = ann.submit(""), bob.submit(qpu)
    async with at_console(server.url, "user", credentials(ann), screen="jobs", size=WIDE) as person:
        await person.until(
            lambda: {lost, *jobs.values()} <= {each.id for each in person.app.screen.table.visible_records}
        )
        await person.sees("▲ no QPU", "✓ done", "✗ failed", "⊘ cancelled")
        assert others not in {each.id for each in person.app.screen.table.visible_records}
        await person.move_to(jobs["running"])
        await person.until(lambda: runs_on_screen(either, person, jobs["running"]))
        await person.act("jobs.cancel")
        await person.sees("driver is not notified", "may still complete")
        await person.press("escape")
        # The job timeout puts it back in the queue.
        await person.until(lambda: "▶ running" not in person.screen, within=server.patience)
        await person.act("table.open")
        await person.sees("put back")
        await person.press("escape")
        await person.ready()
        await open_and_read(person, lost, "never runs. Cancel it")
        await open_and_read(person, jobs["completed"], "75.0 %")
        await open_and_read(person, jobs["failed"], "The fridge is warm")
        await open_and_read(person, jobs["cancelled"], "cancelled")
        await open_and_read(person, jobs["hex"], "10", "100.0 %")
        await open_and_read(person, jobs["any"], "no outcomes")
        await open_and_read(person, jobs["raw"], "no outcome")
        await open_and_read(person, jobs["several"], "1 of 2")
        await open_and_read(person, jobs["iq"], "qubit 0 of 2")
    for id in (lost, others, jobs["running"]):
        either.patch("quantum_jobs", id, status="cancelled")


@by_console("jobs.running", "jobs.charge", "jobs.too-dear", "stream.hello", "jobs.target")
async def test_a_user_follows_a_job_to_its_result_and_its_cost(either: World) -> None:
    driver, ann, poor, server = either.driver(), either.person(60), either.person(0.0001), either.server
    async with at_console(server.url, "user", credentials(ann), screen="jobs", size=WIDE) as person:
        await person.sees("● live", "60 s")
        job = ann.submit(driver.qpu)
        # Nothing is requested again: the change events deliver it.
        await person.sees(job)
        await person.until(lambda: "✓ done" in person.screen, within=server.patience)
        await person.sees(str(either.get("qpus", driver.qpu)["name"]))
        charged = 60 - ann.balance()
        assert charged > 0
        # The cost is shown as charged: to the millisecond below 0.1 s, then to a hundredth of a second.
        least = 0.001 if charged < 0.1 else 0.01
        await person.until(lambda: any(abs(each - charged) <= 0.6 * least for each in seconds_of(person, job)))
    poor.finished(poor.submit(driver.qpu))
    assert poor.balance() == 0.0001


@by_console("slots.names", "slots.others", "notices.see", "notices.dismiss", "tokens.bad-date", "requests.create")
async def test_a_user_sees_own_slots_announcements_and_tokens(either: World, ann: Person) -> None:
    bob, server, title = either.person(), either.server, either.name("notice")
    notice = either.create("notifications", title=title, description="Text", target_users=ann.id)
    other = either.create("notifications", title=either.name("other"), description="Text", target_users=bob.id)
    async with at_console(server.url, "user", credentials(ann), screen="announcements", size=WIDE) as person:
        await person.until(lambda: notice["id"] in {each.id for each in person.app.screen.table.visible_records})
        assert other["id"] not in {each.id for each in person.app.screen.table.visible_records}
        await person.move_to(notice["id"])
        await person.act("announcements.dismiss", "dialog.confirm")
        await person.until(lambda: ann.id in str(either.get("notifications", notice["id"])["dismissed_by"]))
        await person.act("go.tokens", "tokens.create")
        await person.type("nightly")
        await person.press("tab")
        await person.type("soon")
        await person.press("enter")
        await person.sees("soon' is not a time")
        await person.press("escape", "escape")
        await person.act("go.requests", "requests.create")
        await person.type("90")
        await person.press("tab")
        await person.type("facts")
        await person.press("enter")
        await person.sees("1 min 30 s", "facts")
    for each in (notice, other):
        either.admin.delete(f"/api/collections/notifications/records/{each['id']}").raise_for_status()


@by_console("session.token", "session.anonymous", "routes.bare-json", "jobs.payload-as-results")
async def test_a_token_can_read_shared_records_but_no_results(either: World) -> None:
    ann, server = either.person(), either.server
    job, token = ann.submit(either.qpu()), new_token(ann)
    either.patch("quantum_jobs", job, status="completed", results={"counts": {"0": 1}, "shots": 1}).raise_for_status()
    async with at_console(server.url, "token", token, screen="jobs", size=WIDE) as person:
        tabs = {tab.id for tab in person.app.tabs()}
        assert "requests" not in tabs
        assert {"qpus", "jobs"} <= tabs
        await open_and_read(person, job, "This server shows results only to a session")
        await person.act("go.qpus")
        await person.sees("QPUs")
