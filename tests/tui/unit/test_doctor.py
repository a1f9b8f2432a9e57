"""The doctor's findings for a server's answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qpi_tui.doctor.examination import Examination
from qpi_tui.doctor.findings import INDEXES, Finding, findings
from qpi_tui.domain.clock import set_clock

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GUARDED = "id = @request.auth.id && @request.body.qpu_seconds:isset = false"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    set_clock(lambda: NOW)
    yield
    set_clock(None)


def healthy() -> dict[str, Any]:
    """Return the answers of a server without findings."""
    return {
        "generation": "v0.1",
        "version": "v0.1.2",
        "started": NOW - timedelta(days=1),
        "jobs": {"indexes": list(INDEXES.values())},
        "users": {"updateRule": GUARDED, "createRule": None, "authToken": {"duration": 432000}},
        "superusers": {"authToken": {"duration": 86400}},
        "settings": {"smtp": {"enabled": True}, "rateLimits": {"enabled": True}, "backups": {"cron": "0 0 * * *"}},
        "methods": {"password": {"enabled": True}, "otp": {"enabled": False}},
        "qpus": [{"id": "q1", "name": "alpha", "status": "online", "enabled": True}],
        "drivers": [
            {"id": "d1", "name": "sim", "qpu": "q1", "kind": "mock", "status": "online", "enabled": True}
            | {"last_seen": "2026-11-23 10:00:00.000Z"}
        ],
        "slots": [],
        "queue": [],
        "count": 12,
        "by_created": 0.01,
        "by_arrival": 0.01,
    }


def examine(url: str = "https://lab.example.org", offset: float = 0, **changed: Any) -> dict[str, Finding]:
    exam = Examination(url, NOW, timedelta(seconds=offset), {**healthy(), **changed})
    return {finding.id: finding for finding in findings(exam)}


def job(id: str, status: str = "pending", target: str = "q1", put_back: bool = False) -> dict[str, Any]:
    created = "2026-11-23 11:59:50.000Z"
    updated = "2026-11-23 11:59:59.000Z" if put_back else created
    return {"id": id, "status": status, "qpu_target": target, "created": created, "updated": updated}


def test_a_healthy_server_has_notes_only() -> None:
    found = examine()
    assert {finding.severity for finding in found.values()} == {"note"}
    assert found["server"].evidence == "generation v0.1, version v0.1.2, started 2026-11-22 12:00 (1 d ago)"
    assert found["sessions/users"].title == "Sessions of users last 120 h"
    assert found["methods"].title == "Users sign in with a password"


@pytest.mark.parametrize(("seconds", "severity"), [(0.05, "note"), (0.9, "warning"), (6.4, "severe")])
def test_the_severity_of_missing_indexes_depends_on_their_cost(seconds: float, severity: str) -> None:
    there = [INDEXES["created"].replace("`", "")]
    found = examine(jobs={"indexes": there}, by_created=seconds, count=914_000)["indexes"]
    assert found.severity == severity
    assert "status, created; user_id, created" in found.title
    assert f"914,000 jobs, the newest 200 by date take {seconds:.2f} s" in found.evidence
    assert found.repair is not None
    assert found.repair.statements == (INDEXES["status, created"], INDEXES["user_id, created"])


def test_rules_that_let_users_credit_themselves_are_findings() -> None:
    users = {"updateRule": "id = @request.auth.id", "createRule": "", "authToken": {"duration": 432000}}
    found = examine(users=users)
    assert found["self_credit"].severity == "severe"
    assert '"id = @request.auth.id"' in found["self_credit"].evidence
    assert GUARDED in found["self_credit"].remedy
    assert found["open_accounts"].severity == "severe"
    closed = examine(users={"updateRule": None, "createRule": None})
    assert not {"self_credit", "open_accounts"} & set(closed)


def test_jobs_that_never_run_and_redispatched_jobs_are_findings() -> None:
    queue = [job("j1", target=""), job("j2", target="gone"), job("j3", put_back=True), job("j4", "running")]
    found = examine(queue=queue)
    assert found["lost_jobs"].title == "2 pending jobs will never run"
    assert found["lost_jobs"].evidence == "1 without a target, 1 with one that is not registered: j1, j2"
    assert found["sent_again"].title == "1 pending job was dispatched before"
    assert "j3" in found["sent_again"].evidence
    many = examine(queue=[job(f"j{number}", target="") for number in range(9)])
    assert many["lost_jobs"].evidence.endswith("j0, j1, j2, j3, j4 and 4 more")


def test_a_dead_driver_can_be_disabled_as_a_repair() -> None:
    found = examine(started=NOW - timedelta(minutes=5))["silent/q1"]
    assert found.severity == "severe"
    assert found.repair is not None
    assert (found.repair.kind, found.repair.target, found.repair.driver) == ("driver", "sim", "d1")
    assert "last seen 2026-11-23 10:00:00.000Z" in found.evidence


def test_a_qpu_out_of_service_that_still_gets_jobs_is_a_finding() -> None:
    qpus = [{"id": "q1", "name": "alpha", "status": "maintenance", "enabled": True}]
    assert examine(qpus=qpus)["served/q1"].severity == "severe"
    # v0.0 has no drivers.
    old = examine(qpus=qpus, drivers=None, queue=[job("j1", "running")], generation="v0.0")
    assert old["served/q1"].severity == "severe"


def test_clock_tls_mail_and_session_problems_are_findings() -> None:
    assert examine(offset=9)["clock"].title == "The server's clock is 9 s ahead of this machine's"
    assert examine(offset=-9)["clock"].severity == "warning"
    assert examine("http://lab.example.org")["tls"].severity == "severe"
    assert examine("http://127.0.0.1:8090")["tls"].severity == "note"
    off = {"smtp": {"enabled": False}, "rateLimits": {"enabled": False}, "backups": {"cron": ""}}
    found = examine(settings=off)
    assert (found["mail"].severity, found["rate_limits"].severity, found["backups"].severity) == (
        "note",
        "warning",
        "warning",
    )
    codes = examine(settings=off, methods={"otp": {"enabled": True}})
    assert codes["mail"].severity == "severe"
    assert codes["mail"].title == "Mail is disabled, but one-time codes need it"
    assert examine(methods={"password": {"enabled": False}})["methods"].severity == "severe"
    assert examine(superusers={"authToken": {"duration": 90 * 86400}})["sessions/superusers"].severity == "warning"


def test_unreadable_data_are_reported() -> None:
    exam = Examination("https://lab.example.org", NOW, answers={}, failures={"settings": "Admin access required."})
    found = {finding.id: finding for finding in findings(exam)}
    assert found["unread/settings"].title == "Not checked: settings"
    assert "mail" not in found


def test_hostile_answers_raise_nothing() -> None:
    for strange in (None, [], "x", 7, {"indexes": [1, None]}, [None, 3], {"smtp": 3, "authToken": "x"}):
        answers = dict.fromkeys(healthy(), strange)
        assert findings(Examination("https://x", NOW, answers=answers))
