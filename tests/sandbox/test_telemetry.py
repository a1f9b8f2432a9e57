"""The simulated cryostat cools down, loses a channel, and its readings are stored as events."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.cryostat import CHANNELS, FAIL_PERIOD, FAILED, FAILING, OK, readings
from tests.conftest import connect_driver, wait_for
from tests.sandbox.people import People

EVENTS = "/api/collections/events/records"


def at(hours: float, second: float = 0.0) -> dict[str, Any]:
    return readings(hours, second, random.Random(1))  # noqa: S311


def test_a_cryostat_cools_from_room_temperature_to_millikelvin() -> None:
    temperatures = [channel for channel, (unit, *_) in CHANNELS.items() if unit == "K"]
    for channel in temperatures:
        curve = [at(hours)[channel]["value"] for hours in (0, 1, 3, 8, 24, 60)]
        assert 280 < curve[0] < 310
        assert curve == sorted(curve, reverse=True)
    assert at(60)["mapper.bf.tmc"]["value"] < 0.02


def test_a_channel_fails_and_recovers() -> None:
    seen = [at(60, second)[FAILING] for second in (0, 0.5 * FAIL_PERIOD, 0.95 * FAIL_PERIOD, FAIL_PERIOD)]
    assert [reading["status"] for reading in seen] == [OK, OK, FAILED, OK]
    assert [reading["value"] is None for reading in seen] == [False, False, True, False]
    assert {reading["unit"] for reading in seen} == {"mbar"}


@pytest.fixture(scope="module")
def quick() -> Iterator[Sandbox]:
    """Make cryostats cool ten thousand times as fast: to millikelvin in ten seconds."""
    with Sandbox(tick=0.05, telemetry_interval=0.1, cryostat_speed=10_000) as running:
        yield running


def test_a_connected_monitor_reports_a_cooldown(quick: Sandbox) -> None:
    with People(quick) as people:
        qpu = people.admin.post("/api/op/qpus/create", json={"name": "cold"}).json()["id"]
        driver = connect_driver(people.admin, qpu, "bluefors_gen1")

    def events() -> list[dict[str, Any]]:
        query = {"sort": "ts", "filter": f"driver = '{driver}'", "perPage": 200}
        items: list[dict[str, Any]] = httpx.get(quick.url + EVENTS, params=query).json()["items"]
        return items

    wait_for(lambda: len(events()) >= 8, "eight readings")
    found = events()
    assert {(event["type"], event["qpu"], event["source"]) for event in found} == {("CryostatReading", qpu, driver)}
    assert [event["ts"] for event in found] == sorted(event["ts"] for event in found)
    plate = [event["payload"]["readings"]["mapper.bf.t4k"]["value"] for event in found]
    assert plate[-1] < 0.7 * plate[0]
