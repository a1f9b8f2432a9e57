"""Drivers: columns and descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.clock import age
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.resources.base import Relation, Resource

if TYPE_CHECKING:
    from qpi_tui.rows.drivers import DriverRow

_STATES = {
    "online": Cell("● online", "ok"),
    "off": Cell("○ off", "muted"),
    "offline": Cell("▲ on, offline", "bad"),
    "new": Cell("… not started", "warn"),
}
_ORDER = ("offline", "new", "online", "off")


def _qpu(driver: DriverRow) -> Cell:
    return Cell(driver.qpu_name) if driver.qpu else Cell("–", "muted")


def _seen(driver: DriverRow) -> Cell:
    seen = age(driver.last_seen)
    if not seen:
        return Cell("never", "muted")
    # A server records when a driver connected, and when it was lost: in between it is simply connected.
    if driver.state == "online":
        return Cell("connected", "ok")
    late = driver.state == "offline"
    return Cell(seen if seen == "now" else f"{seen} ago", "warn" if late else "")


COLUMNS = [
    Column("name", "Name", 18, lambda driver: driver.label, flex=True, least=16),
    Column("state", "Status", 14, lambda d: _STATES[d.state], sort=lambda d: _ORDER.index(d.state)),
    Column("qpu", "QPU", 14, _qpu),
    Column("kind", "Kind", 13, lambda driver: driver.kind or "?", need=1),
    Column("seen", "Last seen", 11, _seen, sort=lambda driver: driver.last_seen),
    Column("language", "Language", 10, lambda driver: driver.language, need=2),
    Column("version", "Version", 10, lambda driver: driver.version, need=2),
    Column("host", "Host", 18, lambda driver: driver.host, need=3),
]

RESOURCE: Resource[DriverRow] = Resource(
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
