"""Before the first response nothing is counted: the screen says that it is loading."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox
from tests.conftest import NewUser
from tests.faults.listener import Listener
from tests.tui.helpers import NARROW, WIDE, at_console


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Listener]:
    listener = Listener(sandbox.url)
    yield listener
    listener.thaw()
    listener.kill()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_no_screen_shows_counts_before_it_has_read(
    server: Listener, sandbox: Sandbox, size: tuple[int, int]
) -> None:
    async with at_console(server.url, "admin", sandbox.admin, screen="journal", size=size) as person:
        tabs = [tab.id for tab in person.app.tabs() if tab.id != "journal"]
        server.freeze()
        for tab in tabs:
            person.app.go(tab)
            await person.sees("loading…")
            body = "\n".join(person.screen.splitlines()[2:])
            assert not re.search(r"\b0 [a-z]|nothing|free:|Nothing", body), (tab, person.screen)
        server.thaw()
        for tab in tabs:
            person.app.go(tab)
            await person.sees_not("loading…", within=60)


async def test_frames_that_wait_for_the_first_rows_end_with_them_and_with_a_key(
    sandbox: Sandbox, new_user: NewUser
) -> None:
    async with at_console(sandbox.url, "user", new_user(), screen="qpus") as person:
        screen = person.app.screen
        await person.at_rest()
        screen.hold_frames(60)
        assert screen.frame_held()
        screen.feed.forget()
        screen.feed.poke()
        await person.until(lambda: not screen.frame_held())
        await person.at_rest()
        screen.hold_frames(60)
        await person.act("table.filter")
        assert not screen.frame_held()
