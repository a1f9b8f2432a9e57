"""The palette: every action, and every QPU, user and job by id or name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.tui.helpers import NARROW, at_console
from tests.tui.scenarios.test_operators import submit


@pytest.mark.parametrize("by", ["name", "id"])
async def test_a_qpu_a_user_and_a_job_are_found_and_opened(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, by: str
) -> None:
    qpu = new_qpu(online=False)
    job = submit(user_http, qpu["id"])
    wanted = [
        (qpu["name"] if by == "name" else qpu["id"], "qpus", qpu["id"]),
        (user.identity if by == "name" else user.id, "users", user.id),
        (job, "jobs", job),
    ]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="journal", size=NARROW) as person:
        for typed, place, id in wanted:
            await person.act("app.palette")
            await person.type(typed)
            await person.until(
                lambda place=place, id=id: any(
                    each.id == f"record:{place}:{id}"
                    for each in person.app.screen.query_one("RecordTable").visible_records
                )
            )
            while person.app.screen.query_one("RecordTable").cursor_id != f"record:{place}:{id}":
                await person.press("down")
            await person.press("enter")
            await person.until(lambda place=place: person.app.current_place == place)
            await person.until(lambda id=id: person.app.screen.table.cursor_id == id)


async def test_an_action_is_found_by_its_words_and_executed(sandbox: Sandbox) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
        await person.act("app.palette")
        await person.type("register")
        await person.press("enter")
        await person.sees("Register a QPU", "Register (enter)")


async def test_a_user_finds_no_other_users(sandbox: Sandbox, user: Credentials, new_user: Any) -> None:
    other = new_user()
    async with at_console(sandbox.url, "user", user, screen="qpus") as person:
        await person.act("app.palette")
        await person.until(
            lambda: any(each.area == "qpus" for each in person.app.screen.query_one("RecordTable").visible_records)
        )
        await person.type(other.identity)
        await person.sees("Nothing matches.")


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_an_action_of_another_screen_is_found_and_executed_there(
    sandbox: Sandbox, new_qpu: Any, size: tuple[int, int]
) -> None:
    new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="journal", size=size) as person:
        await person.act("app.palette")
        await person.type("register a driver")
        await person.press("enter")
        await person.until(lambda: person.app.current_place == "drivers")
        await person.sees("Register a driver", "[ Register (enter) ]")


async def test_a_user_finds_only_permitted_actions(sandbox: Sandbox, user: Credentials) -> None:
    async with at_console(sandbox.url, "user", user, screen="qpus", size=NARROW) as person:
        await person.act("app.palette")
        await person.until(lambda: len(person.app.screen.query_one("RecordTable").visible_records) > 10)
        offered = {each.id for each in person.app.screen.query_one("RecordTable").visible_records}
        assert {"requests.create", "jobs.submit", "slots.book", "tokens.create"} <= offered
        assert not offered & {"requests.approve", "users.allocate", "qpus.disable", "drivers.register"}
        await person.type("request qpu time")
        await person.press("enter")
        await person.sees("Request QPU time", "amount")
