"""The dialog says what can be undone; the undo key does exactly that."""

from __future__ import annotations

import re
from typing import Any

import httpx

from qpi_sandbox import Sandbox
from tests.conftest import record
from tests.tui.helpers import WIDE, at_console


def ask(http: httpx.Client, user: str, seconds: float) -> str:
    body = {"user": user, "status": "pending", "seconds": seconds, "requested_reason": "why"}
    return str(http.post("/api/collections/qpu_time_requests/records", json=body).raise_for_status().json()["id"])


def flat(screen: str) -> str:
    """Return the screen as one line, because sentences wrap."""
    return re.sub(r"[\s│▎]+", " ", screen)


async def test_two_approvals_for_one_user_are_both_undone(
    sandbox: Sandbox, new_user: Any, admin_http: httpx.Client
) -> None:
    who, other = new_user(seconds=7200), new_user(seconds=0)
    asked = [ask(admin_http, who.id, 5400), ask(admin_http, other.id, 60), ask(admin_http, who.id, 36000)]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests", size=WIDE) as person:
        for id in asked:
            await person.move_to(id)
            await person.act("table.mark")
        await person.act("requests.approve")
        await person.sees("2 h → 3 h 30", "3 h 30 min → 13 h 30 min", "0 → 1 min")
        said = "Approving cannot be undone. For 10 s, z takes the same seconds back from the balances."
        assert said in flat(person.screen)
        await person.confirm()
        await person.sees("3 done")
        assert record(admin_http, "users", who.id)["qpu_seconds"] == 48600
        await person.press("escape")
        await person.sees("z take the seconds back from the balances (10 s)")
        await person.act("app.undo")
        await person.sees("Undo 3 changes?", "take 1 h 30 min back from the balance", "take 10 h back from the balance")
        await person.confirm()
        await person.sees("3 undone")
    assert record(admin_http, "users", who.id)["qpu_seconds"] == 7200
    assert record(admin_http, "users", other.id)["qpu_seconds"] == 0
    # The requests stay decided.
    assert {record(admin_http, "qpu_time_requests", id)["status"] for id in asked} == {"approved"}


async def test_the_offered_undo_of_an_approval_is_exact(
    sandbox: Sandbox, new_user: Any, admin_http: httpx.Client
) -> None:
    who = new_user(seconds=0)
    id = ask(admin_http, who.id, 1800)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests", size=WIDE) as person:
        await person.move_to(id)
        await person.act("requests.approve")
        await person.until(lambda: "z takes the same seconds back from the balance." in flat(person.screen))
        await person.confirm()
        await person.sees("30 min credited, now 30 min", "z take 30 min back from the balance (10 s)")
        await person.act("app.undo")
        await person.sees("take 30 min back from the balance")
        await person.confirm()
        await person.sees("−30 min, now 0")
    assert record(admin_http, "users", who.id)["qpu_seconds"] == 0
