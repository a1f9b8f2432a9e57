"""Operators take QPUs out of service and back by keys."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import record
from tests.tui.helpers import NARROW, at_console

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


def submit(client: httpx.Client, qpu: str, circuit: str = BELL, shots: int = 100) -> str:
    """Submit a job over plain HTTP and return its id."""
    body = {"circuits": [{"circuit": circuit}], "shots": shots, "qpu_target": qpu}
    answer = client.post("/api/jobs", json=body)
    answer.raise_for_status()
    return str(answer.json()["id"])


async def test_the_qpu_list_explains_why_an_enabled_qpu_is_offline(sandbox: Sandbox, new_qpu: Any) -> None:
    bare = new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
        await person.move_to(bare["id"])
        await person.sees(bare["name"], "▲ on, offline", "no driver", "is enabled but offline")


async def test_disabling_reports_queued_jobs_and_sends_the_desired_state(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    for _ in range(2):
        submit(user_http, qpu["id"])
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=NARROW) as person:
        await person.move_to(qpu["id"])
        await person.act("qpus.disable")
        await person.sees(f"Disable {qpu['name']}?", "0 running, 2 queued", "0 jobs are running, 2 are queued.")
        await person.act("dialog.confirm")
        await person.sees("is disabled")
        assert record(admin_http, "qpus", qpu["id"])["enabled"] is False
        # The desired state is sent: disabling a disabled QPU leaves it disabled.
        await person.act("qpus.disable")
        await person.act("dialog.confirm")
        await person.sees("is disabled")
        assert record(admin_http, "qpus", qpu["id"])["enabled"] is False
        await person.act("qpus.enable")
        await person.act("dialog.confirm")
        await person.until(lambda: record(admin_http, "qpus", qpu["id"])["enabled"] is True)


async def test_a_qpu_is_put_into_maintenance_and_back(sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client) -> None:
    qpu = new_qpu()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
        await person.move_to(qpu["id"])
        await person.act("qpus.maintenance")
        await person.sees(f"Set maintenance for {qpu['name']}?")
        await person.act("dialog.confirm")
        await person.sees("◐ maintenance", "is in maintenance")
        assert record(admin_http, "qpus", qpu["id"])["status"] == "maintenance"
        await person.act("qpus.maintenance")
        await person.sees("End maintenance")
        await person.act("dialog.confirm")
        await person.until(lambda: record(admin_http, "qpus", qpu["id"])["status"] != "maintenance")


@pytest.mark.parametrize("action", ["qpus.disable", "qpus.maintenance"])
async def test_the_drivers_can_be_kept_enabled(
    sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client, action: str
) -> None:
    qpu = new_qpu()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=NARROW) as person:
        await person.move_to(qpu["id"])
        await person.act(action)
        await person.sees("This disables", "[ Keep drivers (t) ]", "[ Cancel (esc) ]")
        await person.act("dialog.option")
        await person.sees("The drivers stay enabled: on this server jobs still start.", "[ Disable drivers too (t) ]")
        await person.act("dialog.option")
        await person.sees("This disables", "[ Keep drivers (t) ]")
        await person.act("dialog.option", "dialog.confirm")
        await person.sees("Jobs still start")
        assert record(admin_http, "drivers", qpu["driver"])["enabled"] is True
        kept = record(admin_http, "qpus", qpu["id"])
        assert (kept["status"] == "maintenance") if action == "qpus.maintenance" else not kept["enabled"]


async def test_marked_qpus_are_disabled_together(sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client) -> None:
    qpus = [new_qpu(online=False) for _ in range(3)]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
        for qpu in qpus:
            await person.move_to(qpu["id"])
            await person.act("table.mark")
        await person.act("qpus.disable")
        await person.sees("Disable 3 QPUs?")
        await person.act("dialog.confirm")
        await person.sees("3 done")
        assert not any(record(admin_http, "qpus", qpu["id"])["enabled"] for qpu in qpus)


async def test_read_only_mode_changes_nothing(sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client) -> None:
    qpu = new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", read_only=True) as person:
        await person.sees("READ-ONLY")
        await person.move_to(qpu["id"])
        await person.act("qpus.disable")
        await person.sees("Read-only")
        await person.press("enter")
        assert record(admin_http, "qpus", qpu["id"])["enabled"] is True


async def test_a_qpu_is_registered_and_a_duplicate_name_is_reported(
    sandbox: Sandbox, qpu: dict[str, Any], admin_http: httpx.Client
) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
        await person.act("qpus.register")
        await person.type(qpu["name"])
        await person.press("tab")
        await person.type("7")
        await person.sees("already")
        await person.press("enter")
        named = {"filter": f'name = "{qpu["name"]}"'}
        await person.until(
            lambda: admin_http.get("/api/collections/qpus/records", params=named).json()["totalItems"] == 2
        )
