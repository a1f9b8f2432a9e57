"""`qpi-tui users`: list users, allocate time, create users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter, methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from qpi_tui.cli import user_ledger
from qpi_tui.cli.changing import BulkEdit, Task, carry_out, change_one, missing
from qpi_tui.cli.common import (
    BULK,
    CHANGE,
    LIST,
    OUTPUT,
    SERVER,
    BulkChange,
    Change,
    ListOutput,
    Output,
    Server,
    ask_for,
    group,
    read_words,
    secret,
    several,
)
from qpi_tui.cli.lists import List, show_list, wanted_of
from qpi_tui.cli.output import say, show_record
from qpi_tui.cli.picking import pick
from qpi_tui.cli.problems import USAGE, Problem, as_usage
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.cli.targets import Targets, change_each
from qpi_tui.domain.durations import Amount, duration, parse_amount
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_tui.edits.user_admin import DeleteUser
    from qpi_tui.files.csv_import import Line
    from qpi_tui.rows.users import UserRow

app = group("users", "Manage users and their balance of QPU time.")


def names(user: UserRow) -> tuple[str, ...]:
    """Return the names that select a user."""
    return (user.email, user.name)


def _read(signed: Signed) -> list[UserRow]:
    return registry()["users"].decode_all(signed.client.list_users())


@app.command(name="list")
def list_users(*, server: Server = SERVER, output: ListOutput = LIST) -> int:
    """List the users.

    Example: qpi-tui users list --csv > users.csv
    """
    from qpi_tui.resources import users as columns

    with signed_in(server) as signed:
        signed.need_admin("list users")
        wanted = wanted_of(output, columns.RESOURCE, signed)
        none, row = "There are no users.", columns.RESOURCE.decode
        return show_list(List(wanted, signed.client.list_users, columns.COLUMNS, none, row), output, signed)


@app.command
def show(
    who: Annotated[str, Parameter(help="e-mail, name or id")], /, *, server: Server = SERVER, output: Output = OUTPUT
) -> int:
    """Show one user.

    Example: qpi-tui users show anna@lab.example --template '{qpu_seconds}'
    """
    with signed_in(server) as signed:
        signed.need_admin("look at users")
        user = signed.client.get_user(who)
        show_record(user, _lines(user), output)
    return 0


@app.command
def allocate(
    *words: Annotated[
        str, Parameter(name="WHO-AMOUNT", allow_leading_hyphen=True, help="users, and then how much for each")
    ],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Add, take or set QPU time: +2h or 90 (seconds) adds, -30m takes, =3600 sets.

    Example: qpi-tui users allocate anna@lab.example ben@lab.example +2h
    """
    if len(words) < 2:
        raise Problem("Give a user and an amount, such as `qpi-tui users allocate anna@lab.example +2h`.", USAGE)
    with as_usage():
        amount = parse_amount(words[-1])

    def after(user: UserRow) -> float:
        before = user.balance
        left = {"add": before + amount.seconds, "take": before - amount.seconds, "set": amount.seconds}[amount.op]
        if left < 0:
            raise Problem(f"The balance is only {duration(before)}. `=0` takes everything.", USAGE)
        return left

    def plan(user: UserRow) -> str:
        change = f"{duration(user.balance)} → {duration(after(user))}"
        return f"{user.label}: {change} ({after(user):,.10g} s)"

    from qpi_tui.edits.users import AllocateTime

    def edit(user: UserRow) -> AllocateTime:
        return AllocateTime(target=user.label, user=user.id, op=amount.op, seconds=amount.seconds)

    targets = replace(_TARGETS, plan=plan)
    what = BulkEdit("users.allocate", f"{_words(amount)} for", _USERS, params=_words(amount))
    need = methodcaller("need_admin", "allocate QPU time")
    return change_each(targets, words[:-1], what, edit, need, server, output, change)


