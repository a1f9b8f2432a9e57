"""The overview: what needs attention, and what each line opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain import clock
from qpi_tui.live.overview import Lab, needs
from qpi_tui.resources import registry
from tests.tui.helpers import NARROW, Person, at_console
from tests.tui.scenarios.test_operators import submit
from tests.tui.scenarios.test_sign_in import make_request


async def on_line(person: Person, id: str) -> None:
    """Move the cursor to a line of the overview by keys."""
    await person.move_to(id)


async def test_each_line_opens_its_screen_and_record(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client
) -> None:
    bare = new_qpu(online=False)
    submit(user_http, bare["id"])
    make_request(sandbox, user, 600, "for the overview")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="overview", size=NARROW) as person:
        await person.sees("need", "attention", "for time is pending", f"{bare['name']} is enabled but offline")
        await on_line(person, f"qpu/{bare['id']}")
        await person.act("table.open")
        await person.until(lambda: person.app.current_place == "qpus")
        await person.until(lambda: person.app.screen.table.cursor_id == bare["id"])
        await person.act("go.overview")
        await person.ready()
        await on_line(person, "requests")
        await person.act("table.open")
        await person.until(lambda: person.app.current_place == "requests")


async def test_the_line_of_failing_jobs_opens_the_failed_jobs_of_that_qpu(
    sandbox: Sandbox, qpu: dict[str, Any], user_http: httpx.Client, user: Credentials
) -> None:
    bad = submit(user_http, qpu["id"], "OPENQASM 3.0;\nthis is no circuit;\n")
    async with at_console(sandbox.url, "user", user, screen="overview") as person:
        await person.sees(f"1 of 1 jobs on {qpu['name']} failed in the last hour")
        await on_line(person, f"failed/{qpu['id']}")
        await person.act("table.open")
        await person.until(lambda: person.app.current_place == "jobs")
        await person.until(lambda: person.app.screen.table.cursor_id == bad)
        await person.sees("1 match", "failed")


async def test_a_user_sees_only_their_own_lines(sandbox: Sandbox, user: Credentials, new_user: Any) -> None:
    make_request(sandbox, new_user(), 600, "somebody else's")
    make_request(sandbox, user, 1200, "mine")
    async with at_console(sandbox.url, "user", user, screen="overview") as person:
        await person.sees("1 request of yours is pending", "20 min in all")
        assert "requests for time" not in person.screen


MOMENT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


KINDS = {
    "requests": "requests", "qpus": "qpus", "drivers": "drivers", "active": "jobs", "recent": "jobs", "slots": "slots",
    "readings": "telemetry",
}  # fmt: skip


def lab_of(**known: Any) -> Lab:
    """Return a lab decoded from records as a server sends them."""
    rows = {name: registry()[KINDS[name]].decode_all(known.pop(name)) for name in KINDS if name in known}
    return Lab(admin=True, **rows, **known)


def told(lab: Lab) -> list[str]:
    """Return the lines at a fixed time."""
    clock.set_clock(lambda: MOMENT)
    try:
        return [f"{need.mark} {need.text}" for need in needs(lab)]
    finally:
        clock.set_clock(None)


def stamp(**ago: float) -> str:
    """Return a server date this long before the fixed time."""
    return f"{MOMENT - timedelta(**ago):%Y-%m-%d %H:%M:%S}.000Z"


ONLINE = {"id": "q1", "name": "qpu_one", "status": "online", "enabled": True}


def test_an_empty_overview_says_that_nothing_needs_attention() -> None:
    assert told(lab_of(qpus=[ONLINE])) == ["✓ Nothing needs attention: 1 QPU on, nothing waits."]


def test_silent_bad_and_failing_records_are_urgent_and_first() -> None:
    driver = {"id": "d1", "name": "fridge", "qpu": "q1", "kind": "bluefors_gen1", "enabled": True, "status": "offline"}
    reading = {"driver": "d1", "ts": stamp(seconds=5), "payload": {"readings": {
        "t": {"value": 0.4, "unit": "K", "status": "OK"},
        "p": {"value": None, "unit": "mbar", "status": "DISCONNECTED"},
    }}}  # fmt: skip
    jobs = [{"qpu_target": "q1", "status": status, "results": {"error": "AerError"}} for status in ("failed", "failed")]
    lab = lab_of(
        qpus=[ONLINE],
        drivers=[{**driver, "last_seen": stamp(minutes=3)}],
        recent=[*jobs, {"qpu_target": "q1", "status": "completed"}],
        active=[{"qpu_target": "q1", "status": "pending", "created": stamp(minutes=6)}],
        readings=[reading],
        limits={"t": {"max": 0.1}},
        slots=[{"id": "s", "start_time": stamp(hours=1), "end_time": stamp(hours=-1), "booked_by": "u"}],
    )
    assert told(lab) == [
        "▲ qpu_one has only monitors (fridge): no job completes there. Submit to another QPU.",
        "✗ 2 of 3 jobs on qpu_one failed in the last hour (AerError)",
        "▲ driver fridge was last seen 3 min ago",
        "✗ d1 p says DISCONNECTED",
        "✗ d1 t is at 0.4 K, above 0.1 K",
        "● slot now: another user until 11:00, then free",
        "● 0 running, 1 waiting, the oldest 6 min",
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [("t", "▲ d1 t has been silent for 6 min"), ("tpq", "▲ d1: 3 channels are silent, the last for 6 min")],
)
def test_silent_channels_are_one_line_per_cryostat(names: str, said: str) -> None:
    values = {name: {"value": 0.4, "unit": "K", "status": "OK"} for name in names}
    reading = {"driver": "d1", "ts": stamp(minutes=6), "payload": {"readings": values}}
    lines = told(lab_of(qpus=[ONLINE], readings=[reading]))
    assert [line for line in lines if "silent" in line] == [said]


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_esc_returns_to_where_a_jump_came_from(
    sandbox: Sandbox, new_qpu: Any, new_user: Any, size: tuple[int, int]
) -> None:
    who = new_user()
    bare = new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="overview", size=size) as person:
        await person.move_to(f"qpu/{bare['id']}")
        await person.act("table.open")
        await person.until(
            lambda: person.app.current_place == "qpus" and person.app.screen.table.cursor_id == bare["id"]
        )
        await person.press("escape")
        await person.until(lambda: person.app.current_place == "overview")
        await person.act("go.users")
        await person.move_to(who.id)
        for id, place in (("users.jobs", "jobs"), ("users.requests", "requests"), ("users.slots", "slots")):
            await person.act(id)
            await person.until(lambda place=place: person.app.current_place == place)
            await person.ready()
            await person.press("escape")
            await person.until(lambda: person.app.current_place == "users")
            assert person.app.screen.table.cursor_id == who.id
        # A typed filter is cleared first. A jump by number is not undone.
        await person.act("users.jobs")
        await person.ready()
        await person.act("go.drivers", "go.jobs")
        await person.press("escape", "escape", "escape")
        assert person.app.current_place == "jobs"


def test_the_age_of_the_oldest_request_is_shown_if_known() -> None:
    asked = [{"id": "r1", "status": "pending", "seconds": 3600}]
    said = {oldest: needs(lab_of(requests=asked, oldest=oldest))[0].text for oldest in ("2 h", "≥ 6 min", "")}
    assert said == {
        "2 h": "1 request for time is pending, the oldest 2 h, 1 h asked",
        "≥ 6 min": "1 request for time is pending, the oldest at least 6 min, 1 h asked",
        "": "1 request for time is pending, 1 h asked",
    }
