"""Closed, full and abandoned streams, a full disk, no home directory: a clear error and the documented exit code."""

from __future__ import annotations

import os
import pwd
import resource
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.cli.command import Command, as_

CLOSED, FULL, NOTHING = ">&-", ">/dev/full", ""


def shell(line: str, environment: dict[str, str], **more: object) -> subprocess.CompletedProcess[str]:
    """Run `qpi-tui` in a shell with redirected streams."""
    command = f"{sys.executable} -m qpi_tui {line}"
    env = {**os.environ, **environment}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        ["/bin/sh", "-c", command], env=env, capture_output=True, text=True, timeout=150, check=False, **more
    )


def sane(done: subprocess.CompletedProcess[str]) -> None:
    for word in ("Traceback", "a bug in qpi-tui", "Exception ignored"):
        assert word not in done.stderr, done.stderr


@pytest.mark.parametrize(
    "line", ["--help", "--version", "config show", "completion bash", "keys --json", "jobs list --json"]
)
@pytest.mark.parametrize("where", [CLOSED, FULL])
def test_unwritable_output_is_an_error(line: str, where: str, sandbox: Sandbox, user: Credentials) -> None:
    done = shell(f"{line} {where}", as_(sandbox.url, user, "user").environment)
    sane(done)
    assert done.returncode == 1
    assert done.stderr.startswith("qpi-tui: Standard output cannot be written: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("config show 2>&-", 0),
        ("config show <&- 2>&-", 0),
        ("jobs show x 2>&-", 2),
        ("login --url http://127.0.0.1:9 <&-", 2),
        ("users allocate - +1 <&-", 2),
        ("<&-", 2),
        (">&- <&- 2>&-", 2),
    ],
)
def test_closed_streams_have_the_documented_exit_code(line: str, code: int, folders: Path) -> None:
    done = shell(line, {})
    sane(done)
    assert done.returncode == code, done


def test_output_never_reaches_a_socket(sandbox: Sandbox, user: Credentials) -> None:
    """If standard output is closed, the next socket would get its descriptor, and the server would receive the
    output.
    """
    done = shell("jobs list --json >&- 2>&-", as_(sandbox.url, user, "user").environment)
    assert done.returncode == 1


def no_room() -> None:
    """Make every write to a file fail in this process, as on a full disk, for root too."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_a_full_disk_is_an_error_and_leaves_no_partial_file(
    sandbox: Sandbox, user: Credentials, folders: Path, tmp_path: Path
) -> None:
    environment = as_(sandbox.url, user, "user").environment
    for line, said in (
        ("login --profile lab", "cannot be kept in"),
        (f"jobs export --to {tmp_path}/list.csv", "list.csv"),
        (f"slots export --to {tmp_path}/week.ics", "week.ics"),
    ):
        done = shell(line, environment, preexec_fn=no_room)
        sane(done)
        assert done.returncode == 1, done
        assert said in done.stderr
        assert "File too large" in done.stderr
    # A partial file must not remain.
    assert not list(tmp_path.glob("*.csv")) + list(tmp_path.glob("*.ics"))
    # Commands that only read still work.
    assert shell("jobs list --json", environment, preexec_fn=no_room).returncode == 0


# Run the command with its directories on a file system mounted read-only, for root too.
READ_ONLY = ["unshare", "--map-root-user", "--mount", "/bin/sh", "-c"]


def on_a_read_only_disk(line: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = f"mount -t tmpfs -o ro none {folder} && exec {sys.executable} -m qpi_tui {line}"
    env = {**os.environ, **environment}
    return subprocess.run([*READ_ONLY, command], env=env, capture_output=True, text=True, timeout=150, check=False)


def test_a_read_only_disk_is_an_error_for_writes_only(sandbox: Sandbox, user: Credentials, folders: Path) -> None:
    try:
        subprocess.run([*READ_ONLY, f"mount -t tmpfs -o ro none {folders}"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount")
    environment = as_(sandbox.url, user, "user").environment
    for line, code in (
        ("login --profile lab", 1),
        (f"jobs export --to {folders}/list.csv", 1),
        (f"slots export --to {folders}/week.ics", 1),
        ("requests create 10m --reason disk", 0),
        ("jobs list --json", 0),
    ):
        done = on_a_read_only_disk(line, folders, environment)
        sane(done)
        assert done.returncode == code, (line, done)
        assert ("Read-only file system" in done.stderr) == ("list" not in line or code == 1), (line, done.stderr)


@pytest.mark.parametrize(
    "line", ["config show", "jobs list --url http://127.0.0.1:9", "config path", NOTHING, "logout", "config check"]
)
def test_commands_work_without_a_home_directory(line: str, monkeypatch: pytest.MonkeyPatch, folders: Path) -> None:
    """No HOME and an unknown uid, as in a container that runs under a numeric user."""

    def unknown(number: int) -> None:
        raise KeyError(f"uid not found: {number}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    answer = Command({})(*line.split())
    assert answer.code == 2, answer
    assert "Set HOME" in answer.err
    assert Command({}).ok("--help").out


def test_tail_ends_when_its_reader_does(sandbox: Sandbox, user: Credentials, user_http: httpx.Client) -> None:
    """With and without change events, although nothing more is printed."""
    token = user_http.post("/api/tokens", json={"name": "tail"}).json()["token"]
    for environment in (
        as_(sandbox.url, user, "user").environment,
        {"QPI_URL": sandbox.url, "QPI_ROLE": "token", "QPI_API_TOKEN": token},
    ):
        with subprocess.Popen(
            [sys.executable, "-m", "qpi_tui", "jobs", "tail", "--json"],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert "Following the jobs" in process.stderr.readline()
            process.stdout.close()
            began = time.monotonic()
            try:
                assert process.wait(10) == 0
            finally:
                process.kill()
            assert time.monotonic() - began < 5
            assert process.stderr.read() == ""