@app.command
def create(
    email: Annotated[str, Parameter(help="e-mail address to sign in with")],
    /,
    *,
    name: Annotated[str, Parameter(help="display name")] = "",
    amount: Annotated[str, Parameter(name="--time", help="initial QPU time, such as 2h")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Create a user. Prompts for the password, or reads it from QPI_NEW_PASSWORD.

    Example: qpi-tui users create anna@lab.example --name "Anna Berg" --time 2h
    """
    if "@" not in email.strip("@"):
        raise Problem(f"{email!r} is not an e-mail address. Users sign in with one.", USAGE)
    with as_usage():
        seconds = parse_amount(amount).seconds if amount else None
    if amount.startswith("-"):
        raise Problem("A new user has no balance to take from.", USAGE)
    with signed_in(server) as signed:
        signed.need_admin("create users")
        if change.dry_run:
            say(f"Would create {email} with {duration(seconds or 0)} of QPU time.")
            return 0
        password = secret("Password of the new user", "QPI_NEW_PASSWORD")
        from qpi_tui.edits.users import CreateUser

        done = change_one(signed, CreateUser(target=email, name=name, password=password, seconds=seconds))
        user = done.record or {"id": done.id}
        show_record(user, _lines(user), output)
    return 0


@app.command
def edit(
    who: Annotated[str, Parameter(help="e-mail, name or id")],
    /,
    *,
    name: Annotated[str | None, Parameter(help="the new name")] = None,
    email: Annotated[str | None, Parameter(help="the new address; signs the user out everywhere")] = None,
    verified: Annotated[bool | None, Parameter(help="mark the address as verified")] = None,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Edit a user's name, e-mail address or verification.

    Example: qpi-tui users edit anna@lab.example --name "Anna Berg" --verified --yes
    """
    if (name, email, verified) == (None, None, None):
        raise Problem("Nothing to change: give --name, --email or --verified.", USAGE)
    if email is not None and "@" not in email.strip("@"):
        raise Problem(f"{email!r} is not an e-mail address. Users sign in with one.", USAGE)

    from qpi_tui.edits.user_admin import EditUser

    def make(user: UserRow) -> EditUser:
        return EditUser(target=user.label, user=user.id, name=name, email=email, verified=verified)

    def plan(user: UserRow) -> str:
        said = [f"{user.email} → {email}"] if email is not None else []
        said += [f"{user.name or '–'} → {name or '–'}"] if name is not None else []
        said += [f"{'verified' if verified else 'not verified'}"] if verified is not None else []
        return f"{user.label}: {', '.join(said)}"

    targets = replace(_TARGETS, plan=plan)
    need = methodcaller("need_admin", "edit users")
    return change_each(targets, (who,), BulkEdit("users.edit", "Edit"), make, need, server, output, change)


@app.command
def delete(
    *which: Annotated[str, several("users: e-mail, name or id")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Delete users with their slots, requests and API tokens. Cancels pending jobs; all jobs stay.

    Example: qpi-tui users delete ben@lab.example --dry-run
    """
    from qpi_tui.edits.user_admin import DeleteUser

    words = read_words(which, what="users")
    with signed_in(server) as signed:
        signed.need_admin("delete users")
        users = _read(signed)
        tasks = [_deleting(signed, users, word, DeleteUser) for word in words]
        return carry_out(BulkEdit("users.delete", "Delete", _USERS), tasks, signed, change, output)


@app.command
def reset(
    *which: Annotated[str, several("users: e-mail, name or id")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Send users a mail to reset their password.

    Example: qpi-tui users reset anna@lab.example --yes
    """
    from qpi_tui.edits.user_admin import SendPasswordReset

    def make(user: UserRow) -> SendPasswordReset:
        return SendPasswordReset(target=user.email or user.id)

    need = methodcaller("need_admin", "reset passwords")
    what = BulkEdit("users.reset", "Send a mail to", _USERS)
    return change_each(_TARGETS, which, what, make, need, server, output, change)


@app.command(name="look-as")
def look_as(
    who: Annotated[str, Parameter(help="e-mail, name or id")],
    *words: Annotated[str, Parameter(name="COMMAND", allow_leading_hyphen=True, help="a command and its options")],
    server: Server = SERVER,
) -> int:
    """Run a command as a user, read-only, with a session of ten minutes.

    Example: qpi-tui users look-as anna@lab.example jobs list
    """
    from qpi_tui.cli import run
    from qpi_tui.cli.signing import LOOKS_AS
    from qpi_tui.domain.roles import Role
    from qpi_tui.settings.accounts import SignIn

    if not words:
        raise Problem("Which command? For example `qpi-tui users look-as anna@lab.example jobs list`.", USAGE)
    with signed_in(server) as signed:
        signed.need_admin("look as a user")
        user = signed.client.get_user(who)
        answer = signed.client.impersonate_user(str(user["id"]), seconds=600)
        email = str(user.get("email") or user["id"])
        sign_in = SignIn(signed.client.base_url, Role.USER, email, session=answer["token"])
        del answer
    say(f"As {email}, read-only.")
    token = LOOKS_AS.set(sign_in)
    try:
        return run([*words, *(["--profile", server.profile] if server.profile else [])])
    finally:
        LOOKS_AS.reset(token)


@app.command(name="import")
def import_file(
    file: Annotated[Path, Parameter(help="a CSV file: `e-mail, amount` on each line, or columns named in the first")],
    /,
    *,
    unit: Annotated[
        Literal["seconds", "minutes", "hours", "days"] | None,
        Parameter(help="unit of plain numbers; prompts if the file does not name one"),
    ] = None,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Allocate QPU time from a CSV file. Lists invalid lines, and applies the others.

    Example: qpi-tui users import course.csv --unit hours --dry-run
    """
    from qpi_tui.files import csv_import

    with as_usage():
        text = csv_import.read_file(file)
    with signed_in(server) as signed:
        signed.need_admin("allocate QPU time")
        rows = _read(signed)
        with as_usage():
            lines = csv_import.parse_allocations(text, rows, unit=unit or "")
            if question := csv_import.without_unit(lines):
                chosen = csv_import.unit_of(ask_for(f"{file.name}: {question}", "--unit"))
                lines = csv_import.parse_allocations(text, rows, unit=chosen)
                if question := csv_import.without_unit(lines):
                    raise ValueError(question)
        tasks = [_importing(line) for line in lines]
        what = _Import("users.allocate", csv_import.summed(lines), params=f"import {file.name}")
        return carry_out(what, tasks, signed, change, output)


_USERS = ("user", "users")
_TARGETS: Targets[UserRow] = Targets("user", _read, names, attrgetter("label"), attrgetter("label"), words="users")


def _deleting(signed: Signed, users: Sequence[UserRow], word: str, edit: type[DeleteUser]) -> Task:
    """Return the deletion of one user, with the records that it deletes."""
    from qpi_tui.rows.decode import decode
    from qpi_tui.rows.user_holdings import UserHoldings

    try:
        user = pick(users, word, "user", names)[0]
    except Problem as problem:
        return missing(word, problem)
    held = decode(UserHoldings, signed.client.count_user_records(user.id))
    return Task(user.id, user.label, f"{user.label}: {held.sentence}", edit(target=user.label, user=user.id))


class _Import(BulkEdit):
    """Ask once for many users with different amounts, with the sum."""

    def question(self, tasks: Sequence[Task]) -> str:
        """Return the question, such as `Add 3 h (10,800 s) to 2 users?`"""
        return f"{self.verb}?"


def _importing(line: Line) -> Task:
    user, amount = line.user, line.amount
    if user is None or amount is None:
        return missing(f"line {line.number}", Problem(line.problem, USAGE))
    from qpi_tui.edits.users import AllocateTime
    from qpi_tui.files.csv_import import after, in_full

    before = user.balance
    edit = AllocateTime(target=line.who, user=user.id, op=amount.op, seconds=amount.seconds)
    plan = f"{line.who}: {in_full(amount)}, {duration(before)} → {duration(after(amount, before))}"
    return Task(user.id, line.who, plan, edit)


def _words(amount: Amount) -> str:
    return {"add": "+", "take": "−", "set": "="}[amount.op] + duration(amount.seconds)


def _lines(record: Mapping[str, object]) -> list[tuple[str, str]]:
    user: UserRow = registry()["users"].decode(record)
    return [
        ("e-mail", user.label),
        ("name", user.name),
        ("QPU time", f"{duration(user.balance)} ({user.balance:,.10g} s)"),
        ("address", "verified" if user.verified else "not verified"),
        ("since", user.since),
        ("id", user.id),
    ]


app.command(user_ledger.ledger)
