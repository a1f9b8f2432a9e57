"""What happens while no stream is open is found once one is: what is new, and what is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qpi_tui.domain.roles import Role
from qpi_tui.live import job_pages
from qpi_tui.session.connection import SignIn, connect
from tests.faults.lab import BELL, Lab
from tests.faults.trying import hurried, spoilt_console, spoilt_sandbox, until_there


@pytest.mark.parametrize("page", [1000, 1], ids=["a list of one page", "a longer one"])
async def test_a_job_that_was_deleted_while_nobody_told_is_shown_no_more(
    page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_pages, "PAGE", page)
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
            await person.until(lambda: {record.id for record in table.visible_records} == {kept, new}, within=30)


async def test_a_long_list_is_counted_after_a_gap_and_read_by_its_ids_only_where_the_number_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job_pages, "PAGE", 2)
    with spoilt_sandbox() as sandbox:
        lab = Lab(sandbox)
        made = [lab.make("quantum_jobs", user_id=lab.user.id, status="pending", payload={}) for _ in range(5)]
        who = sandbox.admin
        connection = await connect(SignIn(sandbox.url, Role.ADMIN, who.identity, who.password))
        pages = job_pages.JobPages(connection, streams=1)
        await pages.first()
        async for _ in pages.rest():
            pass
        assert pages.complete
        assert pages.store.ids == set(made)

        async def asked(streams: int, *, away: bool = False) -> list[str]:
            assert sandbox.faults is not None
            before = len(sandbox.faults.log)
            await pages.changes(streams, away=away)
            return [passed.path for passed in list(sandbox.faults.log)[before:]]

        assert len(await asked(1)) == 1, "what changed"
        assert len(await asked(2)) == 2, "what changed, and how many there are"
        new = lab.make("quantum_jobs", user_id=lab.user.id, status="pending", payload={})
        assert len(await asked(2, away=True)) == 2
        assert pages.store.ids == {*made, new}
        lab.admin.delete(f"/api/collections/quantum_jobs/records/{made[2]}").raise_for_status()
        assert len(await asked(2)) == 1
        assert len(await asked(3)) == 5, "changes and the number twice, then the ids"
        assert pages.store.ids == {*made, new} - {made[2]}
        assert len(await asked(3)) == 1
        await connection.close()
