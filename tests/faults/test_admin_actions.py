"""Administrative actions beyond daily work, by keys, each once on a sandbox without faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.actions import TRIALS
from tests.faults.attempt import attempt, hurried, spoilt_console, spoilt_sandbox
from tests.faults.lab import Lab

TRIED = {
    "users.edit", "users.delete", "users.reset", "qpus.qubits", "qpus.online", "drivers.rename", "drivers.move",
    "drivers.token", "slots.give", "tokens.expiry", "jobs.delete", "themes.activate", "themes.default", "themes.import",
    "themes.delete", "server.backup", "server.delete", "server.mail", "server.restore",
}  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with spoilt_sandbox() as sandbox, hurried():
        yield Lab(sandbox)


@pytest.mark.parametrize("role", ["admin", "user"])
async def test_an_admin_action_is_performed_by_its_key(lab: Lab, role: str) -> None:
    async with spoilt_console(lab, role) as person:
        for trial in TRIALS:
            if trial.action in TRIED and trial.role == role:
                ending = await attempt(person, lab, trial, "none")
                assert ending.word == "done", f"{trial.id}: {ending.word}: {ending.said}"


def test_every_admin_action_has_a_trial() -> None:
    assert {trial.action for trial in TRIALS} >= TRIED
