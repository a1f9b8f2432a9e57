"""Telemetry: the cryostats' readings by channel, and their trends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.domain.clock import age, ago_words, local, now, parse_date
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.event_stream import collection_of
from qpi_tui.live.reads import read_rows
from qpi_tui.plots.trend import Point, chart, sparkline, trend
from qpi_tui.resources import telemetry as columns
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.rows.telemetry import ChannelRow, ReadingRow

SPANS = (
    (timedelta(minutes=15), "15 min"),
    (timedelta(hours=1), "1 h"),
    (timedelta(hours=6), "6 h"),
    (timedelta(hours=24), "24 h"),
)
# Maximum number of readings per request: the newest are kept.
MOST = 8000
SPARK = 8
# Terminal lines from which the detail shows a chart, and the chart's lines.
TALL, CHART = 30, 8
# Seconds between reads while readings arrive without events.
UNTOLD = 5.0
# A reading may be stored later than it was taken, and out of order.
OVERLAP = timedelta(seconds=10)


class TelemetryScreen(ListScreen["ChannelRow"]):
    """One line per channel: last value, state and trend."""

    resource = columns.RESOURCE
    topics: ClassVar[tuple[str, ...]] = ("drivers", "events")
    brief_height = 3

    def __init__(self) -> None:
        super().__init__()
        self._span = 0
        self._events: dict[str, ReadingRow] = {}
        self._cut = False
        self._untold = False

    @property
    def at_most(self) -> float:  # type: ignore[override]  # it depends on who tells
        """The seconds between reads: short if readings arrive without events."""
        return UNTOLD if self._untold else float("inf")

    def _newest(self) -> datetime:
        newest = max((event.ts for event in self._events.values()), default="")
        return parse_date(newest) or datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def empty(self) -> str:  # type: ignore[override]  # names the span
        """The message for an empty list."""
        return f"No readings in the last {SPANS[self._span][1]}. t looks further back."

    async def read(self, connection: Connection) -> list[ChannelRow] | None:
        """Read the channels of the span: all their readings once, then only new ones."""
        client, span = connection.client, SPANS[self._span][0]
        begin = now() - span
        since = max(begin, self._newest() - OVERLAP) if self._events else begin
        readings = await read_rows(client, columns.RESOURCE, since=since, limit=MOST)
        if not self._events:
            self._cut = len(readings) >= MOST
        if span != SPANS[self._span][0] or connection is not self.console.connection:
            return None  # The user chose another span or server meanwhile.
        self._untold |= self._missed(readings)
        return self._with(readings)

    def drop_data(self) -> None:
        """Drop the readings, to which new ones are added."""
        self._events = {}
        self._cut = self._untold = False
        super().drop_data()

    def merge(self, data: list[ChannelRow] | None, events: Sequence[ChangeEvent]) -> list[ChannelRow] | None:
        """Events carry whole readings."""
        told = [event.record for event in events if collection_of(event) == "events" and event.action == "create"]
        if data is None or len(told) < len(events):
            return None
        self._untold = False
        readings = columns.RESOURCE.decode_all(told)
        return self._with([reading for reading in readings if reading.kind == "CryostatReading"])

    def _missed(self, readings: Sequence[ReadingRow]) -> bool:
        """Whether a timed read found readings that events should have reported."""
        if not (self._events and self.feed.by_timer and self.console.changes.live):
            return False
        late = now() - OVERLAP
        return any(
            reading.id not in self._events and (at := parse_date(reading.ts)) is not None and at < late
            for reading in readings
        )

    def _with(self, readings: Sequence[ReadingRow]) -> list[ChannelRow]:
        from qpi_tui.rows.telemetry import channels

        begin = now() - SPANS[self._span][0]
        new = {reading.id: reading for reading in readings}
        kept = {**self._events, **new}
        self._events = {
            id: reading for id, reading in kept.items() if (at := parse_date(reading.ts)) is not None and at >= begin
        }
        # Keep new readings whatever their date: the server returned them for this span.
        shown = {**self._events, **new}
        return channels(sorted(shown.values(), key=lambda reading: reading.ts, reverse=True))

    def rows(self, data: list[ChannelRow] | None) -> list[ChannelRow]:
        """Return one line per channel, with its trend and whether it is beyond its limits."""
        limits, ascii_only = self.console.settings.thresholds, self.console.plain
        return [with_trend(channel, limits, ascii=ascii_only) for channel in data or ()]

    def summary(self) -> list[Part]:
        """Return how many channels, which are highlighted, and over what time."""
        states = [record.state for record in self.records]
        bad, silent = states.count("bad"), states.count("silent")
        parts: list[Part] = [(f"{len(states)} channels · last {SPANS[self._span][1]}", "")]
        if bad:
            parts.append((f" · ✗ {bad} bad", "$text-error"))
        if silent:
            parts.append((f" · ▲ {silent} silent", "$text-warning"))
        if self._cut:
            parts.append((f" · the newest {MOST:,} readings", "$text-warning"))
        return parts

    def detail(self, record: ChannelRow) -> list[list[Part]]:
        """Return the value, its problem, and the trend."""
        unit = f" {record.unit}" if record.unit else ""
        state, seen = record.state, age(record.ts)
        moment = parse_date(record.ts)
        lines: list[list[Part]] = [
            [(record.channel, "bold")],
            [(f"{columns.amount(record.value)}{unit}", "bold" if state == "good" else "bold $text-error")],
        ]
        lines += [[(said, "$text-error")] for said in self._wrong(record, state, seen)]
        lines.append([("", "")])
        width, ascii_only = self.detail_width, self.console.plain
        if self.wide and self.app.size.height >= TALL:
            lines += chart(points(record), width=width, height=CHART, say=columns.amount, ascii=ascii_only)
        else:
            lines += trend(points(record), width=width, say=columns.amount, ascii=ascii_only)
        lines += [
            [("", "")],
            [("span     ", "$text-muted"), (f"{SPANS[self._span][1]}, {len(points(record)):,} readings", "")],
            [("cryostat ", "$text-muted"), (record.driver, "")],
            [("QPU      ", "$text-muted"), (record.qpu or "–", "")],
            [("reported ", "$text-muted"), (record.status or "–", "")],
            [("last     ", "$text-muted"), (f"{local(moment):%H:%M:%S}" if moment else "–", "")],
        ]
        if limit := self._limits(record):
            lines.append([("limits   ", "$text-muted"), (limit, "")])
        return lines

    def brief(self, record: ChannelRow) -> list[list[Part]]:
        """Return problem, value and limits, and the trend in full width."""
        state, seen = record.state, age(record.ts)
        told = [f"reported status: {record.status or 'nothing'}"]
        if limit := self._limits(record):
            told.append(f"limits: {limit}")
        width = self.app.size.width - 2
        wrong = " ".join(self._wrong(record, state, seen))
        return [
            [
                (f"{record.driver} {record.channel}", "bold"),
                (f" {wrong}" if wrong else "", "$text-error"),
                (f" · {' · '.join(told)}", "$text-muted"),
            ],
            *trend(points(record), width=width, say=columns.amount, ascii=self.console.plain),
        ]

    def key_words(self) -> list[tuple[str, str]]:
        """Marking has no use here."""
        return [(key, word) for key, word in super().key_words() if word != "mark"]

    def _limits(self, record: ChannelRow) -> str:
        unit = f" {record.unit}" if record.unit else ""
        limits = columns.limits_of(record, self.console.settings.thresholds)
        return ", ".join(f"{side} {columns.amount(value)}{unit}" for side, value in limits.items())

    def _wrong(self, record: ChannelRow, state: str, seen: str) -> list[str]:
        said = []
        if state == "silent":
            said.append(f"▲ silent: last heard of {ago_words(seen)}" if seen else "▲ silent")
        if record.value is None:
            said.append(f"✗ no value: reported status: {record.status or 'nothing'}")
        if record.limit:
            said.append(f"✗ {record.limit}")
        return said

    def do_span(self) -> None:
        """Cycle 15 minutes, an hour, 6 hours, a day."""
        self._span = (self._span + 1) % len(SPANS)
        self._events = {}
        self.feed.forget()
        self.repaint_summary()
        self.feed.poke()


def points(channel: ChannelRow) -> list[Point]:
    """Return a channel's readings as local times and values."""
    return [(local(moment), value) for ts, value in channel.values if (moment := parse_date(ts)) is not None]


def with_trend(channel: ChannelRow, limits: columns.Limits, *, ascii: bool = False) -> ChannelRow:
    """A channel with its trend and the limit that it is beyond."""
    from msgspec.structs import replace

    trend = sparkline(points(channel), width=SPARK, ascii=ascii)
    return replace(channel, trend=trend, limit=columns.beyond(channel, limits))
