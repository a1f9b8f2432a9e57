"""QPUs: columns and descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.clock import age, coarse
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.rows.qpus import QPURow

_STATES = {
    "online": Cell("● online", "ok"),
    "maintenance": Cell("◐ maintenance", "warn"),
    "off": Cell("○ off", "muted"),
    "offline": Cell("▲ on, offline", "bad"),
}
_ORDER = ("offline", "maintenance", "online", "off")


# Out of service, and jobs run or may start.
_SERVED = {"off": Cell("▲ off, jobs", "bad"), "maintenance": Cell("▲ maint, jobs", "bad")}


def _state(qpu: QPURow) -> Cell:
    if {"served", "running"} & set(qpu.kinds):
        return _SERVED.get(qpu.state, _STATES[qpu.state])
    return _STATES[qpu.state]


def _count(count: int) -> Cell:
    return Cell(str(count), "" if count else "muted")


def _oldest(qpu: QPURow) -> Cell:
    """Return how long the first queued job has waited; highlighted if it waits in vain."""
    if qpu.oldest is None:
        return Cell("")
    return Cell(coarse(qpu.oldest), "" if qpu.state == "online" else "warn")


def _seen(qpu: QPURow) -> Cell:
    if qpu.drivers is None:
        # v0.0: a QPU is its own driver.
        if not qpu.enabled or qpu.status == "maintenance":
            return Cell("not known", "muted")
        return Cell("connected", "ok") if qpu.status == "online" else Cell("not connected", "warn")
    drivers = [driver for driver in qpu.drivers if driver.runs_jobs]
    if not drivers:
        return Cell("monitors only", "warn") if qpu.drivers else Cell("no driver", "muted")
    if any(driver.state == "online" for driver in drivers):
        return Cell("connected", "ok")
    ago = age(max(driver.last_seen for driver in drivers))
    return Cell(f"{ago} ago" if ago and ago != "now" else ago or "never", "warn")


COLUMNS = [
    Column("name", "Name", 24, lambda qpu: qpu.name or "?", flex=True),
    Column("state", "Status", 13, _state, sort=lambda q: _ORDER.index(q.state)),
    Column("qubits", "Qubits", 6, lambda q: str(q.num_qubits or "?"), align="right", sort=lambda q: q.num_qubits or 0),
    Column("runs", "Running", 7, lambda qpu: _count(qpu.runs), align="right", sort=lambda qpu: qpu.runs),
    Column("waits", "Queued", 6, lambda qpu: _count(qpu.waits), align="right", sort=lambda qpu: qpu.waits),
    Column("oldest", "Oldest", 6, _oldest, align="right", need=1, sort=lambda qpu: qpu.oldest or 0.0),
    Column("driver", "Last seen", 13, _seen, need=1),
    Column("holder", "Slot now", 26, lambda qpu: qpu.holder, need=2),
]

RESOURCE: Resource[QPURow] = Resource(
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
