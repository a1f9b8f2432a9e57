"""Faults in the middle of a change, in short. `python -m tests.faults.report` makes the full table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from qpi_client import AsyncQPIClient
from qpi_sandbox import Sandbox
from qpi_tui.actions import ACTIONS
from qpi_tui.doctor.findings import INDEXES
from qpi_tui.edits.doctor import AddIndexes
from qpi_tui.edits.outcome import Done
from tests.faults import prepared
from tests.faults.actions import TRIALS
from tests.faults.attempt import SPOILT, Ending, attempt, hurried, spoilt_console, spoilt_sandbox
from tests.faults.lab import Lab

# A change that adds up if made twice, one that does not, one whose response matters, one without a dialog, one that is
# searched for among similar ones, one that uses this machine's clock.
SHORT = {
    "users.allocate +": ["answer lost", "session over"],
    "requests.approve": ["answers lost, all of them", "a proxy's login page"],
    "app.undo (time)": ["500"],
    "announcements.end": ["clock an hour fast", "stream stalled"],
    "tokens.create": ["answer lost"],
    "requests.create": ["reset"],
    "jobs.again": ["answer lost, then away for 60 s"],
    "jobs.submit": ["clock an hour slow"],
    "announcements.dismiss": ["500"],
    "doctor.fix": ["answer lost", "500"],
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with spoilt_sandbox() as sandbox, hurried():
        yield Lab(sandbox)


@pytest.mark.parametrize("role", ["admin", "user"])
async def test_a_change_is_made_once_and_reported_truthfully(lab: Lab, role: str) -> None:
    async with spoilt_console(lab, role) as person:
        for trial in TRIALS:
            for fault in SHORT.get(trial.id, []) if trial.role == role else []:
                ending = await attempt(person, lab, trial, fault)
                assert ending.good, f"{trial.id}, {fault}: {ending.word}: {ending.said}"


@pytest.mark.parametrize("fault", ["500", "reset"])
async def test_a_repair_succeeds_although_it_cannot_be_measured(lab: Lab, fault: str) -> None:
    faults: Any = lab.sandbox.faults
    _, _, added = prepared.repair(lab)
    async with AsyncQPIClient(lab.sandbox.url) as client:
        await client.auth_with_password(lab.sandbox.admin.identity, lab.sandbox.admin.password, "_superusers")
        faults.add(f"{fault},route=GET /api/collections/quantum_jobs/records*")
        try:
            outcome = await AddIndexes(target="quantum_jobs", statements=[*INDEXES.values()]).send(
                client, {"seconds": 0.1}
            )
        finally:
            faults.clear()
    assert isinstance(outcome, Done)
    assert outcome.said.startswith("3 indexes added. ")
    assert "could not be measured" in outcome.said
    assert added() == 1


@pytest.mark.parametrize(
    ("ending", "word", "good"),
    [
        (Ending("a", "none", "done", True, 1), "done", True),
        (Ending("a", "reset", "done (checked)", True, 1), "done, checked", True),
        (Ending("a", "429", "done (checked)", True, 1), "done, checked", False),
        (Ending("a", "reset", "done", True, 1, again=True), "done at the second try", True),
        (Ending("a", "none", "done", True, 1, again=True), "done at the second try", False),
        (Ending("a", "reset", "not done", False, 0), "NO SECOND TRY", False),
        (Ending("a", "reset", "not done", False, 0, again=True), "SECOND TRY IN VAIN", False),
        (Ending("a", "reset", "not done", False, 1), "WRONG WORD", False),
        (Ending("a", "reset", "done", True, 0), "LOST", False),
        (Ending("a", "reset", "done", True, 2), "DOUBLED", False),
        (Ending("a", "reset", "done", True, 1, problem="LEFT OPEN"), "LEFT OPEN", False),
    ],
)
def test_endings_are_classified_as_good_or_bad(ending: Ending, word: str, good: bool) -> None:
    assert (ending.word, ending.good) == (word, good)


def test_every_action_that_changes_something_has_a_trial() -> None:
    tried = {trial.action for trial in TRIALS}
    assert {id for id, action in ACTIONS.items() if action.changes} | {"app.dismiss"} <= tried
    assert tried <= set(ACTIONS)


def test_every_fault_of_the_short_form_is_in_the_table() -> None:
    assert {fault for faults in SHORT.values() for fault in faults} <= set(SPOILT)
    assert set(SHORT) <= {trial.id for trial in TRIALS}


def test_sandboxes_do_not_share_faults() -> None:
    with Sandbox(worker=False, faults=["500"]) as spoilt, Sandbox(worker=False, faults=[]) as sound:
        assert spoilt.faults is not sound.faults
