"""A job as lists show it: without payload and results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from qpi_client.job_fields import ACTIVE_STATUSES
from qpi_tui.domain.clock import parse_date
from qpi_tui.rows.base import Number, Row
from qpi_tui.rows.drivers import QPURef
from qpi_tui.rows.users import UserRow, label_of


class JobRow(Row, frozen=True, kw_only=True):
    """A job. `circuits` and `shots` are None if the server does not return them; `duration` is in seconds.

    `dispatched` and `put_back` are the times when the console saw a job leave and re-enter the queue. `error` is the
    first line of a failed job's error.
    """

    LOCAL: ClassVar[frozenset[str]] = frozenset({"dispatched", "put_back"})
    RELATIONS: ClassVar[Mapping[str, type[Row]]] = {"user_id": UserRow, "qpu_target": QPURef}

    user_id: str = ""
    qpu_target: str = ""
    status: str = ""
    created: str = ""
    updated: str = ""
    finished_at: str = ""
    duration: Number = 0.0
    circuits: int | None = None
    shots: int | None = None
    error: str = ""
    user_id_record: UserRow | None = None
    qpu_target_record: QPURef | None = None
    dispatched: str = ""
    put_back: str = ""

    @classmethod
    def prepare(cls, record: Mapping[str, object]) -> Mapping[str, object]:
        """Count the circuits of the payload, and extract the error from the results."""
        payload, results = record.get("payload"), record.get("results")
        if payload is None and results is None:
            return record
        made = dict(record)
        if isinstance(payload, Mapping):
            circuits = payload.get("circuits")
            made.setdefault("shots", payload.get("shots"))
            made.setdefault("circuits", len(circuits) if isinstance(circuits, list) else None)
        if isinstance(results, Mapping) and results.get("error") and "error" not in made:
            made["error"] = str(results["error"]).strip().split("\n")[0]
        return made

    @property
    def who(self) -> str:
        """The user: e-mail address, name or id."""
        return label_of(self.user_id_record, self.user_id)

    @property
    def qpu_name(self) -> str:
        """The QPU's name, or its id; empty without one."""
        return (self.qpu_target_record.name if self.qpu_target_record is not None else "") or self.qpu_target

    @property
    def active(self) -> bool:
        """Whether it is pending or running."""
        return self.status in ACTIVE_STATUSES

    @property
    def created_at(self) -> datetime | None:
        """When it was submitted."""
        return parse_date(self.created)

    @property
    def product(self) -> int:
        """Circuits times shots, the sort key of sizes; -1 if unknown."""
        return self.circuits * self.shots if self.circuits is not None and self.shots is not None else -1

    @property
    def size(self) -> str:
        """`4 × 1,000`: circuits and shots; `–` if unknown."""
        if self.circuits is None or self.shots is None:
            return "–"
        return f"{self.circuits:,} × {self.shots:,}"
