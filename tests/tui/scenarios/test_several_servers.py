"""Several servers in one console: one list with all, what is done goes to its own server, and no secret to another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.app import Console
from qpi_tui.domain.roles import Role
from qpi_tui.screens.merged import MergedScreen
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.settings.accounts import SignIn
from qpi_tui.settings.config import Settings
from tests.conftest import sign_in
from tests.faults.listener import Listener
from tests.tui.helpers import WIDE, Person

REQUESTS = "/api/collections/qpu_time_requests/records"


@dataclass
class Server:
    """A laboratory, its administrator's connection past the console, and its settings."""

    lab: Sandbox
    http: httpx.Client
    settings: Settings

    def status(self, id: str) -> str:
        return str(self.http.get(f"{REQUESTS}/{id}").raise_for_status().json()["status"])

    def ask(self, why: str, id: str) -> str:
        """A request with this id."""
        body = {"id": id, "user": self.lab.users[0].id, "seconds": 60, "status": "pending", "requested_reason": why}
        return str(self.http.post(REQUESTS, json=body).raise_for_status().json()["id"])


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    """Two laboratories with the same seed: every id is there twice."""
    with Sandbox(seed=1, jobs=5, worker=False) as one, Sandbox(seed=1, jobs=5, worker=False) as other:
        made = []
        for name, lab in (("north", one), ("south", other)):
            token = sign_in(lab.url, lab.admin, "_superusers")
            http = httpx.Client(base_url=lab.url, headers={"Authorization": token}, timeout=20)
            who = SignIn(lab.url, Role.ADMIN, lab.admin.identity, lab.admin.password)
            made.append(Server(lab, http, Settings(sign_in=who, name=name, refresh=0.3)))
        yield made[0], made[1]


@asynccontextmanager
async def at_both(first: Settings, *others: Settings) -> AsyncIterator[Person]:
    """A console with several servers, at the list of all requests."""
    from dataclasses import replace

    app = Console(replace(first, others=others))
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: isinstance(app.screen, MergedScreen))
        await person.press("2")
        await person.ready()
        yield person


async def test_all_are_listed_and_an_action_goes_to_the_records_own_server(servers: tuple[Server, Server]) -> None:
    north, south = servers
    ids = [f"both00000000{n:03}" for n in range(3)]
    for each in servers:
        for id in ids:
            each.ask(f"by {each.settings.name}", id)
    async with at_both(north.settings, south.settings) as person:
        await person.sees("on 2 servers", "by north", "by south", "Server")
        assert " north " in person.screen.splitlines()[0]
        assert " south " in person.screen.splitlines()[0]
        # Of two records with the same id the one that is meant.
        await person.move_to(f"1/{ids[0]}")
        await person.press("a")
        await person.sees("Approve")
        assert person.app.settings.name == "south"
        await person.confirm()
        await person.until(lambda: south.status(ids[0]) == "approved")
        assert north.status(ids[0]) == "pending"
        # Back to all, two marks of one server; then of both.
        await person.press("ctrl+s")
        await person.until(lambda: isinstance(person.app.screen, MergedScreen))
        await person.ready()
        await person.until(lambda: f"1/{ids[0]}" not in {r.id for r in person.app.screen.table.visible_records})
        for id in ids[1:]:
            await person.move_to(f"0/{id}")
            await person.press("space")
        await person.move_to(f"1/{ids[1]}")
        await person.press("space", "a")
        await person.sees("The marked lines are on several servers")
        await person.move_to(f"1/{ids[1]}")
        await person.press("space", "a")
        await person.until(lambda: person.app.settings.name == "north")
        await person.sees("Approve 2")
        await person.confirm()
        await person.until(lambda: [north.status(id) for id in ids] == ["pending", "approved", "approved"])
        assert [south.status(id) for id in ids] == ["approved", "pending", "pending"]


async def test_one_key_goes_through_the_servers_and_leaves_nothing_of_one_at_the_next(
    servers: tuple[Server, Server],
) -> None:
    north, south = servers
    async with at_both(north.settings, south.settings) as person:
        colours = []
        for name in ("north", "south"):
            await person.press("ctrl+s")
            await person.until(lambda name=name: person.app.settings.name == name)
            await person.ready()
            assert not isinstance(person.app.screen, MergedScreen)
            assert person.app.connection.client.base_url == next(
                each.lab.url for each in servers if each.settings.name == name
            )
            assert not person.app.screen.table.marks
            colours.append(person.app.settings.colour)
            await person.press("space")
            assert person.app.screen.table.marks
            assert not person.app.undo.open
        assert len(set(colours)) == 2
        await person.press("ctrl+s")
        await person.until(lambda: isinstance(person.app.screen, MergedScreen))
        await person.press("ctrl+s")
        await person.until(lambda: not isinstance(person.app.screen, MergedScreen))
        assert person.app.settings.name == "north"
        await person.press("ctrl+s")
        await person.until(lambda: person.app.settings.name == "south")
        # What changes on the other server is shown where all are.
        await person.press("ctrl+s")
        await person.until(lambda: isinstance(person.app.screen, MergedScreen))
        await person.ready()
        north.ask("just now", "changed00000001")
        await person.sees("just now")
        await person.press("1")
        await person.until(lambda: person.app.current_mode == "all/overview")
        await person.ready()
        await person.sees("north", "south", "requests for time wait")
        shown = person.app.screen.table.visible_records
        assert [row.urgent for row in shown] == sorted((row.urgent for row in shown), reverse=True)
        await person.press("slash")
        await person.type("server:south")
        await person.until(lambda: {row.server for row in person.app.screen.table.visible_records} == {"south"})
        await person.press("escape", "4")
        await person.ready()
        assert "0/" not in person.screen
        made = [row.created for row in person.app.screen.table.visible_records]
        assert len({row.server for row in person.app.screen.table.visible_records}) == 2
        assert made == sorted(made, reverse=True)
        await person.press("8")
        await person.sees("Not for all servers at once")


async def test_a_server_that_wants_a_sign_in_or_is_gone_hides_no_other_and_gets_no_secret(
    servers: tuple[Server, Server],
) -> None:
    north, south = servers
    listener = Listener(south.lab.url)
    try:
        stranger = Settings(sign_in=SignIn(listener.url, Role.ADMIN, north.lab.admin.identity), name="east")
        async with at_both(north.settings, stranger) as person:
            await person.sees("on 1 server", "east: not signed in")
            await person.press("ctrl+s")
            await person.until(lambda: person.app.current_mode == "requests")
            await person.press("ctrl+s")
            await person.until(lambda: isinstance(person.app.screen, SignInScreen))
            await person.press("escape")
            await person.until(lambda: not isinstance(person.app.screen, SignInScreen))
            assert person.app.settings.name == "north"
            assert person.app.connection.client.base_url == north.lab.url
            assert listener.credentials() == []
            # Signed in there, both are open.
            await person.press("ctrl+s")
            await person.until(lambda: isinstance(person.app.screen, SignInScreen))
            await person.type(south.lab.admin.password)
            await person.press("enter")
            await person.until(lambda: person.app.settings.name == "east" and person.app.connection is not None)
            await person.press("ctrl+s")
            await person.until(lambda: isinstance(person.app.screen, MergedScreen))
            await person.sees("on 2 servers")
            # One that is gone hides nobody.
            listener.kill()
            await person.press("ctrl+r")
            await person.sees("▲ east: ", "north")
    finally:
        listener.kill()
