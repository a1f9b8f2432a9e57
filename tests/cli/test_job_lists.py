"""`jobs list` and `jobs tail` on a long history: bounded requests, progress of a search, and output after Ctrl+C."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault, Faults
from qpi_tui.cli import job_lists, signing
from tests.cli.command import Command, as_
from tests.cli.process import running

JOBS = 1_500


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a lab with a history, whose requests are recorded."""
    with Sandbox(seed=1, jobs=JOBS, worker=False, faults=[]) as running_lab:
        yield running_lab


@pytest.fixture
def passed(lab: Sandbox) -> Faults:
    """Return the requests that the server receives from here on."""
    assert lab.faults is not None
    lab.faults.clear()
    lab.faults.log.clear()
    return lab.faults


@pytest.fixture
def boss(lab: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return an administrator's commands that report each step of a search, with small steps."""
    monkeypatch.setattr("qpi_client.calls.job_search.STEP", 50)
    monkeypatch.setattr(job_lists, "PATIENCE", 0.0)
    return as_(lab.url, lab.admin, "admin")


def lists(passed: Faults) -> int:
    return sum("quantum_jobs" in each.path for each in passed.log)


def test_a_list_takes_one_request(boss: Command, passed: Faults) -> None:
    assert len(boss.ok("jobs", "list", "--limit", "50", "--json").json) == 50
    assert lists(passed) == 1


def test_a_search_reports_its_progress(boss: Command, passed: Faults) -> None:
    answer = boss.ok("jobs", "list", "--status", "pending", "--limit", "0", "--json")
    assert len(answer.json) == 26
    said = re.findall(r"Searched back to (.+?): 26 found… Ctrl\+C prints them\.", answer.err)
    assert len(said) == 3
    # Two steps may end on the same day.
    assert len(set(said)) >= 2


@pytest.mark.parametrize("words", [["--status", "pending"], ["--filter", "took:>1000h"]])
def test_a_search_pauses_so_that_the_server_is_idle_nine_tenths_of_the_time(
    boss: Command, passed: Faults, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain list is not throttled."""
    rests: list[float] = []
    monkeypatch.setattr("qpi_client.page_order.PAGE", 50)
    monkeypatch.setattr("qpi_client.calls.job_search.PAGE", 50)
    monkeypatch.setattr(job_lists.time, "sleep", rests.append)
    began = time.monotonic()
    boss.ok("jobs", "list", *words, "--limit", "0", "--json")
    assert sum(rests) > 0.05
    assert sum(rests) < 9 * (time.monotonic() - began)
    rests.clear()
    boss.ok("jobs", "list", "--limit", "0", "--json")
    assert rests == []


def test_json_lines_are_printed_as_they_are_found(boss: Command, passed: Faults) -> None:
    answer = boss.ok("jobs", "list", "--status", "failed", "--limit", "20", "--jsonl")
    assert [each["status"] for each in answer.lines] == ["failed"] * 20
    assert "payload" not in answer.lines[0]


@pytest.mark.parametrize("form", ["--json", "--jsonl"])
def test_ctrl_c_prints_what_was_found_so_far(
    boss: Command, passed: Faults, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        if sentence.startswith("Searched"):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(job_lists, "say", say)
    # In a suite that runs in the background of a shell, Ctrl+C is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        answer = boss("jobs", "list", "--status", "pending", "--limit", "0", form)
    finally:
        signal.signal(signal.SIGINT, before)
    assert answer.code == 130
    assert len(answer.json if form == "--json" else answer.lines) == 26
    assert re.fullmatch(r"Stopped\. Searched back to .+; older jobs were not searched\.", said[-1])


def test_since_stops_the_search(boss: Command, passed: Faults) -> None:
    boss.ok("jobs", "list", "--since", "30m", "--limit", "0", "--json")
    assert lists(passed) == 1


def test_tail_reads_the_last_week_only(lab: Sandbox, passed: Faults) -> None:
    who = as_(lab.url, lab.admin, "admin")
    with running("jobs", "tail", "--json", environment=who.environment) as tail:
        tail.until(lambda: any("Following" in line for line in tail.said), "the beginning")
        assert tail.interrupt() == 130
    assert lists(passed) <= 3
    with running("jobs", "tail", "--since", "1d", "--json", environment=who.environment) as tail:
        tail.until(lambda: any("Following" in line for line in tail.said), "the beginning")
        tail.interrupt()
    begin = datetime.now(UTC) - timedelta(days=1)
    assert len(tail.lines) > 20
    assert all(f"{begin:%Y-%m-%d}" <= re.findall(r'"updated": "(.{10})', line)[0] for line in tail.lines)


def test_a_slow_server_is_reported(boss: Command, passed: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "slow" not in boss.ok("jobs", "list", "--limit", "5").err
    monkeypatch.setattr(signing, "_SLOW", 0.5)
    passed.add(Fault("latency", 0.6, route="/api/collections/quantum_jobs/records"))
    # Longer while other programs have the processor.
    said = boss.ok("jobs", "list").err
    assert re.search(r"▲ The server is slow: \d+ s for one answer\. See `qpi-tui doctor`\.", said)
