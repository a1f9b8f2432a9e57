"""Edits of single fields of a QPU: number of qubits, and a wrong status."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from qpi_tui.edits.edit import Edit, Facts, Stop, number
from qpi_tui.edits.outcome import Done, Outcome, Refused
from qpi_tui.edits.qpus import find

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

Status = Literal["offline", "online", "maintenance"]


class SetQubits(Edit, frozen=True):
    """Set the number of qubits that a QPU is registered with; `target` is its name."""

    qpu: str
    qubits: int

    kind: ClassVar[str] = "qpus.qubits"
    collection: ClassVar[str] = "qpus"

    async def before(self, client: Client) -> Facts:
        """Note the current number."""
        return {"qubits": number((await find(client, self.qpu)).get("num_qubits"))}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Set it."""
        return self._done(await client.update_qpu(self.qpu, num_qubits=self.qubits), facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check the number."""
        qpu = await find(client, self.qpu)
        return self._done(qpu, facts) if qpu.get("num_qubits") == self.qubits else None

    def _done(self, qpu: Mapping[str, object], facts: Facts) -> Done:
        before = int(number(facts.get("qubits")))
        back = SetQubits(target=self.target, qpu=self.qpu, qubits=before) if before not in (0, self.qubits) else None
        return Done(f"has {self.qubits} qubit{'s' * (self.qubits != 1)}", qpu, back)


class SetStatus(Edit, frozen=True):
    """Correct the status of a QPU that servers leave offline although its driver is connected.

    The status is informational: it neither starts nor stops jobs.
    """

    qpu: str
    status: Status = "online"

    kind: ClassVar[str] = "qpus.online"
    collection: ClassVar[str] = "qpus"

    async def before(self, client: Client) -> Facts:
        """Reject marking a QPU online that is disabled, or has no connected driver."""
        from qpi_client import NotOnThisGeneration

        qpu = await find(client, self.qpu)
        if self.status == "online":
            if qpu.get("enabled") is False:
                raise Stop(Refused("It is disabled: start it (e) instead."))
            try:
                drivers = await client.list_drivers(self.qpu)
            except NotOnThisGeneration:
                drivers = None
            if drivers is not None and not any(driver.get("status") == "online" for driver in drivers):
                raise Stop(Refused("None of its drivers is connected. Start one: the status follows it."))
        return {"status": str(qpu.get("status"))}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Set it."""
        return self._done(await client.set_qpu_status(self.qpu, self.status), facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check the status."""
        qpu = await find(client, self.qpu)
        return self._done(qpu, facts) if qpu.get("status") == self.status else None

    def _done(self, qpu: Mapping[str, object], facts: Facts) -> Done:
        before = facts.get("status")
        back = None
        if before in ("offline", "online", "maintenance") and before != self.status:
            back = SetStatus(target=self.target, qpu=self.qpu, status=before)
        return Done(f"is marked {self.status}", qpu, back)
