"""`qpi-tui tokens`: API tokens for scripts."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from cyclopts import Parameter

from qpi_tui.cli.changing import Task, Undertaking, attempt, carry_out, missing
from qpi_tui.cli.common import CHANGE, OUTPUT, SERVER, Change, Output, Server, group, read_words, several
from qpi_tui.cli.output import id_column, say, show_record, show_records
from qpi_tui.cli.picking import Record, pick
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.moments import parse_moment, said

app = group("tokens", "API tokens for scripts.")


def names(token: Record) -> tuple[object, ...]:
    """What a token may be called."""
    return (token.get("name"),)


@app.command(name="list")
def list_tokens(*, server: Server = SERVER, output: Output = OUTPUT) -> int:
    """List your API tokens, without their secret part.

    Example: qpi-tui tokens list
    """
    from qpi_tui.columns import tokens as columns

    with signed_in(server) as signed:
        signed.need_session("list API tokens")
        shown = [column for column in columns.COLUMNS if column.key != "id"]
        show_records(signed.client.list_tokens(), [*shown, id_column()], output, none="You have no API tokens.")
    return 0


@app.command
def create(
    name: Annotated[str, Parameter(help="what it is for")],
    /,
    *,
    expires: Annotated[str, Parameter(help="when it ends, such as 30d or 2026-12-31; never when left out")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Make an API token. It is printed this once.

    Example: qpi-tui tokens create ci --expires 30d --template '{token}'
    """
    try:
        end = parse_moment(expires, end=True)
    except ValueError as error:
        raise Problem(str(error), USAGE) from None
    with signed_in(server) as signed:
        signed.need_session("make API tokens")
        if change.dry_run:
            say(f"Would make the token {name!r}, valid until {said(end, 'revoked')}.")
            return 0
        made = attempt(signed, "tokens.create", name, partial(signed.client.create_token, name, end))
        lines = [(field, str(made[field])) for field in ("id", "name", "token", "expires_at") if made.get(field)]
        show_record(made, lines, output)
        if output.plain:
            say("The token is shown this once: keep it now.")
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
    with signed_in(server) as signed:
        signed.need_session("rename API tokens")
        token = pick(signed.client.list_tokens(), which, "token", names)[0]

        def act() -> tuple[str, Record]:
            return f"is {name} now", signed.client.rename_token(token["id"], name)

        task = Task(token["id"], str(token.get("name")), f"{token.get('name')} → {name}", act)
        return carry_out(Undertaking("tokens.rename", "Rename"), [task], signed, change, output, asks=False)


@app.command
def revoke(
    *which: Annotated[str, several("names or ids of tokens")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Revoke API tokens: what uses them stops working.

    Example: qpi-tui tokens revoke ci --yes
    """
    words = read_words(which)
    with signed_in(server) as signed:
        signed.need_session("revoke API tokens")
        tokens = signed.client.list_tokens()
        tasks = []
        for word in words:
            try:
                token = pick(tokens, word, "token", names)[0]
            except Problem as problem:
                tasks.append(missing(word, "token", problem))
                continue
            tasks.append(
                Task(token["id"], str(token.get("name")), str(token.get("name")), partial(_revoke, signed, token))
            )
        what = Undertaking("tokens.revoke", "Revoke", ("token", "tokens"), ("What uses it stops working.",))
        return carry_out(what, tasks, signed, change, output)


def _revoke(signed: Signed, token: Record) -> tuple[str, None]:
    signed.client.revoke_token(token["id"])
    return "revoked", None
