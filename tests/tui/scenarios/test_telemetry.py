"""Telemetry: channels of a cryostat, highlighting, and trends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.tui.helpers import NARROW, at_console

EVENTS = "/api/collections/events/records"


@pytest.fixture
def cryostat(new_qpu: Any, admin_http: httpx.Client) -> dict[str, str]:
    """Create a QPU with a monitor that no process runs: the test sets its readings."""
    qpu = new_qpu(online=False)
    body = {"name": f"fridge_{qpu['name']}", "qpu": qpu["id"], "kind": "bluefors_gen1", "language": "python"}
    made = admin_http.post("/api/op/drivers/create", json=body).json()
    return {"driver": made["id"], "qpu": qpu["id"], "name": made["name"]}


def report(client: httpx.Client, cryostat: dict[str, str], ago: timedelta, **readings: Any) -> None:
    """Store a reading of some channels, taken this long ago."""
    at = datetime.now(UTC) - ago
    body = {
        "type": "CryostatReading",
        "driver": cryostat["driver"],
        "qpu": cryostat["qpu"],
        "ts": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "payload": {"readings": readings},
    }
    client.post(EVENTS, json=body).raise_for_status()


def kelvin(value: float | None, status: str = "SYNCHRONIZED") -> dict[str, Any]:
    """Return a reading of a temperature."""
    return {"value": value, "unit": "K", "status": status}


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_a_failed_a_silent_and_a_high_channel_stand_out(
    sandbox: Sandbox, cryostat: dict[str, str], admin_http: httpx.Client, size: tuple[int, int]
) -> None:
    report(admin_http, cryostat, timedelta(minutes=9), quiet=kelvin(4.2), tmc=kelvin(0.02))
    report(admin_http, cryostat, timedelta(seconds=30), tmc=kelvin(0.25), still=kelvin(0.8), broken=kelvin(1.0))
    report(admin_http, cryostat, timedelta(seconds=1), broken=kelvin(None, "DISCONNECTED"))
    limits = {"tmc": {"max": 0.1}}
    async with at_console(
        sandbox.url, "admin", sandbox.admin, screen="telemetry", size=size, thresholds=limits
    ) as person:
        await person.act("table.filter")
        await person.type(cryostat["name"] if size != NARROW else "K")
        await person.press("enter")
        lines: dict[str, str] = {}

        def read() -> bool:
            rows = person.screen.splitlines()
            for channel in ("quiet", "tmc", "still", "broken"):
                lines[channel] = next((row for row in rows if f" {channel} " in row), "")
            return all(lines.values())

        await person.until(read)
        assert "▲ silent" in lines["quiet"]
        assert "9 min" in lines["quiet"]
        assert "✗ too high" in lines["tmc"]
        assert "0.25  K" in lines["tmc"]
        assert "● good" in lines["still"]
        assert "✗ disconn" in lines["broken"]
        await person.move_to(f"{cryostat['driver']}/tmc")
        if size == NARROW:
            await person.act("table.open")
        await person.sees("above 0.1 K", "0.02", "0.25")
        if size == NARROW:
            await person.sees("min 0.02  max 0.25  last 0.25")


async def test_the_time_range_is_switched_from_15_minutes_to_a_day(
    sandbox: Sandbox, cryostat: dict[str, str], admin_http: httpx.Client
) -> None:
    for ago in (timedelta(minutes=1), timedelta(minutes=40), timedelta(hours=4), timedelta(hours=20)):
        report(admin_http, cryostat, ago, spans=kelvin(ago.total_seconds()))
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="telemetry") as person:
        for count, word in enumerate(("15 min", "1 h", "6 h", "24 h"), 1):
            await person.move_to(f"{cryostat['driver']}/spans")
            await person.sees(f"last {word}", f"{word}, {count} readings")
            await person.act("telemetry.span")


async def test_new_readings_appear_without_a_key(
    sandbox: Sandbox, cryostat: dict[str, str], admin_http: httpx.Client
) -> None:
    report(admin_http, cryostat, timedelta(seconds=20), fresh=kelvin(1.5))
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="telemetry") as person:
        await person.move_to(f"{cryostat['driver']}/fresh")
        report(admin_http, cryostat, timedelta(seconds=0), fresh=kelvin(2.5))
        await person.sees("2.5 K", "2 readings")
        assert person.app.screen.table.cursor_id == f"{cryostat['driver']}/fresh"
