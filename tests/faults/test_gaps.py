"""What happens while no stream is open is found once one is: what is new, and what is gone."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.faults.lab import BELL, Lab
from tests.faults.trying import hurried, spoilt_console, spoilt_sandbox, until_there


async def test_a_job_that_was_deleted_while_nobody_told_is_shown_no_more() -> None:
    with spoilt_sandbox() as sandbox, hurried():
        lab, faults = Lab(sandbox), sandbox.faults
        assert faults is not None
        payload: dict[str, Any] = {"circuits": [{"circuit": BELL}]}
        kept, gone = (
            lab.make("quantum_jobs", user_id=lab.user.id, status="pending", payload=payload) for _ in range(2)
        )
        async with spoilt_console(lab, "admin") as person:
            person.app.go("jobs")
            await person.pilot.pause()
            table = person.app.screen.table
            await person.until(lambda: {kept, gone} <= {record["id"] for record in table.visible_records})
            await person.until(lambda: person.app.changes.live)
            await asyncio.to_thread(faults.go_away, 60.0)
            lab.admin.delete(f"/api/collections/quantum_jobs/records/{gone}").raise_for_status()
            new = lab.make("quantum_jobs", user_id=lab.user.id, status="pending", payload=payload)
            await asyncio.to_thread(faults.go_away, 0.0)
            await until_there(lab)
            await person.until(lambda: {record["id"] for record in table.visible_records} == {kept, new}, within=30)
