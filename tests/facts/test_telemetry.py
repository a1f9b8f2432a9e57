"""Telemetry: what a cryostat monitor reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from qpi_sandbox.cryostat import FAIL_PERIOD, FAILED, FAILING, readings
from qpi_sandbox.rng import rng
from tests.conftest import wait_for
from tests.facts.facts import fact
from tests.facts.world import RECORDS, World


@fact("telemetry.readings")
def test_a_monitor_reports_readings_by_channel(world: World) -> None:
    monitor = world.driver(kind="bluefors_gen1")
    query = {"filter": f"driver = '{monitor.id}' && type = 'CryostatReading'", "sort": "-ts"}

    def events() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = world.nobody.get(RECORDS.format("events"), params=query).json()["items"]
        return items

    event = wait_for(events, "a reading", 60)[0]
    assert "T" in event["ts"]
    datetime.fromisoformat(event["ts"].replace("Z", "+00:00"))
    for reading in event["payload"]["readings"].values():
        assert set(reading) == {"value", "unit", "status"}
        assert reading["value"] is None or isinstance(reading["value"], (int, float))


@fact("telemetry.readings")
@pytest.mark.sandbox_only  # a channel that fails at the right moment
def test_a_failed_channel_has_no_value() -> None:
    reading = readings(60, 0.95 * FAIL_PERIOD, rng(1))[FAILING]
    assert (reading["value"], reading["status"]) == (None, FAILED)
