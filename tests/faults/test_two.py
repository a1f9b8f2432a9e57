"""Two consoles at once, in short. `python -m tests.faults.two` runs a thousand rounds."""

from __future__ import annotations

from qpi_sandbox import Sandbox
from tests.faults import two


async def test_balances_add_up_and_no_console_misreports() -> None:
    with Sandbox(worker=False) as sandbox:
        tally = await two.run(sandbox, rounds=4 * len(two.STORIES), seed=7)
    assert not tally.wrong, "\n".join(tally.wrong)
    assert set(tally.kinds) == {story.__name__ for story in two.STORIES}
    assert tally.done > 28
    assert tally.refused > 8
