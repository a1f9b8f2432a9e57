"""Several servers in one console: one list of all records; actions go to the record's server, and no secret to
another.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.app import Console
from qpi_tui.domain.clock import now, stored
from qpi_tui.domain.roles import Role
from qpi_tui.screens.merged import MergedScreen
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.settings.accounts import SignIn
from qpi_tui.settings.config import Settings
from qpi_tui.settings.custom_commands import read_commands
from tests.conftest import sign_in
from tests.faults.listener import Listener
from tests.tui.helpers import WIDE, Person

REQUESTS = "/api/collections/qpu_time_requests/records"


@dataclass
class Server:
    """A laboratory, its administrator's connection bypassing the console, and its settings."""

    lab: Sandbox
    http: httpx.Client
    settings: Settings

    def status(self, id: str) -> str:
        return str(self.http.get(f"{REQUESTS}/{id}").raise_for_status().json()["status"])

    def ask(self, why: str, id: str) -> str:
        """Create a request with this id."""
        body = {"id": id, "user": self.lab.users[0].id, "seconds": 60, "status": "pending", "requested_reason": why}
        return str(self.http.post(REQUESTS, json=body).raise_for_status().json()["id"])


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    """Create two laboratories with the same seed, so that every id occurs twice."""
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
    """Run a console with several servers, on the list of all requests."""
    app = Console(replace(first, others=others))
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: isinstance(app.screen, MergedScreen))
        await person.press("2")
        await person.ready()
        yield person


async def test_all_servers_are_listed_and_an_action_goes_to_the_server_of_the_record(
    servers: tuple[Server, Server],
) -> None:
    north, south = servers
    ids = [f"both00000000{n:03}" for n in range(3)]
    for each in servers:
        for id in ids:
            each.ask(f"by {each.settings.name}", id)
    async with at_both(north.settings, south.settings) as person:
        await person.sees("on 2 servers", "by north", "by south", "Server")
        assert " north " in person.screen.splitlines()[0]
        assert " south " in person.screen.splitlines()[0]
        # Of two records with the same id, the right one.
        await person.move_to(f"1/{ids[0]}")
        await person.press("a")
        await person.sees("Approve")
        assert person.app.settings.name == "south"
        await person.confirm()
        await person.until(lambda: south.status(ids[0]) == "approved")
        assert north.status(ids[0]) == "pending"
        # Back to all servers, two marks on one server.
        await person.press("ctrl+s")
        await person.until(lambda: isinstance(person.app.screen, MergedScreen))
        await person.ready()
        await person.until(lambda: f"1/{ids[0]}" not in {r.id for r in person.app.screen.table.visible_records})
        for id in ids[1:]:
            await person.move_to(f"0/{id}")
            await person.press("space")
        await person.press("a")
        await person.until(lambda: person.app.settings.name == "north")
        await person.sees("Approve 2")
        await person.confirm()
        await person.until(lambda: [north.status(id) for id in ids] == ["pending", "approved", "approved"])
        assert [south.status(id) for id in ids] == ["approved", "pending", "pending"]


async def test_a_key_cycles_through_the_servers_without_mixing_them(
    servers: tuple[Server, Server],
) -> None:
    north, south = servers
    async with at_both(north.settings, south.settings) as person:
        colours = []
        for name in ("north", "south"):
            await person.press("ctrl+s")
            await person.until(lambda name=name: person.app.settings.name == name)
            await person.ready()
            await person.sees("● live")
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
        # A change on the other server appears in the list of all.
        await person.press("ctrl+s")
        await person.until(lambda: isinstance(person.app.screen, MergedScreen))
        await person.ready()
        north.ask("just now", "changed00000001")
        await person.sees("just now")
        await person.press("1")
        await person.until(lambda: person.app.current_mode == "all/overview")
        await person.ready()
        await person.sees("north", "south", "requests for time are pending")
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
        await person.press("B")
        await person.sees("Not available for all servers at once")


async def mark(person: Person, *lines: str) -> None:
    """Mark these rows in the list of all servers."""
    await person.until(lambda: isinstance(person.app.screen, MergedScreen))
    await person.ready()
    for line in lines:
        await person.move_to(line)
        await person.press("space")


