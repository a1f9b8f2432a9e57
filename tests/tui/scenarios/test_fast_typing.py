"""Keys that come faster than a screen opens: none of them is typed into a line that nobody opened."""

from __future__ import annotations

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.screens import PLACES
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.widgets.filter_bar import FilterBar
from tests.tui.helpers import at_console


@pytest.mark.parametrize("place", [place.id for place in PLACES.values()])
async def test_keys_pressed_while_a_screen_opens_do_not_filter_it(sandbox: Sandbox, place: str) -> None:
    first = "journal" if place != "journal" else "tokens"
    async with at_console(sandbox.url, "admin", sandbox.admin, screen=first) as person:
        person.app.go(place)
        for key in ("j", "j", "G"):
            person.app.simulate_key(key)
        await person.ready()
        screen = person.app.screen
        if isinstance(screen, ListScreen):
            assert screen.query_one(FilterBar).value == ""
            assert screen.table.filter_text == ""
            assert not screen.query_one(FilterBar).has_focus
