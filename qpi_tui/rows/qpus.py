"""A QPU, and why it takes no jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from qpi_tui.domain.clock import age
from qpi_tui.rows.base import Row
from qpi_tui.rows.drivers import DriverRow, job_drivers
from qpi_tui.rows.jobs import JobRow

State = Literal["online", "maintenance", "off", "offline"]


class QPURow(Row, frozen=True, kw_only=True):
    """A QPU, and what belongs to it.

    `runs` and `waits` count its jobs (those that who is signed in may see: of everybody where `everyone`), `jobs` are
    the first of them; `oldest` is for how many seconds the first in the queue has waited; `why` says why it takes no
    jobs; `holder` has the slot that runs now, `then` says what follows it.
    """

    LOCAL: ClassVar[frozenset[str]] = frozenset(
        {"drivers", "runs", "waits", "oldest", "why", "everyone", "jobs", "holder", "then"}
    )

    name: str = ""
    status: str = ""
    enabled: bool = False
    num_qubits: int | None = None
    drivers: tuple[DriverRow, ...] = ()
    runs: int = 0
    waits: int = 0
    oldest: float | None = None
    why: str = ""
    everyone: bool = False
    jobs: tuple[JobRow, ...] = ()
    holder: str = ""
    then: str = ""

    @property
    def label(self) -> str:
        """The name, else the id."""
        return self.name or self.id or "?"

    @property
    def state(self) -> State:
        """`online`, `maintenance`, `off` (not enabled), `offline` (enabled, but its driver is not there)."""
        if self.status == "maintenance":
            return "maintenance"
        if not self.enabled:
            return "off"
        return "online" if self.status == "online" else "offline"

    @property
    def state_words(self) -> str:
        """The state as a sentence's end: `online`, `enabled, but offline`, `disabled`…"""
        if self.status == "maintenance":
            return "in maintenance" if self.enabled else "in maintenance, disabled"
        if not self.enabled:
            return f"disabled ({self.status})" if self.status == "online" else "disabled"
        return "online" if self.status == "online" else "enabled, but offline"

    def why_offline(self, drivers: Sequence[DriverRow]) -> str:
        """Why an enabled QPU is not online, in words; nothing where there is nothing to explain."""
        if self.state != "offline":
            return ""
        running = job_drivers(drivers)
        if not running:
            return f"{self.name} is enabled but offline: it has no driver."
        on = [driver for driver in running if driver.enabled]
        if not on:
            return f"{self.name} is enabled but offline: its driver {running[0].name} is off."
        latest = max(on, key=lambda driver: driver.last_seen)
        if latest.status == "online":
            # Enabled again after it was off: the server waits for the driver to come back by itself.
            return (
                f"{self.name} is enabled but offline: its driver {latest.name} has not connected since it was enabled."
            )
        seen = age(latest.last_seen)
        said = f"was last seen {seen} ago" if seen else "has never connected"
        return f"{self.name} is enabled but offline: its driver {latest.name} {said}."

    def why_waits(self, drivers: Sequence[DriverRow]) -> str:
        """Why jobs do not leave its queue, in words; nothing where they do."""
        if self.state == "maintenance":
            return f"{self.name} is in maintenance: jobs wait until that is over."
        if self.state == "off":
            return f"{self.name} is disabled: jobs wait until an operator enables it."
        why = self.why_offline(drivers)
        return f"{why} Jobs wait until it is back." if why else ""
