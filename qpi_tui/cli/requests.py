"""`qpi-tui requests`: ask for QPU time, and decide on what was asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from operator import methodcaller
from typing import Annotated, Literal

from cyclopts import Parameter

from qpi_tui.cli.changing import BulkEdit, attempt
from qpi_tui.cli.common import CHANGE, OUTPUT, SERVER, Change, Output, Server, group, several
from qpi_tui.cli.each import Targets, change_each
from qpi_tui.cli.output import id_column, say, show_record, show_records
from qpi_tui.cli.picking import Record
from qpi_tui.cli.problems import FAILED, USAGE, Problem, as_usage
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.domain import facts
from qpi_tui.domain.durations import duration, parse_amount

app = group("requests", "Requests for QPU time.")
_REQUESTS = ("request", "requests")
Status = Literal["pending", "approved", "rejected", "all"]


@app.command(name="list")
def list_requests(
    *,
    status: Annotated[Status, Parameter(help="pending, approved, rejected or all")] = "pending",
    user: Annotated[str, Parameter(help="only this user's: e-mail, name or id")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
) -> int:
    """List requests, the oldest first: everybody's for administrators, else your own.

    Example: qpi-tui requests list --status all --json
    """
    from qpi_tui.resources import requests as columns

    with signed_in(server) as signed:
        signed.need_session("list requests")
        found = signed.client.list_time_requests(status=None if status == "all" else status, user=user or None)
        shown = [id_column(), *columns.for_role(admin=signed.admin, every=status != "pending")]
        show_records(found, shown, output, none="No requests." if status == "all" else f"No {status} requests.")
    return 0


@app.command
def approve(
    *which: Annotated[str, several("request ids, or users: all that these ask for")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Approve requests: the seconds are credited.

    Example: qpi-tui requests list --template '{id}' | qpi-tui requests approve - --yes
    """
    targets = replace(_TARGETS, plan=_approval_plan)
    need = methodcaller("need_admin", "approve requests")
    what = BulkEdit("requests.approve", "Approve", _REQUESTS)
    return change_each(targets, which, what, _approve, need, server, output, change)


@app.command
def reject(
    *which: Annotated[str, several("request ids, or users: all that these ask for")],
    reason: Annotated[str, Parameter(help="why; the user reads it")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Reject requests, with a reason that the user reads.

    Example: qpi-tui requests reject anna@lab.example --reason "Ask your group's lead first."
    """
    if not reason.strip():
        raise Problem("Say why with --reason: the user will read it.", USAGE)

    def act(signed: Signed, request: Record) -> tuple[str, Record]:
        return "rejected", signed.client.update_time_request(request["id"], "rejected", reason.strip())

    need = methodcaller("need_admin", "reject requests")
    return change_each(
        _TARGETS, which, BulkEdit("requests.reject", "Reject", _REQUESTS), act, need, server, output, change
    )


@app.command
def create(
    amount: Annotated[str, Parameter(help="how much: 2h, 30m, 1:30:00 or seconds")],
    /,
    *,
    reason: Annotated[str, Parameter(help="what for; the administrator reads it")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Ask for QPU time.

    Example: qpi-tui requests create 2h --reason "calibration of the new chip"
    """
    with as_usage():
        wanted = parse_amount(amount)
    if wanted.op != "add" or wanted.seconds <= 0:
        raise Problem("Ask for more than nothing, such as 2h.", USAGE)
    with signed_in(server) as signed:
        signed.need_user("ask for QPU time")
        if change.dry_run:
            say(f"Would ask for {duration(wanted.seconds)} ({wanted.seconds:,.10g} s).")
            return 0
        make = partial(signed.client.create_time_request, wanted.seconds, reason.strip() or None)
        request = attempt(signed, "requests.create", duration(wanted.seconds), make)
        show_record(request, _lines(request), output)
    return 0


@app.command
def withdraw(
    *which: Annotated[str, several("ids of your pending requests")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Withdraw your own pending requests.

    Example: qpi-tui requests withdraw 8f3kq2m1x0z7abc --yes
    """

    def act(signed: Signed, request: Record) -> tuple[str, None]:
        signed.client.withdraw_time_request(request["id"])
        return "withdrawn", None

    what = BulkEdit("requests.withdraw", "Withdraw", _REQUESTS)
    need = methodcaller("need_session", "withdraw requests")
    return change_each(_TARGETS, which, what, act, need, server, output, change)


def _names(request: Record) -> tuple[object, ...]:
    """Only who waits is found by name; what was decided has its id still, to be told so."""
    if request.get("status") != "pending":
        return ()
    user = facts.expanded(request, "user")
    return (user.get("email"), user.get("name"), request.get("user"))


def _name(request: Record) -> str:
    return f"{facts.who(request)} ({duration(facts.seconds_of(request))})"


def _plain_plan(request: Record) -> str:
    _pending(request)
    return f"{_name(request)}  {request.get('requested_reason') or ''}".rstrip()


def _approval_plan(request: Record) -> str:
    _pending(request)
    change = facts.balance_change(facts.requester_balance(request), facts.seconds_of(request))
    return f"{_name(request)}  {change}"


def _pending(request: Record) -> None:
    if request.get("status") != "pending":
        raise Problem(f"It is {request.get('status')} already; nothing was changed.", FAILED)


def _approve(signed: Signed, request: Record) -> tuple[str, Record | None]:
    from qpi_client import QPIError

    handled = signed.client.update_time_request(request["id"], "approved")
    said = f"{duration(facts.seconds_of(request))} credited"
    try:
        user = signed.client.get_user(str(request.get("user")))
    except QPIError:
        # It is done, whoever it was: the balance is only for show.
        return said, handled
    return f"{said}, now {duration(facts.balance_of(user))}", handled


_TARGETS = Targets(
    "pending request",
    lambda signed: signed.client.list_time_requests(),
    _names,
    _name,
    _plain_plan,
    several=True,
)


def _lines(request: Record) -> list[tuple[str, str]]:
    return [
        ("id", str(request.get("id"))),
        ("asks for", duration(facts.seconds_of(request))),
        ("status", str(request.get("status"))),
        ("reason", str(request.get("requested_reason") or "")),
    ]
