"""A frame with changes waits for a key that is about to act, and shows both; it never waits for long."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Input, Static

from qpi_tui.terminal import driver
from qpi_tui.terminal.bursts import Bursts
from qpi_tui.terminal.driver import ON_ITS_WAY, ConsoleDriver, TerminalInput
from qpi_tui.terminal.quick_screen import QuickScreen
from qpi_tui.terminal.textual_internals import PacedFrames
from tests.waiting import until

NEVER = float("-inf")


class Page(QuickScreen[None]):
    """A line that changes, and a field."""

    BINDINGS = [Binding("f2", "act", "act")]  # noqa: RUF012  # Textual declares it so

    def compose(self) -> ComposeResult:
        yield Static("before")
        field = Input()
        field.cursor_blink = False
        yield field

    def action_act(self) -> None:
        self.query_one(Static).update("acted")


class Keyed(TerminalInput):
    """An app that counts its frames."""

    def __init__(self) -> None:
        super().__init__()
        self.frames = 0

    def get_default_screen(self) -> Screen[Any]:
        return Page()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        self.frames += renderable is not None
        super()._display(screen, renderable)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the driver: the last item."""
    times = [100.0]
    monkeypatch.setattr(driver, "get_time", lambda: times[-1])
    return times


def tick(app: Keyed) -> int:
    """The frames that one tick of the screen's clock makes of a change."""
    before = app.frames
    app.screen.refresh()
    app.screen._repaint_required = True
    app.screen._on_timer_update()
    return app.frames - before


async def test_a_frame_waits_for_a_key_but_not_for_long(clock: list[float]) -> None:
    app = Keyed()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert tick(app) == 1
        app.key_read_at = clock[-1]
        assert [tick(app) for _ in range(PacedFrames.MOST_WAITS + 1)] == [0] * PacedFrames.MOST_WAITS + [1]
        assert tick(app) == 0, "the next frame may wait as well"
        clock.append(clock[-1] + 2 * ON_ITS_WAY)
        assert tick(app) == 1, "a key that did nothing until now holds nothing up"


async def test_held_frames_become_one_when_they_are_released_or_in_time() -> None:
    app = Keyed()
    async with app.run_test() as pilot:
        await pilot.pause()
        page = app.screen
        assert isinstance(page, Page)
        page.hold_frames(60)
        assert [tick(app) for _ in range(3)] == [0, 0, 0]
        page.query_one(Static).update("rows")
        before = app.frames
        page.release_frames()
        await until(lambda: app.frames > before)
        assert tick(app) > 0
        page.hold_frames(0.05)
        before = app.frames
        page.query_one(Static).update("nothing came")
        await until(lambda: app.frames > before)


@pytest.mark.parametrize("key", ["f2", "x"])
async def test_a_key_that_acted_holds_up_no_frame(key: str, clock: list[float]) -> None:
    app = Keyed()
    async with app.run_test() as pilot:
        app.screen.query_one(Input).focus()
        await pilot.pause()
        app.key_read_at = clock[-1]
        await pilot.press(key)
        assert app.key_read_at == NEVER
        assert str(app.screen.query_one(Static).content) == ("acted" if key == "f2" else "before")
        assert app.screen.query_one(Input).value == ("" if key == "f2" else "x")


async def test_a_key_counts_from_its_arrival_until_it_bubbled_up(clock: list[float]) -> None:
    app, held = Keyed(), []
    async with app.run_test() as pilot:
        app.screen.query_one(Input).focus()
        await pilot.pause()
        app.key_read_at = clock[-1]
        await app.on_event(Key("f2", None))
        # It is in the queue of the field, and bubbles from there.
        held.append(app.key_waits)
        await pilot.pause()
        held.append(app.key_waits)
    assert held == [True, False]


def test_the_driver_notes_when_it_read_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    app, passed = Keyed(), []
    monkeypatch.setattr(ConsoleDriver, "process_message", lambda self, message: passed.append(message))
    reader = ConsoleDriver.__new__(ConsoleDriver)
    monkeypatch.setattr(reader, "_app", app, raising=False)
    reader._send([], Bursts(), 5.0)
    assert app.key_read_at == NEVER
    reader._send([Key("down", None)], Bursts(), 6.0)
    assert app.key_read_at == 6.0
    assert [event.key for event in passed] == ["down"]
