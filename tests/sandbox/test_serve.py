"""Serving until interrupted, as the command does: one line when ready, an error message otherwise."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials
from qpi_sandbox.serve import ADMIN_VARIABLE, USER_VARIABLE
from tests.conftest import sign_in, wait_for

CODE = "import json, sys; from qpi_sandbox.serve import serve; sys.exit(serve(**json.loads(sys.argv[1])))"


def start(environment: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE, json.dumps(options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_a_line_of_json_when_ready_and_stops_when_interrupted(number: signal.Signals) -> None:
    passwords = {ADMIN_VARIABLE: "admin-word-1234", USER_VARIABLE: "user-word-1234"}
    process = start(passwords, as_json=True, seed_jobs=20, seed_users=4)
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert set(ready) == {"url", "admin", "users"}
    assert ready["admin"] == {"identity": "admin@example.com", "password": "admin-word-1234"}
    assert len(ready["users"]) == 4
    assert all(set(user) == {"identity", "password", "id"} for user in ready["users"])
    sign_in(ready["url"], Credentials(**ready["admin"]), "_superusers")
    sign_in(ready["url"], Credentials(**ready["users"][0]))
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)
    assert (rest, process.returncode) == ("", 0)
    with pytest.raises(httpx.TransportError):
        httpx.get(ready["url"] + "/api/health")


def test_an_interrupt_during_seeding_stops_it_too(tmp_path: Path) -> None:
    process = start(as_json=True, seed_jobs=200_000, data=str(tmp_path / "lab"))
    wait_for(lambda: (tmp_path / "lab" / "pb_data" / "data.db").exists(), "the database to be made")
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=60)
    assert (out, process.returncode) == ("", 0)
    assert "Traceback" not in said


def test_text_output_names_the_address_and_the_accounts() -> None:
    command = [sys.executable, "-m", "qpi_tui", "sandbox", "--no-seed", "--sso", "--mail"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    words = ""
    while "Ctrl+C" not in words:
        words += process.stdout.readline()
    assert words.startswith("Sandbox at http://127.0.0.1:")
    assert "admin@example.com" in words
    url = words.split()[2]
    methods = httpx.get(f"{url}/api/collections/users/auth-methods").json()
    assert (methods["oauth2"]["enabled"], methods["otp"]["enabled"]) == (True, True)
    assert [each["name"] for each in methods["oauth2"]["providers"]] == ["oidc"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_killed_server_ends_it_with_an_error(tmp_path: Path) -> None:
    process = start(seed=None, as_json=True, data=str(tmp_path / "lab"))
    assert process.stdout is not None
    process.stdout.readline()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("looks for its children through /proc")
    for child in children.read_text().split():
        os.kill(int(child), signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert "server has ended" in said
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ({"generation": "v7"}, 2, "Unknown generation: v7. Use v0.1 or v0.0."),
        ({"faults": ["meltdown"]}, 2, "Unknown fault: 'meltdown'"),
        ({"listen": "0.0.0.0"}, 2, "opens the sandbox to others"),  # noqa: S104 (refused)
        ({"port": 99999}, 2, "Invalid port: 99999."),
        ({"seed_users": -1}, 2, "Invalid number of users: -1."),
        ({"seed_jobs": -1}, 2, "Invalid number of jobs: -1."),
        ({"data": "/dev/null/lab"}, 1, "Cannot use the folder /dev/null/lab"),
    ],
)
def test_invalid_options_are_a_short_error(options: dict[str, Any], code: int, says: str) -> None:
    process = start({ADMIN_VARIABLE: ""}, **options)
    out, said = process.communicate(timeout=60)
    assert says in said
    assert "Traceback" not in said
    assert (out, process.returncode) == ("", code)


def test_a_port_in_use_is_a_short_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(port=port)
        _, said = process.communicate(timeout=60)
    assert f"Port {port} is taken by another program" in said
    assert process.returncode == 1
