"""The console signs in at other servers in the background. If you sign in there yourself meanwhile, that counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from qpi_client import ClientClosed
from qpi_tui.live import servers as live_servers
from qpi_tui.screens.merged import MergedScreen
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.session.connection import Connection
from tests.tui.helpers import Person
from tests.tui.scenarios.test_several_servers import Server, at_both, servers

__all__ = ["servers"]


@dataclass
class Background:
    """The sign-in in the background: it has its answer, and returns it when `ends` is called."""

    made: list[Connection] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def ends(self) -> Connection:
        self.gate.set()
        await self.ended.wait()
        (made,) = self.made
        return made


@asynccontextmanager
async def at_north(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Person, Background]]:
    """Run a console at the first server while the sign-in at the second is slow."""
    background = Background()
    connect, open_others = live_servers.connect, live_servers.LiveSessions.open_others

    async def slow(*given: Any, **options: Any) -> Connection:
        connection = await connect(*given, **options)
        background.made.append(connection)
        await background.gate.wait()
        return connection

    async def all_others(sessions: live_servers.LiveSessions) -> None:
        first = not sessions._began
        await open_others(sessions)
        if first:
            background.ended.set()

    monkeypatch.setattr(live_servers, "connect", slow)
    monkeypatch.setattr(live_servers.LiveSessions, "open_others", all_others)
    north, south = (replace(each.settings, notify=("request",)) for each in servers)
    async with at_both(north, south) as person:
        await person.press("ctrl+s")
        await person.until(lambda: person.app.settings.name == "north" and background.made)
        yield person, background


async def sign_in_at_south(person: Person, south: Server) -> None:
    await person.press("ctrl+s")
    await person.until(lambda: isinstance(person.app.screen, SignInScreen))
    await person.type(south.lab.admin.password)
    await person.press("enter")
    await person.until(lambda: person.app.settings.name == "south" and person.app.connection is not None)
    await person.ready()


async def test_a_sign_in_of_the_user_is_not_replaced_by_the_one_in_the_background(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_north(servers, monkeypatch) as (person, background):
        await sign_in_at_south(person, servers[1])
        own = person.app.connection
        late = await background.ends()
        with pytest.raises(ClientClosed):
            await late.client.health()
        # One stream and one notifier follow it: the console's.
        assert not late.watchers
        assert person.app.servers.current.notifier is None
        await person.press("ctrl+s")
        await person.until(lambda: isinstance(person.app.screen, MergedScreen))
        await person.sees("on 2 servers")
        assert [each.connection for each in person.app.servers.all][1] is own
        assert (await own.client.health())["code"] == 200


async def test_what_the_user_signed_in_to_stays_also_after_a_switch_to_another_server(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_north(servers, monkeypatch) as (person, background):
        await sign_in_at_south(person, servers[1])
        own = person.app.connection
        await person.press("ctrl+s", "ctrl+s")
        await person.until(lambda: person.app.settings.name == "north")
        notifier = person.app.servers.all[1].notifier
        assert notifier is not None
        late = await background.ends()
        with pytest.raises(ClientClosed):
            await late.client.health()
        assert (person.app.servers.all[1].connection, person.app.servers.all[1].notifier) == (own, notifier)


async def test_a_sign_out_is_not_undone_by_the_sign_in_in_the_background(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_north(servers, monkeypatch) as (person, background):
        await sign_in_at_south(person, servers[1])
        await person.act("app.sign_out")
        await person.sees("Sign out of")
        await person.confirm()
        await person.until(lambda: isinstance(person.app.screen, SignInScreen))
        late = await background.ends()
        with pytest.raises(ClientClosed):
            await late.client.health()
        assert person.app.connection is None
        assert person.app.servers.current.notifier is None
        assert [session.name for _, session, _ in person.app.servers.signed_in] == ["north"]


async def test_a_server_is_signed_in_to_in_the_background_if_nobody_goes_there(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_north(servers, monkeypatch) as (person, background):
        made = await background.ends()
        assert person.app.servers.all[1].connection is made
        await person.press("ctrl+s")
        await person.until(lambda: person.app.settings.name == "south")
        assert person.app.connection is made
