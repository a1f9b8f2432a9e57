"""Run every example from every `--help` as written: in a shell if it has a pipe, otherwise in this process.

The names in the examples are created first (`anna@lab.example`, `alpha`, `Warm-up`). The example id is replaced by a
real one.
"""

from __future__ import annotations

import itertools
import json
import os
import shlex
import signal
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.cli.surface import surface
from tests.cli.command import Command
from tests.cli.lab import AS_USER, PASSWORD, Lab
from tests.cli.process import running
from tests.conftest import NewQpu, wait_for
from tests.ports import port_to_keep

ID = "8f3kq2m1x0z7abc"
OTHER_ID = "7a2jp1l0w9y6zbc"
# These have tests of their own below, because they run until they are stopped or sign in elsewhere. Those that need
# mail, or end the other sessions here, are tested in `test_sign_in_methods.py`.
ELSEWHERE = {"demo", "sandbox", "watch", "login", "password change", "password reset", "signup", "verify"}
SHELL = set("|&>$")


def examples() -> dict[str, str]:
    """Map each command to its example, with continued lines joined."""
    found = {}
    for path, command in surface().items():
        lines = iter(command["help"].splitlines())
        for line in lines:
            if line.startswith("Example: "):
                text = line.removeprefix("Example: ")
                while following := next(lines, ""):
                    text += f" {following}"
                found[path] = text
    return found


EXAMPLES = examples()


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, admin_http: httpx.Client, new_qpu: NewQpu, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(sandbox, admin_http, new_qpu, tmp_path_factory.mktemp("lab"))


def test_every_command_has_an_example() -> None:
    commands = {path for path, command in surface().items() if path and not command["commands"]}
    assert commands == set(EXAMPLES)


@pytest.mark.parametrize("path", sorted(set(EXAMPLES) - ELSEWHERE))
def test_every_example_runs_as_written(lab: Lab, path: str, monkeypatch: pytest.MonkeyPatch, folders: Path) -> None:
    lab.ready()
    monkeypatch.chdir(lab.folder)
    config = folders / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[profiles.lab]\nurl = "{lab.sandbox.url}"\n')
    line = EXAMPLES[path]
    if ID in line:
        line = line.replace(OTHER_ID, ID).replace(ID, lab.id_of(path.split()[0]))
    lab.back_up(path)
    if path == "users create":
        line = line.replace("anna@", "anna.berg@")
    who = "anna" if path in AS_USER else "admin"
    environment = {**lab.command(who).environment, "QPI_NEW_PASSWORD": PASSWORD, "EDITOR": "cat"}
    asks = "--yes" in surface()[path]["options"] and not {"--yes", "--dry-run"} & set(shlex.split(line))
    if SHELL & set(line):
        if path == "jobs tail":
            # It follows until its reader has enough.
            line = line.replace("| jq -r .status", "| head -1").replace("--since 1h", "--since 30d")
            lab.id_of("jobs")
        if path == "jobs cancel":
            # It has no driver, so jobs submitted to it stay pending.
            lab.command("anna").ok("jobs", "submit", "bell.qasm", "--qpu", "old-one")
        if asks:
            line += " --yes"
        env = {**os.environ, **environment, "PATH": f"{lab.folder / 'bin'}:{os.environ['PATH']}"}
        env["HOME"] = str(lab.folder)
        (lab.folder / ".local/share/bash-completion/completions").mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["/bin/sh", "-c", line], env=env, capture_output=True, text=True, timeout=150, check=False
        )
        assert done.returncode == 0, (line, done)
        assert "Traceback" not in done.stderr
        return
    words = shlex.split(line)
    assert words[0] == "qpi-tui"
    answer = Command(environment)(*words[1:])
    if asks and answer.code == 2:
        assert "add --yes" in answer.err, answer
        answer = Command(environment)(*words[1:], "--yes")
    # In this laboratory, `doctor` has findings.
    assert answer.code in ({0, 1} if path == "doctor" else {0}), (line, answer)


def test_the_login_example_runs(lab: Lab, folders: Path) -> None:
    line = EXAMPLES["login"].replace("https://lab.example.org", lab.sandbox.url)
    Command({}).ok(*shlex.split(line)[1:], QPI_PASSWORD=PASSWORD)
    assert Command({}).ok("whoami", "--json").json["profile"] == "lab"


def test_the_sandbox_example_runs() -> None:
    port = port_to_keep()
    line = EXAMPLES["sandbox"].replace("8090", str(port))
    with running(*shlex.split(line)[1:], environment=dict(os.environ)) as process:
        process.until(lambda: process.lines, "its address")
        assert json.loads(process.lines[0])["url"].endswith(f":{port}")
        process.process.send_signal(signal.SIGINT)
        assert process.process.wait(30) in {0, 130}


def test_the_watch_example_runs(lab: Lab) -> None:
    logger = lab.folder / "bin" / "logger"
    logger.write_text(f'#!/bin/sh\ncat > "{lab.folder}/logged"\n')
    logger.chmod(stat.S_IRWXU)
    path = f"{lab.folder / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, **lab.command("admin").environment, "PATH": path}
    with running(*shlex.split(EXAMPLES["watch"])[1:], "--timeout", "30", environment=environment) as watch:
        watch.until(lambda: watch.said, "the beginning")
        lab.ready()
        beta = next(qpu["id"] for qpu in lab._all("qpus") if qpu["name"] == "beta")
        states = itertools.cycle(("online", "offline"))

        def logged() -> bool:
            body = {"status": next(states)}
            lab.admin.patch(f"/api/collections/qpus/records/{beta}", json=body).raise_for_status()
            return (lab.folder / "logged").exists()

        wait_for(logged, "the program to be run")
    assert "QPU beta went offline." in watch.lines[0]


def test_the_demo_example_is_a_command_of_a_tutorial() -> None:
    """`tests/docs/test_pages.py` runs it there."""
    page = Path(__file__).parents[2] / "docs" / "tutorials" / "user.md"
    assert f"$ {EXAMPLES['demo']}\n" in page.read_text(encoding="utf-8")
