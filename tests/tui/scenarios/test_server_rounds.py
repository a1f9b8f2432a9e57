"""An action on marks of several servers goes from one server to the next, whatever is left to do on each."""

from __future__ import annotations

from pathlib import Path

import pytest

from qpi_tui.screens.merged import MergedScreen
from tests.tui.scenarios.test_several_servers import REQUESTS, Server, at_both, mark
from tests.tui.scenarios.test_several_servers import servers as servers  # a fixture


async def test_a_server_with_nothing_left_to_do_is_followed_by_the_next(servers: tuple[Server, Server]) -> None:
    north, south = servers
    id, gone = "left00000000001", "left00000000002"
    for each in servers:
        each.ask("somebody is faster", id)
    north.ask("is withdrawn", gone)
    async with at_both(north.settings, south.settings) as person:
        await mark(person, f"0/{id}", f"0/{gone}", f"1/{id}")
        await person.press("a")
        await person.sees("Approve on 2 servers?")
        # Meanwhile nothing is left on the first server.
        north.http.patch(f"{REQUESTS}/{id}", json={"status": "rejected"}).raise_for_status()
        north.http.delete(f"{REQUESTS}/{gone}").raise_for_status()
        await person.confirm()
        await person.until(lambda: person.app.settings.name == "south")
        await person.sees("Approve this request?")
        await person.confirm()
        await person.until(lambda: isinstance(person.app.screen, MergedScreen))
        await person.sees("✓ north: nothing to do", "not found · south: 1 done")
        assert [each.status(id) for each in servers] == ["rejected", "approved"]


async def test_jobs_outside_the_first_page_are_deleted_on_each_server(servers: tuple[Server, Server]) -> None:
    north, south = servers
    jobs = "/api/collections/quantum_jobs/records"
    for each in servers:
        (some,) = each.http.get(jobs, params={"perPage": 1}).json()["items"]
        # Any will do: which of them have ended depends on the time of day.
        fields = ("user_id", "qpu_target", "payload", "results", "finished_at", "duration")
        body = {name: some[name] for name in fields} | {"status": "completed"}
        for number in range(205):
            each.http.post(jobs, json={**body, "id": f"page0000000{number:04}"}).raise_for_status()
    async with at_both(north.settings, south.settings) as person:
        await person.press("4")
        await person.ready()
        await person.sees("400 jobs on 2 servers · newest 200 per server")
        ids = ("page00000000040", "page00000000060")
        await mark(person, *[f"{at}/{id}" for at, id in enumerate(ids)])
        await person.press("X")
        await person.sees("Delete on 2 servers?")
        await person.confirm()
        for name in ("north", "south"):
            await person.until(lambda name=name: person.app.settings.name == name)
            await person.sees("Delete this job?")
            await person.confirm()
        await person.sees("✓ north: 1 done · south: 1 done")
        for each, id in zip(servers, ids, strict=True):
            assert each.http.get(f"{jobs}/{id}").status_code == 404


def names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return sorted(each.name for each in folder.iterdir())


async def test_an_export_that_is_cancelled_at_one_server_is_not_done_and_skips_the_following_servers(
    servers: tuple[Server, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, south = servers
    monkeypatch.chdir(tmp_path)
    async with at_both(north.settings, south.settings) as person:
        await person.press("4")
        await person.ready()
        rows = person.app.screen.table.visible_records
        ids = [next(row.id for row in rows if row.at == at) for at in (0, 1)]
        await mark(person, *ids)
        await person.press("E")
        await person.sees("Export on 2 servers?")
        await person.confirm()
        await person.sees("Export 1 job")
        await person.press("escape")
        await person.sees("Stopped. north: nothing done · south: not begun")
        assert person.app.settings.name == "north"
        assert names(tmp_path) == []
        # Confirmed at the first server only.
        # Without a key: a click of the mouse, or the palette.
        person.app.servers.show(1)
        await person.sees_not("Stopped.")
        assert person.app.settings.name == "south"
        await person.press("ctrl+s")
        await mark(person, *ids)
        await person.press("E")
        await person.sees("Export on 2 servers?")
        await person.confirm()
        await person.sees("Export 1 job")
        await person.confirm()
        await person.until(lambda: person.app.settings.name == "south")
        await person.sees("Export 1 job")
        await person.press("escape")
        await person.sees("Stopped. north: done · south: nothing done")
        await person.press("j")
        await person.sees_not("nothing done")
        assert len(names(tmp_path)) == 1
