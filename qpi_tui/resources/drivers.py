"""Columns of the drivers."""

from __future__ import annotations

from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import age, parse_date
from qpi_tui.domain.columns import Cell, Column, Record
from qpi_tui.resources.base import Relation, Resource

_STATES = {
    "online": Cell("● online", "ok"),
    "off": Cell("○ off", "muted"),
    "offline": Cell("▲ on, offline", "bad"),
    "new": Cell("… not started", "warn"),
}
_ORDER = ("offline", "new", "online", "off")


def state_of(driver: Record) -> str:
    """`online`, `off` (not enabled), `offline` (enabled and seen before), `new` (enabled, never seen)."""
    if not driver.get("enabled", True):
        return "off"
    if driver.get("status") == "online":
        return "online"
    return "offline" if parse_date(driver.get("last_seen")) is not None else "new"


def seen_words(driver: Record) -> str:
    """`connected`, `off, last seen 3 h ago`, `never connected`: never two things that contradict each other."""
    state, seen = state_of(driver), age(driver.get("last_seen"))
    if state == "online":
        return "connected"
    said = "never connected" if not seen else f"last seen {'just now' if seen == 'now' else f'{seen} ago'}"
    return f"off, {said}" if state == "off" else said


def _qpu(driver: Record) -> Cell:
    if not driver.get("qpu"):
        return Cell("–", "muted")
    return Cell(str(facts.expanded(driver, "qpu").get("name") or driver.get("qpu")))


def _seen(driver: Record) -> Cell:
    seen = age(driver.get("last_seen"))
    if not seen:
        return Cell("never", "muted")
    # A server notes when a driver connected, and when it was lost: in between it is simply there.
    if state_of(driver) == "online":
        return Cell("connected", "ok")
    late = state_of(driver) == "offline"
    return Cell(seen if seen == "now" else f"{seen} ago", "warn" if late else "")


COLUMNS = [
    Column("name", "name", 18, lambda record: str(record.get("name") or "?"), flex=True, least=16),
    Column("state", "status", 14, lambda d: _STATES[state_of(d)], sort=lambda d: _ORDER.index(state_of(d))),
    Column("qpu", "QPU", 14, _qpu),
    Column("kind", "kind", 13, lambda record: str(record.get("kind") or "?"), need=1),
    Column("seen", "last seen", 11, _seen, sort=lambda record: str(record.get("last_seen") or "")),
    Column("language", "language", 10, lambda record: str(record.get("language") or ""), need=2),
    Column("version", "version", 10, lambda record: str(record.get("version") or ""), need=2),
    Column("host", "host", 18, lambda record: str(record.get("host") or ""), need=3),
]

RESOURCE: Resource[Any] = Resource(
    id="drivers",
    title="Drivers",
    short_title="Drv",
    help="The drivers that run the QPUs",
    key="7",
    row="qpi_tui.rows.drivers:DriverRow",
    screen="drivers:DriversScreen",
    not_on=("v0.0",),
    noun=("driver", "drivers"),
    collection="drivers",
    reader="list_drivers",
    relations={"qpu": Relation("qpus")},
    columns=COLUMNS,
    word="name",
    about="kind",
)
