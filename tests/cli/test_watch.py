"""`qpi-tui watch`: each event once, through outages and restarts. Programs receive records that no shell parses."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_sandbox.faults import Faults
from qpi_sandbox.proxy import Proxy
from tests.cli.command import Command
from tests.cli.process import Running, running
from tests.cli.terminal import at_terminal
from tests.cli.test_jobs import BELL, submit

HOSTILE = "$(touch hit); `touch hit` \x1b]0;hit\x07 | touch hit"


@contextmanager
def watching(who: Command, *words: str, **more: str) -> Iterator[Running]:
    """Start a watch that has read the existing records and follows changes."""
    environment = {**who.environment, **more}
    with running("watch", *words, "--jsonl", "--state", "memory.json", environment=environment) as watch:
        watch.until(lambda: watch.said and memory().get("since"), "the beginning")
        yield watch


def memory() -> dict[str, Any]:
    """Return what the watch remembers."""
    try:
        found: dict[str, Any] = json.loads(Path("memory.json").read_text())
    except FileNotFoundError:
        return {}
    return found


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(lines: Sequence[str], id: str) -> list[str]:
    """Return the notifications about a record."""
    return [found["notification"]["text"] for line in lines if (found := json.loads(line))["id"] == id]


def ask(http: httpx.Client, user: Credentials, why: str) -> str:
    """Create a request for time."""
    body = {"user": user.id, "seconds": 7200, "status": "pending", "requested_reason": why}
    return str(http.post("/api/collections/qpu_time_requests/records", json=body).raise_for_status().json()["id"])


def test_each_event_is_reported_once_across_runs(
    admin: Command, person: Command, user: Credentials, qpu: dict[str, Any], new_qpu: Any, admin_http: httpx.Client
) -> None:
    old, there = ask(admin_http, user, "from before"), new_qpu()
    with watching(admin) as watch:
        asked = ask(admin_http, user, "for a course")
        job = submit(person, qpu["name"])
        admin_http.patch(f"/api/collections/qpus/records/{there['id']}", json={"status": "offline"}).raise_for_status()
        begin = datetime.now(UTC) + timedelta(minutes=9)
        times = {
            "start_time": f"{begin:%Y-%m-%d %H:%M:%S}",
            "end_time": f"{begin + timedelta(minutes=5):%Y-%m-%d %H:%M:%S}",
        }
        slots = "/api/collections/time_slots/records"
        slot = str(admin_http.post(slots, json={"booked_by": user.id, **times}).raise_for_status().json()["id"])
        every = (asked, job, there["id"], slot)
        watch.until(lambda: all(told(watch.lines, id) for id in every), "one of each kind")
        # A record written again with the same outcome is no new event.
        admin_http.patch(f"/api/collections/quantum_jobs/records/{job}", json={"duration": 2.0}).raise_for_status()
        admin_http.patch(f"/api/collections/qpus/records/{there['id']}", json={"num_qubits": 3}).raise_for_status()
        missed = ask(admin_http, user, "later")
        watch.until(lambda: told(watch.lines, missed), "what came after it")
        assert [len(told(watch.lines, id)) for id in every] == [1, 1, 1, 1]
        assert not told(watch.lines, old)
        watch.process.kill()
    admin_http.delete(f"{slots}/{slot}").raise_for_status()
    assert told(watch.lines, asked) == [f"{user.identity} asks for 2 h: for a course"]
    assert told(watch.lines, there["id"]) == [f"QPU {there['name']} went offline."]
    assert "Job" in told(watch.lines, job)[0]
    assert "begins in" in told(watch.lines, slot)[0]
    meanwhile, done = ask(admin_http, user, "while nobody watched"), submit(person, qpu["name"])
    person.ok("jobs", "watch", done)
    with watching(admin) as again:
        again.until(lambda: told(again.lines, meanwhile) and told(again.lines, done), "what happened meanwhile")
        last = ask(admin_http, user, "now")
        again.until(lambda: told(again.lines, last), "what happens now")
    assert not [id for id in (*every, missed, old) if told(again.lines, id)]
    assert len(told(again.lines, meanwhile)) == len(told(again.lines, done)) == 1


def test_an_outage_loses_no_event_and_users_get_only_their_own_jobs(
    person: Command, admin: Command, sandbox: Sandbox, new_user: Any, new_qpu: Any
) -> None:
    door = Faults()
    proxy = Proxy(door, "127.0.0.1", 0, sandbox.url)
    idle = new_qpu(online=False)
    try:
        with watching(person, "job", "qpu", QPI_URL=proxy.start()) as watch:
            first, missed = submit(person, idle["id"]), submit(person, idle["id"])
            someone: Credentials = new_user()
            theirs = Command({**person.environment, "QPI_IDENTITY": someone.identity, "QPI_PASSWORD": someone.password})
            other = submit(theirs, idle["id"])
            theirs.ok("jobs", "cancel", other, "--yes")
            person.ok("jobs", "cancel", first, "--yes")
            watch.until(lambda: told(watch.lines, first), "the first job")
            door.go_away(3)
            person.ok("jobs", "cancel", missed, "--yes")
            watch.until(lambda: told(watch.lines, missed), "the job that ended in the outage")
            assert not told(watch.lines, other)
            assert len(told(watch.lines, first)) == len(told(watch.lines, missed)) == 1
            assert watch.interrupt() == 130
    finally:
        proxy.stop()


def test_a_program_receives_the_record_without_a_shell(
    admin: Command, user: Credentials, admin_http: httpx.Client
) -> None:
    Path("take.py").write_text("import sys\nopen('got.jsonl', 'ab').write(sys.stdin.buffer.read() + b'\\n')\n")
    command = f"{shlex.quote(sys.executable)} take.py '$HOME;touch hit'"
    with watching(admin, "request", "--filter", "!boring", "--exec", command) as watch:
        ask(admin_http, user, "boring")
        id = ask(admin_http, user, HOSTILE)
        got = Path("got.jsonl")
        watch.until(lambda: got.exists() and got.read_bytes().endswith(b"\n") and told(watch.lines, id), "the program")
    (read,) = [json.loads(line) for line in got.read_text().splitlines()]
    assert (read["id"], read["requested_reason"]) == (id, HOSTILE)
    assert read["notification"]["kind"] == "request"
    assert "\x1b" not in read["notification"]["text"]
    assert not Path("hit").exists()
    assert len(watch.lines) == 1


def test_once_stops_at_the_first_event_and_the_next_run_continues(
    admin: Command, user: Credentials, admin_http: httpx.Client
) -> None:
    options = ("watch", "request", "--state", "memory.json", "--template", "{id}")
    assert admin(*options, "--timeout", "0").code == 12
    asked = {ask(admin_http, user, "one"), ask(admin_http, user, "two")}
    runs = [admin.ok(*options, "--once", "--timeout", "30").out.strip() for _ in asked]
    assert set(runs) == asked
    assert admin(*options, "--once", "--timeout", "0").code == 12


def test_a_channel_over_its_limit_is_reported_once_until_it_recovers(
    admin: Command, new_qpu: Any, admin_http: httpx.Client, folders: Path
) -> None:
    folder = folders / "config" / "qpi-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[thresholds]\n"warm.p1" = 10\n')
    qpu = new_qpu(online=False)

    def send(value: float) -> None:
        body = {
            "type": "CryostatReading", "source": "warm", "qpu": qpu["id"], "ts": datetime.now(UTC).isoformat(),
            "payload": {"readings": {"warm.p1": {"value": value, "unit": "mbar", "status": ""}}},
        }  # fmt: skip
        admin_http.post("/api/collections/events/records", json=body).raise_for_status()

    def said() -> list[float]:
        return [json.loads(line)["value"] for line in watch.lines]

    send(5)
    with watching(admin, "channel") as watch:
        send(11)
        watch.until(lambda: said() == [11], "the channel beyond its limit")
        for value in (12, 9, 13):
            send(value)
        watch.until(lambda: said()[1:], "the channel beyond it again")
    assert said() == [11, 13]
    assert json.loads(watch.lines[0])["notification"]["text"].endswith("is at 11 mbar, above 10 mbar.")


def test_an_invalid_watch_is_rejected_before_it_starts(person: Command, admin: Command) -> None:
    for words, said in (
        (("request",), "only an administrator"),
        (("job", "--exec", "no_such_program"), "No such program"),
        (("job", "--exec", "'"), "cannot be read"),
        (("job", "--filter", "stauts:x"), "status"),
        (("job", "--timeout", "-1"), "--timeout"),
        (("everything",), "everything"),
    ):
        answer = person("watch", *words)
        assert (answer.code, said in answer.err) == (2, True), (words, answer)
    Path("other.json").write_text("[1, 2]")
    answer = admin("watch", "--state", "other.json", "--timeout", "0")
    assert answer.code == 1
    assert Path("other.json").read_text() == "[1, 2]"
    with watching(admin, "request"):
        second = admin("watch", "request", "--state", "memory.json")
        assert (second.code, "already running" in second.err) == (1, True)


def test_a_long_command_notifies_as_configured_in_the_profile(
    person: Command, qpu: dict[str, Any], folders: Path
) -> None:
    folder = folders / "config" / "qpi-tui"
    folder.mkdir(parents=True)
    Path("take.py").write_text("import sys\nopen('got.jsonl', 'ab').write(sys.stdin.buffer.read() + b'\\n')\n")
    command = json.dumps(f"{shlex.quote(sys.executable)} take.py")
    (folder / "config.toml").write_text(f'notify_by = "osc9"\nnotify_command = {command}\n')
    files = ("one.qasm", "two.qasm")
    for name in files:
        Path(name).write_text(BELL)
    words = ("jobs", "submit", *files, "--each", "--qpu", qpu["name"], "--wait", "--notify")
    with at_terminal(*words, **person.environment) as terminal:
        assert terminal.ends() == 0
    assert terminal.raw.count(b"\x1b]9;qpi-tui: 2 of 2 jobs completed\x1b\\") == 1
    got = [json.loads(line) for line in Path("got.jsonl").read_text().splitlines()]
    assert [each["notification"]["kind"] for each in got] == ["job", "job"]
    assert {each["status"] for each in got} == {"completed"}
    assert person("jobs", "submit", "one.qasm", "--qpu", qpu["name"], "--notify").code == 2
