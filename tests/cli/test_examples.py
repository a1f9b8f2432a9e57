"""Run every example from every `--help` as written: in a shell if it has a pipe, otherwise in this process.

The names in the examples are created first (`anna@lab.example`, `alpha`, `Warm-up`). The example id is replaced by a
real one.
"""

from __future__ import annotations

import itertools
import json
import os
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.cli.surface import surface
from tests.cli.command import Command, as_
from tests.cli.process import running
from tests.cli.terminal import at_terminal
from tests.conftest import NewQpu, connect_driver, record, sign_in, wait_for

ID = "8f3kq2m1x0z7abc"
OTHER_ID = "7a2jp1l0w9y6zbc"
PASSWORD = "a-password-1234"
BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
# What only a user can do or has.
AS_USER = {
    "requests create", "requests withdraw", "slots book", "slots move", "slots cancel", "slots export", "jobs submit",
    "jobs again", "tokens list", "tokens create", "tokens rename", "tokens expiry", "tokens revoke",
    "announcements dismiss", "account rename",
}  # fmt: skip
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


class Lab:
    """Everything that the examples refer to."""

    def __init__(self, sandbox: Sandbox, admin: httpx.Client, new_qpu: NewQpu, folder: Path) -> None:
        self.sandbox, self.admin, self.folder = sandbox, admin, folder
        self._new_qpu = new_qpu
        self._drivers = itertools.count()
        self.people = {name: self._user(f"{name}@lab.example") for name in ("anna", "ben")}
        self.anna = httpx.Client(
            base_url=sandbox.url, headers={"Authorization": sign_in(sandbox.url, self.people["anna"])}
        )
        (folder / "bell.qasm").write_text(BELL)
        (folder / "course.csv").write_text("email,amount\nanna@lab.example,2\nben@lab.example,1\n")
        programs = folder / "bin"
        programs.mkdir()
        for name, text in (
            ("qpi-tui", f'#!/bin/sh\nexec {sys.executable} -m qpi_tui "$@"\n'),
            (
                "jq",
                f"#!{sys.executable}\nimport json, sys\nfor line in sys.stdin: print(json.loads(line)['status'])\n",
            ),
        ):
            (programs / name).write_text(text)
            (programs / name).chmod(stat.S_IRWXU)

    def ready(self) -> None:
        """Recreate what an earlier example used up."""
        found = {qpu["name"] for qpu in self._all("qpus")}
        for name in {"alpha", "beta"} - found:
            self._new_qpu(name=name)
        if "old-one" not in found:
            self._new_qpu(online=False, name="old-one")
        for qpu in self._all("qpus"):
            if qpu["name"] in {"alpha", "beta"} and (not qpu["enabled"] or qpu["status"] != "online"):
                self._restart(qpu["id"])
        alpha = next(qpu["id"] for qpu in self._all("qpus") if qpu["name"] == "alpha")
        for name in {"aer_alpha", "old_driver"} - {driver["name"] for driver in self._all("drivers")}:
            driver = {"name": name, "qpu": alpha, "kind": "mock", "language": "python"}
            self.admin.post("/api/op/drivers/create", json=driver).raise_for_status()
        for notice in self._all("notifications"):
            self.admin.delete(f"/api/collections/notifications/records/{notice['id']}").raise_for_status()
        body = {"title": "Warm-up", "description": "No jobs.", "start_time": "2026-01-01 00:00:00.000Z"}
        self.admin.post("/api/collections/notifications/records", json=body).raise_for_status()
        for token in self._all("api_tokens"):
            self.admin.delete(f"/api/collections/api_tokens/records/{token['id']}").raise_for_status()
        self.anna.post("/api/tokens", json={"name": "ci"}).raise_for_status()
        asked = {"seconds": 60, "user": self.people["anna"].id, "status": "pending", "requested_reason": "why"}
        self.anna.post("/api/collections/qpu_time_requests/records", json=asked).raise_for_status()
        for theme in self._all("themes"):
            self.admin.delete(f"/api/collections/themes/records/{theme['id']}").raise_for_status()
        self.admin.post("/api/collections/themes/records", json={"name": "lab"}).raise_for_status()
        (self.folder / "lab-theme").mkdir(exist_ok=True)
        (self.folder / "lab-theme" / "theme.json").write_text('{"name": "lab"}')
        shutil.rmtree(self.folder / "my-theme", ignore_errors=True)
        for path in ("users.csv", "bell.csv", "slots.ics", "lab.zip"):
            (self.folder / path).unlink(missing_ok=True)

    def _restart(self, qpu: str) -> None:
        """Restart a QPU that an example stopped, with a connected driver."""
        path = f"/api/collections/qpus/records/{qpu}"
        self.admin.patch(path, json={"enabled": True, "status": "offline"}).raise_for_status()
        connect_driver(self.admin, qpu, "mock", name=f"drv_{next(self._drivers)}")
        wait_for(lambda: record(self.admin, "qpus", qpu)["status"] == "online", "the QPU to come online")

    def back_up(self, path: str) -> None:
        """Create a backup for the examples that need one; remove it for the one that creates it."""
        backups = self.admin.get("/api/backups").json()
        if path == "server backup":
            for each in backups:
                self.admin.delete(f"/api/backups/{each['key']}").raise_for_status()
        elif path.startswith("server") and not any(each["key"] == "before-upgrade.zip" for each in backups):
            self.admin.post("/api/backups", json={"name": "before-upgrade.zip"}).raise_for_status()

    def id_of(self, noun: str) -> str:
        """Return a real id of the kind that a command takes."""
        if noun == "requests":
            return str(next(r["id"] for r in self._all("qpu_time_requests") if r["status"] == "pending"))
        if noun == "slots":
            for slot in self._all("time_slots"):
                self.admin.delete(f"/api/collections/time_slots/records/{slot['id']}")
            body = {
                "booked_by": self.people["anna"].id,
                "start_time": "2091-01-01 09:00:00.000Z",
                "end_time": "2091-01-01 10:00:00.000Z",
            }
            return str(self.anna.post("/api/collections/time_slots/records", json=body).raise_for_status().json()["id"])
        if not self._all("quantum_jobs", 'status="completed"'):
            self.command("anna").ok("jobs", "submit", str(self.folder / "bell.qasm"), "--qpu", "alpha")
        wait_for(lambda: self._all("quantum_jobs", 'status="completed"'), "a completed job")
        return str(self._all("quantum_jobs", 'status="completed"')[0]["id"])

    def command(self, who: str) -> Command:
        """Return commands signed in as a person of the laboratory."""
        url = self.sandbox.url
        return as_(url, self.people[who], "user") if who in self.people else as_(url, self.sandbox.admin, "admin")

    def _user(self, email: str) -> Credentials:
        body = {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD, "qpu_seconds": 36000}
        made = self.admin.post("/api/collections/users/records", json=body).raise_for_status().json()
        return Credentials(email, PASSWORD, made["id"])

    def _all(self, collection: str, condition: str = "") -> list[dict[str, str]]:
        query = {"perPage": 500, "filter": condition}
        answer = self.admin.get(f"/api/collections/{collection}/records", params=query)
        found: list[dict[str, str]] = answer.raise_for_status().json()["items"]
        return found


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
        done = subprocess.run(["/bin/sh", "-c", line], env=env, capture_output=True, text=True, timeout=60, check=False)
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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


def test_the_demo_example_runs() -> None:
    with at_terminal(*shlex.split(EXAMPLES["demo"])[1:]) as terminal:
        terminal.reads("live")
        terminal.types("q")
        assert terminal.ends() == 0
