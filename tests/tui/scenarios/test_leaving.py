"""Signing out and quitting warn about what would be lost: an available undo, or a change without a response."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.screens.leaving import Leaving
from qpi_tui.widgets.form import Entry, Form
from tests.tui.helpers import NARROW, Person, at_console
from tests.waiting import until


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Sandbox]:
    """Return a laboratory that may be modified freely."""
    with Sandbox(data=tmp_path / "lab", seed=1, jobs=5, worker=False, faults=[]) as running:
        yield running


async def disable(person: Person) -> None:
    """Take the QPU under the cursor out of service."""
    await person.act("qpus.disable")
    await person.sees("Disable ")
    await person.act("dialog.confirm")


async def lose_an_answer(lab: Sandbox, person: Person) -> None:
    """Make a change whose response is lost, on a server that cannot be checked either."""
    faults = lab.faults
    assert faults is not None
    faults.add(Fault("lost", route="POST /api/op/qpu/toggle"))
    await disable(person)
    # Not before: a change that was never sent needs no response.
    await person.until(lambda: any(passed.path.endswith("/toggle") for passed in faults.log))
    # Neither the QPU nor its drivers can be read.
    for route in ("GET /api/collections/qpus/*", "GET /api/collections/drivers/*", "GET /api/qpus/*"):
        faults.add(Fault("502", route=route))
    await person.sees("0 done, 1 failed")
    await person.press("escape")


async def test_quitting_warns_about_an_available_undo_and_staying_keeps_it(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        await disable(person)
        await person.sees("undo (10 s)")
        await person.press("S")
        await person.sees("Sign out of", "can still be undone (z)")
        await person.press("escape")
        await person.sees_not("Sign out of")
        await person.act("app.undo", "dialog.confirm")
        await person.sees("is enabled")


async def test_signing_out_and_quitting_warn_about_a_change_without_a_response(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        await lose_an_answer(lab, person)
        await person.press("S")
        await person.sees("Sign out of", "One change has no answer yet")
        await person.press("y", "space", "escape")
        await person.sees_not("Sign out of")
        await person.press("q")
        await person.sees("Leave?", "The next start checks the outcome")
        await person.press("y", "space", "escape")
        await person.sees_not("Leave?")
        assert person.app.is_running
        assert person.app.connection is not None
        await person.press("S")
        await person.sees("Sign out of")
        await person.act("dialog.confirm")
        await person.sees("Signed out")
        # The next user to sign in is neither told nor asked about it.
        assert person.app.edits.unanswered == []


async def test_ctrl_c_quits_in_any_state(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        await lose_an_answer(lab, person)
        await person.press("ctrl+c")
        await person.until(lambda: not person.app.is_running)


async def test_a_screen_opened_during_shutdown_is_no_error(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        person.app.exit(None, return_code=129)
        person.app.screen.ask_help()
        await until(lambda: not person.app.is_running, "the end of the program")
    assert person.app.fault is None
    assert person.app.return_code == 129


class Leavers:
    """The parts of a console that quitting needs."""

    def __init__(self) -> None:
        self.left: list[int] = []
        self.said: list[str] = []
        self.edit_port = self
        self.work: list[asyncio.Task[None]] = []

    def exit(self, code: int) -> None:
        self.left.append(code)

    def progress(self, sentence: str) -> None:
        self.said.append(sentence)

    def run_worker(self, work: Any, *, exit_on_error: bool) -> None:
        self.work.append(asyncio.create_task(work))


async def test_quitting_waits_up_to_two_seconds_for_a_change_in_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console = Leavers()
    leaving = Leaving(console)  # type: ignore[arg-type]
    with leaving.sending():
        leaving.leave()
        for _ in range(50):
            await asyncio.sleep(0)
        assert console.left == []
        assert console.said == ["A change is being sent. Waiting up to 2 s…"]
    await asyncio.wait_for(console.work[0], 1)
    assert console.left == [0]
    monkeypatch.setattr("qpi_tui.screens.leaving.PATIENCE", 0.01)
    with leaving.sending():
        leaving.leave()
        await asyncio.wait_for(console.work[1], 10)
        assert console.left == [0, 0]


async def test_data_that_arrives_while_a_screen_is_being_closed_is_not_painted(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="overview") as person:
        await person.sees("QPUs")
        screen = person.app.screen
        feed = screen.feed
        await person.until(lambda: feed.data is not None)
    # A change that was merged just before is painted by a timer, when the table may be gone.
    feed._paint()
    assert not screen.is_running


async def test_ctrl_c_twice_before_the_question_is_composed_quits_while_a_form_is_being_sent(lab: Sandbox) -> None:
    assert lab.faults is not None
    async with at_console(lab.url, "admin", lab.admin, screen="users", size=NARROW) as person:
        await person.act("users.allocate")
        await person.sees("+2h or 90 adds")
        await person.type("+1h")
        lab.faults.add(Fault("stalled", route="PATCH /api/collections/users/*"))
        await person.act("dialog.confirm")
        await person.sees("Sending…")
        person.app.call_later(lambda: [person.app.action_quit_now() for _ in range(2)])
        await person.until(lambda: not person.app.is_running)
    assert person.app.fault is None


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_a_form_whose_change_is_made_while_leave_is_asked_closes_without_a_draft(lab: Sandbox, key: str) -> None:
    assert lab.faults is not None
    async with at_console(lab.url, "admin", lab.admin, screen="users", size=NARROW) as person:
        await person.act("users.allocate")
        await person.sees("+2h or 90 adds")
        await person.type("+1h")
        lab.faults.add(Fault("latency", 0.5, route="PATCH /api/collections/users/*"))
        await person.act("dialog.confirm")
        await person.sees("Sending…")
        await person.press("ctrl+c")
        await person.sees("Leave?")
        await person.until(lambda: not person.app.leaving.in_flight)
        await person.sees("Leave?", ": +1 h, now ")
        await person.press(key)
        if key == "escape":
            await person.sees_not("Leave?")
            await person.sees_not("QPU time of")
            assert person.app.is_running
        else:
            await person.until(lambda: not person.app.is_running)
        assert person.app.drafts == {}


async def test_a_form_that_is_opening_shows_neither_progress_nor_a_remark(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="users", size=NARROW) as person:

        def early() -> None:
            person.app.push_screen(Form("New name", [Entry("name", "Name")], confirm="Rename", check=lambda _: []))
            person.app.edit_port.progress("Working…")
            person.app.remark("3 characters were dropped.")

        person.app.call_later(early)
        await person.sees("New name", "3 characters were dropped.")
    assert person.app.fault is None
