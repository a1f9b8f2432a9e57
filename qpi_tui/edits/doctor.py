"""Repairs that are safe: add indexes, disable a driver whose process is gone."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.edits.drivers import ToggleDriver
from qpi_tui.edits.edit import Edit, Facts
from qpi_tui.edits.outcome import Done, Outcome

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client
    from qpi_tui.doctor.findings import Repair


_debug = logging.getLogger(__name__)


class AddIndexes(Edit, frozen=True):
    """Add indexes to a collection, which is `target`, and keep the existing ones."""

    statements: list[str]

    kind: ClassVar[str] = "doctor.indexes"
    collection: ClassVar[str] = "quantum_jobs"
    final: ClassVar[str] = "To undo, delete the indexes in the server's dashboard."

    @property
    def action(self) -> str:
        """The command's name."""
        return "doctor.fix"

    async def before(self, client: Client) -> Facts:
        """Measure the newest page, and note the existing indexes."""
        seconds = await client.measure_job_page("created")
        return {"seconds": seconds, "there": await _indexes(client, self.target)}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Add the missing indexes, and measure again; the repair counts as done even if that fails."""
        from qpi_client import QPIError

        there = await _indexes(client, self.target)
        new = [statement for statement in self.statements if statement not in there]
        record = await client.set_indexes(self.target, [*there, *new])
        before, said = facts.get("seconds"), f"{len(new)} indexes added"
        try:
            after = await client.measure_job_page("created")
        except QPIError:
            _debug.debug("the page could not be measured after the repair", exc_info=True)
            return Done(f"{said}. How long the newest page by date takes now could not be measured", record)
        return Done(f"{said}. The newest page by date: {before:.2f} s before, {after:.2f} s now", record)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when the collection has all of them."""
        there = await _indexes(client, self.target)
        return Done(f"{len(self.statements)} indexes exist") if set(self.statements) <= set(there) else None


class DisableDeadDriver(ToggleDriver, frozen=True):
    """Disable a driver that is recorded as online but is not connected."""

    kind: ClassVar[str] = "doctor.driver"

    @property
    def action(self) -> str:
        """The command's name."""
        return "doctor.fix"


def repair_edit(repair: Repair) -> Edit:
    """The edit that makes a repair."""
    if repair.kind == "indexes":
        return AddIndexes(target="quantum_jobs", statements=list(repair.statements))
    return DisableDeadDriver(target=repair.target, driver=repair.driver, enabled=False)


async def _indexes(client: Client, collection: str) -> list[str]:
    found = (await client.get_collection(collection)).get("indexes")
    return [str(statement) for statement in found] if isinstance(found, list) else []
