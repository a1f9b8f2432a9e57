"""A QPU, and why it takes no jobs."""

from __future__ import annotations

from typing import ClassVar, Literal

from qpi_tui.rows.base import Row
from qpi_tui.rows.drivers import DriverRow
from qpi_tui.rows.jobs import JobRow

State = Literal["online", "maintenance", "off", "offline"]


class QPURow(Row, frozen=True, kw_only=True):
    """A QPU, and its related data.

    `runs` and `waits` count its jobs (those that the account may see: everybody's if `everyone`), `jobs` are the first
    of them; `oldest` is the waiting time of the first queued job in seconds; `why` says why it runs no jobs; `problems`
    are sentences for an operator, of these `kinds`; `holder` has the current slot, `then` describes the next. `drivers`
    is None on v0.0, where a QPU is its own driver.
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
        """`online`, `maintenance`, `off` (not enabled), `offline` (enabled, but its driver is not connected)."""
        if self.status == "maintenance":
            return "maintenance"
        if not self.enabled:
            return "off"
        return "online" if self.status == "online" else "offline"

    @property
    def state_words(self) -> str:
        """The state as the end of a sentence: `online`, `enabled, but offline`, `disabled`…"""
        if self.status == "maintenance":
            return "in maintenance" if self.enabled else "in maintenance, disabled"
        if not self.enabled:
            return f"disabled ({self.status})" if self.status == "online" else "disabled"
        return "online" if self.status == "online" else "enabled, but offline"
