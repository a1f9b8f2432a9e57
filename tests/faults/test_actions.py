"""Faults in the middle of a change, in short: the full table is made by `python -m tests.faults.report`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox
from tests.faults.actions import TRIALS
from tests.faults.lab import Lab
from tests.faults.trying import SPOILT, Ending, attempt, hurried, spoilt_console, spoilt_sandbox

# A change that counts twice when it is made twice, one that does not, one whose answer is worth something.
SHORT = {
    "users.allocate +": [
        "latency of 30 s",
        "answer lost",
        "truncated body",
        "session over",
        "answer lost, then away for 60 s",
    ],
    "requests.approve": ["answers lost, all of them", "a proxy's login page", "answer lost, then away for 60 s", "500"],
    "tokens.create": ["answer lost"],
    "requests.create": ["reset", "answer lost"],
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with spoilt_sandbox() as sandbox, hurried():
        yield Lab(sandbox)


def judge(ending: Ending) -> None:
    """Made once and said to be, or not made and said not to be: never twice, never told wrongly."""
    words = {"done": 1, "done, checked": 1, "done at the second try": 1, "not done, said": 0}
    assert ending.word in words, f"{ending.word}: {ending.said}"
    assert ending.count == words[ending.word]


@pytest.mark.parametrize("role", ["admin", "user"])
async def test_a_change_is_made_once_and_said_as_it_is(lab: Lab, role: str) -> None:
    async with spoilt_console(lab, role) as person:
        for trial in TRIALS:
            for fault in SHORT.get(trial.id, []) if trial.role == role else []:
                judge(await attempt(person, lab, trial, fault))


def test_every_fault_of_the_short_form_is_one_of_the_table() -> None:
    assert {fault for faults in SHORT.values() for fault in faults} <= set(SPOILT)
    assert set(SHORT) <= {trial.id for trial in TRIALS}


def test_two_sandboxes_do_not_share_faults() -> None:
    with Sandbox(worker=False, faults=["500"]) as spoilt, Sandbox(worker=False, faults=[]) as sound:
        assert spoilt.faults is not sound.faults
