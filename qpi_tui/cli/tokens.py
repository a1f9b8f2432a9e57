"""`qpi-tui tokens`: API tokens for scripts."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from qpi_tui.cli.changing import BulkEdit, change_one
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
    group,
    several,
)
from qpi_tui.cli.lists import List, show_list, wanted_of
from qpi_tui.cli.output import id_column, say, show_record
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.cli.signing import signed_in
from qpi_tui.cli.targets import Targets, change_each
from qpi_tui.cli.times import coming
from qpi_tui.domain.clock import now
from qpi_tui.domain.parse_time import said
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_tui.rows.tokens import TokenRow

app = group("tokens", "Manage your API tokens.")


def names(token: TokenRow) -> tuple[str, ...]:
    """Return the names that select a token."""
    return (token.name,)


@app.command(name="list")
def list_tokens(*, server: Server = SERVER, output: ListOutput = LIST) -> int:
    """List your API tokens, without their secret part.

    Example: qpi-tui tokens list
    """
    from qpi_tui.resources import tokens as columns

    with signed_in(server) as signed:
        signed.need_session("list API tokens")
        shown = [*[column for column in columns.COLUMNS if column.key != "id"], id_column()]
        wanted = wanted_of(output, columns.RESOURCE, signed)
        none, row = "You have no API tokens.", columns.RESOURCE.decode
        return show_list(List(wanted, signed.client.list_tokens, shown, none, row), output, signed)


@app.command
def create(
    name: Annotated[str, Parameter(help="purpose")],
    /,
    *,
    expires: Annotated[str, Parameter(help="expiry, such as 30d or 2026-12-31; default: never")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Create an API token. It is printed only once.

    Example: qpi-tui tokens create ci --expires 30d --template '{token}'
    """
    ends = coming(expires, "--expires", end=True)
    with signed_in(server) as signed:
        end = ends()
        signed.need_session("create API tokens")
        if change.dry_run:
            say(f"Would create the token {name!r}, valid until {said(end, 'revoked')}.")
            return 0
        from qpi_tui.edits.tokens import CreateToken

        done = change_one(signed, CreateToken(target=name, expires=end))
        made = done.record or {"id": done.id, "name": name}
        lines = [(field, str(made[field])) for field in ("id", "name", "token", "expires_at") if made.get(field)]
        show_record(made, lines, output)
        if output.plain:
            say("Shown only once. Copy it now.")
    return 0


@app.command
def rename(
    which: Annotated[str, Parameter(help="name or id")],
    name: Annotated[str, Parameter(help="the new name")],
    /,
    *,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Rename an API token.

    Example: qpi-tui tokens rename ci nightly
    """

    from qpi_tui.edits.tokens import RenameToken

    def edit(token: TokenRow) -> RenameToken:
        return RenameToken(target=token.label, token=token.id, name=name)

    targets = replace(_TARGETS, plan=lambda token: f"{token.label} → {name}")
    need = methodcaller("need_session", "rename API tokens")
    what = BulkEdit("tokens.rename", "Rename")
    return change_each(targets, (which,), what, edit, need, server, output, change, asks=False)


@app.command
def expiry(
    which: Annotated[str, Parameter(help="name or id")],
    when: Annotated[str, Parameter(help="expiry, such as 30d or 2026-12-31, or never")],
    /,
    *,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Change when an API token expires.

    Example: qpi-tui tokens expiry ci 90d --yes
    """
    from qpi_tui.edits.tokens import SetTokenExpiry

    if not when.strip():
        raise Problem("When does it expire? Give for example 30d, or never.", USAGE)
    ends = coming(when, "WHEN", end=True)

    def edit(token: TokenRow) -> SetTokenExpiry:
        return SetTokenExpiry(target=token.label, token=token.id, expires=ends())

    def plan(token: TokenRow) -> str:
        end = ends()
        if end is not None and end <= now():
            raise Problem(f"{when} is in the past.", USAGE)
        before = said(token.expires, "never")
        return f"{token.label}: {before} → {said(end, 'never: anyone who has it can use it until you revoke it')}"

    targets = replace(_TARGETS, plan=plan)
    need = methodcaller("need_session", "change API tokens")
    what = BulkEdit("tokens.expiry", "Change the expiry of")
    return change_each(targets, (which,), what, edit, need, server, output, change)


@app.command
def revoke(
    *which: Annotated[str, several("names or ids of tokens")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Revoke API tokens. Programs that use them stop working.

    Example: qpi-tui tokens revoke ci --yes
    """

    from qpi_tui.edits.tokens import RevokeToken

    def edit(token: TokenRow) -> RevokeToken:
        return RevokeToken(target=token.label, token=token.id)

    what = BulkEdit("tokens.revoke", "Revoke", ("token", "tokens"), ("Programs that use it stop working.",))
    need = methodcaller("need_session", "revoke API tokens")
    return change_each(_TARGETS, which, what, edit, need, server, output, change)


_TARGETS: Targets[TokenRow] = Targets(
    "token",
    lambda signed: registry()["tokens"].decode_all(signed.client.list_tokens()),
    names,
    attrgetter("label"),
    attrgetter("label"),
)
