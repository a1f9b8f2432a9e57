"""Columns of the drivers."""

from __future__ import annotations

from qpi_tui import facts
from qpi_tui.clock import age, parse_date
from qpi_tui.columns.base import Cell, Column, Record

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


def _kind(driver: Record) -> str:
    kind, language = str(driver.get("kind") or "?"), str(driver.get("language") or "")
    return f"{kind} ({language})" if language else kind


COLUMNS = [
    Column("name", "name", 18, lambda record: str(record.get("name") or "?"), flex=True),
    Column("state", "status", 14, lambda d: _STATES[state_of(d)], sort=lambda d: _ORDER.index(state_of(d))),
    Column("qpu", "QPU", 16, _qpu),
    Column("kind", "kind", 24, _kind, need=1),
    Column("seen", "last seen", 11, _seen, sort=lambda record: str(record.get("last_seen") or "")),
    Column("version", "version", 10, lambda record: str(record.get("version") or ""), need=2),
    Column("host", "host", 18, lambda record: str(record.get("host") or ""), need=3),
]
