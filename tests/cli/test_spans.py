"""Spans that nothing can be in are refused: the future where only the past counts, and ends before their start."""

from __future__ import annotations

from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from tests.cli.command import Command

SINCE = "--since is in the future"
ORDER = "--until is before --since"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("usage --since tomorrow", SINCE),
        ("jobs list --since tomorrow", SINCE),
        ("jobs list --since +2h --json", SINCE),
        ("jobs list --since +2h --jsonl", SINCE),
        ("jobs tail --since 2099-01-01", SINCE),
        ("jobs export --since 2099 --to out.csv", SINCE),
        ("telemetry --since tomorrow", SINCE),
        ("server logs --since tomorrow", SINCE),
        ("users ledger person --since tomorrow", SINCE),
        ("slots free --length 2h --since +3d --until +1d", ORDER),
        ("slots list --since +3d --until +1d", ORDER),
        ("slots list --since +3d --until +1d --json", ORDER),
        ("slots export --to out.ics --since +3d --until +1d", ORDER),
        ("slots list --since 2026-11-01 --until 2026-11-01", "--until is the same time as --since"),
        ("slots list --until 2026-01-01", "--until is in the past"),
        ("announcements create a b --from +3d --until +1d --dry-run", "--until is before --from"),
        ("jobs list --filter since:2026-11-02|until:2026-11-01", "nothing is both after"),
        ("jobs list --since 5", "--since: 5 what? Type 5min, 5h or 5d, or 5:00."),
        ("usage --since 90", "--since: 90 what? Type 90min, 90h or 90d."),
        ("slots list --until +7", "--until: 7 what?"),
        ("tokens create ci --expires 30", "--expires: 30 what?"),
        ("jobs list --filter since:5", "since: 5 what?"),
    ],
)
def test_a_span_that_nothing_can_be_in_is_refused(
    admin: Command, folders: Path, monkeypatch: pytest.MonkeyPatch, line: str, said: str
) -> None:
    monkeypatch.chdir(folders)
    # A filter has blanks.
    answer = admin(*(word.replace("|", " ") for word in line.split()))
    assert said in answer.err, answer
    assert (answer.code, answer.out) == (2, "")
    assert not list(folders.glob("out.*"))


def test_spans_with_room_are_answered(admin: Command, sandbox: Sandbox) -> None:
    for line in (
        "jobs list --since 2026 --json",
        "jobs list --since now --json",
        "jobs list --since 2026-11-01 --json",
        "slots list --since +3d --until +5d --json",
        "slots list --since 2026-01-01 --until 2026-02-01 --json",
        "slots list --until 2099 --json",
    ):
        assert admin.ok(*line.split()).json == []
