"""Signed in with an API token: readable screens are available, others are not offered."""

from __future__ import annotations

from typing import Any

import httpx

from qpi_sandbox import Sandbox
from tests.tui.helpers import NARROW, at_console
from tests.tui.scenarios.test_operators import submit


async def test_a_token_shows_jobs_qpus_drivers_and_telemetry_only(
    sandbox: Sandbox, qpu: dict[str, Any], user_http: httpx.Client
) -> None:
    token = user_http.post("/api/tokens", json={"name": "for the console"}).json()["token"]
    job = submit(user_http, qpu["id"])
    async with at_console(sandbox.url, "token", size=NARROW) as person:
        await person.sees("sign in", "API token")
        await person.type(token)
        await person.press("enter")
        await person.until(lambda: person.app.connection is not None)
        await person.ready()
        assert token not in person.screen
        tabs = [tab.id for tab in person.app.tabs()]
        assert tabs == ["overview", "qpus", "jobs", "drivers", "telemetry", "journal"]
        await person.act("go.jobs")
        await person.ready()
        await person.until(lambda: job in {each.id for each in person.app.screen.table.visible_records})
        for place in tabs:
            await person.act(f"go.{place}")
            await person.until(lambda place=place: person.app.current_place == place)
            await person.ready()
        # Keys of unavailable actions have no effect.
        await person.act("go.qpus")
        await person.ready()
        await person.press("d", "n", "5", "6", "0")
        assert person.app.current_place == "qpus"
        assert person.app.audit_log.entries == []
