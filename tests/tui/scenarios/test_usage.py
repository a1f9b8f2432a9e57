"""The usage screen by keys: grouping, time range, and what a user sees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.domain.durations import duration
from qpi_tui.live.usage_reader import first_day
from qpi_tui.resources.usage import LABELS, moment_words
from qpi_tui.rows.usage_totals import BYS
from tests.tui.helpers import NARROW, WIDE, Person, at_console


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a laboratory whose jobs are known."""
    with Sandbox(seed=1, jobs=120, worker=False) as running:
        yield running


def covered(person: Person) -> str:
    """Return the period and the total that the screen shows next to the grouping."""
    line = next(line for line in person.screen.splitlines() if " covers " in line)
    return line.partition(" covers ")[2].partition(" · reading")[0].partition("│")[0].strip()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_t_changes_the_grouping_and_b_extends_the_period(lab: Sandbox, size: tuple[int, int]) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="usage", size=size) as person:
        await person.sees(f"by QPU · covers {moment_words(first_day(30))} to now")
        whole = covered(person)
        order = [*BYS[BYS.index("qpu") + 1 :], *BYS[: BYS.index("qpu") + 1]]
        for by in order:
            await person.press("t")
            await person.sees(f"by {LABELS[by]} · covers ")
            assert covered(person) == whole, "the same jobs, added up otherwise"
            rows = person.app.screen.table.visible_records
            assert f"{sum(row.jobs for row in rows):,} jobs" in whole
            assert duration(sum(row.seconds for row in rows)) in whole
        # The cursor's row: how long its jobs were queued, and when in the week they were submitted.
        row = max(rows, key=lambda each: each.jobs)
        await person.move_to(row.id)
        await person.sees(row.name, "50 % ≤ ", "Mon", "Sun")
        for days, words in ((90, "90 days"), (365, "a year"), (7, "7 days"), (30, "30 days")):
            await person.press("b")
            await person.sees(f"The last {words}.", f"covers {moment_words(first_day(days))} to now")
        assert covered(person) == whole


async def test_a_user_groups_own_jobs_by_everything_except_users(lab: Sandbox) -> None:
    who = max(lab.users, key=lambda each: each.identity)
    async with at_console(lab.url, "user", who, screen="usage") as person:
        await person.sees("by QPU · covers ")
        seen = []
        for _ in range(len(BYS) - 1):
            await person.press("t")
            await person.pilot.pause()
            seen.append(next(line for line in person.screen.splitlines() if " covers " in line).split(" · ")[0].strip())
        assert sorted(seen) == sorted(f"by {LABELS[by]}" for by in BYS if by != "user")
