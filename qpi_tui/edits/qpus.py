"""Edits of QPUs: register, rename, delete; `qpu_service` takes them out of service and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.edits.edit import Edit, Facts, Stop, Unclear, ids
from qpi_tui.edits.outcome import Done, Outcome, Refused
from qpi_tui.edits.qpu_service import RestoreQPU, StartQPU, StopQPU

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

__all__ = ["DeleteQPU", "RegisterQPU", "RenameQPU", "RestoreQPU", "StartQPU", "StopQPU", "find"]


class RegisterQPU(Edit, frozen=True):
    """Register a QPU; `target` is its name."""

    qubits: int | None
    enabled: bool = True

    kind: ClassVar[str] = "qpus.register"
    collection: ClassVar[str] = "qpus"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "To undo, delete the QPU."

    @property
    def key(self) -> str:
        """Whether sending it twice creates two: names are not unique."""
        return f"{self.kind} {self.target}"

    async def before(self, client: Client) -> Facts:
        """Note the existing QPUs."""
        return {"there": [str(qpu["id"]) for qpu in await client.list_all_qpus()]}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Create it."""
        qpu = await client.create_qpu(self.target, num_qubits=self.qubits, enabled=self.enabled)
        return Done("registered. Register a driver for it next", qpu, id=str(qpu["id"]))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when a QPU of the name is new."""
        before = ids(facts.get("there"))
        for qpu in await client.list_all_qpus():
            if qpu.get("name") == self.target and qpu["id"] not in before and qpu["id"] not in known:
                return Done("registered. Register a driver for it next", qpu, id=str(qpu["id"]))
        return None


class RenameQPU(Edit, frozen=True):
    """Rename a QPU; `target` is its old name."""

    qpu: str
    name: str

    kind: ClassVar[str] = "qpus.rename"
    collection: ClassVar[str] = "qpus"

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Rename it."""
        return self._done(await client.rename_qpu(self.qpu, self.name))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it has the new name."""
        qpu = await find(client, self.qpu)
        return self._done(qpu) if qpu.get("name") == self.name else None

    def _done(self, qpu: Mapping[str, object]) -> Done:
        return Done(f"is now {self.name}", qpu, RenameQPU(target=self.name, qpu=self.qpu, name=self.target))


class DeleteQPU(Edit, frozen=True):
    """Delete a QPU that has no driver."""

    qpu: str

    kind: ClassVar[str] = "qpus.delete"
    collection: ClassVar[str] = "qpus"
    final: ClassVar[str] = "This cannot be undone."

    async def before(self, client: Client) -> Facts:
        """Reject it while the QPU has drivers, and name them."""
        from qpi_client import NotOnThisGeneration

        try:
            drivers = await client.list_drivers()
        except NotOnThisGeneration:
            return {}
        if names := [str(driver.get("name")) for driver in drivers if driver.get("qpu") == self.qpu]:
            raise Stop(Refused(f"It has drivers ({', '.join(names)}). Delete them first."))
        return {}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Delete it."""
        await client.delete_qpu(self.qpu)
        return Done("deleted")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is gone."""
        there = any(qpu["id"] == self.qpu for qpu in await client.list_all_qpus())
        return None if there else Done("deleted")


async def find(client: Client, id: str) -> Mapping[str, object]:
    """Return the current QPU.

    Raises:
        Unclear: Somebody deleted it.
    """
    for qpu in await client.list_all_qpus():
        if qpu["id"] == id:
            return qpu
    raise Unclear("Somebody else deleted it.")
