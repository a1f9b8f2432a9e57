"""A backup whose answer was lost: it is not called undone while the server is still at work on it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from qpi_client import AsyncQPIClient
from qpi_sandbox import Sandbox
from qpi_tui.domain.roles import Role
from qpi_tui.edits import runner
from qpi_tui.edits.audit_log import AuditLog
from qpi_tui.edits.outcome import Done, Outcome, Refused, Unknown
from qpi_tui.edits.runner import EditRunner
from qpi_tui.edits.server import CreateBackup
from qpi_tui.settings.accounts import Account
from tests.client.faults import SESSION, USER, FaultServer, Step, answer, reset

BACKUP = CreateBackup(target="one.zip")
BUSY, FREE = (answer(200, {"code": 200, "data": {"canBackup": can}}) for can in (False, True))
ABSENT, PRESENT = answer(200, []), answer(200, [{"key": "one.zip"}])


class Port:
    """The port of a console that runs nothing in the background by itself."""

    def __init__(self, client: AsyncQPIClient) -> None:
        self.client = client
        self.account = Account(client.base_url, Role.ADMIN, "root@example.com")
        self.background: list[Coroutine[object, object, None]] = []
        self.found: list[Outcome] = []
        self.pace = self.slept = 0.0

    @contextmanager
    def watching(self, saw: Callable[[str], None]) -> Iterator[None]:
        saw("POST")
        yield

    async def sleep(self, seconds: float) -> None:
        self.slept += self.pace

    def progress(self, sentence: str) -> None:
        """Show nothing."""

    def session_lost(self, error: BaseException) -> None:
        raise AssertionError(error)

    def later(self, work: Coroutine[object, object, None]) -> None:
        self.background.append(work)

    def settled(self, target: str, key: Hashable, outcome: Outcome) -> None:
        self.found.append(outcome)


@pytest.fixture
async def port(faults: FaultServer) -> AsyncIterator[Port]:
    record = {**USER, "collectionName": "_superusers"}
    faults.on("POST /api/collections/_superusers/auth-with-password", answer(200, {"token": SESSION, "record": record}))
    faults.on("POST /api/backups", reset)
    async with AsyncQPIClient(faults.url) as client:
        await client.auth_with_password("root@example.com", "password", "_superusers")
        yield Port(client)


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.mark.parametrize(
    ("states", "lists", "said"),
    [
        ([BUSY, BUSY, BUSY, BUSY, BUSY, FREE], [ABSENT] * 5 + [PRESENT], "backup made (checked)"),
        ([BUSY, BUSY, BUSY, FREE], [ABSENT], "Not done. Try again. (checked)"),
        ([FREE, BUSY, BUSY, FREE], [ABSENT] * 3 + [PRESENT], "backup made (checked)"),
        # It ends between the two requests of one check.
        ([BUSY], [ABSENT] * 3 + [PRESENT], "backup made (checked)"),
    ],
    ids=["made", "not made", "busy later", "just made"],
)
async def test_a_backup_is_checked_until_the_server_has_finished(
    states: list[Step], lists: list[Step], said: str, port: Port, faults: FaultServer
) -> None:
    faults.on("GET /api/health", *states)
    faults.on("GET /api/backups", *lists)
    edits = EditRunner(port, AuditLog(None))
    outcome = await edits.make(BACKUP)
    assert isinstance(outcome, Unknown)
    assert outcome.said == (
        "Sent, no answer yet. The server is still creating or restoring a backup. Checking continues."
    )
    assert len(port.background) == 1
    await port.background[0]
    (found,) = port.found
    assert found.said == said
    assert edits.unanswered == []


async def test_a_second_backup_is_not_sent_while_the_first_one_is_being_made(port: Port, faults: FaultServer) -> None:
    faults.on("GET /api/health", BUSY)
    faults.on("GET /api/backups", ABSENT)
    edits = EditRunner(port, AuditLog(None))
    await edits.make(BACKUP)
    outcome = await edits.make(BACKUP)
    assert isinstance(outcome, Refused)
    assert outcome.said == "Not sent again. The server is still creating or restoring a backup."
    assert len(faults.requests("POST /api/backups")) == 1
    port.background[0].close()


async def test_a_backup_is_checked_for_longer_than_other_changes(
    port: Port, faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults.on("GET /api/health", *[BUSY] * 6, FREE)
    faults.on("GET /api/backups", *[ABSENT] * 6, PRESENT)
    edits = EditRunner(port, AuditLog(None))
    await edits.make(BACKUP)
    port.pace = runner.GIVE_UP * 2 / 3
    monkeypatch.setattr(runner, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + port.slept))
    await port.background[0]
    assert isinstance(port.found[0], Done)
    assert port.slept > 2 * runner.GIVE_UP


async def test_the_server_tells_whether_it_is_at_work_on_a_backup(sandbox: Sandbox) -> None:
    async with AsyncQPIClient(sandbox.url) as client:
        await client.auth_with_password(sandbox.admin.identity, sandbox.admin.password, "_superusers")
        assert (await client.request("GET", "/api/health"))["data"]["canBackup"] is True
        assert await BACKUP.check(client, {}) is None
        await client.create_backup(BACKUP.target)
        assert isinstance(await BACKUP.check(client, {}), Done)
        await client.delete_backup(BACKUP.target)
