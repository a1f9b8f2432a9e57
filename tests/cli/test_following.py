"""`jobs tail` and `jobs watch`: one line for each change as it happens, through outages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_sandbox.faults import Faults
from qpi_sandbox.proxy import Proxy
from tests.cli.command import Command
from tests.cli.process import Running, running
from tests.cli.test_jobs import BELL, submit
from tests.conftest import connect_driver


@pytest.fixture
def faults(sandbox: Sandbox) -> Any:
    """Return the address of a proxy in front of the same server, and the proxy, which can drop connections."""
    door = Faults()
    proxy = Proxy(door, "127.0.0.1", 0, sandbox.url)
    yield proxy.start(), door
    proxy.stop()


def states(tail: Running, id: str) -> list[str]:
    return [found["status"] for line in tail.lines if (found := json.loads(line))["id"] == id]


def test_tail_prints_each_change_and_ends_with_ctrl_c(person: Command, qpu: dict[str, Any]) -> None:
    before = submit(person, qpu["name"])
    person.ok("jobs", "watch", before)
    with running("jobs", "tail", "--since", "1h", "--json", environment=person.environment) as tail:
        tail.until(lambda: states(tail, before), "the job that was there before")
        id = submit(person, qpu["name"])
        tail.until(lambda: states(tail, id)[-1:] == ["completed"], "the new job's end")
        assert states(tail, before) == ["completed"]
        seen = states(tail, id)
        assert seen == sorted(set(seen), key=["pending", "running", "completed"].index)
        assert tail.interrupt() == 130
    assert not any("Traceback" in line for line in tail.said)
    assert "payload" not in json.loads(tail.lines[-1])


def test_tail_reports_an_outage_and_misses_no_change(person: Command, new_qpu: Any, faults: tuple[str, Faults]) -> None:
    url, door = faults
    idle = new_qpu(online=False)
    with running("jobs", "tail", environment={**person.environment, "QPI_URL": url}) as tail:
        tail.until(lambda: tail.said, "the beginning")
        first = submit(person, idle["id"])
        tail.until(lambda: any(first in line for line in tail.lines), "the first job")
        door.go_away(3)
        missed = submit(person, idle["id"])
        tail.until(lambda: any("▲" in line for line in tail.said), "the outage to be said")
        tail.until(lambda: any(missed in line for line in tail.lines), "the job that was submitted meanwhile")
        tail.until(lambda: any("answers again" in line for line in tail.said), "its end to be said")
        assert sum(missed in line for line in tail.lines) == 1
        assert tail.interrupt() == 130


def test_tail_shows_only_matching_jobs(person: Command, qpu: dict[str, Any], new_qpu: Any) -> None:
    idle = new_qpu(online=False)
    words = (
        "jobs",
        "tail",
        "--since",
        "1h",
        "--status",
        "completed",
        "--qpu",
        qpu["name"],
        "--template",
        "{id} {status}",
    )
    with running(*words, environment=person.environment) as tail:
        waits = submit(person, idle["id"])
        done = submit(person, qpu["name"])
        tail.until(lambda: tail.lines, "a line")
    assert tail.lines == [f"{done} completed"]
    assert waits not in tail.lines[0]


def test_watch_survives_an_outage_until_the_outcome(person: Command, new_qpu: Any, faults: tuple[str, Faults]) -> None:
    url, door = faults
    id = submit(person, new_qpu(online=False)["id"])
    with running("jobs", "watch", id, environment={**person.environment, "QPI_URL": url}) as watch:
        watch.until(lambda: any("pending" in line for line in watch.lines), "the first state")
        door.go_away(2)
        watch.until(lambda: any("▲" in line for line in watch.said), "the outage to be said")
        person.ok("jobs", "cancel", id, "--yes")
        assert watch.process.wait(30) == 11
    assert any("cancelled" in line for line in watch.lines)


def test_submit_waits_for_all_files_through_an_outage(
    person: Command, new_qpu: Any, faults: tuple[str, Faults], tmp_path: Path
) -> None:
    url, door = faults
    idle = new_qpu(online=False)["id"]
    files = [tmp_path / "one.qasm", tmp_path / "two.qasm"]
    for file in files:
        file.write_text(BELL)
    words = ("jobs", "submit", *map(str, files), "--each", "--qpu", idle, "--wait", "--json")
    with running(*words, environment={**person.environment, "QPI_URL": url}) as submit:
        submit.until(lambda: any("Waiting for 2 jobs" in line for line in submit.said), "the jobs to be submitted")
        door.go_away(3)
        submit.until(lambda: any("▲" in line for line in submit.said), "the outage to be said")
        for job in person.ok("jobs", "list", "--json").json:
            person.ok("jobs", "cancel", job["id"], "--yes")
        assert submit.ends() == 11, submit.said
        assert sum("answers again" in line for line in submit.said) == 1
    assert [each["status"] for each in json.loads("\n".join(submit.lines))] == ["cancelled", "cancelled"]


def test_submit_with_watch_survives_an_outage_right_after_the_submission(
    person: Command, new_qpu: Any, faults: tuple[str, Faults], tmp_path: Path
) -> None:
    url, door = faults
    idle, file = new_qpu(online=False)["id"], tmp_path / "one.qasm"
    file.write_text(BELL)
    # Each call is tried three times: the first two fail.
    door.add("503,route=GET /api/jobs/*,times=6")
    words = ("jobs", "submit", str(file), "--qpu", idle, "--watch")
    with running(*words, environment={**person.environment, "QPI_URL": url}) as submit:
        submit.until(lambda: any("▲" in line for line in submit.said), "the outage to be said")
        submit.until(lambda: any("pending" in line for line in submit.lines), "the first state")
        (job,) = person.ok("jobs", "list", "--json").json
        person.ok("jobs", "cancel", job["id"], "--yes")
        assert submit.ends() == 11, submit.said


def test_a_qpu_is_waited_for_through_an_outage(
    admin: Command, new_qpu: Any, faults: tuple[str, Faults], admin_http: httpx.Client
) -> None:
    url, door = faults
    idle = new_qpu(online=False)
    words = ("qpus", "start", idle["name"], "--yes", "--wait", "--timeout", "60")
    with running(*words, environment={**admin.environment, "QPI_URL": url}) as start:
        start.until(lambda: any("Waiting for" in line for line in start.said), "what is missing")
        door.go_away(5)
        start.until(lambda: any("▲" in line for line in start.said), "the outage to be said")
        connect_driver(admin_http, idle["id"], "mock")
        assert start.ends() == 0, start.said


def test_watch_with_an_api_token_polls(person: Command, sandbox: Sandbox, qpu: dict[str, Any]) -> None:
    token = person.ok("tokens", "create", "script", "--json").json["token"]
    script = Command({"QPI_URL": sandbox.url, "QPI_API_TOKEN": token, "QPI_REFRESH": "0.2"})
    id = script.ok("jobs", "submit", "-", "--qpu", qpu["id"], "--shots", "10", stdin=BELL).out.strip()
    with running("jobs", "watch", id, "--timeout", "30", environment=script.environment) as watch:
        code = watch.process.wait(40)
    # A token can follow a job to its end, but the server withholds its results. The command says so.
    assert code == 1
    assert any("completed" in line for line in watch.lines), watch.lines
    assert any("results" in line for line in watch.said), watch.said


def test_unknown_jobs_and_invalid_options_have_their_exit_codes(person: Command, user: Credentials) -> None:
    assert person("jobs", "watch", "nosuchjob000000").code == 5
    assert person("jobs", "watch", "nosuchjob000000", "--timeout", "-1").code == 2
    assert person("jobs", "tail", "--since", "whenever").code == 2
    assert person("jobs", "tail", "--qpu", "no_such_qpu").code == 5
