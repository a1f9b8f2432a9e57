"""A running table of records, for tests: its lines and the messages that it posted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.pilot import Pilot

from qpi_tui.domain.columns import Cell, Column
from qpi_tui.widgets.record_table import RecordTable

COLUMNS = [
    Column("name", "name", 10, lambda record: record["name"], flex=True),
    Column("state", "state", 8, lambda record: Cell("● on", "ok") if record.get("on") else Cell("○ off", "muted")),
    Column("n", "count", 7, lambda record: str(record["n"]), align="right", sort=lambda record: record["n"]),
    Column("note", "note", 12, lambda record: record.get("note", ""), need=1),
]


class Item(dict[str, Any]):
    """A row. A table only needs its `id`."""

    @property
    def id(self) -> str:
        id: str = self["id"]
        return id


def some(*numbers: int) -> list[Item]:
    return [Item(id=f"id{n}", name=f"name {n}", n=n) for n in numbers]


class Watched(RecordTable):
    """A table that records which regions were to be repainted."""

    painted: list[Region]

    def refresh(self, *regions: Region, **options: Any) -> Any:
        if hasattr(self, "painted"):
            self.painted.extend(regions or [Region(0, 0, *self.size)])
        return super().refresh(*regions, **options)


class TableApp(App[None]):
    def __init__(self, columns: list[Column]) -> None:
        super().__init__()
        self._columns_shown = columns
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Watched(self._columns_shown, empty="Nothing here.")

    def on_mount(self) -> None:
        self.query_one(Watched).focus()

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        self.told.append(event)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        self.told.append(event)

    def on_record_table_marked(self, event: RecordTable.Marked) -> None:
        self.told.append(event)


class Desk:
    """A running table, its lines, and the messages that it posted."""

    def __init__(self, app: TableApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot
        self.table = app.query_one(Watched)

    @property
    def lines(self) -> list[str]:
        strips = self.table.render_lines(Region(0, 0, *self.table.size))
        return [strip.text.rstrip() for strip in strips]

    @property
    def top(self) -> int:
        return self.table.scroll_offset.y

    async def show(self, records: list[dict[str, Any]]) -> None:
        self.table.set_records(records)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def settle(self) -> None:
        """Wait until everything is painted, and record repaints from now on."""
        await self.pilot.pause()
        self.table.painted = []

    def told(self, kind: type[Message]) -> list[Any]:
        return [getattr(event, "record", event) for event in self.app.told if isinstance(event, kind)]


@asynccontextmanager
async def desk(
    records: list[dict[str, Any]] | None = None,
    *,
    size: tuple[int, int] = (50, 8),
    columns: list[Column] = COLUMNS,
    app: type[TableApp] = TableApp,
) -> AsyncIterator[Desk]:
    running = app(columns)
    async with running.run_test(size=size) as pilot:
        found = Desk(running, pilot)
        if records is not None:
            await found.show(records)
        yield found
