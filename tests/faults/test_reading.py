"""Screens under faults, in short. `python -m tests.faults.report` runs every screen under every fault."""

from __future__ import annotations

import pytest

from tests.faults.attempt import hurried, spoilt_console, spoilt_sandbox
from tests.faults.lab import Lab
from tests.faults.reading import READS, look, patient_no_more
from tests.faults.shown import Held, screens

SHORT = {
    "admin": {
        "requests": ["session over", "500"],
        "overview": ["reset", "stream stalled"],
        "slots": ["clock an hour fast"],
    },
    "user": {
        "jobs": ["session over", "a proxy's login page"],
        "job": ["truncated body"],
        "tokens": ["away for 60 s"],
        "qpus": ["sent to another host"],
        "telemetry": ["clock an hour slow"],
    },
}


@pytest.mark.parametrize("role", ["admin", "user"])
async def test_data_stay_recover_and_are_never_misreported(role: str) -> None:
    with spoilt_sandbox() as sandbox, hurried(), patient_no_more():
        lab = Lab(sandbox)
        held = Held(lab)
        async with spoilt_console(lab, role) as person:
            for place, faults in SHORT[role].items():
                assert place in screens(role)
                for fault in faults:
                    seen = await look(person, lab, held, role, place, fault)
                    assert not seen.problem, f"{role}, {place}, {fault}: {seen.problem}"


def test_every_fault_is_in_the_short_form() -> None:
    short = {fault for places in SHORT.values() for faults in places.values() for fault in faults}
    assert short <= set(READS)
    assert set(READS) - short <= {"502 behind a proxy", "429", "latency of 30 s", "answer stalls"}
