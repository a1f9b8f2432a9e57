"""A user's ledger: a balance is shown only where it is certain, and unrecorded changes are an entry of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain.clock import stored
from qpi_tui.resources import jobs, requests
from qpi_tui.rows.ledger import Ledger, known_words, ledger_lines, ledger_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def ran(id: str, ago: float, seconds: float, status: str = "completed") -> dict[str, Any]:
    at = stored(NOW - timedelta(hours=ago))
    return {"id": id, "status": status, "created": at, "finished_at": at, "updated": at, "duration": seconds}


def logged(number: int, ago: float, edit: str, seconds: float, balance: float | None = None, **more: Any) -> list[Any]:
    """Return the two lines of a change in the audit log."""
    at = f"{NOW - timedelta(hours=ago):%Y-%m-%dT%H:%M:%SZ}"
    fields = {"user": "u1", "seconds": seconds, **more}
    facts = {} if balance is None else {"balance": balance}
    begun = {
        "id": f"1-{number}",
        "state": "begun",
        "at": at,
        "who": "admin",
        "edit": edit,
        "fields": fields,
        "facts": facts,
    }
    return [begun, {"id": f"1-{number}", "state": "done", "at": at, "who": "admin", "ok": True}]


def ledger(balance: float, found: list[dict[str, Any]], log: list[Any], asked: list[dict[str, Any]] = []) -> Ledger:  # noqa: B006
    return ledger_of(balance, jobs.RESOURCE.decode_all(found), requests.RESOURCE.decode_all(asked), log, "u1")


def test_the_balance_between_two_known_balances_is_certain() -> None:
    # 100 s, then 1 h allocated, a job of 10 s, a request of 50 s approved, a job of 20 s that failed.
    log = [
        *logged(1, 10, "users.allocate", 3600, 100.0, op="add"),
        *logged(2, 6, "requests.approve", 50, request="r1"),
    ]
    asked = [{"id": "r1", "status": "approved", "seconds": 50}, {"id": "r0", "status": "approved", "seconds": 7}]
    found = [ran("a", 8, 10), ran("b", 4, 20, "failed"), ran("old", 20, 5), ran("c", 3, 0, "cancelled")]
    book = ledger(3720.0, found, log, asked)
    assert [(entry.id, entry.seconds, entry.after) for entry in book.entries] == [
        ("b", -20, 3720.0),
        ("1-2", 50, 3740.0),
        ("a", -10, 3690.0),
        ("1-1", 3600, 3700.0),
        # Before the oldest known balance nothing is certain.
        ("old", -5, None),
    ]
    assert [each.id for each in book.undated] == ["r0"]
    said = " ".join(known_words(book))
    assert "certain after 4 of 5 entries" in said
    assert "1 approved request without a date: 7 s" in said


def test_an_unrecorded_change_is_a_separate_entry() -> None:
    log = [
        *logged(1, 10, "users.allocate", 60, 40.0, op="set"),
        *logged(2, 5, "users.allocate", 30, 560.0, op="take"),
    ]
    book = ledger(500.0, [ran("a", 7, 10), ran("b", 2, 30)], log)
    assert len({entry.id for entry in book.entries}) == 5, "a line of output is known by its id"
    told = [(entry.kind, entry.seconds, entry.after) for entry in book.entries]
    # 60 s were set, 10 s charged, and the balance was 560 s later: 510 s came from elsewhere. Then it adds up.
    assert told == [
        ("job", -30, 500.0),
        ("credit", -30, 530.0),
        ("unknown", 510.0, None),
        ("job", -10, None),
        ("set", 20.0, 60.0),
    ]
    lines = ["".join(text for text, _ in line) for line in ledger_lines(book)]
    assert any("+8 min 30 s" in line and "not recorded here, between" in line for line in lines)


@pytest.mark.parametrize("state", ["refused", "unknown", "handled"])
def test_a_change_that_failed_is_no_credit(state: str) -> None:
    begun, done = logged(1, 5, "users.allocate", 30, 5.0, op="add")
    assert ledger(5.0, [], [begun, {**done, "state": state}]).entries == []
    other = logged(2, 5, "users.allocate", 30, 5.0, op="add", user="u2")
    assert ledger(5.0, [], other).entries == []


async def test_the_ledger_is_shown_by_key_and_by_command(
    sandbox: Sandbox, user: Credentials, qpu: dict[str, Any], user_http: httpx.Client, tmp_path: Any, monkeypatch: Any
) -> None:
    from tests.cli.command import as_
    from tests.tui.helpers import at_console
    from tests.tui.scenarios.test_operators import submit

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    admin = as_(sandbox.url, sandbox.admin, "admin")
    admin.ok("users", "allocate", user.identity, "+1h", "--yes")
    job = submit(user_http, qpu["id"])
    async with at_console(
        sandbox.url, "admin", sandbox.admin, screen="users", audit_log=tmp_path / "qpi-tui" / "journal.jsonl"
    ) as person:
        await person.until(lambda: user_http.get(f"/api/jobs/{job}").json()["status"] == "completed")
        await person.move_to(user.id)
        await person.act("users.ledger")
        await person.sees("Ledger of", "+1 h", "allocated by", f"job {job}", "certain after 2")
    told = admin.ok("users", "ledger", user.identity, "--json")
    newest, allocated = told.json
    assert (newest["kind"], allocated["kind"], allocated["seconds"]) == ("job", "credit", 3600)
    assert allocated["balance"] == pytest.approx(7200)
    assert newest["balance"] == pytest.approx(7200 + newest["seconds"])
    assert "keeps no dates of credits" in told.err
    own = as_(sandbox.url, user, "user")
    assert {each["kind"] for each in own.ok("users", "ledger", "--json").json} >= {"job"}
    assert own("users", "ledger", sandbox.admin.identity).code == 4
