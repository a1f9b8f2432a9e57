"""Edits of QPUs: register, rename, delete, and in and out of service."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.domain import facts as facts_of
from qpi_tui.edits.edit import Edit, Facts, Stop, Unclear, ids
from qpi_tui.edits.outcome import Done, Outcome, Refused

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client


class SetEnabled(Edit, frozen=True):
    """Enable or disable a QPU."""

    qpu: str
    enabled: bool

    kind: ClassVar[str] = "qpus.service"
    collection: ClassVar[str] = "qpus"

    @property
    def action(self) -> str:
        """Two actions share this edit."""
        return "qpus.enable" if self.enabled else "qpus.disable"

    async def before(self, client: Client) -> Facts:
        """Note whether it is enabled now."""
        return {"enabled": bool((await client.get_qpu(self.qpu)).get("enabled"))}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Toggle it, and read what state it is in."""
        await client.toggle_qpu(self.qpu, self.enabled)
        return self._done(await client.get_qpu(self.qpu), facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when the QPU is enabled as wanted."""
        qpu = await find(client, self.qpu)
        return self._done(qpu, facts) if bool(qpu.get("enabled")) == self.enabled else None

    def _done(self, qpu: Mapping[str, object], facts: Facts) -> Done:
        back = SetEnabled(target=self.target, qpu=self.qpu, enabled=not self.enabled)
        changed = facts.get("enabled") is (not self.enabled)
        return Done(f"is {facts_of.qpu_words(qpu)}", qpu, back if changed else None)


class SetMaintenance(Edit, frozen=True):
    """Set or end maintenance."""

    qpu: str
    maintenance: bool

    kind: ClassVar[str] = "qpus.maintenance"
    collection: ClassVar[str] = "qpus"

    async def before(self, client: Client) -> Facts:
        """Note whether it is in maintenance now."""
        return {"status": str((await client.get_qpu(self.qpu)).get("status"))}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Set the status."""
        qpu = await client.set_qpu_status(self.qpu, "maintenance" if self.maintenance else "offline")
        return self._done(qpu, facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when the status is as wanted."""
        qpu = await find(client, self.qpu)
        return self._done(qpu, facts) if (qpu.get("status") == "maintenance") == self.maintenance else None

    def _done(self, qpu: Mapping[str, object], facts: Facts) -> Done:
        back = SetMaintenance(target=self.target, qpu=self.qpu, maintenance=not self.maintenance)
        changed = (facts.get("status") == "maintenance") is not self.maintenance
        return Done(f"is {facts_of.qpu_words(qpu)}", qpu, back if changed else None)


class RegisterQPU(Edit, frozen=True):
    """Register a QPU; `target` is its name."""

    qubits: int | None
    enabled: bool = True

    kind: ClassVar[str] = "qpus.register"
    collection: ClassVar[str] = "qpus"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "To take it back, delete the QPU."

    @property
    def key(self) -> str:
        """A second QPU of the name is another one only once the first is known."""
        return f"{self.kind} {self.target}"

    async def before(self, client: Client) -> Facts:
        """Note which QPUs there are."""
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
        """Refuse while it has drivers, and name them."""
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
    """The QPU as it is now.

    Raises:
        Unclear: Somebody deleted it.
    """
    for qpu in await client.list_all_qpus():
        if qpu["id"] == id:
            return qpu
    raise Unclear("It is gone: somebody deleted it.")
