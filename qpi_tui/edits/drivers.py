"""Edits of drivers: register, enable, disable, delete."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_tui.edits.edit import Edit, Facts, Stop, Unclear, ids
from qpi_tui.edits.outcome import Done, Outcome, Refused

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client


class ToggleDriver(Edit, frozen=True):
    """Enable or disable a driver."""

    driver: str
    enabled: bool

    kind: ClassVar[str] = "drivers.toggle"
    collection: ClassVar[str] = "drivers"

    @property
    def action(self) -> str:
        """Two actions share this edit."""
        return "drivers.enable" if self.enabled else "drivers.disable"

    @property
    def command(self) -> str:
        """`drivers enable ID`."""
        return f"drivers {'enable' if self.enabled else 'disable'} {self.driver}"

    async def before(self, client: Client) -> Facts:
        """Note whether it is enabled now."""
        driver = await find(client, self.driver)
        if driver is None:
            raise Stop(Refused("Somebody else deleted it."))
        return {"enabled": bool(driver.get("enabled", True))}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Toggle it."""
        await client.toggle_driver(self.driver, self.enabled)
        driver = await find(client, self.driver)
        if driver is None:
            return Refused("Somebody else deleted it.")
        return self._done(driver, facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is enabled as wanted."""
        driver = await find(client, self.driver)
        if driver is None:
            raise Unclear("Somebody else deleted it.")
        return self._done(driver, facts) if bool(driver.get("enabled")) == self.enabled else None

    def _done(self, driver: Mapping[str, object], facts: Facts) -> Done:
        said = "is enabled; it must reconnect" if driver.get("enabled") else "is disabled: it gets no jobs"
        back = ToggleDriver(target=self.target, driver=self.driver, enabled=not self.enabled)
        return Done(said, driver, back if facts.get("enabled") is (not self.enabled) else None)


class RegisterDriver(Edit, frozen=True):
    """Register a driver; `target` is its name. The record of the outcome holds its token, once."""

    qpu: str
    driver_kind: str
    language: str = "python"
    events: list[str] | None = None

    kind: ClassVar[str] = "drivers.register"
    collection: ClassVar[str] = "drivers"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "To undo, delete the driver."

    async def before(self, client: Client) -> Facts:
        """Note the existing drivers."""
        return {"there": [str(driver["id"]) for driver in await client.list_drivers()]}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Create it."""
        # The server knows its kinds better than a type does.
        lenient: Any = client
        driver = await lenient.create_driver(self.target, self.qpu, self.driver_kind, self.language, self.events)
        return Done("registered; run its commands to bring it online", driver, id=str(driver["id"]))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when a driver of the name is new; its token is lost then."""
        before = ids(facts.get("there"))
        for driver in await client.list_drivers():
            if driver.get("name") == self.target and driver["id"] not in before and driver["id"] not in known:
                said = "registered, but its token was lost with the answer. Delete it and register it again"
                return Done(said, id=str(driver["id"]))
        return None


class DeleteDriver(Edit, frozen=True):
    """Delete a driver: its token stops working."""

    driver: str

    kind: ClassVar[str] = "drivers.delete"
    collection: ClassVar[str] = "drivers"
    final: ClassVar[str] = "This cannot be undone."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Delete it."""
        await client.delete_driver(self.driver)
        return Done("deleted")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is gone."""
        return Done("deleted") if await find(client, self.driver) is None else None


async def find(client: Client, id: str) -> Mapping[str, object] | None:
    """Return the current driver; None if it was deleted."""
    return next((driver for driver in await client.list_drivers() if driver["id"] == id), None)
