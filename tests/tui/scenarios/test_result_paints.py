"""A result is painted completely, whenever its data arrive: before the screen exists, while it is resized, or
closed.
"""

from __future__ import annotations

import asyncio
import random
import re
from typing import Any

import httpx
import pytest
from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.screen import Screen

from qpi_client import QPIClient
from qpi_sandbox import Credentials, Sandbox
from qpi_tui.app import Console
from qpi_tui.domain.roles import Role
from qpi_tui.rows.jobs import JobRow
from qpi_tui.screens.job import JobScreen, Known
from qpi_tui.session.connection import Connection, SignIn
from qpi_tui.settings.config import Settings
from qpi_tui.terminal.screen_diff import cells_of
from tests.hostile.test_terminal import FULL
from tests.tui.helpers import NARROW, WIDE, Person
from tests.tui.scenarios.test_results import assert_bars_say, bars, stored

COUNTS = {f"{n:04b}": 400 - 17 * n for n in range(12)}
# Longer than any of the terminals, so that it can be scrolled.
LONG = (
    'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[12] q;\nbit[12] c;\n'
    + "".join(f"h q[{n}];\ncx q[{n}], q[{(n + 1) % 12}];\n" for n in range(12))
    + "c = measure q;\n"
)
KEYS = ("w", "w", "s", "v", "plus", "minus", "j", "G", "g", "ctrl+d", "question_mark", "escape", "a", "a")
SIZES = (NARROW, WIDE, (100, 30), (110, 26), (40, 12))


class Seen(Console):
    """A console whose frames are recorded cell by cell, as a terminal would show them."""

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        if isinstance(renderable, LayoutUpdate | ChopsUpdate) and not self._batch_count:
            self._take_frame(renderable)

    @property
    def shown(self) -> list[str]:
        """Return what the frames left on the screen."""
        return ["".join(cell if cell is not None else "?" for cell in row) for row in self._terminal_picture._cells]

    @property
    def wanted(self) -> list[str]:
        """Return what a single complete frame would show."""
        strips = self.screen._compositor.render_strips()
        return ["".join(cell for segment in strip for cell in cells_of(segment.text)) for strip in strips]


@pytest.mark.parametrize("seed", range(1, 5) if FULL else [1])
async def test_a_result_is_painted_completely_whatever_happens_while_it_loads(
    sandbox: Sandbox,
    new_qpu: Any,
    user: Credentials,
    admin_http: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    draw = random.Random(seed)  # noqa: S311  # a game, repeated by its number
    results = {"counts": COUNTS, "shots": sum(COUNTS.values())}
    id = stored(admin_http, user, new_qpu(online=False)["id"], results, circuit=LONG)
    read = JobScreen.read

    async def late(self: JobScreen, connection: Connection) -> Known:
        data = await read(self, connection)
        for _ in range(draw.choice((0, 0, 1, 2, 5, 13))):
            await asyncio.sleep(0)
        return data

    monkeypatch.setattr(JobScreen, "read", late)
    sign_in = SignIn(sandbox.url, Role.USER, user.identity, user.password)
    app = Seen(Settings(sign_in=sign_in, screen="jobs", refresh=0.3))
    async with app.run_test(size=NARROW) as pilot:
        person = Person(pilot, app)
        await person.ready()
        await person.sees(id)
        for _ in range(20 if FULL else 12):
            done: list[object] = []
            await pilot.press("enter")
            for _ in range(draw.randrange(8)):
                what = draw.choice(("size", "turns", "key", "key"))
                if what == "size":
                    done.append(draw.choice(SIZES))
                    await pilot.resize_terminal(*done[-1])  # type: ignore[misc]
                elif what == "key":
                    done.append(draw.choice(KEYS))
                    await pilot.press(done[-1])  # type: ignore[arg-type]
                else:
                    for _ in range(draw.randrange(6)):
                        await asyncio.sleep(0)
            while len(app.screen_stack) > 1 and not isinstance(app.screen, JobScreen):
                await pilot.press("escape")
            if not isinstance(app.screen, JobScreen):
                await pilot.press("enter")
            screen = app.screen
            assert isinstance(screen, JobScreen)
            await person.until(lambda screen=screen: screen.raw and screen.result.tall)  # type: ignore[misc]
            if not screen.result.display:
                await pilot.press("w")
            await pilot.resize_terminal(*draw.choice(((80, 40), WIDE)))
            await pilot.press("g")
            await person.until(lambda: bars("\n".join(app.shown)) and app.shown == app.wanted)
            assert len(bars("\n".join(app.shown))) >= min(len(COUNTS), screen.result.looks.drawn), done
            while len(app.screen_stack) > 1:
                await pilot.press("escape")
                await pilot.pause()


async def test_data_that_arrive_before_the_screen_are_shown(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, admin_http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = {"counts": COUNTS, "shots": sum(COUNTS.values())}
    id = stored(admin_http, user, new_qpu(online=False)["id"], results)
    with QPIClient(sandbox.url) as client:
        client.auth_with_password(user.identity, user.password)
        job = dict(client.get_job(id))

    async def never(self: JobScreen, connection: Connection) -> Known:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(JobScreen, "read", never)
    sign_in = SignIn(sandbox.url, Role.USER, user.identity, user.password)
    app = Seen(Settings(sign_in=sign_in, screen="jobs"))
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.ready()
        screen = JobScreen(JobRow(id=id, status="completed"))
        app.push_screen(screen)
        assert not screen.is_mounted
        screen._data(Known(job))
        await person.until(lambda: len(bars("\n".join(app.shown))) == len(COUNTS))
        assert_bars_say("\n".join(app.shown), COUNTS, step=1 / 8)
        assert re.search("counts, [0-9,]+ shots", "\n".join(app.shown))
