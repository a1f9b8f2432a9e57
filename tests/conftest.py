"""Fixtures for all tests: a real orchestrator per test file, new users and QPUs, a fixed time zone.

`sandbox` is empty except for its administrator. As soon as there is a driver it runs jobs, for which it polls every 0.2
s. Create what you need with `new_user` and `new_qpu`. Tests that read only their own records do not see those of
others.
"""

from __future__ import annotations

import gc
import itertools
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.files import debug_log
from tests.shared_tls import share_tls_context
from tests.waiting import wait_for

share_tls_context()
# A sandbox of a test has few objects to keep: collecting garbage is a fifth of its processor time.
os.environ.setdefault("GOGC", "off")
os.environ.setdefault("GOMEMLIMIT", "256MiB")

# Slow files, the slowest first.
_LONGEST = (
    "tui/scenarios/test_escape.py", "hostile/test_commands.py", "docs/test_pages.py", "tui/scenarios/test_everyone.py",
    "snapshots/test_screens.py", "hostile/test_records.py", "hostile/test_accidents.py", "hostile/test_any_input.py",
    "tui/scenarios/test_fast_typing.py", "tui/scenarios/test_clickable.py", "hostile/test_every_action.py",
    "tui/scenarios/test_long_queue.py", "tui/scenarios/test_whole.py", "tui/scenarios/test_signing_in.py",
    "tui/scenarios/test_admins.py", "hostile/test_killed_console.py", "faults/test_actions.py", "cli/test_examples.py",
    "faults/test_admin_actions.py", "tui/scenarios/test_enter_sends.py", "tui/scenarios/test_result_paints.py",
    "hostile/test_redirects.py", "sandbox/test_who_may.py", "tui/scenarios/test_sign_in_methods.py",
    "tui/scenarios/test_hands.py", "tui/scenarios/test_allocations.py", "tui/scenarios/test_several_servers.py",
    "tui/scenarios/test_palette.py", "hostile/test_terminal.py", "tui/scenarios/test_operators.py",
    "cli/test_streams.py", "tui/scenarios/test_announcements.py", "tui/scenarios/test_waiting.py",
    "tui/terminal/test_ascii_terminal.py", "tui/terminal/test_same_again.py", "tui/scenarios/test_submit.py",
    "tui/scenarios/test_overview.py", "tui/scenarios/test_long_lists.py", "cli/test_killed.py",
    "tui/scenarios/test_registry.py", "qasm/test_corpus.py", "tui/terminal/test_console.py",
    "client/provider/test_with_simulator.py", "tui/terminal/test_hands.py", "docs/test_tutorials.py",
    "invented/test_calibrations.py", "hostile/test_nouns.py", "tui/terminal/test_leaving_midway.py",
    "tui/terminal/test_console_frames.py", "tui/terminal/test_frames.py", "contract/test_replay.py",
    "faults/test_reading.py", "client/test_hostile.py", "faults/test_soak.py", "faults/test_two.py",
    "client/test_types.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the slow files, so that no worker is left alone with one at the end."""
    rank = {Path(__file__).parent / name: number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


def pytest_collection_finish() -> None:
    """Let garbage collection skip the tests themselves, which are never garbage."""
    gc.collect()
    gc.freeze()


def _logging() -> dict[str, object]:
    """Return what decides where the messages of the packages go."""
    roots = [logging.getLogger(name) for name in ("", *debug_log.ROOTS)]
    return {each.name: (each.level, each.propagate, each.disabled, tuple(each.handlers)) for each in roots}


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Fail a test that leaves logging changed: later tests in the same process would not see their messages."""
    before = _logging()
    yield
    assert _logging() == before


@pytest.fixture
def loggers() -> Iterator[None]:
    """Restore the packages' loggers after a test that turns on the debug log."""
    kept = {name: (logging.getLogger(name).level, logging.getLogger(name).propagate) for name in debug_log.ROOTS}
    yield
    for name, (level, propagate) in kept.items():
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate = propagate
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()


@pytest.fixture(scope="session", autouse=True)
def _fixed_time_zone() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


# Sandboxes whose worker starts with the first driver, by URL. Without a driver the worker only costs time.
_without_drivers: dict[str, Sandbox] = {}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return one orchestrator for all tests of a file, with nothing left over from other files."""
    with Sandbox(tick=0.2, telemetry_interval=0.5, worker=False) as running:
        _without_drivers[running.url] = running
        yield running
        _without_drivers.pop(running.url, None)


def sign_in(url: str, who: Credentials, collection: str = "users") -> str:
    """Sign in and return the session's token."""
    body = {"identity": who.identity, "password": who.password}
    answer = httpx.post(f"{url}/api/collections/{collection}/auth-with-password", json=body)
    answer.raise_for_status()
    return str(answer.json()["token"])


@pytest.fixture(scope="module")
def admin_http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """Return a plain HTTP client with the administrator's session."""
    token = sign_in(sandbox.url, sandbox.admin, "_superusers")
    with httpx.Client(base_url=sandbox.url, headers={"Authorization": token}, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def _numbers() -> Iterator[int]:
    return itertools.count(1)


NewUser = Callable[..., Credentials]


@pytest.fixture(scope="module")
def new_user(admin_http: httpx.Client, _numbers: Iterator[int]) -> NewUser:
    """Create a user: `new_user(seconds=3600.0, name="Test Person")` → its sign-in, with its id."""

    def make(seconds: float = 3600.0, name: str = "Test Person") -> Credentials:
        email, password = f"person{next(_numbers)}@test.example", "a-password-1234"
        body = {
            "email": email, "password": password, "passwordConfirm": password, "name": name,
            "emailVisibility": True, "qpu_seconds": seconds,
        }  # fmt: skip
        answer = admin_http.post("/api/collections/users/records", json=body)
        answer.raise_for_status()
        return Credentials(email, password, answer.json()["id"])

    return make


@pytest.fixture
def user(new_user: NewUser) -> Credentials:
    """Return a new user with an hour of QPU time."""
    return new_user()


@pytest.fixture
def user_http(sandbox: Sandbox, user: Credentials) -> Iterator[httpx.Client]:
    """Return a plain HTTP client with the new user's session."""
    with httpx.Client(
        base_url=sandbox.url, headers={"Authorization": sign_in(sandbox.url, user)}, timeout=20
    ) as client:
        yield client


NewQpu = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def new_qpu(admin_http: httpx.Client, _numbers: Iterator[int]) -> NewQpu:
    """Create a QPU: `new_qpu(online=True, kind="mock", num_qubits=5)` → its record, with its driver's id as
    `driver`.

    An online QPU has a driver that runs jobs; `online=False` creates none.
    """

    def make(online: bool = True, kind: str = "mock", num_qubits: int = 5, name: str = "") -> dict[str, Any]:
        body = {"name": name or f"qpu_{next(_numbers)}", "num_qubits": num_qubits, "enabled": True}
        answer = admin_http.post("/api/op/qpus/create", json=body)
        answer.raise_for_status()
        qpu = answer.json()["id"]
        driver = ""
        if online:
            driver = connect_driver(admin_http, qpu, kind)
            wait_for(lambda: record(admin_http, "qpus", qpu)["status"] == "online", "the QPU to come online")
        return {**record(admin_http, "qpus", qpu), "driver": driver}

    return make


@pytest.fixture
def qpu(new_qpu: NewQpu) -> dict[str, Any]:
    """Return a new QPU, online, that runs jobs on the plain simulator."""
    return new_qpu()


def connect_driver(admin: httpx.Client, qpu: str, kind: str, name: str = "", host: str = "") -> str:
    """Register a driver, connect it so that the sandbox's worker plays it, and return its id.

    With a `host`, no worker plays it: its dispatcher runs, but its connection never opens.
    """
    body = {"name": name or f"drv_{qpu}", "qpu": qpu, "kind": kind, "language": "python"}
    made = admin.post("/api/op/drivers/create", json=body)
    made.raise_for_status()
    connected = admin.post("/api/op/drivers/connect", json={"token": made.json()["token"], "host": host})
    connected.raise_for_status()
    if waiting := _without_drivers.pop(str(admin.base_url).rstrip("/"), None):
        waiting.start_worker()
    return str(made.json()["id"])


def record(client: httpx.Client, collection: str, id: str) -> dict[str, Any]:
    """Read one record."""
    answer = client.get(f"/api/collections/{collection}/records/{id}")
    answer.raise_for_status()
    result: dict[str, Any] = answer.json()
    return result