async def test_marks_on_several_servers_are_confirmed_server_by_server(servers: tuple[Server, Server]) -> None:
    north, south = servers
    ids = [f"turn00000000{n:03}" for n in range(3)]
    for each in servers:
        for id in ids:
            each.ask(f"t {each.settings.name}", id)
    async with at_both(north.settings, south.settings) as person:
        await person.sees("t north", "t south", "Balance → after")
        await mark(person, f"0/{ids[0]}", f"0/{ids[1]}", f"1/{ids[1]}")
        await person.press("a")
        await person.sees("Approve on 2 servers?", "north  2 requests", "south  1 request")
        await person.confirm()
        await person.until(lambda: person.app.settings.name == "north")
        await person.sees("Approve 2 requests?")
        assert south.status(ids[1]) == "pending"
        await person.confirm()
        await person.sees("2 done")
        await person.press("escape")
        await person.until(lambda: person.app.settings.name == "south")
        await person.sees("Approve this request?")
        await person.confirm()
        # When the last one is done, all servers are shown again.
        await person.until(lambda: isinstance(person.app.screen, MergedScreen))
        await person.sees("✓ north: 2 done · south: 1 done")
        assert [north.status(id) for id in ids] == ["approved", "approved", "pending"]
        assert [south.status(id) for id in ids] == ["pending", "approved", "pending"]


async def test_cancelling_at_one_server_skips_the_following_servers(servers: tuple[Server, Server]) -> None:
    north, south = servers
    id = "no0000000000001"
    for each in servers:
        each.ask("yes and no", id)
    async with at_both(north.settings, south.settings) as person:
        await mark(person, f"0/{id}", f"1/{id}")
        await person.press("r")
        await person.sees("Reject on 2 servers?")
        await person.confirm()
        await person.sees("Reject this request?")
        await person.press("escape")
        await person.sees("Stopped. north: nothing done · south: not begun")
        assert person.app.settings.name == "north"
        assert [each.status(id) for each in servers] == ["pending", "pending"]
        # Text between the two dialogs belongs to the one that asks for it.
        await person.press("ctrl+s", "ctrl+s")
        await mark(person, f"0/{id}", f"1/{id}")
        await person.press("r")
        await person.sees("Reject on 2 servers?")
        await person.confirm()
        for name in ("north", "south"):
            await person.until(lambda name=name: person.app.settings.name == name)
            await person.sees("Reject this request?")
            await person.type(f"not on {name}")
            await person.confirm()
        await person.until(lambda: isinstance(person.app.screen, MergedScreen))
        for each in servers:
            found = each.http.get(f"{REQUESTS}/{id}").json()
            assert (found["status"], found["rejection_reason"]) == ("rejected", f"not on {each.settings.name}")
        # The log contains the changes on both.
        await person.press("J")
        await person.sees("2 in this session", "reject")
        assert {row.server for row in person.app.screen.records} == {each.lab.url for each in servers}


async def test_telemetry_tokens_and_findings_of_all_servers_are_listed(servers: tuple[Server, Server]) -> None:
    north, south = servers
    for each in servers:
        driver = each.http.get("/api/collections/drivers/records").raise_for_status().json()["items"][0]
        values = {f"mxc {each.settings.name}": {"value": 12, "unit": "mK", "status": "OK"}}
        body = {
            "type": "CryostatReading",
            "driver": driver["id"],
            "qpu": driver["qpu"],
            "ts": stored(now()).replace(" ", "T"),
            "payload": {"readings": values},
        }
        each.http.post("/api/collections/events/records", json=body).raise_for_status()
    async with at_both(north.settings, south.settings) as person:
        for key, place in (("8", "telemetry"), ("K", "doctor"), ("B", "")):
            await person.press(key)
            if not place:
                await person.sees("Not available for all servers at once")
                continue
            await person.until(lambda place=place: person.app.current_mode == f"all/{place}")
            await person.ready()
            rows = person.app.screen.table.visible_records
            assert {row.server for row in rows} == {"north", "south"}, place
        severities = [str(row.severity) for row in rows]
        assert severities == sorted(severities, key=("severe", "warning", "note").index)
        await person.press("8")
        await person.sees("Cryostat", "mxc north", "mxc south", "12")
        await person.press("slash")
        await person.type("server:south")
        await person.sees_not("mxc north")


