"""A driver: it runs a QPU's jobs, or reads its cryostat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from qpi_client.driver_kinds import MONITOR_KINDS
from qpi_tui.domain.clock import age, ago_words, parse_date
from qpi_tui.rows.base import Row

State = Literal["online", "off", "offline", "new"]


class QPURef(Row, frozen=True, kw_only=True):
    """The QPU of another record."""

    name: str = ""


class DriverRow(Row, frozen=True, kw_only=True):
    """A driver. `runs` and `waits` count the jobs of its QPU, `others` the other drivers connected for it."""

    LOCAL: ClassVar[frozenset[str]] = frozenset({"runs", "waits", "others"})
    RELATIONS: ClassVar[Mapping[str, type[Row]]] = {"qpu": QPURef}

    name: str = ""
    qpu: str = ""
    kind: str = ""
    language: str = ""
    status: str = ""
    enabled: bool = True
    last_seen: str = ""
    version: str = ""
    host: str = ""
    events: tuple[str, ...] | None = None
    qpu_record: QPURef | None = None
    runs: int = 0
    waits: int = 0
    others: int = 0

    @property
    def label(self) -> str:
        """The name, or `?`."""
        return self.name or "?"

    @property
    def qpu_name(self) -> str:
        """The QPU's name, or its id; empty without one."""
        return (self.qpu_record.name if self.qpu_record is not None else "") or self.qpu

    @property
    def monitor(self) -> bool:
        """Whether it is a cryostat monitor, which runs no jobs."""
        return self.kind in MONITOR_KINDS

    @property
    def runs_jobs(self) -> bool:
        """Whether jobs are dispatched to it."""
        if self.kind == "custom" and self.events is not None:
            return "JobDispatch" in self.events
        return not self.monitor

    @property
    def state(self) -> State:
        """`online`, `off` (not enabled), `offline` (enabled and seen before), `new` (enabled, never seen)."""
        if not self.enabled:
            return "off"
        if self.status == "online":
            return "online"
        return "offline" if parse_date(self.last_seen) is not None else "new"

    @property
    def seen_words(self) -> str:
        """`connected`, `off, last seen 3 h ago`, `never connected`: without contradictions."""
        state, seen = self.state, age(self.last_seen)
        if state == "online":
            return "connected"
        said = "never connected" if not seen else f"last seen {ago_words(seen)}"
        return f"off, {said}" if state == "off" else said
