"""The reads that a screen is expected to send at its start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from qpi_tui.domain.clock import minute, set_clock, stored
from qpi_tui.domain.roles import Role
from qpi_tui.session.first_reads import expected_reads, remember_reads
from qpi_tui.settings.accounts import SignIn

ALICE = SignIn("http://lab.example:8090", Role.USER, "alice@lab.example")
BOB = SignIn("http://lab.example:8090", Role.USER, "bob@lab.example")
JOBS, QPUS = "/api/collections/quantum_jobs/records?page=1", "/api/collections/qpus/records"


START = datetime(2026, 11, 30, 15, 12, 26, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Set the clock to this many minutes after the first start."""
    moment = START + timedelta(minutes=minutes)
    set_clock(lambda: moment)
    return moment


def encoded(moment: datetime) -> str:
    """Return a query with this moment, as the client encodes it."""
    return f"/api/collections/time_slots/records?filter=end_time%20%3E%20%22{quote(stored(moment))}%22"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    yield
    set_clock(None)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("qpi_tui.session.first_reads.cache_folder", lambda: tmp_path)
    return tmp_path / "first-reads.json"


def test_only_reads_of_two_starts_in_a_row_are_expected(cache: Path) -> None:
    assert expected_reads(ALICE, "jobs") == []
    remember_reads(ALICE, "jobs", [JOBS, QPUS, f"{JOBS}&since=10:00"])
    assert expected_reads(ALICE, "jobs") == []
    remember_reads(ALICE, "jobs", [JOBS, JOBS, QPUS, f"{JOBS}&since=10:01"])
    assert expected_reads(ALICE, "jobs") == [JOBS, QPUS]
    assert cache.stat().st_mode & 0o777 == 0o600


def test_a_time_that_moves_with_the_clock_is_expected_at_its_new_value() -> None:
    hour, midnight = timedelta(hours=1), START.replace(hour=0, minute=0, second=0)
    for minutes in (0, 17.7):
        at(minutes)
        remember_reads(ALICE, "slots", [f"{encoded(minute() - hour)}&{encoded(midnight)[1:]}"])
    at(3000)
    assert expected_reads(ALICE, "slots") == [f"{encoded(minute() - hour)}&{encoded(midnight)[1:]}"]


def test_a_time_is_not_expected_until_two_starts_show_whether_it_moves() -> None:
    for minutes in (0, 0.3):
        at(minutes)
        remember_reads(ALICE, "slots", [encoded(minute()), JOBS])
    assert expected_reads(ALICE, "slots") == [encoded(minute()), JOBS]
    at(1)
    assert expected_reads(ALICE, "slots") == [JOBS]


def test_a_time_that_moves_in_another_way_is_not_expected() -> None:
    for minutes in (0, 7):
        moment = at(minutes)
        remember_reads(ALICE, "slots", [encoded(minute() - timedelta(minutes=3 * minutes)), encoded(moment)])
    assert expected_reads(ALICE, "slots") == []


def test_accounts_and_screens_are_kept_apart() -> None:
    for _ in range(2):
        remember_reads(ALICE, "jobs", [JOBS])
        remember_reads(BOB, "jobs", [QPUS])
    assert expected_reads(ALICE, "jobs") == [JOBS]
    assert expected_reads(ALICE, "") == []
    assert expected_reads(BOB, "jobs") == [QPUS]


def test_secrets_and_other_addresses_are_not_stored(cache: Path) -> None:
    for _ in range(2):
        remember_reads(ALICE, "", [JOBS, f"{JOBS}&token=secret", "http://elsewhere.example/", "//elsewhere.example/"])
    assert expected_reads(ALICE, "") == [JOBS]
    assert "secret" not in cache.read_text()
    assert "elsewhere" not in cache.read_text()


def test_the_number_of_screens_is_limited(cache: Path) -> None:
    for screen in range(100):
        remember_reads(ALICE, str(screen), [JOBS])
    assert len(json.loads(cache.read_text())) == 60


DAMAGED = (
    b"", b"\xff", b"[]", b"{", b'{"a": 1}', b'{"a": [1, 2]}', b'{"a": [[1], [2], [3]]}', b"[" * 100_000,
    b'{"a": [["2026-11-30", 0, []]]}', b'{"a": [["2026-11-30T10:00Z", "x", []]]}',
)  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_counts_as_missing(cache: Path, content: bytes) -> None:
    cache.write_bytes(content)
    assert expected_reads(ALICE, "jobs") == []
    for _ in range(2):
        remember_reads(ALICE, "jobs", [JOBS])
    assert expected_reads(ALICE, "jobs") == [JOBS]


@pytest.mark.parametrize("offset", [0, 1e11, -1e11, 1e300])
@pytest.mark.parametrize("day", ["2026-99-99", "0001-01-01", "9999-12-31"])
def test_a_time_beyond_the_calendar_expects_nothing(cache: Path, offset: float, day: str) -> None:
    reads = [[encoded(START.replace(second=0)).replace("2026-11-30", each)] for each in (day, "2026-11-29")]
    minutes = ("0001-01-01T00:00Z", "0001-01-02T00:00Z")
    starts = [[minute, offset, read] for minute, read in zip(minutes, reads, strict=True)]
    key = "http://lab.example:8090 user alice@lab.example jobs"
    cache.write_text(json.dumps({key: starts}))
    assert expected_reads(ALICE, "jobs") == []
