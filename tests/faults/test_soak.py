"""The soak in short: a quarter of an hour by `python -m tests.faults.soak`."""

from __future__ import annotations

from tests.faults.soak import soak


async def test_nothing_drifts_and_nothing_fails_inside() -> None:
    day = await soak(seconds=0, seed=4, least=3)
    assert not day.wrong, "\n".join(day.wrong)
    assert day.steps == 3
    # Ten screens of the administrator's, nine of the user's.
    assert day.compared == 20 * day.checkpoints > 0
