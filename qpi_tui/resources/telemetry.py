"""Columns of the telemetry: readings of instruments, one line a channel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import age, now, parse_date
from qpi_tui.domain.columns import Cell, Column, Record, extra
from qpi_tui.resources.base import Relation, Resource

SILENT = timedelta(minutes=5)
"""A channel whose last reading is older than this stands out."""
_GOOD = {"", "SYNCHRONIZED", "OK", "NORMAL"}


def channels(events: Iterable[Record]) -> list[dict[str, Any]]:
    """Readings, newest first → one record a channel: its last value, and all of them, oldest first.

    The keys: `id`, `channel`, `value` (a number or None), `unit`, `status`, `ts`, `driver` (its name), `qpu` (its name)
    and `values`, pairs of a date and a number.
    """
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        payload = event.get("payload")
        readings = payload.get("readings") if isinstance(payload, Mapping) else None
        if not isinstance(readings, Mapping):
            continue
        source = str(event.get("driver") or event.get("source") or "")
        for channel, reading in readings.items():
            if not isinstance(reading, Mapping):
                continue
            value = _value(reading.get("value"))
            record = found.get(f"{source}/{channel}")
            if record is None:
                record = found[f"{source}/{channel}"] = {
                    "id": f"{source}/{channel}",
                    "channel": str(channel),
                    "value": value,
                    "unit": str(reading.get("unit") or ""),
                    "status": str(reading.get("status") or ""),
                    "ts": str(event.get("ts") or ""),
                    "driver": str(facts.expanded(event, "driver").get("name") or source),
                    "qpu": str(facts.expanded(event, "qpu").get("name") or event.get("qpu") or ""),
                    "values": [],
                }
            if value is not None:
                record["values"].append((str(event.get("ts") or ""), value))
    for record in found.values():
        record["values"].reverse()
    return sorted(found.values(), key=lambda record: (record["qpu"], record["driver"], record["channel"]))


def state_of(channel: Record) -> str:
    """`silent` (no reading for five minutes), `bad` (no value, or the instrument says so) or `good`."""
    moment = parse_date(channel.get("ts"))
    if moment is None or now() - moment > SILENT:
        return "silent"
    return "good" if _good(channel) and not extra(channel).get("limit") else "bad"


def beyond(channel: Record, limits: Mapping[str, Mapping[str, float]]) -> str:
    """What limit the last value is beyond: `above 0.1 K`; nothing where it is within, or has none.

    `limits` maps a channel's name, or a pattern such as `*.p?`, to its `min` and `max`.
    """
    found, value = limits_of(channel, limits), _value(channel.get("value"))
    if not found or value is None:
        return ""
    unit = f" {channel['unit']}" if channel.get("unit") else ""
    if "max" in found and value > found["max"]:
        return f"above {amount(found['max'])}{unit}"
    if "min" in found and value < found["min"]:
        return f"below {amount(found['min'])}{unit}"
    return ""


def limits_of(channel: Record, limits: Mapping[str, Mapping[str, float]]) -> Mapping[str, float]:
    """A channel's `min` and `max`, by its name or by the first pattern that fits; nothing where it has none."""
    name = str(channel.get("channel") or "")
    return limits.get(name) or next((limit for key, limit in limits.items() if fnmatchcase(name, key)), {})


def amount(value: object) -> str:
    """A reading with four figures that matter: `0.094`, `295.2`, `1.2e-06`, `–` for none."""
    number = _value(value)
    if number is None:
        return "–"
    return f"{number:.4g}"


def _value(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _good(channel: Record) -> bool:
    return _value(channel.get("value")) is not None and str(channel.get("status") or "").upper() in _GOOD


_STATES = {"silent": Cell("▲ silent", "warn"), "bad": Cell("✗ bad", "bad"), "good": Cell("● good", "ok")}
_ORDER = ("bad", "silent", "good")


def _state(channel: Record) -> Cell:
    """A bad one says why: beyond a limit, or what the instrument says."""
    state = state_of(channel)
    if state != "bad":
        return _STATES[state]
    limit = str(extra(channel).get("limit") or "")
    said = f"too {'high' if limit.startswith('above') else 'low'}" if limit else channel.get("status") or "no value"
    return Cell(f"✗ {str(said).lower()}", "bad")


def _reading(channel: Record) -> Cell:
    style = _STATES[state_of(channel)].style
    return Cell(amount(channel.get("value")), "" if style == "ok" else style)


def _seen(channel: Record) -> Cell:
    seen = age(channel.get("ts"))
    return Cell(seen or "never", "warn" if state_of(channel) == "silent" else "")


COLUMNS = [
    Column("driver", "cryostat", 14, lambda record: str(record.get("driver") or ""), need=2, least=10),
    Column("channel", "channel", 22, lambda record: str(record.get("channel") or "?"), flex=True, least=14),
    Column("state", "state", 14, _state, least=10, sort=lambda r: _ORDER.index(state_of(r))),
    Column("value", "value", 9, _reading, align="right", sort=lambda record: _value(record.get("value"))),
    Column("unit", "unit", 6, lambda record: str(record.get("unit") or "")),
    Column("trend", "trend", 8, lambda record: str(extra(record).get("trend") or ""), need=1),
    Column("age", "age", 6, _seen, align="right", sort=lambda record: str(record.get("ts") or "")),
    Column("status", "it says", 14, lambda record: str(record.get("status") or ""), need=3),
    Column("qpu", "QPU", 14, lambda record: str(record.get("qpu") or ""), need=3),
]

RESOURCE: Resource[Any] = Resource(
    id="telemetry",
    title="Telemetry",
    short_title="Tel",
    help="Readings of the cryostats",
    key="8",
    row="qpi_tui.rows.telemetry:ReadingRow",
    screen="telemetry:TelemetryScreen",
    not_on=("v0.0",),
    noun=("channel", "channels"),
    collection="events",
    reader="list_events",
    relations={"driver": Relation("drivers"), "qpu": Relation("qpus")},
    columns=COLUMNS,
)
