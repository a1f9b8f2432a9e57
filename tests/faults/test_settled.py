"""A change whose outcome is found out later: the dialog that sent it is updated."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar
from unittest.mock import patch

import pytest

from qpi_client import TimedOut
from qpi_tui.edits import runner
from qpi_tui.edits.edit import Edit, Facts
from qpi_tui.edits.outcome import Done, Outcome, Refused, Unknown
from qpi_tui.widgets.batch import Batch, Step
from qpi_tui.widgets.form import Entry, Form
from tests.faults.attempt import spoilt_console, spoilt_sandbox
from tests.faults.lab import Lab
from tests.tui.helpers import Person

UNKNOWN = Unknown("Sent, no answer yet", "key")


@pytest.fixture
async def person() -> AsyncIterator[Person]:
    with spoilt_sandbox() as sandbox:
        async with spoilt_console(Lab(sandbox), "admin") as person:
            yield person


async def form(person: Person) -> tuple[Form, list[object]]:
    """Return a form that has sent something and does not know the outcome."""
    closed: list[object] = []

    async def act(values: dict[str, str]) -> Outcome:
        return UNKNOWN

    opened = Form("Give", [Entry("amount", "amount")], confirm="Give", check=lambda values: [], act=act)
    person.app.push_screen(opened, closed.append)
    await person.until(lambda: opened.focused)
    await person.type("10m")
    await person.press("enter")
    await person.sees("no answer yet")
    return opened, closed


async def test_a_form_closes_once_its_change_is_verified(person: Person) -> None:
    opened, closed = await form(person)
    opened.settled("another", Done("done"))
    assert not closed
    opened.settled("key", Done("done"))
    await person.until(lambda: closed == [{"amount": "10m"}])


async def test_a_form_reports_what_was_not_done_and_can_resend_it(person: Person) -> None:
    opened, closed = await form(person)
    opened.settled("key", Refused("was not done: it can be tried again"))
    await person.sees("was not done", "10m")
    assert not closed


async def test_text_typed_since_is_not_mistaken_for_the_change(person: Person) -> None:
    opened, closed = await form(person)
    await person.type("5")
    opened.settled("key", Done("done, now 26 min"))
    await person.sees("done, now 26 min", "10m5")
    assert not closed


async def test_a_form_below_another_screen_does_not_resend(person: Person) -> None:
    opened, closed = await form(person)
    above = Form("Above", [Entry("x", "x")], confirm="OK", check=lambda values: [])
    person.app.push_screen(above)
    await person.until(lambda: above.focused)
    opened.settled("key", Done("done"))
    assert not closed
    await person.press("escape")
    await person.until(lambda: person.app.screen is opened)
    await person.press("enter")
    await person.until(lambda: closed == [{"amount": "10m"}])


async def test_a_step_verified_as_done_is_not_retried(person: Person) -> None:
    tried: list[str] = []
    closed: list[object] = []

    def step(id: str) -> Step:
        async def act() -> Outcome:
            tried.append(id)
            return Unknown("unknown", id)

        return Step(id, id, [(id, "")], act)

    batch = Batch("Both?", [step("one"), step("two")], confirm="Do it", doing="Doing")
    person.app.push_screen(batch, closed.append)
    await person.pilot.pause()
    await person.confirm()
    await person.sees("0 done, 2 failed")
    batch.settled("one", Done("found done"))
    await person.sees("1 done, 1 failed", "found done")
    await person.press("r", "enter")
    await person.until(lambda: tried == ["one", "two", "two"])
    await person.press("escape")
    await person.until(lambda: bool(closed))


class Tried(Edit, frozen=True):
    """A change that a test makes fail. `sends` says whether anything but a read is sent before."""

    qpu: str = ""
    sends: bool = False
    kind: ClassVar[str] = "tests.tried"

    async def send(self, client: Any, facts: Facts) -> Outcome:
        if self.sends:
            await client.create_notification("title", "text")
        await client.get_qpu(self.qpu)
        return Done("done")

    async def check(self, client: Any, facts: Facts, known: Any = ()) -> Outcome | None:
        return None


class Late(Edit, frozen=True):
    """A change whose response never arrives, and that the second check finds."""

    kind: ClassVar[str] = "tests.late"
    once: ClassVar[bool] = True
    looks: ClassVar[list[Outcome | None]] = []

    async def send(self, client: Any, facts: Facts) -> Outcome:
        raise TimedOut("no answer")

    async def check(self, client: Any, facts: Facts, known: Any = ()) -> Outcome | None:
        return self.looks.pop(0)


async def test_a_failure_before_sending_is_not_reported_as_sent() -> None:
    with spoilt_sandbox() as sandbox:
        lab = Lab(sandbox)
        id = lab.make("qpus", name="one", num_qubits=2, enabled=True, status="offline")
        async with spoilt_console(lab, "admin") as person:
            assert sandbox.faults is not None
            for sends, said in ((False, "Not sent."), (True, "Not done: the answer was lost")):
                sandbox.faults.add("reset,route=GET *qpus*")
                outcome = await person.app.make(Tried(target="one", qpu=id, sends=sends))
                assert outcome.said.startswith(said)
                assert not outcome.ok
                sandbox.faults.clear()


async def test_a_late_verification_keeps_the_latest_undo(person: Person) -> None:
    app, way = person.app, Tried(target="two")
    Late.looks[:] = [None, Done("enabled")]
    with patch.object(runner, "LATER", 0.3), patch.object(runner, "FIRST_LOOKS", (0.0,)):
        outcome = await app.make(Late(target="one"))
        assert "may still come" in outcome.said
        # Meanwhile something else is done that can be undone.
        app.say_outcome("two", Done("disabled", undo=way))
        await person.sees("one: enabled (checked)")
    assert app.undo.take() == (way,)
