"""What dialogs read under faults, in short. `python -m tests.faults.report` runs all of it."""

from __future__ import annotations

import pytest

from tests.faults.attempt import hurried, spoilt_console, spoilt_sandbox
from tests.faults.dialogs import ASKS, FAULTS, look_into
from tests.faults.lab import Lab
from tests.faults.reading import patient_no_more

SHORT = {
    "admin": {"book for another": "500", "detail of a user": "reset"},
    "user": {"palette": "sent to another host", "submit a job": "a proxy's login page"},
}


@pytest.mark.parametrize("role", list(SHORT))
async def test_an_unreadable_dialog_reports_the_fault_and_works_afterwards(role: str) -> None:
    with spoilt_sandbox() as sandbox, hurried(), patient_no_more():
        lab = Lab(sandbox)
        async with spoilt_console(lab, role) as person:
            for ask in [each for each in ASKS if each.role == role and each.id in SHORT[role]]:
                fault = SHORT[role][ask.id]
                assert fault in FAULTS
                found = await look_into(person, lab, ask, fault)
                assert not found.problem, f"{ask.id}, {fault}: {found.problem}"
