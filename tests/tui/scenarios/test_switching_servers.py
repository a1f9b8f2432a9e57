"""Nothing of the server or account before is shown as the next one's, while that one is being read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.widgets import Static

from qpi_sandbox import Credentials, Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.app import Console
from qpi_tui.domain.roles import Role
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.screens.merged import MergedScreen
from qpi_tui.settings.accounts import SignIn
from qpi_tui.settings.config import Settings
from tests.tui.helpers import WIDE, Person
from tests.tui.scenarios.test_elsewhere import http

JOBS = "/api/collections/quantum_jobs/records"
# Longer than a test looks: every answer that counts comes after the delay is cleared.
SLOW = Fault("latency", 3, route="GET /api/*")


@pytest.fixture(scope="module")
def labs() -> Iterator[tuple[Sandbox, Sandbox]]:
    """Return two laboratories with the same seed, so that every id occurs twice; only one has an announcement."""
    with (
        Sandbox(seed=1, jobs=12, worker=False, faults=[]) as north,
        Sandbox(seed=1, jobs=12, worker=False, faults=[]) as south,
    ):
        with http(north) as client:
            body = {"title": "Cold head service", "description": "at the north lab"}
            client.post("/api/collections/notifications/records", json=body).raise_for_status()
            (job,) = client.get(JOBS, params={"perPage": 1}).json()["items"]
        fields = ("qpu_target", "payload", "results", "finished_at", "duration")
        for lab in (north, south):
            body = {name: job[name] for name in fields} | {"status": "completed", "user_id": lab.users[0].id}
            with http(lab) as client:
                for number in range(3):
                    client.post(JOBS, json={**body, "id": f"twice000000{number:04}"}).raise_for_status()
        with http(north) as client:
            body = {"qpu_seconds": 27 * 3600}
            client.patch(f"/api/collections/users/records/{north.users[0].id}", json=body).raise_for_status()
        yield north, south


@asynccontextmanager
async def at_north(labs: tuple[Sandbox, Sandbox], role: Role, place: str) -> AsyncIterator[Person]:
    """Run a console with both servers, on a screen of the first alone."""
    made = []
    for lab, name in zip(labs, ("north", "south"), strict=True):
        assert lab.faults is not None
        lab.faults.clear()
        who: Credentials = lab.admin if role is Role.ADMIN else lab.users[0]
        made.append(Settings(SignIn(lab.url, role, who.identity, who.password), name=name, refresh=60.0))
    app = Console(replace(made[0], others=(made[1],), screen=place))
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: app.servers is not None and len(app.servers.signed_in) == 2)
        await person.press("ctrl+s")
        await person.until(lambda: app.current_mode == place and app.settings.name == "north")
        await person.ready()
        yield person


def shown(person: Person) -> dict[str, list[str]]:
    """Return the records of every opened screen of one server, and the text of their details."""
    lists = [
        screen
        for screen in person.app.console_screens()
        if isinstance(screen, ListScreen) and not isinstance(screen, MergedScreen) and screen.area != "journal"
    ]
    return {
        screen.area: [record.id for record in (*screen.records, *screen.table.visible_records)]
        + [
            text
            for each in screen.query(Static).results(Static)
            if each.id and each.display and (text := str(each.content))
        ]
        for screen in lists
    }


async def test_rows_balance_and_announcement_go_at_once_and_enter_waits_for_the_next_server(
    labs: tuple[Sandbox, Sandbox],
) -> None:
    _, south = labs
    assert south.faults is not None
    async with at_north(labs, Role.USER, "jobs") as person:
        await person.sees("27 h", "Cold head service")
        await person.move_to("twice0000000001")
        await person.press("slash")
        await person.type("done")
        await person.press("enter")
        await person.sees("match")
        south.faults.add(SLOW)
        await person.press("ctrl+s")
        await person.until(lambda: person.app.settings.name == "south")
        await person.sees("reading…")
        assert not person.app.screen.table.visible_records
        for of_north in ("27 h", "Cold head service", "✓ done"):
            assert of_north not in person.screen
        await person.press("enter", "c")
        assert person.app.screen_stack[1:] == []
        south.faults.clear()
        await person.ready()
        # The cursor and the filter stay; the answer is the next server's.
        await person.until(lambda: person.app.screen.table.cursor_id == "twice0000000001")
        assert person.app.screen.filtered_by == "done"
        await person.until(lambda: person.app.badges.known)
        assert "27 h" not in person.screen
        assert "Cold head service" not in person.screen


async def test_no_opened_screen_keeps_what_it_shows_of_the_server_before(labs: tuple[Sandbox, Sandbox]) -> None:
    _, south = labs
    assert south.faults is not None
    async with at_north(labs, Role.ADMIN, "overview") as person:
        for place in ("users", "qpus", "drivers", "slots", "telemetry", "requests", "tokens", "usage", "jobs"):
            person.app.go(place)
            await person.until(lambda place=place: person.app.current_mode == place)
            await person.ready()
        assert sum(map(bool, shown(person).values())) > 5
        south.faults.add(SLOW)
        await person.press("ctrl+s")
        await person.until(lambda: person.app.settings.name == "south")
        assert {area: found for area, found in shown(person).items() if found} == {}
        south.faults.clear()


async def test_what_an_administrator_saw_is_gone_while_a_users_view_is_read(labs: tuple[Sandbox, Sandbox]) -> None:
    north, _ = labs
    assert north.faults is not None
    async with at_north(labs, Role.ADMIN, "users") as person:
        for place in ("requests", "qpus", "users"):
            person.app.go(place)
            await person.until(lambda place=place: person.app.current_mode == place)
            await person.ready()
        await person.move_to(north.users[0].id)
        await person.press("enter")
        await person.act("users.look")
        await person.sees("Look as")
        north.faults.add(SLOW)
        await person.confirm()
        await person.sees(" AS ")
        assert {area: found for area, found in shown(person).items() if found} == {}
        north.faults.clear()
        await person.ready()


async def test_users_begin_with_the_jobs_of_all_servers_in_the_words_of_each_servers_own_list(
    labs: tuple[Sandbox, Sandbox],
) -> None:
    made = []
    for lab, name in zip(labs, ("north", "south"), strict=True):
        who = lab.users[0]
        made.append(Settings(SignIn(lab.url, Role.USER, who.identity, who.password), name=name, refresh=60.0))
    with http(labs[1]) as client:
        qpu = client.post("/api/op/qpus/create", json={"name": "undriven", "num_qubits": 2, "enabled": True}).json()
        payload = client.get(JOBS, params={"perPage": 1}).json()["items"][0]["payload"]
        body = {"id": "waits0000000001", "user_id": labs[1].users[0].id, "qpu_target": qpu["id"], "status": "pending"}
        client.post(JOBS, json={**body, "payload": payload}).raise_for_status()
    app = Console(replace(made[0], others=(made[1],)))
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: app.current_mode == "all/jobs")
        await person.sees("on 2 servers", "undriven", "○ no driver")
        await person.move_to("1/waits0000000001")
        for said in (" × ", "no driver"):
            await person.until(lambda said=said: said in str(app.screen.query_one("#detail-text", Static).content))
        await person.press("ctrl+s", "ctrl+s")
        await person.until(lambda: app.settings.name == "south")
        await person.sees("undriven", "○ no driver")
