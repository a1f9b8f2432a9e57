"""Edits that take QPUs out of service and back, with their drivers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.edits.edit import Edit, Facts, Unclear, ids
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.rows.decode import decode
from qpi_tui.rows.qpu_service import counted, listed
from qpi_tui.rows.qpus import QPURow

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

BY_HAND = "Stop its driver process by hand: this server cannot."


class StopQPU(Edit, frozen=True):
    """Take a QPU out of service: disable its drivers, then disable it or set maintenance."""

    qpu: str
    maintenance: bool = False
    keep_drivers: bool = False

    kind: ClassVar[str] = "qpus.stop"
    collection: ClassVar[str] = "qpus"

    @property
    def action(self) -> str:
        """Two actions share this edit."""
        return "qpus.maintenance" if self.maintenance else "qpus.disable"

    async def before(self, client: Client) -> Facts:
        """Note the current state for the undo."""
        return await state(client, self.qpu)

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Stop it, and repeat the change until the drivers' disconnections no longer overwrite it."""
        stopped = await client.stop_qpu(self.qpu, maintenance=self.maintenance, keep_drivers=self.keep_drivers)
        said = f"is {decode(QPURow, stopped.qpu).state_words}"
        if stopped.disabled:
            said += f", {listed(names(stopped.disabled))} disabled"
        if stopped.enabled:
            said += f". Jobs still start: {listed(names(stopped.enabled))} enabled"
        if stopped.running or stopped.queued:
            said += f". {counted(stopped.running, stopped.queued)}"
        if stopped.generation == "v0.0":
            said += f". {BY_HAND}" if stopped.stopped else ". Jobs still start while it is connected."
        changed = bool(stopped.disabled) or _differs(facts, stopped.qpu)
        return Done(said, stopped.qpu, RestoreQPU.to(self.target, self.qpu, facts) if changed else None)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when the QPU is marked and no driver is enabled."""
        now = await state(client, self.qpu)
        marked = now["status"] == "maintenance" if self.maintenance else now["enabled"] is False
        if not marked or (now["drivers"] and not self.keep_drivers):
            return None
        said = "is in maintenance" if self.maintenance else "is disabled"
        return Done(said, undo=RestoreQPU.to(self.target, self.qpu, facts))


class StartQPU(Edit, frozen=True):
    """Put a QPU back into service: enable it and its drivers, and end its maintenance."""

    qpu: str

    kind: ClassVar[str] = "qpus.start"
    collection: ClassVar[str] = "qpus"

    @property
    def action(self) -> str:
        """The id of the action in the registry."""
        return "qpus.enable"

    async def before(self, client: Client) -> Facts:
        """Note the current state."""
        return await state(client, self.qpu)

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Start it, and report which driver processes must reconnect."""
        started = await client.start_qpu(self.qpu)
        said = f"is {decode(QPURow, started.qpu).state_words}"
        if started.reconnect:
            said += f". {restart(names(started.reconnect))}"
        changed = bool(started.enabled) or _differs(facts, started.qpu)
        return Done(said, started.qpu, RestoreQPU.to(self.target, self.qpu, facts) if changed else None)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when the QPU is enabled, not in maintenance, and all of its drivers are enabled."""
        now = await state(client, self.qpu)
        if now["enabled"] is not True or now["status"] == "maintenance" or now["drivers"] != now["all"]:
            return None
        return Done("is enabled", undo=RestoreQPU.to(self.target, self.qpu, facts))


class RestoreQPU(Edit, frozen=True):
    """Restore a QPU's earlier state: `drivers` are the ids of those that were enabled."""

    qpu: str
    enabled: bool
    status: str
    drivers: tuple[str, ...] = ()

    kind: ClassVar[str] = "qpus.restore"
    collection: ClassVar[str] = "qpus"

    @classmethod
    def to(cls, target: str, qpu: str, facts: Facts) -> RestoreQPU:
        """Return the edit that restores the noted state."""
        drivers = tuple(sorted(ids(facts.get("drivers"))))
        enabled, status = facts.get("enabled") is True, str(facts.get("status"))
        return cls(target=target, qpu=qpu, enabled=enabled, status=status, drivers=drivers)

    @property
    def action(self) -> str:
        """The id of the action in the registry."""
        return "qpus.enable" if self.enabled and self.status != "maintenance" else "qpus.disable"

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Restore drivers, `enabled` and status; report what the server cannot restore."""
        now = await state(client, self.qpu)
        if self.enabled and self.status != "maintenance":
            started = await client.start_qpu(self.qpu, drivers=list(self.drivers) if now["all"] else None)
            qpu, lost = started.qpu, names(started.reconnect)
        else:
            await self._stop(client, ids(now["drivers"]))
            qpu, lost = await client.get_qpu(self.qpu), []
        said = f"is {decode(QPURow, qpu).state_words} again"
        if self.status == "online" and qpu.get("status") != "online":
            said = f"is {decode(QPURow, qpu).state_words}, not online as before"
        if lost:
            said += f". {restart(lost)}"
        return Done(said, qpu)

    async def _stop(self, client: Client, on: Collection[str]) -> None:
        """Take it out of service again, with the drivers that were enabled then."""
        for driver in sorted(set(on) - set(self.drivers)):
            await client.toggle_driver(driver, False)
        for driver in sorted(set(self.drivers) - set(on)):
            await client.toggle_driver(driver, True)
        await client.stop_qpu(self.qpu, maintenance=self.status == "maintenance", keep_drivers=bool(self.drivers))
        if self.status == "maintenance":
            await client.toggle_qpu(self.qpu, self.enabled)
            await client.set_qpu_status(self.qpu, "maintenance")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check whether `enabled` and the drivers have the earlier values."""
        now = await state(client, self.qpu)
        same = now["enabled"] is self.enabled and ids(now["drivers"]) == set(self.drivers)
        return Done("is as before") if same else None


def _differs(facts: Facts, qpu: Mapping[str, object]) -> bool:
    """Whether a QPU's state differs from the noted one."""
    return any(facts.get(name) != qpu.get(name) for name in ("enabled", "status"))


async def state(client: Client, qpu: str) -> dict[str, object]:
    """Return a QPU's state: `enabled`, `status`, and the ids of `all` of its drivers and of the enabled `drivers`.

    Raises:
        Unclear: Somebody deleted it.
    """
    from qpi_client import NotFound, NotOnThisGeneration

    try:
        record = await client.get_qpu(qpu)
    except NotFound:
        raise Unclear("Somebody else deleted it.") from None
    try:
        drivers = await client.list_drivers(qpu)
    except NotOnThisGeneration:
        drivers = []
    return {
        "enabled": record.get("enabled") is True,
        "status": str(record.get("status")),
        "all": sorted(driver["id"] for driver in drivers),
        "drivers": sorted(driver["id"] for driver in drivers if driver.get("enabled") is not False),
    }


def names(drivers: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the names of drivers."""
    return [str(driver.get("name") or driver.get("id")) for driver in drivers]


def restart(drivers: Sequence[str]) -> str:
    """Return what to do for drivers that lost their connection."""
    process = "its process" if len(drivers) == 1 else "their processes"
    return f"{listed(drivers)} must reconnect: restart {process}."
