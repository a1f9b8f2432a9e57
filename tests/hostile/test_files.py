"""Files for other programs: calendars, crash reports, the journal, and names that a shell completes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qpi_tui.app import Console
from qpi_tui.domain.sanitize import safe_filename
from qpi_tui.edits.audit_log import AuditLog, read_audit_log
from qpi_tui.files import crash_report, export
from qpi_tui.files.calendar import week_ics
from qpi_tui.settings.config import Settings
from qpi_tui.terminal.clipboard import copy_text
from tests.hostile.corpus import CORPUS, intruders
from tests.hostile.server import records_with, serve_hostile
from tests.tui.helpers import add_entry

NAMES = list(CORPUS)


@pytest.mark.parametrize("name", NAMES)
def test_a_calendar_contains_one_event_whatever_the_name(name: str) -> None:
    text = CORPUS[name][:20_000]
    moment = datetime(2026, 11, 23, 10, tzinfo=UTC)
    made = week_ics([{"id": text, "start": moment, "end": moment, "own": False, "who": text}], stamp=moment)
    assert not intruders(made.encode(), console=False)
    lines = made.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    # Unfolded, the file has the lines of one event and none injected by the name.
    keys = [line.partition(":")[0] for line in made.replace("\r\n ", "").split("\r\n") if line]
    event = ["BEGIN", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP", "END"]
    assert keys == ["BEGIN", "VERSION", "PRODID", "CALSCALE", *event, "END"]


@pytest.mark.parametrize("name", NAMES)
def test_json_round_trips_and_contains_no_control_characters(name: str) -> None:
    record = {"id": CORPUS[name], CORPUS[name][:500]: [CORPUS[name], {"x": 1}]}
    for written in ("".join(export.json_lines([record])), "".join(export.json_document([record]))):
        written.encode()
        assert not intruders(written.encode(), console=False)
        assert json.loads(written) == [record]


@pytest.mark.parametrize("name", NAMES)
def test_file_names_contain_no_path_tricks(name: str) -> None:
    made = safe_filename(CORPUS[name][:5000])
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not made.startswith((".", "-"))
    assert Path(made).name == made


@pytest.mark.parametrize("name", NAMES)
def test_copied_text_is_harmless_when_pasted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    app = Console(Settings())
    said = copy_text(app, CORPUS[name])
    assert not intruders(app.clipboard.replace("\t", " ").encode(), console=False)
    assert said.isprintable()


def test_a_crash_report_is_harmless_in_a_terminal(tmp_path: Path) -> None:
    try:
        raise ValueError("".join(CORPUS.values())[:50_000])
    except ValueError as error:
        path = crash_report.report(error, tmp_path / "reports")
        said = crash_report.sentence(path, error)
    assert path is not None
    written = path.read_bytes()
    assert not intruders(written, console=False)
    assert b"test_files.py" in written
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert said.isprintable()


def test_the_journal_returns_exactly_what_was_logged(tmp_path: Path) -> None:
    journal = AuditLog(tmp_path / "state" / "journal.jsonl")
    for text in CORPUS.values():
        add_entry(journal, text, text, text, True, text)
    raw = (tmp_path / "state" / "journal.jsonl").read_bytes()
    assert not intruders(raw, console=False)
    assert [entry.target for entry in read_audit_log(tmp_path / "state" / "journal.jsonl")] == list(CORPUS.values())


@pytest.mark.parametrize("kind", ["users show", "qpus enable", "drivers delete", "jobs show", "announcements end"])
def test_completed_names_are_single_lines(tmp_path: Path, kind: str) -> None:
    with serve_hostile() as hostile:
        hostile.records = records_with(list(CORPUS.values()))
        homes = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CONFIG", "DATA", "CACHE")}
        env = {
            **os.environ, **homes, "QPI_URL": hostile.url, "QPI_ROLE": "admin", "QPI_IDENTITY": "me@test.example",
            "QPI_PASSWORD": "a-password-1234", "QPI_KEYRING": "off",
        }  # fmt: skip
        command = [sys.executable, "-m", "qpi_tui", "_complete", *kind.split(), ""]
        said = b""
        for _ in range(40):
            # Names that did not arrive in time are available for the next attempt.
            said = subprocess.run(command, env=env, capture_output=True, check=True, timeout=150).stdout
            if said:
                break
    assert said
    assert not intruders(said.replace(b"\t", b" "), console=False)
    assert all(line.count(b"\t") <= 1 for line in said.splitlines())
