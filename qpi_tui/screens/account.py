"""Your own account: change the password or the name, verify the address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qpi_tui.domain.roles import Role
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.account import ChangeName, ChangePassword, SendVerification
from qpi_tui.edits.outcome import Outcome
from qpi_tui.screens.sign_in_methods import new_password
from qpi_tui.session.session_store import keep_in_place
from qpi_tui.widgets.form import Entry, Form

if TYPE_CHECKING:
    from qpi_tui.edits.edit import Edit
    from qpi_tui.screens.shell import EditingShell

PASSWORD, NAME, VERIFY = "password", "name", "verify address"


def ask_account(console: EditingShell) -> None:
    """Ask what to change, and change it."""
    connection = console.connection
    session = connection.client.session if connection is not None else None
    if connection is None or session is None:
        return
    who = connection.identity
    words = [PASSWORD] if connection.role is Role.ADMIN else [PASSWORD, NAME, VERIFY]
    before = str(session.record.get("name") or "")

    def check(values: dict[str, str]) -> Sequence[Part]:
        if values["what"] == NAME:
            if values["name"].strip() == before:
                raise ValueError("That is already your name.")
            return [(f"{before or 'no name'} → {values['name'].strip() or 'no name'}", "")]
        if values["what"] == VERIFY:
            return [(f"A mail with a link goes to {who}. {SendVerification.final}", "")]
        if not values["old"]:
            raise ValueError("Type the current password. If you have none, reset it from the sign-in screen.")
        new_password(values)
        return [("The account's other sessions end. The console stays signed in.", "")]

    def edit(values: dict[str, str]) -> Edit:
        if values["what"] == NAME:
            return ChangeName(target=who, name=values["name"].strip())
        if values["what"] == VERIFY:
            return SendVerification(target=who)
        return ChangePassword(target=who, old=values["old"], new=values["new"])

    async def act(values: dict[str, str]) -> Outcome:
        outcome = await console.make(edit(values))
        if outcome.ok:
            console.say_outcome(who, outcome)
            if values["what"] == PASSWORD and connection.client.session is not None:
                await asyncio.to_thread(keep_in_place, console.sign_in, connection.client.session_token())
                console.do_refresh()
        return outcome

    def of(what: str, *entries: Entry) -> list[Entry]:
        return [Entry(e.id, e.label, e.value, secret=e.secret, shown=lambda v: v["what"] == what) for e in entries]

    entries = [
        Entry("what", "change", choices=words),
        *of(
            PASSWORD,
            Entry("old", "current password", secret=True),
            Entry("new", "new password", secret=True),
            Entry("again", "repeat the new password", secret=True),
        ),
        *of(NAME, Entry("name", "name", value=before)),
    ]
    console.push_screen(Form(f"Your account {who}", entries, confirm="Change", check=check, act=act))
