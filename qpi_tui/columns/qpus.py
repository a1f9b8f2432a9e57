"""Columns of the QPUs."""

from __future__ import annotations

from collections.abc import Mapping

from qpi_tui import facts
from qpi_tui.clock import age
from qpi_tui.columns.base import Cell, Column, Record, extra

_STATES = {
    "online": Cell("● online", "ok"),
    "maintenance": Cell("◐ maintenance", "warn"),
    "off": Cell("○ off", "muted"),
    "offline": Cell("▲ on, offline", "bad"),
}
_ORDER = ("offline", "maintenance", "online", "off")


def _state(record: Record) -> Cell:
    return _STATES[facts.qpu_state(record)]


def _count(key: str) -> Column:
    label = {"runs": "runs", "waits": "waits"}[key]

    def cell(record: Record) -> Cell:
        count = extra(record).get(key, 0)
        return Cell(str(count), "" if count else "muted")

    return Column(key, label, 6, cell, align="right", sort=lambda record: extra(record).get(key, 0))


def _seen(record: Record) -> Cell:
    told = extra(record).get("drivers")
    drivers = [driver for driver in told if isinstance(driver, Mapping)] if isinstance(told, list) else []
    if not drivers:
        return Cell("no driver", "muted")
    if any(driver.get("status") == "online" for driver in drivers):
        return Cell("connected", "ok")
    latest = max((str(driver.get("last_seen") or "") for driver in drivers), default="")
    ago = age(latest)
    return Cell(f"{ago} ago" if ago and ago != "now" else ago or "never", "warn")


COLUMNS = [
    Column("name", "name", 20, lambda record: str(record.get("name") or "?"), flex=True),
    Column("state", "status", 14, _state, sort=lambda record: _ORDER.index(facts.qpu_state(record))),
    Column(
        "qubits",
        "qubits",
        6,
        lambda record: str(record.get("num_qubits") or "?"),
        align="right",
        sort=lambda record: facts.number(record.get("num_qubits")),
    ),
    _count("runs"),
    _count("waits"),
    Column("driver", "driver seen", 12, _seen, need=1),
    Column("holder", "slot now", 22, lambda record: str(extra(record).get("holder") or ""), need=2),
]
