"""Telemetry, readings of instruments, one line per channel: columns, limits and descriptor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from qpi_tui.domain.clock import age
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.resources.base import Relation, Resource

if TYPE_CHECKING:
    from qpi_tui.rows.telemetry import ChannelRow, ReadingRow

Limits = Mapping[str, Mapping[str, float]]
"""The `min` and `max` of channels, by name or by a pattern such as `*.p?`."""


def beyond(channel: ChannelRow, limits: Limits) -> str:
    """Return the limit that the last value exceeds: `above 0.1 K`; nothing if it is within, or has none."""
    found, value = limits_of(channel, limits), channel.value
    if not found or value is None:
        return ""
    unit = f" {channel.unit}" if channel.unit else ""
    if "max" in found and value > found["max"]:
        return f"above {amount(found['max'])}{unit}"
    if "min" in found and value < found["min"]:
        return f"below {amount(found['min'])}{unit}"
    return ""


def limits_of(channel: ChannelRow, limits: Limits) -> Mapping[str, float]:
    """Return a channel's `min` and `max`, by its name or the first matching pattern; nothing without one."""
    name = channel.channel
    return limits.get(name) or next((limit for key, limit in limits.items() if fnmatchcase(name, key)), {})


def amount(value: float | None) -> str:
    """Format a reading with four significant digits: `0.094`, `295.2`, `1.2e-06`, `–` for none."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.4g}"


_STATES = {"silent": Cell("▲ silent", "warn"), "bad": Cell("✗ bad", "bad"), "good": Cell("● good", "ok")}
_ORDER = ("bad", "silent", "good")


def _state(channel: ChannelRow) -> Cell:
    """Return the state; a bad one with its reason: beyond a limit, or the instrument's status."""
    if channel.state != "bad":
        return _STATES[channel.state]
    limit = channel.limit
    said = f"too {'high' if limit.startswith('above') else 'low'}" if limit else channel.status or "no value"
    return Cell(f"✗ {said.lower()}", "bad")


def _reading(channel: ChannelRow) -> Cell:
    style = _STATES[channel.state].style
    return Cell(amount(channel.value), "" if style == "ok" else style)


def _seen(channel: ChannelRow) -> Cell:
    return Cell(age(channel.ts) or "never", "warn" if channel.state == "silent" else "")


COLUMNS = [
    Column("driver", "Cryostat", 14, lambda channel: channel.driver, need=2, least=10),
    Column("channel", "Channel", 22, lambda channel: channel.channel or "?", flex=True, least=14),
    Column("state", "State", 14, _state, least=10, sort=lambda channel: _ORDER.index(channel.state)),
    Column("value", "Value", 9, _reading, align="right", sort=lambda channel: channel.value),
    Column("unit", "Unit", 6, lambda channel: channel.unit),
    Column("trend", "Trend", 8, lambda channel: channel.trend, need=1),
    Column("age", "Age", 6, _seen, align="right", sort=lambda channel: channel.ts),
    Column("status", "Reported", 14, lambda channel: channel.status, need=3),
    Column("qpu", "QPU", 14, lambda channel: channel.qpu, need=3),
]

RESOURCE: Resource[ReadingRow] = Resource(
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
