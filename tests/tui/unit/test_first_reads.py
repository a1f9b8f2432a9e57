"""The reads that a screen is expected to send at its start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qpi_tui.domain.roles import Role
from qpi_tui.session.first_reads import expected_reads, remember_reads
from qpi_tui.settings.accounts import SignIn

ALICE = SignIn("http://lab.example:8090", Role.USER, "alice@lab.example")
BOB = SignIn("http://lab.example:8090", Role.USER, "bob@lab.example")
JOBS, QPUS = "/api/collections/quantum_jobs/records?page=1", "/api/collections/qpus/records"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("qpi_tui.session.first_reads.cache_folder", lambda: tmp_path)
    return tmp_path / "first-reads.json"


def test_only_what_two_starts_read_is_expected(cache: Path) -> None:
    assert expected_reads(ALICE, "jobs") == []
    remember_reads(ALICE, "jobs", [JOBS, QPUS, f"{JOBS}&since=10:00"])
    assert expected_reads(ALICE, "jobs") == []
    remember_reads(ALICE, "jobs", [JOBS, JOBS, QPUS, f"{JOBS}&since=10:01"])
    assert expected_reads(ALICE, "jobs") == [JOBS, QPUS]
    assert cache.stat().st_mode & 0o777 == 0o600


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


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"{", b'{"a": 1}', b'{"a": [1, 2]}', b'{"a": [[1], [2], [3]]}', b"[" * 100_000],
)
def test_a_damaged_file_counts_as_missing(cache: Path, content: bytes) -> None:
    cache.write_bytes(content)
    assert expected_reads(ALICE, "jobs") == []
    for _ in range(2):
        remember_reads(ALICE, "jobs", [JOBS])
    assert expected_reads(ALICE, "jobs") == [JOBS]
