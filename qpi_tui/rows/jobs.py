"""A job as lists show it: without what was submitted and what came back."""

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
    """A job. `circuits` and `shots` are None where the server does not tell them; `duration` is in seconds.

    `dispatched` and `put_back` are the moments at which the console saw a job leave the queue and come back to it.
    `error` is the first line of what a failed job reported.
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
        """Count the circuits of the payload, and take the error out of the results."""
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
        """Whose it is: the e-mail address, else the name, else the id."""
        return label_of(self.user_id_record, self.user_id)

    @property
    def qpu_name(self) -> str:
        """The QPU's name, else its id; empty where it names none."""
        return (self.qpu_target_record.name if self.qpu_target_record is not None else "") or self.qpu_target

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.status in ACTIVE_STATUSES

    @property
    def created_at(self) -> datetime | None:
        """When it was submitted."""
        return parse_date(self.created)

    @property
    def product(self) -> int:
        """Circuits times shots, by which sizes are sorted; -1 where the server does not tell them."""
        return self.circuits * self.shots if self.circuits is not None and self.shots is not None else -1

    @property
    def size(self) -> str:
        """`4 × 1,000`: circuits and shots, `–` where the server does not tell them."""
        if self.circuits is None or self.shots is None:
            return "–"
        return f"{self.circuits:,} × {self.shots:,}"
