"""The age of a request is at least the time since it was first seen, across starts. A request just seen has no age."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.domain.clock import set_clock
from qpi_tui.domain.roles import Role
from qpi_tui.edits.audit_log import open_intents, read_audit_log
from qpi_tui.live.first_seen import FirstSeen
from qpi_tui.settings.accounts import Account
from tests.tui.helpers import at_console
from tests.tui.scenarios.test_requests import make_request

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def at() -> Iterator[Any]:
    yield lambda moment: set_clock(lambda: moment)
    set_clock(None)


def test_ages_grow_and_survive_restarts(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    at(NOON)
    seen = FirstSeen(file)
    seen.use("https://lab.example")
    seen.note(["old"])
    assert seen.words("old") == ""
    at(NOON + timedelta(minutes=10))
    seen.note(["old", "came"])
    assert (seen.words("old"), seen.words("came")) == ("≥ 10 min", "now")
    assert file.stat().st_mode & 0o077 == 0
    # Three days later, after a restart, with a request that arrived unseen.
    at(NOON + timedelta(days=3, minutes=10))
    again = FirstSeen(file)
    again.use("https://lab.example")
    again.note(["old", "came", "unseen"])
    assert [again.words(id) for id in ("old", "came", "unseen")] == ["≥ 3 d", "3 d", ""]
    # The ids of another server are separate, and nothing is recorded twice.
    again.use("https://other.example")
    again.note(["old"])
    assert again.words("old") == ""
    again.use("https://lab.example")
    before = file.read_bytes()
    again.note(["came"])
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "line",
    ["", "[]", '{"state": "seen"', '{"state": "seen", "server": 3, "requests": 4}', '{"state": "seen", "at": {}}'],
)
def test_a_damaged_line_is_skipped(tmp_path: Path, line: str) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text(line)
    seen = FirstSeen(file)
    seen.use("https://lab.example")
    seen.note(["a"])
    assert seen.words("a") == ""
    assert json.loads(file.read_text().splitlines()[-1])["requests"] == ["a"]
    assert read_audit_log(file) == []
    assert open_intents(file, Account("https://lab.example", Role.ADMIN, "root@lab.example")) == []


async def test_the_list_shows_ages_across_restarts(sandbox: Sandbox, new_user: Any, tmp_path: Path) -> None:
    log = tmp_path / "journal.jsonl"
    first = make_request(sandbox, new_user(), 60, "first")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests", audit_log=log) as person:
        await person.move_to(first)
        assert "≥" not in person.screen
        assert ">1 min" not in person.screen
    earlier = (datetime.now(UTC) - timedelta(days=3, hours=1)).isoformat()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert any(first in line["requests"] for line in lines)
    log.write_text("".join(json.dumps({**line, "at": earlier}) + "\n" for line in lines))
    other = new_user()
    make_request(sandbox, other, 60, "second")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests", audit_log=log) as person:
        await person.move_to(first)
        await person.sees("≥ 3 d")
        (line,) = [line for line in person.screen.splitlines() if other.identity in line]
        assert "≥" not in line.partition("│")[0]
