"""A QPU, and why it takes no jobs."""

from __future__ import annotations

from typing import ClassVar, Literal

from qpi_tui.rows.base import Row
from qpi_tui.rows.drivers import DriverRow
from qpi_tui.rows.jobs import JobRow

State = Literal["online", "maintenance", "off", "offline"]


class QPURow(Row, frozen=True, kw_only=True):
    """A QPU, and what belongs to it.

    `runs` and `waits` count its jobs (those that who is signed in may see: of everybody where `everyone`), `jobs` are
    the first of them; `oldest` is for how many seconds the first in the queue has waited; `why` says why it takes no
    jobs; `problems` are sentences for an operator, of these `kinds`; `holder` has the slot that runs now, `then` says
    what follows it. `drivers` is None on v0.0, where a QPU is its own driver.
    """

    LOCAL: ClassVar[frozenset[str]] = frozenset(
        {"drivers", "runs", "waits", "oldest", "why", "problems", "kinds", "everyone", "jobs", "holder", "then"}
    )

    name: str = ""
    status: str = ""
    enabled: bool = False
    num_qubits: int | None = None
    drivers: tuple[DriverRow, ...] | None = ()
    runs: int = 0
    waits: int = 0
    oldest: float | None = None
    why: str = ""
    problems: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
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
