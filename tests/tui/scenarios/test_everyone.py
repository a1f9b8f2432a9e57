"""What every screen offers: help, palette, sorting, the header, drafts, copying, quitting."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.actions import ACTIONS, in_areas
from qpi_tui.domain.roles import Role
from qpi_tui.resources import registry
from qpi_tui.widgets.batch import Batch
from qpi_tui.widgets.sorting import name_of
from tests.conftest import record
from tests.tui.helpers import NARROW, at_console
from tests.tui.scenarios.test_operators import submit
from tests.tui.scenarios.test_results import open_job, stored
from tests.tui.scenarios.test_sign_in import ids, make_request


@pytest.mark.parametrize("place", list(registry()))
async def test_help_lists_every_key_and_each_column_sorts(sandbox: Sandbox, place: str) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen=place, size=NARROW) as person:
        screen = person.app.screen
        await person.press("question_mark")
        await person.sees("Keys of")
        told = str(person.app.screen.query_one("#read").content)
        for action in in_areas((*screen.areas, "app", "go")):
            if Role.ADMIN in action.who:
                assert action.help in told, action.id
        await person.press("question_mark")
        await person.until(lambda: person.app.screen is screen)
        if place == "slots":
            await person.act("slots.view")
        seen: set[str] = set()
        for number, column in enumerate(screen.columns(), 1):
            await person.act("table.sort")
            # Also columns that do not fit.
            await person.sees("Sort by", f"{number} {name_of(column)}")
            await person.press(str(number))
            await person.until(lambda: person.app.screen is screen)
            assert screen.table.sort is not None
            seen.add(screen.table.sort[0])
            if column.key not in {each.key for each in screen.table.columns_seen}:
                await person.sees(f"· by {name_of(column)} ▲")
        assert seen == {column.key for column in screen.columns()}


@pytest.mark.parametrize("place", list(registry()))
async def test_the_text_of_the_first_screen_is_visible(sandbox: Sandbox, place: str) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen=place, size=NARROW) as person:
        for widget in person.app.screen.query("*"):
            style = widget.visual_style
            assert style.foreground is not None, widget
            assert style.foreground.a > 0.3, f"{widget} is painted in a colour that nobody sees"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.USER])
async def test_the_palette_offers_every_action_of_the_role(sandbox: Sandbox, user: Credentials, role: Role) -> None:
    who = sandbox.admin if role is Role.ADMIN else user
    async with at_console(sandbox.url, role.value, who, screen="qpus", size=NARROW) as person:
        await person.press("colon")
        await person.until(lambda: len(person.app.screen.query_one("RecordTable").visible_records) > 10)
        offered = {each.id for each in person.app.screen.query_one("RecordTable").visible_records}
        places = {place.id for place in registry().values() if place.visible(role)}
        for action in ACTIONS.values():
            if role in action.who and action.area in places | {"go"}:
                assert action.id in offered, action.id
            elif role not in action.who:
                assert action.id not in offered, action.id


async def test_a_user_cannot_approve_reject_or_allocate(
    sandbox: Sandbox, user: Credentials, admin_http: httpx.Client
) -> None:
    id = make_request(sandbox, user, 600, "my own")
    async with at_console(sandbox.url, "user", user, screen="requests", size=NARROW) as person:
        await person.move_to(id)
        for key in ("a", "r", "u", "6"):
            await person.press(key)
            await person.pilot.pause()
            assert len(person.app.screen_stack) == 1
            assert person.app.current_place == "requests"
        assert "approve" not in person.screen
        await person.press("question_mark")
        await person.sees("Keys of")
        assert "Approve" not in str(person.app.screen.query_one("#read").content)
    assert record(admin_http, "qpu_time_requests", id)["status"] == "pending"


async def test_the_header_counts_the_seconds_of_an_outage(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path / "lab", seed=1, jobs=5, worker=False) as lab:
        async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
            lab.stop()

            def gone() -> int:
                match = re.search(r"▲ offline (\d+) s, next try in \d+ s", person.screen.splitlines()[0])
                return int(match[1]) if match else -1

            await person.until(lambda: gone() >= 0)
            before = gone()
            await person.until(lambda: gone() >= before + 2)


async def test_drafts_and_scroll_positions_survive_changes_by_others(sandbox: Sandbox, new_user: Any) -> None:
    who = new_user()
    asked = [make_request(sandbox, who, 600 + n, f"one of many {n}") for n in range(30)]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests", size=NARROW) as person:
        await person.move_to(asked[25])
        table = person.app.screen.table
        top = table.scroll_offset.y
        assert top > 0
        await person.act("table.filter")
        await person.type("one of")
        new = make_request(sandbox, who, 700, "one of many more")
        await person.until(lambda: new in ids(person))
        assert person.app.screen.query_one("#filter").value == "one of"
        assert person.app.focused is person.app.screen.query_one("#filter")
        await person.type(" many")
        assert person.app.screen.query_one("#filter").value == "one of many"
        assert table.cursor_id == asked[25]
        await person.press("enter")
        await person.act("requests.reject")
        await person.type("Half a rea")
        later = make_request(sandbox, who, 700, "one of many, later")
        await person.until(lambda: later in [each.id for each in table.visible_records])
        await person.type("son")
        assert person.app.screen.query_one("#entry-reason").value == "Half a reason"
        await person.press("escape")
        assert table.cursor_id == asked[25]


async def test_a_result_a_job_and_a_row_are_copied(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, admin_http: httpx.Client
) -> None:
    id = stored(admin_http, user, new_qpu(online=False)["id"], {"counts": {"00": 300, "11": 700}, "shots": 1000})
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await person.move_to(id)
        await person.act("table.copy_row")
        assert id in person.app.clipboard
        await open_job(person, id)
        await person.act("job.copy")
        assert person.app.clipboard == id
        await person.act("job.json")
        await person.sees("results: {")
        await person.act("json.search")
        await person.type("counts")
        await person.press("enter")
        await person.act("json.copy")
        assert person.app.clipboard == '{"00": 300, "11": 700}'
        await person.sees("sent to the terminal's clipboard")


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("plain é 量", "plain é 量"),
        ("one\nrm -rf ~\n", '"one\\nrm -rf ~\\n"'),
        ("a\x1b[2J", '"a\\u001b[2J"'),
        ("a\x9b2J\u202eb", '"a\\u009b2J\\u202eb"'),
    ],
)
async def test_copied_text_from_a_record_is_harmless_when_pasted(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, admin_http: httpx.Client, text: str, copied: str
) -> None:
    id = stored(admin_http, user, new_qpu(online=False)["id"], {"counts": {"00": 1}, "shots": 1, "note": text})
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await person.move_to(id)
        await open_job(person, id)
        await person.act("job.json", "json.search")
        await person.type("note")
        await person.press("enter")
        await person.act("json.copy")
        assert person.app.clipboard == copied


async def test_signing_out_and_quitting_ask_first(sandbox: Sandbox, user: Credentials) -> None:
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await person.press("S")
        await person.sees("Sign out of", "stored session is deleted")
        await person.press("y", "space")
        await person.press("escape")
        await person.sees_not("Sign out of")
        assert person.app.connection is not None
        await person.press("S")
        await person.sees("Sign out of")
        await person.act("dialog.confirm")
        await person.sees("sign in", "Signed out")
        await person.until(lambda: person.app.connection is None)
        await person.type(user.password)
        await person.press("enter")
        await person.ready()
        await person.press("q")
        await person.until(lambda: not person.app.is_running)


async def test_progress_and_each_outcome_are_reported_by_name(
    sandbox: Sandbox, new_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [new_user(seconds=0) for _ in range(3)]
    said: list[str] = []
    retitle = Batch.retitle

    def listen(dialog: Batch, title: str) -> None:
        said.append(title)
        retitle(dialog, title)

    monkeypatch.setattr(Batch, "retitle", listen)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests", size=NARROW) as person:
        for id in [make_request(sandbox, who, 60, "a minute") for who in people]:
            await person.move_to(id)
            await person.act("table.mark")
        await person.act("requests.approve", "dialog.confirm")
        await person.sees("3 done", *[f"✓ {who.identity}:" for who in people])
    assert said == [*[f"Approving {n} of 3…" for n in (1, 2, 3)], "3 done"]


async def test_an_announcement_to_everyone_is_confirmed_first(
    sandbox: Sandbox, user: Credentials, admin_http: httpx.Client
) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="announcements", size=NARROW) as person:
        await person.act("announcements.create")
        await person.type("For all of you")
        await person.press("tab", "tab", "tab", "tab", "enter")
        await person.sees("announced to")
    found = admin_http.get("/api/collections/notifications/records").json()["items"]
    made = next(each for each in found if each["title"] == "For all of you")
    assert not made["target_users"]
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await person.sees("◆ For all of you")
    admin_http.delete(f"/api/collections/notifications/records/{made['id']}").raise_for_status()


async def test_cancelling_a_running_job_explains_what_it_means(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    id = submit(user_http, new_qpu(online=False)["id"])
    running = {"status": "running"}
    admin_http.patch(f"/api/collections/quantum_jobs/records/{id}", json=running).raise_for_status()
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await person.move_to(id)
        await person.sees("▶ running")
        await person.act("jobs.cancel")
        await person.sees("Cancel this job?", "driver is not notified")
        await person.act("dialog.confirm")
        await person.sees("cancelled")
        assert record(user_http, "quantum_jobs", id)["status"] == "cancelled"