async def test_the_palette_finds_records_of_all_servers_and_acts_on_the_right_one(
    servers: tuple[Server, Server],
) -> None:
    north, south = servers
    async with at_both(north.settings, south.settings) as person:
        for typed, offer in (("mock-5 on south", "record:qpus:1/"), ("disable mock-5 south", "do:qpus.disable:1/")):
            await person.press("colon")
            await person.type(typed)
            await person.until(
                lambda offer=offer: (person.app.screen.query_one("RecordTable").cursor_id or "").startswith(offer)
            )
            await person.press("enter")
            if offer.startswith("record"):
                await person.until(lambda: person.app.current_mode == "all/qpus")
                await person.until(lambda: getattr(person.app.screen.table.cursor_record, "server", "") == "south")
        await person.until(lambda: person.app.settings.name == "south")
        await person.sees("Disable mock-5?")
        assert person.app.connection.client.base_url == south.lab.url


async def test_a_custom_command_runs_for_each_record_on_its_server(
    servers: tuple[Server, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = 'echo "$RECORD_ID $QPI_URL $QPI_PROFILE" >> runs'
    own = read_commands({"note": {"key": "f6", "screen": "qpus", "run": run, "background": True, "output": "none"}})
    north, south = (replace(each.settings, commands=tuple(own.values())) for each in servers)
    async with at_both(north, south) as person:
        await person.press("3")
        await person.ready()
        rows = person.app.screen.table.visible_records
        ids = [next(row.id for row in rows if row.at == at) for at in (0, 1)]
        for id in ids:
            await person.move_to(id)
            await person.press("space")
        await person.press("f6")
        await person.sees("Run note?", " on north", " on south")
        await person.confirm()
        wanted = {
            f"{id.partition('/')[2]} {each.lab.url} {each.settings.name}" for id, each in zip(ids, servers, strict=True)
        }
        await person.until(lambda: (tmp_path / "runs").exists())
        await person.until(lambda: set((tmp_path / "runs").read_text().splitlines()) == wanted)


async def test_an_unavailable_server_hides_no_other_and_gets_no_secret(
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
            # After signing in there, both are available.
            await person.press("ctrl+s")
            await person.until(lambda: isinstance(person.app.screen, SignInScreen))
            await person.type(south.lab.admin.password)
            await person.press("enter")
            await person.until(lambda: person.app.settings.name == "east" and person.app.connection is not None)
            await person.press("ctrl+s")
            await person.until(lambda: isinstance(person.app.screen, MergedScreen))
            await person.sees("on 2 servers")
            # An unreachable server hides no other.
            listener.kill()
            await person.press("ctrl+r")
            await person.sees("▲ east: ", "north")
    finally:
        listener.kill()


async def test_every_server_notifies_once_whichever_is_shown(servers: tuple[Server, Server], tmp_path: Path) -> None:
    take, got = tmp_path / "take.py", tmp_path / "got.jsonl"
    take.write_text(f"import sys\nopen({str(got)!r}, 'ab').write(sys.stdin.buffer.read() + b'\\n')\n")
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(take))}"
    told = (replace(each.settings, notify=("request",), notify_command=command) for each in servers)

    def records() -> list[tuple[str, str]]:
        lines = got.read_text().splitlines() if got.exists() else []
        return [(found["notification"]["server"], found["id"]) for line in lines if (found := json.loads(line))]

    async with at_both(*told) as person:
        # Records that exist at the first read are not reported.
        await person.until(lambda: all("request" in each.memory.kinds for each in person.app.servers.all))
        wanted = []
        for shown in ("all", "north", "south", "all"):
            for each in servers:
                wanted.append((each.lab.url, each.ask("told", f"told{len(wanted):011}")))
            await person.until(lambda: set(records()) == set(wanted))
            await person.press("ctrl+s")
            await person.until(lambda shown=shown: isinstance(person.app.screen, MergedScreen) == (shown == "south"))
            await person.ready()
        assert sorted(records()) == sorted(wanted)
