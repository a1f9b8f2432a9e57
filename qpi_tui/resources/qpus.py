"""Columns of the QPUs."""

from __future__ import annotations

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


# Out of service, and jobs run there or may start.
_SERVED = {"off": Cell("▲ off, jobs", "bad"), "maintenance": Cell("▲ maint., jobs", "bad")}


def _state(record: Record) -> Cell:
    state = facts.qpu_state(record)
    kinds = extra(record).get("kinds")
    if isinstance(kinds, list) and {"served", "running"} & set(kinds):
        return _SERVED.get(state, _STATES[state])
    return _STATES[state]


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
    if not isinstance(told, (list, tuple)):
        # v0.0: a QPU is its own driver.
        if not record.get("enabled") or record.get("status") == "maintenance":
            return Cell("not known", "muted")
        return Cell("connected", "ok") if record.get("status") == "online" else Cell("not connected", "warn")
    # Rows of drivers; the module that defines them is not loaded for the first frame.
    drivers = [driver for driver in told if getattr(driver, "runs_jobs", False)]
    if not drivers:
        return Cell("monitors only" if told else "no driver", "warn" if told else "muted")
    if any(driver.state == "online" for driver in drivers):
        return Cell("connected", "ok")
    latest = max(driver.last_seen for driver in drivers)
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
    Column("driver", "driver seen", 13, _seen, need=1),
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
