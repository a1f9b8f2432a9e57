"""Notifications in a real terminal: the bytes sent, whatever the server's text; the program receives the record."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.terminal.notify import WAYS, sequence, way_of
from tests.hostile.corpus import CORPUS
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import Terminal

EVIL = "\x1b]52;c;aGl0\x07\x9b2J\x07\x1b\\\x1b[2J;4;1;50\x9c\x18\x1a done"
# A complete sequence per method: nothing between its ends is interpreted.
SAFE = rb"[^\x00-\x1f\x7f]*"
WHOLE = {
    "bell": rb"\x07",
    "osc9": rb"\x1b\]9;qpi-tui: " + SAFE + rb"\x1b\\",
    "osc777": rb"\x1b\]777;notify;qpi-tui;[^\x00-\x1f\x7f;]*\x1b\\",
    "osc99": rb"\x1b\]99;i=qpi-tui:d=0:e=1:p=title;[\w+/=]*\x1b\\\x1b\]99;i=qpi-tui:d=1:e=1:p=body;[\w+/=]*\x1b\\",
    "off": rb"",
}


@pytest.mark.parametrize("way", [way for way in WAYS if way != "auto"])
def test_no_text_ends_a_sequence_or_starts_another(way: str) -> None:
    for text in [EVIL, "4;3;9", "a;b", *CORPUS.values(), *(chr(code) for code in range(0x100)), "\ud800", "\udc9b"]:
        said = sequence(way, "qpi-tui", text, {})
        assert re.fullmatch(WHOLE[way], said.encode()), (text, said)
        assert not re.search("[\x80-\x9f]", said)
        in_tmux = sequence(way, "qpi-tui", text, {"TMUX": "x"})
        if way not in ("bell", "off"):
            passed = re.findall(r"\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\", in_tmux)
            assert "".join(passed).replace("\x1b\x1b", "\x1b") == said
            in_screen = sequence(way, "qpi-tui", text, {"STY": "x"})
            inner = re.findall(r"\x1bP(.*?)\x07\x1b\\", in_screen)
            assert "".join(f"{part}\x1b\\" for part in inner) == said
    if way == "osc99":
        body = re.findall(r"body;([\w+/=]*)", sequence(way, "qpi-tui", "déjà vu", {}))
        assert b64decode(body[0]).decode() == "déjà vu"


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        ({"TERM": "xterm-kitty"}, "osc99"),
        ({"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, "osc99"),
        ({"TERM_PROGRAM": "WezTerm"}, "osc9"),
        ({"TERM_PROGRAM": "tmux", "LC_TERMINAL": "iTerm2"}, "osc9"),
        ({"TERM": "foot"}, "osc777"),
        ({"TERM": "xterm-256color"}, "bell"),
        ({}, "bell"),
    ],
)
def test_the_terminal_is_detected_from_its_environment(environment: dict[str, str], way: str) -> None:
    assert way_of(environment) == way


def test_the_console_notifies_once_through_the_terminal_and_a_program(
    lab: Sandbox, lab_http: httpx.Client, tmp_path: Path
) -> None:
    config = tmp_path / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    take, got = tmp_path / "take.py", tmp_path / "got.jsonl"
    take.write_text(f"import sys\nopen({str(got)!r}, 'ab').write(sys.stdin.buffer.read() + b'\\n')\nprint('\\a hit')\n")
    command = json.dumps(f"{shlex.quote(sys.executable)} {shlex.quote(str(take))} '$(touch hit)'")
    config.write_text(f'notify = ["request", "qpu", "slot"]\nnotify_by = "osc777"\nnotify_command = {command}\n')
    requests = "/api/collections/qpu_time_requests/records"
    qpu = lab_http.get("/api/collections/qpus/records", params={"filter": "status='online'"}).json()["items"][0]
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "users") as terminal:
        terminal.wait_for("live")
        # Existing records are not reported; once they are read, each later one is.
        body = {"user": lab.users[0].id, "seconds": 60, "status": "pending"}

        posted = [0.0]

        def asked() -> bool:
            if time.monotonic() - posted[0] > 1.0:
                lab_http.post(requests, json={**body, "requested_reason": EVIL}).raise_for_status()
                posted[0] = time.monotonic()
            return b"]777;notify;" in terminal.raw

        terminal.wait_for(asked, 30)
        lab_http.patch(f"/api/collections/qpus/records/{qpu['id']}", json={"status": "offline"}).raise_for_status()
        terminal.wait_for(lambda: b"went offline" in terminal.raw)
        terminal.wait_for(lambda: got.exists() and b"went offline" in got.read_bytes())
        raw = bytes(terminal.raw)
        terminal.press("q")
        assert terminal.wait_end() == 0
    found = re.findall(rb"\x1b\]777;[^\x1b]*\x1b\\", raw)
    assert all(re.fullmatch(WHOLE["osc777"], each) for each in found)
    assert sum(f"QPU {qpu['name']} went offline.".encode() in each for each in found) == 1
    # Its characters may be on the screen, but not its sequence.
    assert not re.search(rb"(\x1b\]|\xc2\x9d)52;", raw)
    read = [json.loads(line) for line in got.read_text().splitlines() if line]
    assert {each["notification"]["kind"] for each in read} == {"request", "qpu"}
    assert len({each["id"] for each in read}) == len(read) == len(found)
    assert next(each for each in read if each["notification"]["kind"] == "request")["requested_reason"]
    assert b"hit" not in raw
    assert not Path("hit").exists()


@pytest.mark.parametrize("program", ["tmux", "screen"])
def test_a_multiplexer_passes_on_the_sequence_only(program: str, tmp_path: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"not installed: {program}")
    tell = tmp_path / "tell.py"
    tell.write_text(
        "import sys, time\nfrom qpi_tui.terminal.notify import sequence\n"
        f"sys.stdout.write(sequence('osc777', 'qpi-tui', {EVIL!r}) + 'told')\nsys.stdout.flush()\ntime.sleep(30)\n"
    )
    inner = f"{sys.executable} {tell}"
    if program == "tmux":
        (tmp_path / "conf").write_text("set -g allow-passthrough on\n")
        words = ["tmux", "-S", str(tmp_path / "socket"), "-f", str(tmp_path / "conf"), "new-session", inner]
    else:
        words = ["screen", "-c", "/dev/null", sys.executable, str(tell)]
    env = {"SCREENDIR": str(tmp_path), "TMUX": "", "STY": ""}
    tmp_path.chmod(0o700)
    with Terminal(words, size=(80, 10), env=env) as terminal:
        terminal.wait_for("told")
        terminal.wait_for(lambda: b"]777;" in terminal.raw)
        terminal.settle()
        found = re.findall(rb"\x1b\]777;[^\x1b\x07]*(?:\x1b\\|\x07)", terminal.raw)
        assert len(found) == 1
        assert b"done" in found[0]
        assert b"]52;" not in bytes(terminal.raw)
        if program == "tmux":
            subprocess.run([*words[:3], "kill-server"], check=False, capture_output=True)
