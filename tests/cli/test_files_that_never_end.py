"""Paths that are not regular files (pipes, devices, directories), huge files and other encodings: each is an error, and
none blocks.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.files.text_file import read_text
from qpi_tui.settings.config import ConfigError, read_config
from qpi_tui.settings.themes import ThemeError, read_theme
from tests.cli.command import Command
from tests.tui.helpers import at_console


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Interrupt code that waits for a pipe or reads zeros for too long."""

    def late(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"not within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def endless(folder: Path) -> list[Path]:
    pipe = folder / "pipe"
    if not pipe.exists():
        os.mkfifo(pipe)
    return [pipe, Path("/dev/zero"), Path("/dev/tty0"), folder]


def test_only_regular_files_are_read_up_to_a_limit(tmp_path: Path) -> None:
    with within(10):
        for path in endless(tmp_path):
            with pytest.raises((ValueError, FileNotFoundError)):
                read_text(path, most=1000)
        file = tmp_path / "file"
        file.write_bytes(b"\xef\xbb\xbfwith a mark")
        assert read_text(file, most=1000) == "with a mark"
        for content, said in ((b"x" * 1001, "larger than 1,000"), ("ä".encode("latin-1"), "UTF-8")):
            file.write_bytes(content)
            with pytest.raises(ValueError, match=said):
                read_text(file, most=1000)
        with pytest.raises(ValueError, match="not a regular file"):
            read_text(tmp_path / "pipe", most=1)


def test_every_command_with_a_file_argument_rejects_special_files(
    admin: Command, tmp_path: Path, folders: Path
) -> None:
    config = folders / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    for path in endless(tmp_path)[:2]:
        with within(30):
            for words in (("users", "import", str(path)), ("jobs", "submit", str(path), "--qpu", "x")):
                answer = admin(*words)
                assert answer.code in {1, 2}, answer
                assert "not a regular file" in answer.err
            with pytest.raises(ConfigError, match="not a regular file"):
                read_config(path)
            with pytest.raises(ThemeError, match="not a regular file"):
                read_theme(path)
            config.unlink(missing_ok=True)
            config.symlink_to(path)
            answer = admin("config", "check")
            assert answer.code == 2
            assert "not a regular file" in answer.err
            config.unlink()


async def test_the_console_does_not_wait_for_a_pipe(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, zeros, *_ = endless(tmp_path)
    pipe = Path("pipe")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.act("users.import")
        for path in (pipe, zeros):
            person.app.screen.query_one("#entry-path").value = str(path)
            await person.sees(f"{path.name} is not a regular file")
            person.app.screen.query_one("#entry-path").value = ""
            await person.sees_not("is not a regular file")


def test_a_byte_order_mark_and_a_configuration_of_a_megabyte(folders: Path) -> None:
    bare = Command({})
    config = folders / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_bytes(b"\xef\xbb\xbf" + b'[profiles.lab]\nurl = "https://lab.example.org"\n')
    assert bare.ok("config", "show", "--profile", "lab", "--json").json["url"] == "https://lab.example.org"

    def taken(profiles: int, padding: int) -> float:
        line = f"# {'x' * padding}\n"
        config.write_text("".join(f'[profiles.p{n}]\nurl = "https://p{n}.example"\n{line}' for n in range(profiles)))
        began = time.process_time()
        bare.ok("config", "check")
        return time.process_time() - began

    taken(10, 10)
    few, many = taken(500, 200), taken(4000, 200)
    assert config.stat().st_size > 900_000
    # Eight times the input takes about eight times as long. It used to be quadratic.
    assert many < 24 * max(few, 0.02)
    assert many < 10
    config.write_text("x = " + "[" * 100_000)
    answer = bare("config", "check")
    assert answer.code == 2
    assert "not valid TOML" in answer.err
