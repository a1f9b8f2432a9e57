"""Snapshots of every screen at 80×24 and 120×40."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from qpi_sandbox import Sandbox
from qpi_tui.app import Console
from qpi_tui.domain.roles import Role
from qpi_tui.session.connection import SignIn
from qpi_tui.settings.config import Settings
from screenshots.make import PICTURES, Picture, settled
from tests.tui.helpers import read_screen
from tests.tui.shared_drawing import SharedDrawer

SIZES = ((80, 24), (120, 40))


def run_before(picture: Picture) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Wait for the data, then press the snapshot's keys."""

    async def run(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, Console)
        if picture.signed_in:
            await settled(app)
        for key in picture.keys:
            await pilot.press(key)
            await pilot.pause()
            if picture.signed_in:
                await settled(app)
        # Wait for what grows after the data, such as lines below a list.
        before = ""
        for _ in range(20):
            if before == (before := read_screen(app)):
                break
            await pilot.pause(0.25)

    return run


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_each_screen_matches_its_snapshot(
    snap_compare: Any, labs: dict[Role, Sandbox], picture: Picture, size: tuple[int, int]
) -> None:
    lab = labs[picture.role]
    who = lab.admin if picture.role is Role.ADMIN else lab.users[0]
    sign_in = SignIn(lab.url, picture.role, who.identity, who.password) if picture.signed_in else SignIn()
    app = Console(Settings(sign_in=sign_in, name="lab.example.org", screen=picture.screen))
    app.drawer = SharedDrawer()
    picture.prepare(app)
    assert snap_compare(app, terminal_size=size, run_before=run_before(picture))
