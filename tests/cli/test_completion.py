"""Shell completion of commands, options and names from the server. It offers nothing rather than being late."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.cli import completing
from qpi_tui.cli.scripts import SCRIPTS
from tests.cli.command import Command
from tests.conftest import wait_for


def offered(command: Command, *words: str) -> list[str]:
    return [line.partition("\t")[0] for line in command.ok("_complete", *words).out.splitlines()]


def offered_by_a_process(command: Command, *words: str) -> list[str]:
    line = [sys.executable, "-m", "qpi_tui", "_complete", *words]
    done = subprocess.run(line, env={**os.environ, **command.environment}, capture_output=True, text=True, check=True)
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


@pytest.fixture
def bare() -> Command:
    """Return commands in an environment without settings."""
    return Command({})


def test_commands_and_options_are_completed(bare: Command) -> None:
    assert offered(bare, "jo") == ["jobs"]
    assert {"list", "show", "watch", "tail"} <= set(offered(bare, "jobs", ""))
    assert offered(bare, "jobs", "list", "--sta") == ["--status"]
    assert offered(bare, "jobs", "list", "--status", "can") == ["cancelled"]
    assert "--yes" in offered(bare, "users", "allocate", "--")
    assert offered(bare, "completion", "") == []
    assert offered(bare, "nonsense", "") == []
    assert "jobs\tSubmit, list, cancel" in bare.ok("_complete", "job").out


def test_names_are_completed_from_the_server(admin: Command, user: Credentials, qpu: dict[str, str]) -> None:
    # On a busy machine the names may not arrive in time for the first attempt; the next attempt has them.
    ask = partial(offered_by_a_process, admin)
    wait_for(lambda: user.identity in ask("users", "allocate", "person"), "the users")
    wait_for(lambda: qpu["name"] in ask("qpus", "show", "qpu"), "the QPUs")
    # The names are cached now: options get them too, without those that are already on the line.
    assert qpu["name"] in ask("jobs", "list", "--qpu", "qpu")
    assert qpu["name"] not in ask("qpus", "disable", qpu["name"], "")


def test_profiles_are_completed(bare: Command, sandbox: Sandbox, user: Credentials) -> None:
    words = ("login", "--profile", "lab", "--url", sandbox.url, "--identity", user.identity)
    bare.ok(*words, QPI_PASSWORD=user.password)
    assert offered(bare, "jobs", "list", "--profile", "") == ["lab"]


def test_views_are_completed_with_their_description(bare: Command) -> None:
    assert "my-failed-today\tYour jobs that failed today" in bare.ok("_complete", "jobs", "list", "--view", "my").out


def test_completion_does_not_wait_for_an_unresponsive_server(bare: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        who = Command({"QPI_URL": address, "QPI_IDENTITY": "anna@lab.example", "QPI_PASSWORD": "x"})
        # The client itself would give up only after 30 s.
        assert offered_by_a_process(who, "users", "show", "") == []


def test_names_are_cached_in_a_private_file_for_a_minute(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from qpi_tui.files.private_file import replace_private

    cache = completing._cache("users", "", "")
    replace_private(cache, json.dumps([["anna@lab.example", "Anna"]]))
    assert completing.names("users", 0) == [("anna@lab.example", "Anna")]
    assert cache.stat().st_mode & 0o077 == 0
    old = time.time() - 120
    os.utime(cache, (old, old))
    assert completing._kept(cache) is None
    cache.write_text("no json")
    assert completing._kept(cache) is None


def test_each_account_has_its_own_cached_names(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = completing._cache("users", "", "")
    monkeypatch.setenv("QPI_IDENTITY", "somebody@else.example")
    assert completing._cache("users", "", "") != one


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_completion_scripts_have_valid_syntax(bare: Command, shell: str, tmp_path: Path) -> None:
    script = bare.ok("completion", shell).out
    assert "qpi-tui _complete" in script
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed here")
    file = tmp_path / "script"
    file.write_text(script)
    subprocess.run([found, "-n", str(file)], check=True)


def test_bash_offers_the_words_from_qpi_tui(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed here")
    fake = tmp_path / "qpi-tui"
    fake.write_text('#!/bin/sh\nshift\nprintf "%s\\tx\\n" "list" "anna@lab.example" "words:$#"\n')
    fake.chmod(0o755)
    (tmp_path / "script").write_text(SCRIPTS["bash"])
    lines = """
source script
complete_line() { COMP_LINE=$1; COMP_POINT=${#1}; _qpi_tui; printf '%s\\n' "${COMPREPLY[@]}"; }
complete_line "qpi-tui jobs li"
complete_line "qpi-tui users show anna@"
complete_line "qpi-tui jobs show wo"
"""
    done = subprocess.run(
        [bash, "--norc", "-c", lines],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )
    assert done.stdout.split() == ["list", "anna@lab.example", "words:3"], done
