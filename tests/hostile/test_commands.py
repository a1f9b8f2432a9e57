"""The output of every command, byte by byte, with hostile text in every record and every error of the server."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import wcwidth

from qpi_tui.cli.surface import surface
from qpi_tui.doctor.examination import READS as READING
from qpi_tui.domain.sanitize import RECORD_LIMIT, clean
from tests.cli.terminal import at_terminal
from tests.hostile.commands import CHANGES, ELSEWHERE, READS
from tests.hostile.corpus import CORPUS, intruders
from tests.hostile.server import Hostile, records_with, serve_hostile
from tests.hostile.test_records import strange_record

TEXTS = list(CORPUS.values())
FULL = os.environ.get("QPI_HOSTILE") == "full"
COUNTED = "commands run, on records full of the texts or of any shape"
Tell = Callable[[str, object], None]
# The doctor's progress text: one line that is overwritten, and cleared at the end.
_PROGRESS = re.compile(
    rb"(?:\r\x1b\[KReading: (?:%s))+\r\x1b\[K" % b"|".join(re.escape(title.encode()) for title, _ in READING.values())
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with serve_hostile() as server:
        server.message = "".join(CORPUS.values())[:4000]
        server.fields = {text: text for text in TEXTS if len(text) < 500}
        server.records = records_with(TEXTS)
        server.tells = True
        yield server


class Spoken(NamedTuple):
    """What one command wrote to one of the two streams, and its exit code."""

    command: str
    text: str
    code: int


def environment(hostile: Hostile, folder: Path, role: str) -> dict[str, str]:
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("STATE", "CONFIG", "DATA", "CACHE")}
    return {
        "HOME": str(folder), **homes, "QPI_URL": hostile.url, "QPI_ROLE": role, "QPI_IDENTITY": "me@test.example",
        "QPI_PASSWORD": "a-password-1234", "QPI_NEW_PASSWORD": "another-1234", "QPI_KEYRING": "off",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        # The short form: every third of the commands that change something, others for each option.
        "QPI_TESTS_EVERY": "1" if FULL else "3",
    }  # fmt: skip


def split(raw: bytes) -> list[Spoken]:
    """Split the output of a run by command. It may contain nothing but text."""
    raw = _PROGRESS.sub(b"", raw)
    found = intruders(raw, console=False)
    assert not found, found[:10]
    text = raw.decode().replace("\r\n", "\n")
    assert "@@ FAULT" not in text, [line for line in text.splitlines() if line.startswith("@@ FAULT")]
    found = re.findall(r"\n@@ ([^=\n][^\n]*)\n(.*?)\n@@ = (\d+)\n", text, re.DOTALL)
    return [Spoken(command, said, int(code)) for command, said, code in found]


def piped(hostile: Hostile, folder: Path, role: str, *extras: str, every: int = 0) -> tuple[list[Spoken], list[Spoken]]:
    """Run every command without a terminal, and return what each wrote to standard output and standard error."""
    command = [sys.executable, "-m", "tests.hostile.commands", role, *extras]
    env = {**os.environ, **environment(hostile, folder, role), **({"QPI_TESTS_EVERY": str(every)} if every else {})}
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return split(done.stdout), split(done.stderr)


def test_every_command_is_included() -> None:
    tried = " ".join(each for kinds in (READS, CHANGES) for commands in kinds.values() for each in [*commands, ""])
    named = {path for path, command in surface().items() if path and not command["commands"]}
    assert not [path for path in named if path not in ELSEWHERE and f"{path} " not in f"{tried} "]


@pytest.mark.parametrize("accepts", [False, True], ids=["refused", "accepted"])
@pytest.mark.parametrize("role", ["admin", "user"])
def test_nothing_that_a_command_writes_acts_on_a_terminal(
    hostile: Hostile, tmp_path: Path, record_property: Tell, role: str, accepts: bool
) -> None:
    hostile.accepts = accepts
    program = ("-m", "tests.hostile.commands")
    # There is no second short form for a terminal: all commands are run.
    environ = {**environment(hostile, tmp_path, role), "QPI_TESTS_EVERY": "1"}
    with at_terminal(role, "", program=program, columns=140, **environ) as terminal:
        terminal.answers("[y/N] ", "y\n")
        # A hundred commands one after another.
        code = terminal.ends(within=150)
    said = split(terminal.raw)
    assert code == 0
    assert len(said) == len(READS[role]) + len(CHANGES[role])
    record_property(COUNTED, len(said))
    assert b"[y/N] y" in terminal.raw
    # Colours are the program's own, and there are some.
    assert b"\x1b[" in terminal.raw


def test_piped_output_is_complete_and_exports_are_private(hostile: Hostile, tmp_path: Path) -> None:
    hostile.accepts = True
    out, _ = piped(hostile, tmp_path, "admin", "", every=1)
    shown = {each.command: each.text for each in out}
    for command in ("users list", "drivers list", "announcements list", "tokens list"):
        lines = shown[command].splitlines()
        for number, text in enumerate(TEXTS):
            wanted = clean(f"N{number:03} {text}", RECORD_LIMIT).rstrip()
            assert wanted in shown[command], (command, wanted[:80])
        assert len(lines) >= len(TEXTS) + 1
    # Whatever the name before it, the amount ends in the same terminal column, by an independent measure of width.
    rows = [line for line in shown["users list"].splitlines()[1:] if line]
    assert len({wcwidth.wcswidth(line[: line.rindex("3,600 s")]) for line in rows}) == 1
    are_for_their_owner_and_run_nowhere(list(tmp_path.iterdir()))


@pytest.mark.parametrize("accepts", [False, True] if FULL else [True], ids=lambda accepts: f"accepts {accepts}")
def test_json_csv_and_json_lines_are_valid_and_cells_are_no_formulas(
    hostile: Hostile, tmp_path: Path, record_property: Tell, accepts: bool
) -> None:
    hostile.accepts = accepts
    if not FULL:
        # The longest outputs are piped completely above.
        hostile.records = records_with([text[:600] for text in TEXTS])
    forms = ("--json", "--jsonl", "--csv", "--template {id}", "--dry-run") if FULL else ("--json", "--csv")
    out, _ = piped(hostile, tmp_path, "admin", *forms)
    assert len(out) > (40 * len(forms) - 30 if FULL else 40)
    cells = 0
    for command, text, _code in out:
        if command.endswith("--json") and not command.startswith(("jobs tail", "watch")) and text.strip():
            json.loads(text)
        elif command.endswith(("--jsonl", "tail --since 9999d --json", "watch request qpu --json")):
            for line in filter(None, text.split("\n")):
                json.loads(line)
        elif command.endswith("--csv"):
            cells += checked(text)
    assert cells > 1000
    record_property(COUNTED, len(out))


def are_for_their_owner_and_run_nowhere(files: list[Path]) -> None:
    """Check that exported files are private and contain no formulas."""
    files = [path for path in files if path.suffix in (".csv", ".json", ".ics")]
    assert len(files) == 5
    for path in files:
        assert path.stat().st_mode & 0o077 == 0
        raw = path.read_bytes()
        assert not intruders(raw, console=False), (path.name, intruders(raw, console=False)[:5])
        if path.suffix == ".csv":
            assert checked(raw.decode())
        elif path.suffix == ".json":
            json.loads(raw)


def checked(text: str) -> int:
    """Return how many cells a CSV has. None of them is a formula."""
    cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(_FORMULA) and not _number(cell)]
    return len(cells)


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("letters", ["ascii", "latin-1"])
def test_a_pipe_that_cannot_encode_a_character_gets_it_escaped(hostile: Hostile, tmp_path: Path, letters: str) -> None:
    environ = {**os.environ, **environment(hostile, tmp_path, "user"), "PYTHONIOENCODING": letters}
    command = [sys.executable, "-m", "tests.hostile.commands", "user", ""]
    done = subprocess.run(command, env=environ, capture_output=True, stdin=subprocess.DEVNULL, timeout=150, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert not intruders(done.stdout, console=False)
    assert rb"\u91cf" in done.stdout


@pytest.mark.parametrize("words", [(b"jobs", b"show", b"\xff\xfe"), (b"users", b"show", b"a\xffb"), (b"\xff",)])
def test_arguments_that_are_not_valid_text_are_an_error(
    hostile: Hostile, tmp_path: Path, words: tuple[bytes, ...]
) -> None:
    hostile.records = {}
    command = [sys.executable, "-m", "qpi_tui", *words]
    env = {**os.environ, **environment(hostile, tmp_path, "admin")}
    done = subprocess.run(command, env=env, capture_output=True, stdin=subprocess.DEVNULL, timeout=150, check=False)
    assert done.returncode in (1, 2, 5), done
    assert b"codec" not in done.stderr
    assert not intruders(done.stderr, console=False)


@pytest.mark.parametrize("seed", range(20 if FULL else 1))
def test_records_of_any_shape_crash_no_command_and_hide_no_other_record(
    hostile: Hostile, tmp_path: Path, record_property: Tell, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a story to replay, no secret
    hostile.accepts = bool(seed % 2)
    hostile.records = {
        collection: [*sound, *(strange_record(chance, sound[0]) for _ in range(12)), *sound[:1]]
        for collection, sound in records_with(["sound"] * 13).items()
    }
    out, _ = piped(hostile, tmp_path, "admin", "", "--json", *(["--csv"] if FULL else []))
    shown = {each.command: each.text for each in out}
    for command in ("users list", "drivers list", "announcements list", "tokens list", "qpus list", "jobs list"):
        assert "sound" in shown[command]
        assert len(json.loads(shown[f"{command} --json"])) >= 14
    record_property(COUNTED, len(out))
