"""Telemetry: what the cryostats report, channel by channel, and how it went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

from qpi_tui.domain.clock import age, local, now, parse_date
from qpi_tui.domain.columns import Column
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.event_stream import collection_of
from qpi_tui.plots.trend import Point, chart, sparkline, trend
from qpi_tui.resources import telemetry as columns
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.screens.table_screen import Record
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_client import ChangeEvent

SPANS = (
    (timedelta(minutes=15), "15 min"),
    (timedelta(hours=1), "1 h"),
    (timedelta(hours=6), "6 h"),
    (timedelta(hours=24), "24 h"),
)
# More readings than this are not asked for at once: the newest are kept.
MOST = 8000
SPARK = 8
# From so many lines of the terminal the detail has room for a chart, of so many lines.
TALL, CHART = 30, 8
# Seconds between two reads while instruments report and no event tells of it.
UNTOLD = 5.0
# A reading may be stored a little later than it was taken, and out of order.
OVERLAP = timedelta(seconds=10)


class TelemetryScreen(ListScreen[Any]):
    """A line a channel: its last value, state and trend."""

    area = "telemetry"
    topics: ClassVar[tuple[str, ...]] = ("drivers", "events")
    noun: ClassVar[tuple[str, str]] = ("channel", "channels")
    brief_height = 3

    def __init__(self) -> None:
        super().__init__()
        self._span = 0
        self._events: dict[str, Record] = {}
        self._cut = False
        self._untold = False

    @property
    def at_most(self) -> float:  # type: ignore[override]  # it depends on who tells
        """Seconds between two reads: where instruments report and no event tells of it, the timer is what shows it."""
        return UNTOLD if self._untold else float("inf")

    def _newest(self) -> datetime:
        newest = max((str(event.get("ts") or "") for event in self._events.values()), default="")
        return parse_date(newest) or datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def empty(self) -> str:  # type: ignore[override]  # names the span
        """What an empty list says."""
        return f"No instrument reported anything in the last {SPANS[self._span][1]}: t looks further back."

    def columns(self) -> Sequence[Column]:
        """Channel, state, value, trend, age."""
        return columns.COLUMNS

    async def read(self, connection: Connection) -> dict[str, Any] | None:
        """The readings of the span: all of them once, then only what is new."""
        client, span = connection.client, SPANS[self._span][0]
        begin = now() - span
        since = max(begin, self._newest() - OVERLAP) if self._events else begin
        events = cast("list[dict[str, Any]]", await client.list_readings(since=since, limit=MOST))
        if not self._events:
            self._cut = len(events) >= MOST
        if span != SPANS[self._span][0]:
            return None  # another span was asked for meanwhile
        self._untold |= self._missed(events)
        return self._with(events)

    def merge(self, data: dict[str, Any] | None, events: Sequence[ChangeEvent]) -> dict[str, Any] | None:
        """Readings are told whole."""
        readings = [event.record for event in events if collection_of(event) == "events" and event.action == "create"]
        if data is None or len(readings) < len(events):
            return None
        self._untold = False
        return self._with([reading for reading in readings if reading.get("type") == "CryostatReading"])

    def _missed(self, events: Sequence[Record]) -> bool:
        """Whether the timer found readings that events should have told of, had they come."""
        if not (self._events and self.feed.by_timer and self.console.changes.live):
            return False
        late = now() - OVERLAP
        return any(
            event["id"] not in self._events and (at := parse_date(event.get("ts"))) is not None and at < late
            for event in events
        )

    def _with(self, events: Sequence[Record]) -> dict[str, Any]:
        begin = now() - SPANS[self._span][0]
        kept = {**self._events, **{event["id"]: event for event in events}}
        self._events = {
            id: event for id, event in kept.items() if (at := parse_date(event.get("ts"))) is not None and at >= begin
        }
        # What was given just now is shown, however it is dated: the server gave it for this span.
        shown = {**self._events, **{event["id"]: event for event in events}}
        newest_first = sorted(shown.values(), key=lambda event: str(event.get("ts") or ""), reverse=True)
        return {"channels": columns.channels(newest_first)}

    def rows(self, data: dict[str, Any]) -> list[Record]:
        """A line a channel, with its trend and whether it is beyond its limits."""
        limits = self.console.settings.thresholds
        rows = []
        for channel in data["channels"]:
            series = points(channel)
            ascii_only = self.console.plain
            extra = {
                "trend": sparkline(series, width=SPARK, ascii=ascii_only),
                "limit": columns.beyond(channel, limits),
                "count": len(series),
            }
            rows.append({**channel, "values": series, "_": extra})
        return rows

    def summary(self) -> list[Part]:
        """How many channels, which stand out, and over what time."""
        states = [columns.state_of(record) for record in self.records]
        bad, silent = states.count("bad"), states.count("silent")
        parts: list[Part] = [(f"{len(states)} channels · last {SPANS[self._span][1]}", "")]
        if bad:
            parts.append((f" · ✗ {bad} bad", "$text-error"))
        if silent:
            parts.append((f" · ▲ {silent} silent", "$text-warning"))
        if self._cut:
            parts.append((f" · the newest {MOST:,} readings", "$text-warning"))
        return parts

    def detail(self, record: Record) -> list[list[Part]]:
        """The value, what is wrong with it, and how it went."""
        unit = f" {record['unit']}" if record.get("unit") else ""
        state, seen = columns.state_of(record), age(record.get("ts"))
        moment = parse_date(record.get("ts"))
        lines: list[list[Part]] = [
            [(str(record["channel"]), "bold")],
            [(f"{columns.amount(record.get('value'))}{unit}", "bold" if state == "good" else "bold $text-error")],
        ]
        lines += [[(said, "$text-error")] for said in self._wrong(record, state, seen)]
        lines.append([("", "")])
        width, ascii_only = self.detail_width, self.console.plain
        if self.wide and self.app.size.height >= TALL:
            lines += chart(record["values"], width=width, height=CHART, say=columns.amount, ascii=ascii_only)
        else:
            lines += trend(record["values"], width=width, say=columns.amount, ascii=ascii_only)
        lines += [
            [("", "")],
            [("span     ", "$text-muted"), (f"{SPANS[self._span][1]}, {record['_']['count']:,} readings", "")],
            [("cryostat ", "$text-muted"), (str(record["driver"]), "")],
            [("QPU      ", "$text-muted"), (str(record["qpu"]) or "–", "")],
            [("it says  ", "$text-muted"), (str(record["status"]) or "–", "")],
            [("last     ", "$text-muted"), (f"{local(moment):%H:%M:%S}" if moment else "–", "")],
        ]
        if limit := self._limits(record):
            lines.append([("limits   ", "$text-muted"), (limit, "")])
        return lines

    def brief(self, record: Record) -> list[list[Part]]:
        """What is wrong, what it says, its limits; the trend over the whole width."""
        state, seen = columns.state_of(record), age(record.get("ts"))
        told = [f"it says {record['status'] or 'nothing'}"]
        if limit := self._limits(record):
            told.append(f"limits: {limit}")
        width = self.app.size.width - 2
        wrong = " ".join(self._wrong(record, state, seen))
        return [
            [
                (f"{record['driver']} {record['channel']}", "bold"),
                (f" {wrong}" if wrong else "", "$text-error"),
                (f" · {' · '.join(told)}", "$text-muted"),
            ],
            *trend(record["values"], width=width, say=columns.amount, ascii=self.console.plain),
        ]

    def key_words(self) -> list[tuple[str, str]]:
        """There is nothing to mark."""
        return [(key, word) for key, word in super().key_words() if word != "mark"]

    def _limits(self, record: Record) -> str:
        unit = f" {record['unit']}" if record.get("unit") else ""
        limits = columns.limits_of(record, self.console.settings.thresholds)
        return ", ".join(f"{side} {columns.amount(value)}{unit}" for side, value in limits.items())

    def _wrong(self, record: Record, state: str, seen: str) -> list[str]:
        said = []
        if state == "silent":
            said.append(f"▲ silent: last heard of {seen} ago" if seen else "▲ silent")
        if record.get("value") is None:
            said.append(f"✗ no value: it says {record.get('status') or 'nothing'}")
        if record["_"]["limit"]:
            said.append(f"✗ {record['_']['limit']}")
        return said

    def do_span(self) -> None:
        """15 minutes, an hour, 6 hours, a day."""
        self._span = (self._span + 1) % len(SPANS)
        self._events = {}
        self.feed.forget()
        self.repaint_summary()
        self.feed.poke()


def points(channel: Record) -> list[Point]:
    """A channel's readings as moments in the zone of this machine and values."""
    return [(local(moment), value) for ts, value in channel["values"] if (moment := parse_date(ts)) is not None]
