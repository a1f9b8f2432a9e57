"""The sandbox answers as both generations of the orchestrator did, except for the table of intended differences."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.differences import TABLE, Difference
from tests.contract import job_results, realtime
from tests.contract.replay import ADMIN_PASSWORD, LATER, Outcome, Replay, scenarios


def replay_everything(generation: str) -> Outcome:
    """Run all scenarios of a generation, in order, on one new server."""
    with Sandbox(
        worker=False, generation=generation, admin_password=ADMIN_PASSWORD, tick=0.1, telemetry_interval=0.1
    ) as sandbox:
        replay = Replay(sandbox, generation)
        try:
            for scenario in scenarios(generation):
                if scenario not in LATER:
                    replay.run(scenario)
            realtime.run(replay)
            job_results.run(replay)
            if job_results.TELEMETRY in scenarios(generation):
                job_results.wait_for_readings(replay)
                replay.run(job_results.TELEMETRY)
        finally:
            replay.close()
        return replay.outcome


def rows_of(outcome: Outcome) -> tuple[list[str], set[Difference]]:
    """Split the differences into unintended lines and rows of the table that occurred."""
    unmeant: list[str] = []
    met: set[Difference] = set()
    for scenario, note, line in outcome.differences:
        rows = [row for row in TABLE if row.where == f"{scenario}: {note}" and line.startswith(f"{row.at}:")]
        met.update(rows)
        if not rows:
            unmeant.append(f"{scenario}: {note}: {line}")
    return unmeant, met


@pytest.fixture(scope="module", params=["v0.1", "v0.0"])
def outcome(request: pytest.FixtureRequest) -> Iterator[Outcome]:
    """Return the outcome of replaying one generation. The totals are printed even if everything is equal."""
    result = replay_everything(request.param)
    lines = [
        f"{request.param}: {result.exchanges} exchanges, {result.exchanges - result.unequal} equal, "
        f"{len(TABLE)} rows of differences that are meant:",
        *(f"  {row.where} [{row.at}]: {row.recorded} → {row.ours}" for row in TABLE),
    ]
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print("\n" + "\n".join(lines))
    return result


def test_only_intended_differences_occur(outcome: Outcome) -> None:
    unmeant, _ = rows_of(outcome)
    assert not unmeant, "\n" + "\n".join(unmeant)


def test_every_exchange_was_replayed(outcome: Outcome) -> None:
    # 223 or 207 plain exchanges, 8 of the event stream, 26 jobs, and in v0.1 the 6 of telemetry.
    assert outcome.exchanges in (223 + 8 + 26 + 6, 207 + 8 + 26)


def test_every_intended_difference_still_occurs(outcome: Outcome) -> None:
    _, met = rows_of(outcome)
    stale = [row.where for row in TABLE if not row.where.startswith("behaviour") and row not in met]
    assert not stale
