"""Lines that a table drew before are freed at once: the memory does not grow between garbage collections."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from textual.screen import Screen
from textual.strip import Strip

from qpi_tui.terminal.textual_internals import strips_of
from tests.tui.widgets.table_app import TableApp, desk, some


@pytest.fixture
def _no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Framed(TableApp):
    """A table whose frames are taken as the frame writer takes them."""

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if renderable is not None:
            strips_of(renderable, lambda width, height: None, lambda x, y, strip: x + strip.cell_length)
        super()._display(screen, renderable)


def lines() -> int:
    """How many lines are in memory."""
    return sum(type(each) is Strip for each in gc.get_objects())


@pytest.mark.usefixtures("_no_collection")
async def test_lines_that_were_scrolled_past_are_freed_without_a_garbage_collection() -> None:
    async with desk(some(*range(2_000)), app=Framed) as d:
        await d.press(*["pagedown"] * 10)
        before = lines()
        await d.press(*["pagedown"] * 100)
        assert d.top > 500
        # Two screens of 8 lines: what is shown, and what was drawn last.
        assert lines() - before < 2 * 8


@pytest.mark.usefixtures("_no_collection")
async def test_whole_frames_are_freed_without_a_garbage_collection() -> None:
    async with desk(some(*range(100)), app=Framed) as d:
        d.app.refresh()
        await d.settle()
        before = lines()
        for n in range(40):
            d.table.dim = bool(n % 2)
            d.app.refresh(layout=True)
            await d.settle()
        assert lines() - before < 2 * 8
