"""The upper part of the overview: the state of the lab, from bounded reads, and no output while nothing happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from textual.widgets import Static

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain import clock
from qpi_tui.domain.clock import stored
from qpi_tui.domain.roles import Role
from qpi_tui.live import recent_jobs
from qpi_tui.live.overview import Lab, needs
from qpi_tui.live.pulses import Look, pulse_lines, temperature
from qpi_tui.live.recent_jobs import Recent, read_older, read_recent, with_older
from qpi_tui.session.connection import Connection, SignIn, connect
from tests.conftest import sign_in
from tests.tui.helpers import NARROW, at_console
from tests.tui.scenarios.test_operators import submit
from tests.tui.scenarios.test_overview import MOMENT, ONLINE, lab_of, stamp

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def job(status: str, ago: float, *, qpu: str = "q1", ran: float = 30, waited: float = 60) -> dict[str, Any]:
    """Return a job that ended this many minutes ago."""
    return {
        "id": f"j{status}{ago}", "qpu_target": qpu, "status": status, "duration": ran,
        "created": stamp(minutes=ago, seconds=ran + waited), "finished_at": stamp(minutes=ago),
        "updated": stamp(minutes=ago),
    }  # fmt: skip


def busy_lab() -> Lab:
    """Return two QPUs, one of which runs jobs, with a slot and a cryostat."""
    values = {
        "mxc": {"value": 11.0, "unit": "mK", "status": "OK"},
        "still": {"value": 0.9, "unit": "K", "status": "OK"},
    }
    return lab_of(
        qpus=[ONLINE, {"id": "q2", "name": "qpu_two", "status": "maintenance", "enabled": True}],
        active=[{"id": f"a{n}", "qpu_target": "q1", "status": ("running", "pending")[n > 0]} for n in range(4)],
        recent=[job("completed", minutes) for minutes in (1, 2, 3, 14, 95)] + [job("failed", 20, waited=10)],
        slots=[{"id": "s", "start_time": stamp(hours=1), "end_time": stamp(hours=-2), "booked_by": "u"}],
        readings=[{"driver": "d1", "ts": stamp(seconds=n), "payload": {"readings": values}} for n in (5, 65)],
        slots_known=True,
    )


def lines_of(lab: Lab, look: Look, moment: datetime = MOMENT) -> list[str]:
    clock.set_clock(lambda: moment)
    try:
        return ["".join(text for text, _ in line) for line in pulse_lines(lab, look)]
    finally:
        clock.set_clock(None)


def test_the_line_of_a_qpu_shows_its_state_and_recent_jobs() -> None:
    head, one, two, slots, cold = lines_of(busy_lab(), Look(98, 12))
    assert head.split()[:5] == ["QPU", "state", "running,", "queued", "finished"]
    # One running, three queued, one cell each. The last column of ten minutes has no job yet, the previous one three.
    assert one.split() == [
        "qpu_one",
        "●",
        "online",
        "▶1",
        "…3",
        "█▄▄▄",
        "▁▁▁▁▁▁▁▄▁▁▁▁▁▁▄▄█▁",
        "6",
        "✗",
        "17",
        "%",
        "1",
        "min",
    ]
    assert "▶1 …3" in one
    assert "█▄▄▄ " in one
    assert "✗ 17 %" in one
    assert one.rstrip().endswith("1 min"), "the median wait"
    assert two.split()[:5] == ["qpu_two", "◐", "maintenance", "▶0", "…0"]
    assert slots.startswith("today  0 ")
    strip = slots[9:57]
    # From 9:00 to 12:00; it is 10:00 now.
    assert strip == "─" * 18 + "▄▄┃▄▄▄" + "─" * 24
    assert "another user now, then free" in slots
    assert lines_of(busy_lab(), Look(80, 12))[3].endswith("another user now,…"), "what has no room is cut visibly"
    assert "● d1  coldest: mxc  11 mK" in cold
    assert all(len(line) == 98 for line in (head, one, two, slots, cold))


TEMPERATURES = (
    (0.009822, "K", "9.82 mK"), (4.954, "K", "4.95 K"), (293.2, "K", "293 K"), (1200, "K", "1200 K"),
    (800, "µK", "800 µK"), (0.9996, "K", "1000 mK"), (11, "mK", "11 mK"), (0, "K", "0 µK"),
)  # fmt: skip


@pytest.mark.parametrize(("value", "unit", "text"), TEMPERATURES)
def test_a_temperature_has_three_digits_in_a_usual_unit(value: float, unit: str, text: str) -> None:
    assert temperature(value, unit) == text


def test_the_sparkline_counts_jobs_per_ten_minutes_of_the_clock() -> None:
    one = lines_of(busy_lab(), Look(98, 12), MOMENT + timedelta(minutes=5))[1]
    drawn = next(word for word in one.split() if len(word) == 18)
    # 8:25, 9:40, 9:46 and 9:57 to 9:59.
    assert drawn == "▁▁▁▁▁▁▁▄▁▁▁▁▁▁▄▄█▁"
    # It is constant until the ten minutes are over, so an idle screen writes nothing.
    again = [lines_of(busy_lab(), Look(98, 12), MOMENT + timedelta(minutes=minutes))[1] for minutes in (0, 3, 9.9)]
    assert again == [one] * 3
    assert lines_of(busy_lab(), Look(98, 12), MOMENT + timedelta(minutes=10))[1] != one


def test_unknown_values_are_not_shown_as_zero() -> None:
    from msgspec.structs import replace

    lab = replace(busy_lab(), recent_since=MOMENT - timedelta(minutes=50))
    drawn = next(word for word in lines_of(lab, Look(98, 12))[1].split() if len(word) == 18)
    assert drawn == "·" * 12 + drawn[12:]
    assert "·" not in drawn[12:]


def test_of_many_qpus_the_first_and_the_number_of_others_are_shown() -> None:
    qpus = [{"id": f"q{n}", "name": f"qpu_{n:02}", "status": "online", "enabled": True} for n in range(30)]
    lines = lines_of(lab_of(qpus=qpus, slots_known=True), Look(98, 12))
    assert len(lines) == 12
    assert "and 21 more QPUs" in lines[-2]
    wide = lines_of(busy_lab(), Look(198, 20))
    assert max(map(len, (word for word in wide[1].split()))) == 36, "in a wide terminal each ten minutes have two cells"
    assert lines_of(busy_lab(), Look(98, 12, ascii=True))[1].isascii() is False, "signs are replaced on their way out"


@pytest.mark.parametrize("size", [NARROW, (100, 24), (120, 40), (200, 50)])
async def test_from_a_hundred_columns_the_state_of_the_lab_is_on_top(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client, size: tuple[int, int]
) -> None:
    submit(user_http, qpu["id"])
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="overview", size=size) as person:
        await person.sees("Where")
        if size == NARROW:
            assert "med. wait" not in person.screen
            assert not person.app.screen.query_one("#pulses").display
            return
        await person.sees("running, queued", "med. wait", "today  0")
        await person.until(lambda: any(qpu["name"] in line and " online" in line for line in person.screen.split("\n")))
        # A new job arrives as an event, without another read.
        before = person.app.connection.requests
        submit(user_http, qpu["id"])
        screen = person.app.screen
        seen = {each.id for each in screen.feed.data.recent}
        await person.until(lambda: {each.id for each in screen.feed.data.recent} > seen)
        assert person.app.connection.requests == before
        painted: list[str] = []
        pulses = screen.query_one("#pulses", Static)
        update = pulses.update
        pulses.update = lambda *given: painted.append("again") or update(*given)
        await person.until(lambda: not any(each.active for each in screen.feed.data.recent))
        look = Look(size[0] - 2, size[1] // 2 - 4)

        def shown() -> bool:
            lines = pulse_lines(screen.feed.data, look)
            return bool(pulses.content.plain == "\n".join("".join(text for text, _ in line) for line in lines))

        await person.until(shown)
        await person.pilot.pause()
        painted.clear()
        was = pulses.content.plain
        screen._look_again()
        await person.pilot.pause()
        assert pulses.content.plain == was
        assert painted == [], "nothing changed, so nothing is written"


async def test_a_user_sees_only_own_jobs_in_the_upper_part(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client, new_user: Any
) -> None:
    other = new_user()
    headers = {"Authorization": sign_in(sandbox.url, other)}
    with httpx.Client(base_url=sandbox.url, headers=headers) as theirs:
        submit(theirs, qpu["id"])
    mine = submit(user_http, qpu["id"])
    async with at_console(sandbox.url, "user", user, screen="overview", size=(120, 40)) as person:
        await person.sees("your running, queued")
        assert [each.id for each in person.app.screen.feed.data.recent] == [mine]


# -- bounded reads ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def history() -> Iterator[Sandbox]:
    with Sandbox(seed=1, jobs=600, worker=False, now=NOW) as running:
        yield running


@pytest.fixture
async def admin(history: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    """Return an administrator's connection at the lab's fixed time that reads twenty jobs at once."""
    monkeypatch.setattr(recent_jobs, "_FIRST", 20)
    monkeypatch.setattr(recent_jobs, "_OLDER", 20)
    monkeypatch.setattr(recent_jobs, "_LATER", 10)
    monkeypatch.setattr(recent_jobs, "SPAN", timedelta(days=1))
    clock.set_clock(lambda: NOW)
    connection = await connect(SignIn(history.url, Role.ADMIN, history.admin.identity, history.admin.password))
    try:
        yield connection
    finally:
        clock.set_clock(None)
        await connection.close()


async def test_the_newest_jobs_are_read_first_and_the_others_page_by_page(admin: Connection) -> None:
    before = admin.requests
    recent = await read_recent(admin, None)
    assert admin.requests == before + 1
    assert len(recent.jobs) == 20
    assert recent.since is not None
    pages = 0
    while recent.since is not None:
        recent = with_older(recent, await read_older(admin, recent))
        pages += 1
    wanted = await admin.client.list_jobs(everyone=True, since=NOW - timedelta(days=1))
    late = [job for job in recent.jobs if job.created < stored(NOW - recent_jobs.SPAN)]
    assert [job.id for job in recent.jobs if job not in late] == [job["id"] for job in wanted]
    assert all(job.finished_at >= stored(NOW - recent_jobs.SPAN) for job in late)
    assert pages <= len(wanted) // 20 + 1


async def test_later_reads_include_only_new_and_ended_jobs(admin: Connection, history: Sandbox) -> None:
    recent = await read_recent(admin, None)
    for _ in range(2):
        recent = with_older(recent, await read_older(admin, recent))
    active = [job for job in recent.jobs if job.active]
    assert len(active) > 12
    cancelled, deleted = active[-1].id, active[-2].id
    await admin.client.cancel_job(cancelled)
    await admin.client.collection("quantum_jobs").delete(deleted)
    before = admin.requests
    again = await read_recent(admin, recent)
    # One page, the unfinished jobs by id, and two requests for jobs submitted earlier that have ended.
    assert admin.requests <= before + 4
    found = {job.id: job.status for job in again.jobs}
    assert found[cancelled] == "cancelled"
    assert deleted not in found
    assert set(found) == {job.id for job in recent.jobs} - {deleted}
    assert again.since == recent.since


async def test_an_ended_job_counts_whenever_it_was_submitted(history: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_jobs, "_FIRST", 20)
    monkeypatch.setattr(recent_jobs, "_OLDER", 20)
    headers = {"Authorization": sign_in(history.url, history.admin, "_superusers")}
    clock.set_clock(lambda: datetime.now(UTC))
    connection = await connect(SignIn(history.url, Role.ADMIN, history.admin.identity, history.admin.password))
    try:
        with httpx.Client(base_url=history.url, headers=headers) as http:
            # From 20 November, days ago: none of them is recent.
            query = {"filter": "status = 'pending'", "perPage": 2, "sort": "created"}
            found = http.get("/api/collections/quantum_jobs/records", params=query).raise_for_status().json()["items"]
            first, second = (job["id"] for job in found)

            def end(id: str) -> None:
                body = {"status": "completed", "finished_at": stored(datetime.now(UTC)), "duration": 1}
                http.patch(f"/api/collections/quantum_jobs/records/{id}", json=body).raise_for_status()

            end(first)
            recent = await read_recent(connection, None)
            assert not recent_jobs.complete(recent)
            recent = recent_jobs.with_late(recent, await recent_jobs.read_late(connection))
            assert recent_jobs.complete(recent)
            assert first in {job.id for job in recent.jobs}
            assert second not in {job.id for job in recent.jobs}
            end(second)
            recent = await read_recent(connection, recent)
            assert {first, second} <= {job.id for job in recent.jobs}
            assert len({job.id for job in recent.jobs}) == len(recent.jobs)
            # Hours after they ended, they no longer count.
            assert recent_jobs.kept(recent, datetime.now(UTC) + timedelta(minutes=1)).jobs == []
    finally:
        clock.set_clock(None)
        await connection.close()
    async with at_console(history.url, "admin", history.admin, screen="overview") as person:
        lab = person.app.screen.feed
        await person.until(lambda: {first, second} <= {job.id for job in lab.data.recent})
        await person.until(lambda: "100 %" in person.screen or " 0 % " in person.screen)


def test_a_job_that_was_queued_for_long_is_in_the_sparkline_and_among_the_failed() -> None:
    lab = lab_of(
        qpus=[ONLINE], recent=[job("completed", 14, waited=5 * 3600), job("failed", 24, waited=5 * 3600)],
    )  # fmt: skip
    counted = recent_jobs.kept(Recent(lab.recent), MOMENT - recent_jobs.SPAN)
    assert len(counted.jobs) == 2
    line = lines_of(lab, Look(98, 12))[1]
    drawn = next(word for word in line.split() if len(word) == 18)
    assert (drawn.count("█"), "✗ 50 %" in line) == (2, True)
    clock.set_clock(lambda: MOMENT)
    try:
        assert any("1 of 2 jobs on qpu_one failed in the last hour" in need.text for need in needs(lab))
    finally:
        clock.set_clock(None)


def test_the_number_of_kept_jobs_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_jobs, "MOST", 3)
    jobs = lab_of(recent=[job("completed", minutes) for minutes in range(6)]).recent
    found = recent_jobs.kept(Recent(jobs), MOMENT - timedelta(hours=1))
    assert list(found.jobs) == list(jobs)[:3]
    assert found.since == jobs[2].created_at
