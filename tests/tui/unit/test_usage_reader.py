"""Usage counts a page of jobs and shows it before it leaves the server alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from qpi_tui.domain.clock import now
from qpi_tui.live import pacing, usage_reader
from qpi_tui.live.usage_reader import UsageReader, first_day, read_usage

PAGE_TOOK = 0.02


class Time(SimpleNamespace):
    """A clock that the server and the pauses move."""

    def __init__(self) -> None:
        super().__init__(at=0.0, slept=[])

    def monotonic(self) -> float:
        return float(self.at)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


class Server:
    """A client whose pages of 200 jobs take their time: four jobs a day."""

    def __init__(self, time: Time, jobs: int) -> None:
        self._time, self._jobs = time, jobs

    def iter_jobs(self, **_: Any) -> Iterator[dict[str, Any]]:
        for number in range(self._jobs):
            if number % 200 == 0:
                self._time.at += PAGE_TOOK
            made = f"{now() - timedelta(hours=6 * number):%Y-%m-%d %H:%M:%S.000Z}"
            yield {"id": f"{number:015}", "status": "completed", "created": made, "updated": made, "finished_at": made}


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr(pacing, "time", found)
    monkeypatch.setattr(usage_reader, "time", found)
    return found


def test_a_page_is_counted_and_shown_before_the_pause_that_it_costs(time: Time) -> None:
    reader, shown = UsageReader(first_day(90)), []
    client: Any = Server(time, 360)
    read_usage(client, reader, everyone=True, stepped=lambda: shown.append((reader.jobs_read, len(reader.days()))))
    assert [read for read, _ in shown] == [200]
    assert shown[0][1] >= 49, "the days of the first page"
    assert time.slept == pytest.approx([pacing.REST * PAGE_TOOK])
    assert reader.whole


def test_two_pages_cost_two_pauses(time: Time) -> None:
    client: Any = Server(time, 400)
    read_usage(client, UsageReader(first_day(120)), everyone=True)
    assert sum(time.slept) == pytest.approx(2 * pacing.REST * PAGE_TOOK)


def test_a_gap_between_stored_days_costs_its_pause_too(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = Server(time, 8)
    reader = UsageReader(first_day(30))
    whole = reader.spans()
    monkeypatch.setattr(reader, "spans", lambda: whole * 3)
    read_usage(client, reader, everyone=True)
    # The last one is followed by no request.
    assert time.slept == pytest.approx([pacing.REST * PAGE_TOOK] * 2)
