"""Edits of a driver's record: name, QPU, and a new token, which needs a new registration."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_tui.edits.drivers import find
from qpi_tui.edits.edit import Edit, Facts, Stop, Unclear, ids
from qpi_tui.edits.outcome import Done, Outcome, Refused

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

_log = logging.getLogger(__name__)
_GONE = "Somebody else deleted it."


class RenameDriver(Edit, frozen=True):
    """Rename a driver; `target` is its old name."""

    driver: str
    name: str

    kind: ClassVar[str] = "drivers.rename"
    collection: ClassVar[str] = "drivers"

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Rename it."""
        return self._done(await client.update_driver(self.driver, name=self.name))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it has the new name."""
        driver = await _standing(client, self.driver)
        return self._done(driver) if driver.get("name") == self.name else None

    def _done(self, driver: Mapping[str, object]) -> Done:
        back = RenameDriver(target=self.name, driver=self.driver, name=self.target)
        return Done(f"is now {self.name}", driver, back)


class MoveDriver(Edit, frozen=True):
    """Register a driver for another QPU; `target` is its name, `qpu_name` that of the QPU."""

    driver: str
    qpu: str
    qpu_name: str

    kind: ClassVar[str] = "drivers.move"
    collection: ClassVar[str] = "drivers"

    async def before(self, client: Client) -> Facts:
        """Note its current QPU."""
        driver = await find(client, self.driver)
        if driver is None:
            raise Stop(Refused(_GONE))
        expand: Any = driver.get("expand") or {}
        before = expand.get("qpu") if isinstance(expand, dict) else None
        name = str(before.get("name")) if isinstance(before, dict) else str(driver.get("qpu"))
        return {"qpu": str(driver.get("qpu")), "name": name, "online": driver.get("status") == "online"}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Move it."""
        return self._done(await client.update_driver(self.driver, qpu=self.qpu), facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it belongs to the QPU."""
        driver = await _standing(client, self.driver)
        return self._done(driver, facts) if driver.get("qpu") == self.qpu else None

    def _done(self, driver: Mapping[str, object], facts: Facts) -> Done:
        said = f"belongs to {self.qpu_name}"
        if facts.get("online") is True:
            said += f". It serves {facts.get('name')} until its process is restarted"
        before, name = str(facts.get("qpu") or ""), str(facts.get("name") or "")
        back = None
        if before and before != self.qpu:
            back = MoveDriver(target=self.target, driver=self.driver, qpu=before, qpu_name=name)
        return Done(said, driver, back)


class ReplaceDriver(Edit, frozen=True):
    """Give a driver a new token: register it again, then delete the old one. The outcome's record contains it, once."""

    driver: str

    kind: ClassVar[str] = "drivers.token"
    collection: ClassVar[str] = "drivers"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "The old token stops working. This cannot be undone."

    async def before(self, client: Client) -> Facts:
        """Read what to register again, and the existing drivers."""
        drivers = await client.list_drivers()
        driver = next((each for each in drivers if each["id"] == self.driver), None)
        if driver is None:
            raise Stop(Refused(_GONE))
        fields = ("name", "qpu", "kind", "language", "events", "enabled")
        return {"there": [each["id"] for each in drivers], "old": {name: driver.get(name) for name in fields}}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Register the new one first: if that fails, the old one stays."""
        old: Any = facts.get("old") or {}
        # The server knows its kinds better than a type does.
        lenient: Any = client
        events = old.get("events") if old.get("kind") == "custom" else None
        made = await lenient.create_driver(old["name"], old["qpu"], old["kind"], old["language"], events)
        said = "registered again; the old token no longer works"
        try:
            if old.get("enabled") is False:
                await client.toggle_driver(str(made["id"]), False)
            await client.delete_driver(self.driver)
        except Exception:
            _log.debug("the old driver could not be deleted", exc_info=True)
            # Only this answer contains the new token, so it is shown whatever happens to the old driver.
            said = "registered again, but the old driver still exists. Delete it"
        return Done(said, made, id=str(made["id"]))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Registering started if a driver of the name is new; its token is lost then."""
        old: Any = facts.get("old") or {}
        before = ids(facts.get("there"))
        for driver in await client.list_drivers():
            if driver.get("name") == old.get("name") and driver["id"] not in before and driver["id"] not in known:
                said = (
                    "registered again, but the token was lost with the answer. Delete one of the "
                    "two drivers and try again"
                )
                return Done(said, id=str(driver["id"]))
        return None


async def _standing(client: Client, id: str) -> Mapping[str, object]:
    driver = await find(client, id)
    if driver is None:
        raise Unclear(_GONE)
    return driver
