"""The doctor's screen: findings with evidence and remedy, and a confirmed and measured repair."""

from __future__ import annotations

import asyncio
from typing import cast

import httpx
import pytest

from qpi_client import AsyncQPIClient
from qpi_sandbox import Credentials, Sandbox
from qpi_tui.doctor.examination import READS
from tests.tui.helpers import NARROW, WIDE, at_console


def indexes(admin: httpx.Client) -> list[str]:
    return list(admin.get("/api/collections/quantum_jobs").json()["indexes"])


async def test_findings_are_shown_and_indexes_added(sandbox: Sandbox, admin_http: httpx.Client) -> None:
    admin_http.patch("/api/collections/quantum_jobs", json={"indexes": []}).raise_for_status()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="doctor", size=WIDE) as person:
        await person.sees("Users can credit themselves", "severe,", "K D")
        await person.move_to("self_credit")
        await person.sees("Evidence", "Remedy", "update rule of users")
        await person.act("doctor.fix")
        await person.sees("This finding cannot be repaired from here.")
        await person.move_to("indexes")
        await person.act("doctor.fix")
        await person.sees("Add 3 indexes to quantum_jobs?")
        await person.press("escape")
        assert indexes(admin_http) == []
        await person.act("doctor.fix", "dialog.confirm")
        await person.sees("3 indexes added. The newest page by date:")
        assert len(indexes(admin_http)) == 3
        await person.sees("The jobs have their indexes")


async def test_the_doctor_fits_a_small_terminal_and_is_for_administrators(sandbox: Sandbox, user: Credentials) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, size=NARROW) as person:
        await person.act("go.doctor")
        await person.sees("Users can credit themselves", "examine again")
    async with at_console(sandbox.url, "user", user, size=WIDE) as person:
        await person.ready()
        before = person.app.current_place
        await person.act("go.doctor")
        assert person.app.current_place == before
        assert "Doctor" not in person.screen


async def test_what_is_found_is_shown_while_the_server_is_being_measured(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = asyncio.Event()
    title, measure = READS["by_created"]

    async def after_long(client: AsyncQPIClient) -> float:
        await slow.wait()
        return float(await measure(client))

    monkeypatch.setitem(cast("dict[str, object]", READS), "by_created", (title, after_long))
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=WIDE) as person:
        await person.act("go.doctor")
        await person.sees("Users can credit themselves", "measuring: newest page by date…")
        # Without the measurement, nobody knows how urgent they are.
        assert "indexes" not in {finding.id for finding in person.app.screen.records}
        await person.move_to("self_credit")
        slow.set()
        await person.sees("examine again")
        assert "indexes" in {finding.id for finding in person.app.screen.records}
        assert person.app.screen.table.cursor_record.id == "self_credit"
