"""A short soak test. `python -m tests.faults.soak` runs for a quarter of an hour."""

from __future__ import annotations

from tests.faults.soak import soak


async def test_screens_match_the_server_without_internal_errors() -> None:
    day = await soak(seconds=0, seed=4, least=3)
    assert not day.wrong, "\n".join(day.wrong)
    assert day.steps == 3
    # Ten screens of the administrator, nine of the user.
    assert day.compared == 20 * day.checkpoints > 0
