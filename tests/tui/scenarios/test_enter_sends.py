"""Enter moves through the required fields and sends, with at most three presses in any form."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.widgets.form import Form
from qpi_tui.widgets.text_box import TextBox
from tests.conftest import NewQpu, NewUser, sign_in
from tests.tui.helpers import Person, at_console

_days = itertools.count(500)
# Required texts by form: role, screen, action, and the texts.
FORMS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("admin", "announcements", "announcements.create", {"title": "Warm", "text": "until noon"}),
    ("admin", "announcements", "announcements.edit", {}),
    ("admin", "users", "users.create", {"email": "enter@test.example", "password": "a-password-1234"}),
    ("admin", "users", "users.allocate", {"amount": "+1m"}),
    ("admin", "users", "users.import", {"path": "CSV"}),
    ("admin", "qpus", "qpus.register", {"name": "by_enter", "qubits": "5"}),
    ("admin", "qpus", "qpus.rename", {"name": "renamed_by_enter"}),
    ("admin", "drivers", "drivers.register", {"name": "drv_by_enter"}),
    ("admin", "slots", "slots.book", {"when": "SLOT", "who": "WHO"}),
    ("admin", "requests", "requests.reject", {"reason": "no"}),
    ("user", "requests", "requests.create", {"amount": "10m"}),
    ("user", "tokens", "tokens.create", {"name": "script"}),
    ("user", "tokens", "tokens.rename", {"name": "night"}),
    ("user", "slots", "slots.book", {"when": "SLOT"}),
    ("user", "jobs", "jobs.submit", {"file": "QASM"}),
    ("user", "jobs", "jobs.export", {}),
)


@pytest.fixture(scope="module")
def needed(
    sandbox: Sandbox, admin_http: httpx.Client, new_user: NewUser, new_qpu: NewQpu, tmp_path_factory: Any
) -> Any:
    """Create a record of every kind, and files to name."""
    user, folder = new_user(), tmp_path_factory.mktemp("files")
    new_qpu()
    own = {"Authorization": sign_in(sandbox.url, user)}
    for collection, fields in (
        ("notifications", {"title": "Cold", "description": "again"}),
        ("qpu_time_requests", {"user": user.id, "seconds": 60, "status": "pending", "requested_reason": "more"}),
    ):
        admin_http.post(f"/api/collections/{collection}/records", json=fields).raise_for_status()
    httpx.post(f"{sandbox.url}/api/tokens", json={"name": "day"}, headers=own).raise_for_status()
    (folder / "times.csv").write_text(f"{user.identity},+1m\n")
    (folder / "bell.qasm").write_text(
        'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[1] q;\nbit[1] c;\nc = measure q;\n'
    )
    return user, folder


def _text(word: str, who: str, folder: Path) -> str:
    slot = f"{datetime.now(UTC) + timedelta(days=next(_days)):%Y-%m-%d} 10:00 30m"
    words = {"CSV": str(folder / "times.csv"), "QASM": str(folder / "bell.qasm"), "WHO": who, "SLOT": slot}
    return words.get(word, word)


@pytest.mark.parametrize(("role", "place", "action", "texts"), FORMS, ids=[f"{form[2]} {form[0]}" for form in FORMS])
async def test_a_complete_form_is_sent_with_at_most_three_enters(
    sandbox: Sandbox,
    needed: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    role: str,
    place: str,
    action: str,
    texts: dict[str, str],
) -> None:
    user, folder = needed
    # Where exports are written.
    monkeypatch.chdir(tmp_path)
    who = sandbox.admin if role == "admin" else user
    async with at_console(sandbox.url, role, who, screen=place) as person:
        await person.act("table.top", action)
        await person.until(lambda: isinstance(person.app.screen, Form))
        form = person.app.screen
        if action == "jobs.submit":
            form.query_one("#entry-file").focus()
        enters = 0
        while person.app.screen is form and enters < 4:
            await _fill(person, form, {name: _text(word, user.identity, folder) for name, word in texts.items()})
            before = person.app.focused
            await person.press("enter")
            enters += 1
            # The form moves on or is sent; sending may take a while.
            await person.until(
                lambda before=before: person.app.screen is not form or form._busy or person.app.focused is not before
            )
            await person.until(lambda: person.app.screen is not form or not form._busy)
        assert person.app.screen is not form
        assert enters <= 3


async def _fill(person: Person, form: Form, texts: dict[str, str]) -> None:
    """Type what the focused field requires."""
    field = person.app.focused
    name = (getattr(field, "id", "") or "").removeprefix("entry-")
    if name in texts and not isinstance(field, TextBox):
        await person.press("ctrl+u")
    if name in texts:
        await person.type(texts[name])
