"""A server of generation v0.0: no drivers, no telemetry, and no reference to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox
from tests.tui.helpers import WIDE, at_console


@pytest.fixture(scope="module")
def older() -> Iterator[Sandbox]:
    with Sandbox(generation="v0.0", worker=False) as running:
        yield running


async def test_screens_that_the_server_lacks_are_absent(older: Sandbox) -> None:
    async with at_console(older.url, "admin", older.admin, size=WIDE) as person:
        await person.until(lambda: "7 Drivers" not in person.screen)
        assert "8 Telemetry" not in person.screen
        assert "9 Announcements" in person.screen
        for key, name in (("7", "Drivers"), ("8", "Telemetry")):
            before = person.app.current_place
            await person.press(key)
            await person.sees(f"{name}: not on this server (v0.0).")
            assert person.app.current_place == before
        # Tab skips them, and the palette does not offer them.
        await person.act("go.users")
        await person.sees("6 Users")
        await person.press("tab")
        await person.until(lambda: person.app.current_place == "announcements")
        await person.press("colon", *"telemetry")
        await person.until(lambda: "Readings of the cryostats" not in person.screen)


async def test_a_console_started_on_such_a_screen_opens_another(older: Sandbox) -> None:
    async with at_console(older.url, "admin", older.admin, size=WIDE, screen="drivers") as person:
        await person.sees("Drivers: not on this server (v0.0).")
        await person.until(lambda: person.app.current_place == "requests")
        assert "offline" not in person.screen
