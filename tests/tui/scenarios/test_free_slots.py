"""Booking suggests the next free times of the typed length; the command lists them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.cli.command import as_
from tests.conftest import sign_in
from tests.tui.helpers import NARROW, at_console


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a laboratory without bookings."""
    with Sandbox(seed=1, jobs=0, worker=False) as running:
        with httpx.Client(base_url=running.url, headers={"Authorization": _token(running)}) as http:
            for slot in http.get("/api/collections/time_slots/records", params={"perPage": 500}).json()["items"]:
                http.delete(f"/api/collections/time_slots/records/{slot['id']}").raise_for_status()
        yield running


def _token(lab: Sandbox) -> str:
    return sign_in(lab.url, lab.admin, "_superusers")


async def test_a_length_suggests_free_times_and_a_key_or_a_click_accepts_one(lab: Sandbox) -> None:
    command = as_(lab.url, lab.users[0], "user")
    listed = command.ok("slots", "free", "--length", "2h", "--json").json
    assert len(listed) == 5
    command.ok("slots", "book", listed[0]["typed"])
    async with at_console(lab.url, "user", lab.users[0], screen="slots", size=NARROW) as person:
        await person.press("b")
        await person.type("2h")
        await person.sees("F2 ", "F5 ", "The next free time: F2 to F5 take it")
        await person.press("enter")
        assert "F2 " in person.screen, "a length alone books nothing"
        await person.press("f2")
        await person.sees_not("F2 ")
        await person.press("enter")
        await person.sees("booked")
        await person.press("b")
        await person.type("2h")
        await person.sees("F3 ")
        await person.pilot.click("#suggestions", offset=(4, 1))
        await person.until(lambda: "F3 " not in person.screen)
        await person.press("enter")
        await person.until(lambda: len(person.app.screen.slots()) == 3)
    booked = sorted((datetime.fromisoformat(each["start_time"]), each) for each in command.ok(
        "slots", "list", "--json"
    ).json)  # fmt: skip
    starts = [start for start, _ in booked]
    assert starts[0] == datetime.fromisoformat(listed[0]["start"])
    assert starts[1] - starts[0] == timedelta(hours=2)
    assert starts[2] - starts[1] == timedelta(hours=4), "the second of those that were offered"


def test_the_command_respects_its_limits_and_explains_mistakes(lab: Sandbox) -> None:
    command = as_(lab.url, lab.users[1], "user")
    words = ("--length", "90m", "--since", "+3d", "--until", "+4d", "--limit", "9", "--json")
    within = command.ok("slots", "free", *words).json
    assert len(within) == 9
    assert all(before["end"] <= after["start"] for before, after in pairwise(within))
    assert "before then" in command.ok("slots", "free", "--length", "2d", "--until", "+1d").err
    assert _qpu(lab) in command.ok("slots", "free", "--length", "1h", "--qpu", _qpu(lab)).err
    assert command("slots", "free", "--length", "soon").code == 2
    assert command("slots", "free", "--length", "1h", "--qpu", "no_such_qpu").code == 5


def _qpu(lab: Sandbox) -> str:
    with httpx.Client(base_url=lab.url, headers={"Authorization": _token(lab)}) as http:
        return str(http.get("/api/collections/qpus/records").json()["items"][0]["name"])
