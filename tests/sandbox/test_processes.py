"""Starting, stopping and being killed: remaining processes and remaining files."""

from __future__ import annotations

import os
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox, SandboxError, pocketbase
from qpi_sandbox.binary import find_pocketbase
from tests.conftest import sign_in, wait_for
from tests.ports import port_to_keep

OWNER = """
import sys, threading
from qpi_sandbox import Sandbox

def begin(result):
    sandbox = Sandbox(tick=0.1)
    sandbox.start()
    result.append(sandbox)

result = []
if sys.argv[1] == "thread":  # a thread that has ended must not take the server with it
    thread = threading.Thread(target=begin, args=[result])
    thread.start()
    thread.join()
else:
    begin(result)
print(result[0].url, result[0].data, flush=True)
sys.stdin.readline()
if sys.argv[1] == "raise":
    raise RuntimeError("the program fails")
"""


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/health", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def processes_on(data: Path) -> list[str]:
    """Return the command lines of processes that use a data folder, from /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(data) in line:
            found.append(line)
    return found


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize(
    ("mode", "number"), [("main", signal.SIGKILL), ("thread", signal.SIGKILL), ("main", signal.SIGTERM), ("raise", 0)]
)
def test_no_process_outlives_the_caller(mode: str, number: int) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert owner.stdout is not None
    assert owner.stdin is not None
    url, _, folder = owner.stdout.readline().decode().strip().partition(" ")
    data = Path(folder)
    assert answers(url)
    wait_for(lambda: len(processes_on(data)) == 4, "the server and the worker, each with its guard")
    if number:
        owner.send_signal(number)
    else:
        owner.stdin.close()
    owner.wait(10)
    wait_for(lambda: not processes_on(data), "the processes to end")
    wait_for(lambda: not data.exists(), "the folder to go")
    assert not answers(url)
    owner.stdout.close()
    owner.stdin.close()


def test_a_stopped_sandbox_leaves_nothing_behind() -> None:
    with Sandbox(worker=False) as sandbox:
        url, data = sandbox.url, sandbox.data
        assert url.startswith("http://127.0.0.1:")
        assert data.exists()
    assert not data.exists()
    assert not answers(url)
    sandbox.stop()  # twice is allowed


def test_a_second_sandbox_starts_from_a_thread_that_ends() -> None:
    with Sandbox(worker=False) as one:
        other = Sandbox(worker=False)
        thread = threading.Thread(target=other.start)
        thread.start()
        thread.join()
        try:
            assert answers(one.url)
            assert answers(other.url)
            assert one.url != other.url
            assert one.admin.password != other.admin.password
        finally:
            other.stop()


def test_data_and_sign_ins_persist_in_a_folder(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "lab", seed=3, jobs=20, users=5, worker=False) as first:
        admin, users = first.admin, first.users
        body = {"name": "kept"}
        session = {"Authorization": sign_in(first.url, admin, "_superusers")}
        httpx.post(f"{first.url}/api/op/qpus/create", json=body, headers=session).raise_for_status()
        someone = {"email": "new@test.example", "password": "another-1234", "passwordConfirm": "another-1234"}
        httpx.post(f"{first.url}/api/collections/users/records", json=someone, headers=session).raise_for_status()
        with pytest.raises(SandboxError, match="in use by another sandbox"):
            Sandbox(tmp_path / "lab", worker=False).start()
    with Sandbox(tmp_path / "lab", seed=3, jobs=20, users=5, worker=False, user_password="other-1234") as second:
        assert second.admin == admin
        assert second.users == users
        names = [item["name"] for item in httpx.get(f"{second.url}/api/collections/qpus/records").json()["items"]]
        assert "kept" in names
        assert (
            httpx.get(f"{second.url}/api/op/version", headers=session).status_code == 200
        )  # the session is still valid
        sign_in(second.url, users[0])
    assert (tmp_path / "lab" / "sign-ins.json").stat().st_mode & 0o777 == 0o600
    with pytest.raises(SandboxError, match=r"generation v0\.1") as caught:
        Sandbox(tmp_path / "lab", generation="v0.0", worker=False).start()
    assert caught.value.usage


def test_every_account_has_a_cheap_hash() -> None:
    """A usual one costs 76 ms of a processor at each sign-in."""
    with (
        Sandbox(seed=1, jobs=0, users=2, worker=False) as sandbox,
        closing(sqlite3.connect(sandbox.data / "pb_data" / "data.db")) as database,
    ):
        hashes = database.execute("SELECT password FROM _superusers UNION ALL SELECT password FROM users").fetchall()
        assert len(hashes) == 3
        assert all(password.startswith("$2a$04$") for (password,) in hashes)


def test_a_given_password_is_used_and_never_on_a_command_line() -> None:
    password = "quite-a-secret-1234"
    with Sandbox(worker=False, admin_password=password) as sandbox:
        assert sandbox.admin.password == password
        sign_in(sandbox.url, sandbox.admin, "_superusers")
        assert not [line for line in processes_on(sandbox.data) if password in line]
        assert password not in repr(sandbox.admin)
        assert password not in (sandbox.data / "pocketbase.log").read_text()


@pytest.mark.parametrize("password", ["short", "x" * 72])
def test_an_invalid_password_is_rejected_before_anything_starts(password: str) -> None:
    with pytest.raises(SandboxError, match="8 to 71") as caught:
        Sandbox(worker=False, user_password=password)
    assert password not in str(caught.value)


def test_a_port_in_use_is_reported() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=f"Port {port} is taken"):
            Sandbox(port=port, worker=False).start()


@pytest.mark.parametrize("says", [b"220 localhost SMTP\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"])
def test_another_free_port_is_used_if_a_program_takes_the_first_one(
    monkeypatch: pytest.MonkeyPatch, says: bytes
) -> None:
    class Says(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(says)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Says) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        ports, free_port = [other.server_address[1]], pocketbase.free_port
        monkeypatch.setattr(pocketbase, "free_port", lambda host: ports.pop() if ports else free_port(host))
        with Sandbox(worker=False) as sandbox:
            assert not ports
            assert answers(sandbox.url)
        other.shutdown()


def test_a_given_port_is_used_even_with_faults() -> None:
    port = port_to_keep()
    with Sandbox(port=port, worker=False, faults=["500,route=/never"]) as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{port}"
        assert answers(sandbox.url)


def test_a_public_address_requires_a_chosen_password() -> None:
    with pytest.raises(SandboxError, match="opens the sandbox to others"):
        Sandbox(listen="0.0.0.0", worker=False)  # noqa: S104 (refused)


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [(None, 0, "is not a file. Install it with"), ("#!/bin/sh\n", 0o644, "is not executable"),
     ("#!/bin/sh\necho broken machine\nexit 3\n", 0o755, "did not start: broken machine")],
)  # fmt: skip
def test_a_missing_or_broken_pocketbase_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, mode: int, says: str
) -> None:
    program = tmp_path / "pocketbase"
    if content is not None:
        program.write_text(content)
        program.chmod(mode)
    monkeypatch.setenv("QPI_POCKETBASE", str(program))
    with pytest.raises(SandboxError, match=says):
        Sandbox(worker=False).start()


def test_an_uninstalled_pocketbase_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QPI_POCKETBASE", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("qpi_sandbox.binary._from_package", lambda: None)
    with pytest.raises(SandboxError, match=r"PocketBase is not installed\. Install it with"):
        find_pocketbase()


def test_the_package_locates_the_executable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QPI_POCKETBASE", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert os.access(find_pocketbase(), os.X_OK)
