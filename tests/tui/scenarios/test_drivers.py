"""Operators manage drivers by keys."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.domain.driver_kinds import EVENTS, KINDS, LANGUAGES
from qpi_tui.widgets.handout import Handout
from tests.conftest import record
from tests.tui.helpers import NARROW, Person, at_console


def drivers_of(client: httpx.Client, qpu: str) -> list[dict[str, Any]]:
    """Return the drivers of a QPU, read by a second client."""
    answer = client.get("/api/collections/drivers/records", params={"filter": f'qpu = "{qpu}"'})
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_the_server_accepts_every_offered_kind_language_and_event(admin_http: httpx.Client, new_qpu: Any) -> None:
    qpu = new_qpu(online=False)
    offered = [(kind, "python") for kind in KINDS] + [("mock", language) for language in LANGUAGES]
    for kind, language in offered:
        events = list(EVENTS) if kind == "custom" else None
        body = {"name": f"{kind}_{language}", "qpu": qpu["id"], "kind": kind, "language": language, "events": events}
        admin_http.post("/api/op/drivers/create", json=body).raise_for_status()


async def choose(person: Person, entry: str, value: str) -> None:
    """Cycle a choice of the form until it has this value."""
    await person.press("tab")
    box = person.app.screen.query_one(f"#entry-{entry}")
    assert person.app.focused is box
    for _ in range(len(box.words)):
        if box.value == value:
            return
        await person.press("right")
    raise AssertionError(f"{value} is not offered")


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_the_token_is_shown_once_and_saved_to_a_private_file(
    sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client, tmp_path: Path, size: tuple[int, int]
) -> None:
    qpu = new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="drivers", size=size) as person:
        await person.act("drivers.register")
        await person.type("aer_one")
        await choose(person, "qpu", qpu["name"])
        await choose(person, "kind", "qiskit_aer")
        await choose(person, "language", "go")
        await person.press("enter")
        await person.sees("aer_one is registered", "Shown only once")
        (made,) = drivers_of(admin_http, qpu["id"])
        assert (made["name"], made["kind"], made["language"]) == ("aer_one", "qiskit_aer", "go")
        dialog = person.app.screen
        assert isinstance(dialog, Handout)
        secret = str(dialog.query_one("#secret").content)
        assert len(secret) > 20
        await person.sees(secret[:30], "[ Copy token (c) ]", "[ Save (w) ]", "[ Close (esc) ]")
        await person.press("j", "j", "j", "j", "j", "j", "j", "j")
        await person.sees("manual cli")

        # Esc asks first, and a second Esc stays.
        await person.press("escape")
        await person.sees("Not copied or saved", "enter yes, esc no")
        await person.press("escape")
        assert person.app.screen is dialog

        file = tmp_path / "driver.txt"
        await person.act("handout.save")
        box = person.app.screen.query_one("#entry-path")
        box.value = str(file)
        await person.press("enter")
        await person.until(file.exists)
        await person.until(lambda: person.app.screen is dialog)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert secret in file.read_text()
        assert "qpi-driver" in file.read_text()
        await person.press("escape")
        await person.sees_not("aer_one is registered")
        assert secret not in person.screen


async def test_closing_an_unsaved_token_asks_and_no_file_is_overwritten(
    sandbox: Sandbox, new_qpu: Any, tmp_path: Path
) -> None:
    qpu = new_qpu(online=False)
    there = tmp_path / "there.txt"
    there.write_text("mine")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="drivers") as person:
        await person.act("drivers.register")
        await person.type("copied")
        await choose(person, "qpu", qpu["name"])
        await person.press("enter", "enter", "enter")
        await person.sees("copied is registered")
        await person.act("handout.copy")
        await person.sees("sent to the terminal's clipboard")
        assert person.app.clipboard == str(person.app.screen.query_one("#secret").content)
        await person.act("handout.save")
        person.app.screen.query_one("#entry-path").value = str(there)
        await person.press("enter")
        await person.sees("exists already")
        await person.press("escape")
        await person.press("escape")
        await person.sees("Check that it arrived.")
        await person.press("y", "enter")
        await person.sees_not("copied is registered")
        assert there.read_text() == "mine"


async def test_a_custom_driver_lists_its_events(sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client) -> None:
    qpu = new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="drivers") as person:
        await person.act("drivers.register")
        await person.type("own_program")
        assert not person.app.screen.query_one("#entry-events").display
        await choose(person, "qpu", qpu["name"])
        await choose(person, "kind", "custom")
        await person.sees("events", "✓ JobDispatch")
        await person.press("tab", "tab")
        await person.press("space", "right", "space")
        await person.press("enter")
        await person.sees("Choose events")
        await person.press("right", "space", "enter")
        await person.sees("own_program is registered")
        (made,) = drivers_of(admin_http, qpu["id"])
        assert made["events"] == ["CryostatReading"]


async def test_disabling_a_driver_explains_the_effect_and_can_be_undone(
    sandbox: Sandbox, qpu: dict[str, Any], admin_http: httpx.Client
) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="drivers") as person:
        await person.move_to(qpu["driver"])
        await person.act("drivers.disable")
        await person.sees("Disable", "No more jobs go to", "goes offline")
        # Letters confirm nothing.
        await person.press("y", "space")
        assert record(admin_http, "drivers", qpu["driver"])["enabled"] is True
        await person.act("dialog.confirm")
        await person.sees("is disabled: it gets no jobs", "undo (10 s)")
        assert record(admin_http, "drivers", qpu["driver"])["enabled"] is False
        await person.act("app.undo", "dialog.confirm")
        await person.until(lambda: record(admin_http, "drivers", qpu["driver"])["enabled"] is True)
        await person.sees("it must reconnect")


async def test_a_driver_is_deleted_and_then_its_qpu(sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client) -> None:
    qpu = new_qpu()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
        await person.move_to(qpu["id"])
        await person.act("qpus.delete")
        await person.sees("cannot be deleted while it has drivers")
        await person.act("qpus.drivers")
        await person.until(lambda: person.app.current_place == "drivers")
        await person.move_to(qpu["driver"])
        await person.act("drivers.delete")
        await person.sees("cannot be undone")
        await person.act("dialog.confirm")
        await person.until(lambda: not drivers_of(admin_http, qpu["id"]))
        await person.act("go.qpus")
        await person.ready()
        await person.move_to(qpu["id"])
        await person.until(lambda: "no driver" in person.screen)
        await person.act("qpus.delete")
        await person.sees(f"Delete {qpu['name']}?")
        await person.act("dialog.confirm")
        gone = f"/api/collections/qpus/records/{qpu['id']}"
        await person.until(lambda: admin_http.get(gone).status_code == 404)


async def test_a_user_sees_drivers_but_cannot_change_them(sandbox: Sandbox, qpu: dict[str, Any], user: Any) -> None:
    async with at_console(sandbox.url, "user", user, screen="drivers") as person:
        await person.move_to(qpu["driver"])
        assert "register" not in person.screen
        await person.press("n", "d", "X")
        assert person.app.screen.area == "drivers"
