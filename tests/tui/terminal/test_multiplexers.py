"""Emoji whose widths differ between terminals, in tmux, screen and xterm: no column shifts and nothing is left
behind.
"""

from __future__ import annotations

import os
import shlex
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from tests.conftest import NewUser, wait_for
from tests.tui.terminal.console import PROGRAM, environment

# ZWJ sequences, flags, variation selectors, skin tones, keycaps, and two names without emoji for comparison.
NAMES = (
    "Ann Plain", "Zoë 👩‍🔬 science", "Flag 🇫🇮 Finland", "Heart ❤️ Love", "Thumb 👍🏽 tone", "Family 👨‍👩‍👧‍👦 four",
    "Snow ☃️ man", "Keycap 1️⃣ one", "Rainbow 🏳️‍🌈 flag", "Wide 日本 kanji", "Zed Plain",
)  # fmt: skip
COLUMNS, ROWS = 130, 24
# Position of the border between list and detail, in the lines of the list.
BORDERED = range(4, 4 + len(NAMES))


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="module")
def people(sandbox: Sandbox, new_user: NewUser) -> Sandbox:
    for name in NAMES:
        new_user(name=name)
    return sandbox


def command(people: Sandbox, home: Path, **more: str) -> str:
    """Return a shell command for the console on the users' screen."""
    said = {**environment(people.url, people.admin, home), "LC_ALL": "C.UTF-8", "QPI_SLOW": "0", **more}
    settings = [f"{name}={shlex.quote(value)}" for name, value in said.items()]
    return f"env -u COLUMNS -u LINES {' '.join(settings)} {shlex.quote(PROGRAM)} --screen users"


class Tmux:
    """A separate tmux server with one window, in which `program` runs."""

    def __init__(self, folder: Path, program: str) -> None:
        self._words = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self("new-session", "-d", *size, program)

    def __call__(self, *words: str) -> str:
        env = {**os.environ, "LC_ALL": "C.UTF-8"}
        env.pop("TMUX", None)
        found = subprocess.run([*self._words, *words], env=env, capture_output=True, check=False, timeout=60)
        return found.stdout.decode()

    @property
    def lines(self) -> list[str]:
        return self("capture-pane", "-p").splitlines()

    def cells_of(self, text: str, lines: range) -> list[int]:
        """Return the column of a text, in tmux's cells, on each of some lines."""
        self("copy-mode")
        columns = []
        for line in lines:
            for words in (["top-line"], ["start-of-line"], ["-N", str(line), "cursor-down"], ["end-of-line"]):
                count = words[:2] if words[0] == "-N" else []
                self("send-keys", *count, "-X", words[-1])
            self("send-keys", "-X", "search-backward-text", text)
            row, column = map(int, self("display-message", "-p", "#{copy_cursor_y} #{copy_cursor_x}").split())
            assert row == line, (row, line)
            columns.append(column)
        self("send-keys", "-X", "cancel")
        return columns


@pytest.fixture
def tmux(people: Sandbox, tmp_path: Path) -> Iterator[Tmux]:
    found = Tmux(tmp_path, command(people, tmp_path))
    yield found
    found("kill-server")


def walk(tmux: Tmux) -> list[str]:
    """Move over every name and back, and return the lines."""
    wait_for(lambda: "● live" in "".join(tmux.lines) and "Rainbow" in "".join(tmux.lines), "the users")
    for key in [*"j" * len(NAMES), "g"]:
        tmux("send-keys", key)
    wait_for(lambda: any("▌" in line and "p" in line for line in tmux.lines[4:5]), "the cursor at the top")
    seen: list[list[str]] = []

    def still() -> bool:
        seen.append(listed(tmux.lines))
        return len(seen) > 25 and all(each == seen[-1] for each in seen[-25:])

    # The output passes through two programs, and may be in transit.
    wait_for(still, "the list to be still")
    return tmux.lines


def listed(lines: list[str]) -> list[str]:
    """Return the lines of the list. Times in other lines change."""
    return [line for number, line in enumerate(lines) if number in BORDERED]


@needs("tmux")
def test_columns_stay_aligned_in_tmux(tmux: Tmux) -> None:
    before = walk(tmux)
    tmux("send-keys", "C-l")
    wait_for(lambda: listed(tmux.lines) == listed(before), "what a full repaint shows to be the same")
    assert len(set(tmux.cells_of("│", BORDERED))) == 1


@needs("tmux", "screen")
def test_columns_stay_aligned_in_screen(people: Sandbox, tmp_path: Path) -> None:
    """In a window of tmux, which reads what screen draws."""
    folder = tmp_path / "screen"
    folder.mkdir(mode=0o700)
    # Detached, screen would keep the console running after the test.
    (tmp_path / "rc").write_text("defutf8 on\nstartup_message off\nautodetach off\n")
    # screen only runs a program with its arguments.
    (tmp_path / "run").write_text(f"exec {command(people, tmp_path, TERM='screen-256color')}\n")
    tmux = Tmux(tmp_path, f"SCREENDIR={folder} screen -U -c {tmp_path / 'rc'} sh {tmp_path / 'run'}")
    try:
        before = walk(tmux)
        tmux("send-keys", "C-l")
        wait_for(lambda: listed(tmux.lines) == listed(before), "what a full repaint shows to be the same")
        assert len(set(tmux.cells_of("│", BORDERED))) == 1
    finally:
        tmux("kill-server")


@needs("xterm", "Xvfb")
def test_the_border_is_straight_in_xterm(people: Sandbox, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.write_text(f"exec {command(people, tmp_path, TERM='xterm-256color')}\n")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1000x400x24", "-fbdir", str(tmp_path)],
        pass_fds=(writer,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    terminal = None
    try:
        with os.fdopen(reader) as told:
            display = f":{told.readline().strip()}"
        size = ["-geometry", f"{COLUMNS}x{ROWS}+0+0", "-b", "0", "-fn", "fixed", "-bg", "black", "-fg", "white"]
        terminal = subprocess.Popen(
            ["xterm", "-u8", *size, "-e", "sh", str(run)], env={**os.environ, "DISPLAY": display, "LC_ALL": "C.UTF-8"}
        )
        wait_for(lambda: _straight(tmp_path / "Xvfb_screen0"), "a border that is one line over all names")
    finally:
        for process in (terminal, server):
            if process is not None:
                process.kill()
                process.wait(10)


def _straight(picture: Path) -> bool:
    """Whether a column of pixels to the right of the list is unbroken over all names. The font is 6 by 13."""
    data = picture.read_bytes()
    head = struct.unpack(">25I", data[:100])
    start, width, row = head[0] + 12 * head[19], head[4], head[12]

    def lit(x: int, y: int) -> bool:
        at = start + y * row + 4 * x
        return any(data[at : at + 3])

    high = range(13 * BORDERED.start, 13 * BORDERED.stop)
    return any(all(lit(x, y) for y in high) for x in range(6 * 80, min(width, 6 * 110)))
