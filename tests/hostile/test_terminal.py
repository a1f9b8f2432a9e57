"""The bytes that reach a real terminal while every screen shows hostile text from the server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.corpus import CORPUS, intruders
from tests.hostile.server import Hostile, records_with, serve_hostile
from tests.hostile.stepped import SteppedTerminal

TEXTS = list(CORPUS.values())
# One page at a time; the whole corpus with QPI_HOSTILE=full.
FULL = os.environ.get("QPI_HOSTILE") == "full"
ADMIN = "123456789 0J"
USER = "1245 0"


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with serve_hostile() as server:
        server.message = "".join(CORPUS.values())[:4000]
        server.fields = {text: text for text in TEXTS[:40] if len(text) < 500}
        server.records = records_with(TEXTS)
        yield server


def open_console(
    url: str, folder: Path, role: str, *, plain: bool = False, name: str = "me@test.example", parse: bool = False
) -> SteppedTerminal:
    env = {
        "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"), "QPI_URL": url, "QPI_ROLE": role, "QPI_IDENTITY": name,
        "QPI_PASSWORD": "a-password-1234",
        "QPI_KEYRING": "off", "TEXTUAL_ANIMATIONS": "none", "TMUX": "", "QPI_REFRESH": "30",
    }  # fmt: skip
    if plain:
        env["QPI_PLAIN_FRAMES"] = "1"
    terminal = SteppedTerminal([], size=(140, 45), env=env, parse=parse)
    terminal.wait_for(lambda: re.search(rb"polling|live", terminal.raw), 30)
    terminal.follow()
    return terminal


def look_at_everything(terminal: SteppedTerminal, keys: str) -> None:
    """Visit each screen: several pages, the detail of some lines, the order, marks, the palette and help."""
    for key in keys.replace(" ", ""):
        terminal.step(key, *["pagedown"] * (3 if FULL else 1))
        terminal.step(*(("enter", "escape", "o", "space", "C") if FULL else ("enter", "escape", "C")))
    terminal.step(":", "N01", "escape", "?", "escape")


def leave(terminal: SteppedTerminal) -> int:
    """Quit and return the exit code. The first keys close what is open."""
    for _ in range(10):
        if terminal.process.poll() is not None:
            break
        terminal.step("q")
    return terminal.wait_end()


def change_something(terminal: SteppedTerminal, acts: str) -> None:
    """Approve requests with `2a`: each is confirmed, rejected by the server, and closed again."""
    for act in acts.split():
        terminal.step(*act, "enter", "tab", "enter", "escape", "escape")


def written_in(folder: Path) -> list[str]:
    """Return what is wrong with the files that the program left: a crash report, control characters, permissions."""
    found = []
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
        if "crash" in path.name:
            found.append(text)
        if bad := re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text):
            found.append(f"{path.name}: {text[max(bad.start() - 40, 0) : bad.end() + 40]!r}")
        if path.stat().st_mode & 0o077:
            found.append(f"{path.name} has mode {path.stat().st_mode:o}")
    return found


@pytest.mark.parametrize(("role", "keys", "acts"), [("admin", ADMIN, "2a 3d 7X 9X"), ("user", USER, "2x 0x")])
def test_server_text_is_never_sent_as_terminal_sequences(
    hostile: Hostile, tmp_path: Path, role: str, keys: str, acts: str
) -> None:
    with open_console(hostile.url, tmp_path, role) as terminal:
        look_at_everything(terminal, keys)
        change_something(terminal, acts)
        assert leave(terminal) == 0, bytes(terminal.raw[-2000:])
        found = intruders(bytes(terminal.raw))
    assert not found, f"{len(found)}: {found[:10]}"
    assert not written_in(tmp_path)


def test_textuals_own_frames_send_none_either(hostile: Hostile, tmp_path: Path) -> None:
    with open_console(hostile.url, tmp_path, "admin", plain=True) as terminal:
        look_at_everything(terminal, "2467")
        assert leave(terminal) == 0
        assert not intruders(bytes(terminal.raw))


def test_columns_stay_aligned(hostile: Hostile, tmp_path: Path) -> None:
    """Whatever the name before it, the amount ends in the same cell of every line."""
    with open_console(hostile.url, tmp_path, "admin", parse=True) as terminal:
        terminal.step("6")
        terminal.wait_for("1 h")
        terminal.settle(0.05)
        rows = 0
        for _ in range(len(TEXTS) // 30):
            for y in range(3, 42):
                cells = [terminal.screen.buffer[y][x].data for x in range(140)]
                line = "".join(cell or "\0" for cell in cells)
                if not re.match(r"\W*N\d\d\d", line.replace("\0", "")):
                    continue
                # A wide character is followed by an empty cell, so positions are counted in cells.
                places = [x for x in range(138) if cells[x : x + 3] == ["1", " ", "h"]]
                assert places, line
                ends = ends if rows else places[0]  # noqa: F821  # set by the first row
                assert places[0] == ends, line
                rows += 1
            terminal.step("pagedown")
            # Everything sent to the terminal must be drawn completely.
            terminal.settle(0.05)
        assert rows > 60
