"""Signing out and leaving say what would be lost: a way back that is still open, a change whose answer never came."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.screens.leaving import Leaving
from tests.tui.helpers import NARROW, Person, at_console
from tests.waiting import until


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Sandbox]:
    """A laboratory on which things can go wrong."""
    with Sandbox(data=tmp_path / "lab", seed=1, jobs=5, worker=False, faults=[]) as running:
        yield running


async def disable(person: Person) -> None:
    """Take the QPU under the cursor out of service."""
    await person.act("qpus.disable")
    await person.sees("Disable ")
    await person.act("dialog.confirm")


async def lose_an_answer(lab: Sandbox, person: Person) -> None:
    """Make a change whose answer is lost, on a server that cannot be asked either."""
    faults = lab.faults
    assert faults is not None
    faults.add(Fault("lost", route="POST /api/op/qpu/toggle"))
    await disable(person)
    # Not before: what was not even sent needs no answer.
    await person.until(lambda: any(passed.path.endswith("/toggle") for passed in faults.log))
    # Neither the QPU nor its drivers can be looked at.
    for route in ("GET /api/collections/qpus/*", "GET /api/collections/drivers/*", "GET /api/qpus/*"):
        faults.add(Fault("502", route=route))
    await person.sees("0 done, 1 failed")
    await person.press("escape")


async def test_a_way_back_that_is_open_is_said_and_kept_by_staying(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        await disable(person)
        await person.sees("undo (10 s)")
        await person.press("S")
        await person.sees("Sign out of", "can still be undone (z)")
        await person.press("escape")
        await person.sees_not("Sign out of")
        await person.act("app.undo", "dialog.confirm")
        await person.sees("is enabled")


async def test_a_change_without_an_answer_is_said_before_signing_out_and_before_leaving(lab: Sandbox) -> None:
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
        # Whoever signs in next is told nothing of it, and asked nothing.
        assert person.app.edits.unanswered == []


async def test_ctrl_c_leaves_whatever_goes_on(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        await lose_an_answer(lab, person)
        await person.press("ctrl+c")
        await person.until(lambda: not person.app.is_running)


async def test_a_screen_that_opens_while_the_program_ends_is_no_fault(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        person.app.exit(None, return_code=129)
        person.app.screen.ask_help()
        await until(lambda: not person.app.is_running, "the end of the program")
    assert person.app.fault is None
    assert person.app.return_code == 129


class Leavers:
    """A console, as far as leaving it needs one."""

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


async def test_a_change_that_is_being_sent_is_waited_for_and_no_longer_than_two_seconds(
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
