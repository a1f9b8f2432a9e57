"""Columns of the QPUs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import age, coarse
from qpi_tui.domain.columns import Cell, Column, Record, extra
from qpi_tui.resources.base import Resource

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

    def cell(record: Record) -> Cell:
        count = extra(record).get(key, 0)
        return Cell(str(count), "" if count else "muted")

    return Column(key, key, 5, cell, align="right", sort=lambda record: extra(record).get(key, 0))


def _oldest(record: Record) -> Cell:
    """For how long the first in the queue waits; that it waits in vain stands out."""
    seconds = extra(record).get("oldest")
    if not isinstance(seconds, (int, float)):
        return Cell("")
    return Cell(coarse(seconds), "" if facts.qpu_state(record) == "online" else "warn")


def _seen(record: Record) -> Cell:
    told = extra(record).get("drivers")
    known = [driver for driver in told if isinstance(driver, Mapping)] if isinstance(told, list) else []
    drivers = facts.running_drivers(known)
    if not drivers:
        return Cell("no driver", "muted")
    if any(driver.get("status") == "online" for driver in drivers):
        return Cell("connected", "ok")
    latest = max((str(driver.get("last_seen") or "") for driver in drivers), default="")
    ago = age(latest)
    return Cell(f"{ago} ago" if ago and ago != "now" else ago or "never", "warn")


COLUMNS = [
    Column("name", "name", 24, lambda record: str(record.get("name") or "?"), flex=True),
    Column("state", "status", 13, _state, sort=lambda record: _ORDER.index(facts.qpu_state(record))),
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
    Column("oldest", "oldest", 6, _oldest, align="right", need=1, sort=lambda r: extra(r).get("oldest") or 0.0),
    Column("driver", "driver seen", 11, _seen, need=1),
    Column("holder", "slot now", 26, lambda record: str(extra(record).get("holder") or ""), need=2),
]

RESOURCE: Resource[Any] = Resource(
    id="qpus",
    title="QPUs",
    help="The registry of QPUs",
    key="3",
    row="qpi_tui.rows.qpus:QPURow",
    screen="qpus:QPUsScreen",
    noun=("QPU", "QPUs"),
    collection="qpus",
    reader="list_all_qpus",
    columns=COLUMNS,
    word="name",
    about="state",
)
