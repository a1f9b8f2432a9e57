"""Before the first response nothing is counted: the screen says that it is loading."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox
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
