"""The commands on the pages: each exists with its options, and those of three guides are run as written."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.cli.surface import surface
from tests.cli.test_examples import Lab
from tests.conftest import NewQpu

ROOT = Path(__file__).parents[2]
GENERATED = {"commands.md", "keys.md", "configuration.md", "coverage.md", "errors.md", "filters.md", "views.md"}
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.name not in GENERATED)]
RUN = ("approve-over-ssh.md", "slow-lines.md", "scripts-and-cron.md")
# Options of the program itself, without a command.
GLOBAL = {"--version", "--help"}


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a page in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> Iterator[list[str]]:
    """Yield every `qpi-tui …` in the shell blocks of a page, as words."""
    for block in (*blocks(page, "sh"), *blocks(page, "console")):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s\|\s|&&|;\s", line.removeprefix("$ ")):
                words = shlex.split(part, comments=True)
                if "qpi-tui" in words and "new-session" not in words:
                    yield words[words.index("qpi-tui") + 1 :]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_exists_with_its_options(page: Path) -> None:
    known = surface()
    for words in commands(page):
        path: list[str] = []
        while len(path) < len(words) and " ".join([*path, words[len(path)]]) in known:
            path.append(words[len(path)])
        found = known[" ".join(path)]
        assert not found["commands"] or not path or path == ["qpi-tui"], f"{page.name}: {words} names no command"
        options = {word.partition("=")[0] for word in words[len(path) :] if word.startswith("--")}
        assert options <= {*found["options"], *known[""]["options"], *GLOBAL}, f"{page.name}: {words}"


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, admin_http: httpx.Client, new_qpu: NewQpu, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Return what the guides refer to: users, QPUs, a file, and an `ssh` that goes nowhere."""
    made = Lab(sandbox, admin_http, new_qpu, tmp_path_factory.mktemp("pages"))
    ssh = made.folder / "bin" / "ssh"
    ssh.write_text('#!/bin/sh\nshift\nexec "$@"\n')
    ssh.chmod(stat.S_IRWXU)
    return made


@pytest.mark.parametrize("name", RUN)
def test_the_commands_of_a_guide_run(name: str, lab: Lab, tmp_path: Path) -> None:
    lab.ready()
    ben = {"seconds": 60, "user": lab.people["ben"].id, "status": "pending", "requested_reason": "why"}
    lab.admin.post("/api/collections/qpu_time_requests/records", json=ben).raise_for_status()
    config = tmp_path / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    admin = lab.sandbox.admin
    config.write_text(f'[profiles.lab]\nurl = "{lab.sandbox.url}"\nidentity = "{admin.identity}"\nrole = "admin"\n')
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    path = f"{lab.folder / 'bin'}:{os.environ['PATH']}"
    env = {**os.environ, **lab.command("admin").environment, **homes, "QPI_KEYRING": "off", "PATH": path}
    script = "set -e\n" + "\n".join(blocks(ROOT / "docs" / "how-to" / name, "sh"))
    # Requests that are no longer pending were decided, so the guide has nothing left to resume.
    script = script.replace("approve - --yes --resume", "approve - --yes --resume || [ $? = 2 ]")
    # Jobs belong to users: an administrator has no balance.
    anna = " ".join(f"{name}={shlex.quote(value)}" for name, value in lab.command("anna").environment.items())
    script = script.replace("qpi-tui jobs submit", f"env {anna} qpi-tui jobs submit")
    done = subprocess.run(
        ["bash", "-c", script], env=env, cwd=lab.folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done
    assert "Traceback" not in done.stderr
