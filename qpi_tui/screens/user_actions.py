"""Actions on users other than allocating time: edit, delete, send a password reset."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Outcome
from qpi_tui.edits.user_admin import DeleteUser, EditUser, SendPasswordReset
from qpi_tui.rows.decode import decode
from qpi_tui.rows.user_holdings import UserHoldings
from qpi_tui.session.connection import explain
from qpi_tui.widgets.dialogs import Question
from qpi_tui.widgets.form import Entry, Form
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.rows.users import UserRow
    from qpi_tui.screens.list_screen import ListScreen

_log = logging.getLogger(__name__)
_HIDDEN = "This is the hidden record of a superuser. It cannot be changed here."
_SIGNED_OUT = "▲ The user has to sign in with the new address, and is signed out everywhere."


def edit_user(screen: ListScreen[UserRow], record: UserRow) -> None:
    """Change name, e-mail address and verification."""
    if record.hidden:
        screen.tell(_HIDDEN)
        return

    def edit(values: dict[str, str]) -> EditUser:
        email, name, verified = values["email"].strip(), values["name"].strip(), values["verified"] == "yes"
        if "@" not in email.strip("@") or " " in email:
            raise ValueError("Type the e-mail address that the user signs in with.")
        return EditUser(
            target=record.label,
            user=record.id,
            name=name if name != record.name else None,
            email=email if email != record.email else None,
            verified=verified if verified != record.verified else None,
        )

    def check(values: dict[str, str]) -> Sequence[Part]:
        wanted = edit(values)
        if (wanted.name, wanted.email, wanted.verified) == (None, None, None):
            raise ValueError("No changes yet.")
        said = [f"{record.email or '–'} → {wanted.email}"] if wanted.email is not None else []
        said += [f"{record.name or '–'} → {wanted.name or '–'}"] if wanted.name is not None else []
        if wanted.verified is not None:
            said.append("the address will be verified" if wanted.verified else "the address will not be verified")
        parts: list[Part] = [("; ".join(said), "")]
        return [*parts, (f"\n{_SIGNED_OUT}", "$text-warning")] if wanted.email is not None else parts

    async def act(values: dict[str, str]) -> Outcome:
        outcome = await screen.make(edit(values))
        if outcome.ok:
            screen.console.say_outcome(record.label, outcome)
            screen.feed.poke()
        return outcome

    entries = [
        Entry("email", "e-mail", value=record.email),
        Entry("name", "name", value=record.name),
        Entry("verified", "verified (← →)", value="yes" if record.verified else "no", choices=("yes", "no")),
    ]
    screen.app.push_screen(Form(f"Edit {record.label}", entries, confirm="Save", check=check, act=act))


def delete_users(screen: ListScreen[UserRow], targets: Sequence[UserRow]) -> None:
    """Count what each deletion deletes, ask, and delete."""
    chosen = [record for record in targets if not record.hidden]
    if targets and not chosen:
        screen.tell(_HIDDEN)
        return

    async def ask() -> None:
        client = screen.connection.client
        try:
            told = [decode(UserHoldings, await client.count_user_records(record.id)).sentence for record in chosen]
        except Exception as error:
            _log.debug("what belongs to a user could not be counted", exc_info=True)
            screen.tell(explain(error, doing="What belongs to the user cannot be counted"))
            return
        if screen.is_active:
            _ask_delete(screen, chosen, told)

    if chosen:
        screen.run_worker(ask(), group="people", exclusive=True, exit_on_error=False)


def _ask_delete(screen: ListScreen[UserRow], chosen: Sequence[UserRow], told: Sequence[str]) -> None:
    one = len(chosen) == 1
    steps = [
        Step(
            record.id,
            record.label,
            [(record.label, "bold"), (f"\n    {sentence}", "$text-muted")],
            partial(_delete, screen, record),
        )
        for record, sentence in zip(chosen, told, strict=True)
    ]
    screen.do_batch(
        f"Delete {chosen[0].label}?" if one else f"Delete {len(chosen)} users?",
        steps,
        confirm="Delete",
        doing="Deleting",
        careful=True,
        final=DeleteUser.final,
        after=screen.unmark_done,
    )


async def _delete(screen: ListScreen[UserRow], record: UserRow) -> Outcome:
    return await screen.make(DeleteUser(target=record.label, user=record.id))


def send_reset(screen: ListScreen[UserRow], targets: Sequence[UserRow]) -> None:
    """Ask, then send the mails."""
    chosen = [record for record in targets if record.email and not record.hidden]
    if targets and not chosen:
        screen.tell("This user's e-mail address is hidden.")
        return
    steps = [
        Step(record.id, record.email, [(pad(record.email, 40), "bold")], partial(_reset, screen, record.email))
        for record in chosen
    ]
    if steps:
        many = f"{len(steps)} users"
        screen.do_batch(
            f"Send {steps[0].who if len(steps) == 1 else many} a mail to reset the password?",
            steps,
            confirm="Send",
            doing="Sending",
            final=SendPasswordReset.final,
            after=screen.unmark_done,
        )


async def _reset(screen: ListScreen[UserRow], email: str) -> Outcome:
    return await screen.make(SendPasswordReset(target=email))


def look_as_user(screen: ListScreen[UserRow], record: UserRow) -> None:
    """Ask, then show the console as the user sees it."""
    if record.hidden or not record.email:
        screen.tell(_HIDDEN if record.hidden else "This user's e-mail address is hidden.")
        return
    back = screen.console.keys.word("app.sign_out")
    lines: list[list[Part]] = [
        [("The console shows what the user sees, read-only.", "")],
        [(f"{back} returns. The user's session expires after an hour.", "$text-muted")],
    ]

    def answered(yes: bool | None) -> None:
        if yes:
            screen.app.run_worker(_look(screen, record), exit_on_error=False)

    screen.app.push_screen(Question(f"Look as {record.label}?", lines, confirm="Look"), answered)


async def _look(screen: ListScreen[UserRow], record: UserRow) -> None:
    from qpi_tui.session.impersonation import look_as

    try:
        await look_as(screen.console, record.id, record.email)
    except Exception as error:
        _log.debug("no session of a user was given", exc_info=True)
        screen.tell(explain(error, doing=f"Cannot look as {record.label}"))
