"""A change belongs to the account and server that it was asked for, wherever the user goes before it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

import httpx
import pytest

from qpi_client import AsyncQPIClient
from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.app import Console
from qpi_tui.domain.roles import Role
from qpi_tui.edits import runner
from qpi_tui.edits.audit_log import AuditLog
from qpi_tui.edits.edit import Facts
from qpi_tui.edits.outcome import Outcome, Refused, Unknown
from qpi_tui.edits.qpus import StopQPU
from qpi_tui.edits.requests import ApproveRequest
from qpi_tui.edits.users import AllocateTime
from qpi_tui.screens.merged import MergedScreen
from qpi_tui.settings.accounts import SignIn
from qpi_tui.settings.config import Settings
from tests.conftest import connect_driver, sign_in
from tests.tui.helpers import WIDE, Person
from tests.waiting import turns

BALANCES = "/api/collections/users/records/*"


def http(lab: Sandbox) -> httpx.Client:
    """Connect as the administrator, past the faults."""
    headers = {"Authorization": sign_in(lab.direct_url, lab.admin, "_superusers")}
    return httpx.Client(base_url=lab.direct_url, headers=headers, timeout=20)


def balance(lab: Sandbox) -> float:
    with http(lab) as client:
        return float(client.get(f"/api/collections/users/records/{lab.users[0].id}").json()["qpu_seconds"])


@pytest.fixture
def labs() -> Iterator[tuple[Sandbox, Sandbox]]:
    """Return two laboratories with the same seed, so that every id occurs twice."""
    with (
        Sandbox(seed=1, jobs=5, worker=False, faults=[]) as north,
        Sandbox(seed=1, jobs=5, worker=False, faults=[]) as south,
    ):
        yield north, south


@pytest.fixture
async def person(labs: tuple[Sandbox, Sandbox], tmp_path: Path) -> AsyncIterator[Person]:
    """Return a person at both servers, of which the first is the current one."""
    first, other = (
        Settings(SignIn(lab.url, Role.ADMIN, lab.admin.identity, lab.admin.password), name=name, refresh=60.0)
        for name, lab in zip(("north", "south"), labs, strict=True)
    )
    app = Console(replace(first, others=(other,), audit_log=tmp_path / "audit.jsonl"))
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: isinstance(app.screen, MergedScreen))
        await person.ready()
        await person.until(lambda: app.servers is not None and len(app.servers.signed_in) == 2)
        await person.press("ctrl+s")
        await person.until(lambda: app.settings.name == "north" and app.connection is not None)
        yield person


def making(person: Person, lab: Sandbox) -> asyncio.Task[Outcome]:
    """Begin to take a minute from a user."""
    edit = AllocateTime(target="anna", user=lab.users[0].id, op="take", seconds=60)
    return asyncio.create_task(person.app.make(edit))


async def sent(person: Person) -> None:
    """Wait until the change is sent."""
    await person.until(lambda: person.app.edits.unanswered)


class Gated(AllocateTime, frozen=True):
    """A change whose balance is read when the test says so."""

    kind: ClassVar[str] = "tests.gated"
    gate: ClassVar[asyncio.Event] = asyncio.Event()

    async def before(self, client: AsyncQPIClient) -> Facts:
        await self.gate.wait()
        return await super().before(client)


async def test_a_change_is_not_sent_to_a_server_that_was_chosen_while_the_first_was_read(
    person: Person, labs: tuple[Sandbox, Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, south = labs
    before = balance(north)
    monkeypatch.setattr(Gated, "gate", asyncio.Event())
    edit = Gated(target="anna", user=north.users[0].id, op="take", seconds=60)
    task = asyncio.create_task(person.app.make(edit))
    await turns()
    await person.press("ctrl+s")
    await person.until(lambda: person.app.settings.name == "south")
    Gated.gate.set()
    assert (await task).said == "Not sent: another account or server was chosen meanwhile."
    assert (balance(north), balance(south)) == (before, before)


async def test_a_lost_answer_is_not_looked_for_on_another_server(person: Person, labs: tuple[Sandbox, Sandbox]) -> None:
    north, south = labs
    before = balance(north)
    assert north.faults is not None
    assert south.faults is not None
    north.faults.add(Fault("lost", times=1, route=f"PATCH {BALANCES}"))
    with patch.object(runner, "FIRST_LOOKS", (1.0, 1.0)):
        task = making(person, north)
        await sent(person)
        assert person.app.servers is not None
        person.app.servers.show(1)
        outcome = await task
    assert isinstance(outcome, Unknown)
    assert "The next start checks the outcome." in outcome.said
    assert (balance(north), balance(south)) == (before - 60, before)
    assert not any(north.users[0].id in passed.path for passed in south.faults.log)


async def test_a_change_that_is_on_its_way_when_the_account_signs_out_stays_open_in_the_log(
    person: Person, labs: tuple[Sandbox, Sandbox]
) -> None:
    north, _ = labs
    assert north.faults is not None
    north.faults.add(Fault("latency", 5, times=1, route=f"PATCH {BALANCES}"))
    task = making(person, north)
    await sent(person)
    await person.app.sign_in_flow.leave()
    outcome = await task
    assert isinstance(outcome, Unknown)
    assert outcome.said.startswith("Sent, but you left")
    log: AuditLog = person.app.audit_log
    assert log.path is not None
    assert [line.split('"state": "')[1].split('"')[0] for line in log.path.read_text().splitlines()][-2:] == [
        "begun", "unknown",
    ]  # fmt: skip


async def test_a_change_of_several_requests_that_fails_midway_does_not_claim_that_nothing_was_changed(
    person: Person, labs: tuple[Sandbox, Sandbox]
) -> None:
    north, _ = labs
    with http(north) as client:
        qpu = client.post("/api/op/qpus/create", json={"name": "two", "num_qubits": 2, "enabled": True}).json()["id"]
        for name in ("first", "second"):
            connect_driver(client, qpu, "mock", name, host="nowhere")
    assert north.faults is not None
    north.faults.add(Fault("expired", after=1, times=1, route="POST /api/op/drivers/toggle"))
    outcome = await person.app.make(StopQPU(target="two", qpu=qpu))
    assert isinstance(outcome, Refused)
    assert "Nothing was changed" not in outcome.said
    assert "Drivers disabled before this failure: first." in outcome.said
    assert "Part of it may have been changed: look at two." in outcome.said


async def test_an_approval_that_may_still_arrive_is_not_sent_again(
    person: Person, labs: tuple[Sandbox, Sandbox]
) -> None:
    north, _ = labs
    user = north.users[0].id
    with http(north) as client:
        body = {"user": user, "seconds": 60, "status": "pending", "requested_reason": "why"}
        request = client.post("/api/collections/qpu_time_requests/records", json=body).json()["id"]
    assert north.faults is not None
    # The gateway gives up; the server may not have.
    north.faults.add(Fault("504", route="PATCH /api/collections/qpu_time_requests/*"))
    edit = ApproveRequest(target="anna", request=request, user=user, seconds=60)
    first, again = await person.app.make(edit), await person.app.make(edit)
    assert first.said == "Sent, no answer yet. The change may still come; checking continues."
    assert again.said.startswith("Not sent again: the first attempt may still arrive.")


async def test_a_change_that_was_reported_as_not_made_does_not_keep_anybody_from_leaving(
    person: Person, labs: tuple[Sandbox, Sandbox]
) -> None:
    north, _ = labs
    assert north.faults is not None
    before = balance(north)
    north.faults.add(Fault("503", route=f"PATCH {BALANCES}"))
    outcome = await making(person, north)
    assert outcome.said.startswith("Not done")
    assert balance(north) == before
    assert person.app.edits.unanswered == []
