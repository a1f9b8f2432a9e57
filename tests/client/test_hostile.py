"""A server that misbehaves in every named way: each trial ends in time with a clear error."""

from __future__ import annotations

import functools
import gc
import resource
from typing import Any

import pytest

from tests.client import hostile
from tests.client.hostile import NAMES, SLACK, TOTAL, WAYS

# Fragments of a session that the server issues, and what the client was opened with.
SECRETS = (hostile.PASSWORD, hostile.TOKEN, "e30.", "secret-part")
# Megabytes by which the process may grow while it is sent hundreds of gigabytes, decoded.
GROWTH = 150


@functools.cache
def outcomes(kind: str) -> Any:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = hostile.outcomes_of(kind)
    gc.collect()
    return found, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", ["awaited", "blocking"])
@pytest.mark.xdist_group("hostile")
def test_every_misbehaviour_ends_in_time_with_a_clear_error(kind: str) -> None:
    found, grown = outcomes(kind)
    assert len(NAMES) >= 45
    for (name, way), outcome in found.items():
        where = f"{name}, {way}: {outcome}"[:500]
        assert not outcome.raw, where
        assert outcome.seconds <= TOTAL + SLACK, where
        if outcome.what != "ok":
            assert outcome.text.strip(), where
            # The message, its repr and the request.
            assert len(outcome.text.encode()) < 2 * 2100 + 200, where
            assert outcome.text.isprintable(), where
        for secret in SECRETS:
            assert secret not in outcome.text, where
    assert grown < GROWTH


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", ["awaited", "blocking"])
@pytest.mark.xdist_group("hostile")
def test_the_page_lists_the_outcome_of_each_misbehaviour(kind: str) -> None:
    found, _ = outcomes(kind)
    shown = {line.split(" | ")[0].strip("| "): line for line in hostile.written().splitlines()[2:]}
    for name in NAMES:
        cells = [cell.strip() for cell in shown[name].strip("| ").split("|")[1:]]
        assert cells == [found[name, way].what for way in WAYS], name
