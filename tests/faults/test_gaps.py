"""Changes while no stream is open are found once one is: new records and deleted ones."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qpi_tui.domain.roles import Role
from qpi_tui.live import job_reader, row_window
from qpi_tui.session.connection import SignIn, connect
from tests.faults.attempt import hurried, spoilt_console, spoilt_sandbox, until_there
from tests.faults.lab import BELL, Lab


async def test_a_job_deleted_during_a_gap_disappears() -> None:
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
            await person.until(lambda: {kept, gone} <= {record.id for record in table.visible_records})
            await person.until(lambda: person.app.changes.live)
            await asyncio.to_thread(faults.go_away, 60.0)
            lab.admin.delete(f"/api/collections/quantum_jobs/records/{gone}").raise_for_status()
            new = lab.make("quantum_jobs", user_id=lab.user.id, status="pending", payload=payload)
            await asyncio.to_thread(faults.go_away, 0.0)
            await until_there(lab)
            await person.until(lambda: {record.id for record in table.visible_records} == {kept, new})


async def test_after_a_gap_a_long_list_is_counted_and_only_visible_rows_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"FIRST": 2, "SMALL": 1, "MARGIN": 0, "SCANNED": 0}.items():
        monkeypatch.setattr(job_reader, name, value)
    monkeypatch.setattr(row_window.RowWindow.missing, "__defaults__", (2,))
    with spoilt_sandbox() as sandbox:
        lab = Lab(sandbox)
        made = [lab.make("quantum_jobs", user_id=lab.user.id, status="pending", payload={}) for _ in range(7)]
        who = sandbox.admin
        connection = await connect(SignIn(sandbox.url, Role.ADMIN, who.identity, who.password))
        reader = job_reader.JobReader(connection, streams=1)
        await reader.first()
        await reader.settle()
        assert (reader.window.total, len(reader.window.places)) == (7, 2)

        async def asked(streams: int, *, away: bool = False) -> list[str]:
            assert sandbox.faults is not None
            before = len(sandbox.faults.log)
            await reader.refresh(streams, away=away)
            return [passed.path for passed in list(sandbox.faults.log)[before:]]

        async def shown(first: int, last: int) -> list[str | None]:
            while (page := reader.lacking(first, last)) is not None:
                await reader.read_page(page)
            rows = reader.window.rows()
            return [row and row.id for row in rows[first : last + 1]]

        assert await shown(0, 4) == made[:1:-1]
        assert len(await asked(1)) == 1, "the newest page"
        assert len(await asked(2)) == 2, "the newest page, and how many there are"
        new = lab.make("quantum_jobs", user_id=lab.user.id, status="pending", payload={})
        assert len(await asked(2, away=True)) == 2
        lab.admin.delete(f"/api/collections/quantum_jobs/records/{made[4]}").raise_for_status()
        assert len(await asked(3)) == 2
        assert reader.window.total == 7
        assert await shown(0, 4) == [new, made[6], made[5], made[3], made[2]]
        assert reader.lacking(0, 4) is None
        assert len(await asked(3)) == 1
        await connection.close()
