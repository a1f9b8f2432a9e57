"""`qpi-tui requests`: request QPU time, and decide on requests."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from operator import methodcaller
from typing import TYPE_CHECKING, Annotated, Literal

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
from qpi_tui.cli.problems import FAILED, USAGE, Problem, as_usage
from qpi_tui.cli.signing import signed_in
from qpi_tui.cli.targets import Targets, change_each
from qpi_tui.domain.durations import duration, parse_amount
from qpi_tui.resources import registry
from qpi_tui.rows.request_text import balance_change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpi_tui.edits.edit import Edit
    from qpi_tui.rows.requests import RequestRow

app = group("requests", "Create, list and decide requests for QPU time.")
_REQUESTS = ("request", "requests")
_FINAL = "Approving cannot be undone. `qpi-tui users allocate` takes the same time back from the balance."
Status = Literal["pending", "approved", "rejected", "all"]


@app.command(name="list")
def list_requests(
    *,
    status: Annotated[Status, Parameter(help="pending, approved, rejected or all")] = "pending",
    user: Annotated[str, Parameter(help="only this user's: e-mail, name or id")] = "",
    server: Server = SERVER,
    output: ListOutput = LIST,
) -> int:
    """List requests, the oldest first: everybody's for administrators, otherwise your own.

    Example: qpi-tui requests list --status all --json
    """
    from qpi_tui.resources import requests as columns

    with signed_in(server) as signed:
        signed.need_session("list requests")
        wanted = wanted_of(output, columns.RESOURCE, signed)
        only = None if status == "all" else status
        read = partial(signed.client.list_time_requests, status=only, user=user or None)
        shown = [id_column(), *columns.for_role(admin=signed.admin, every=status != "pending")]
        none = f"No {status} requests." if only else "No requests."
        return show_list(List(wanted, read, shown, none, columns.RESOURCE.decode), output, signed)


@app.command
def approve(
    *which: Annotated[str, several("request ids, or users: all their pending requests")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Approve requests and credit the seconds.

    Example: qpi-tui requests list --template '{id}' | qpi-tui requests approve - --yes
    """
    targets = replace(_TARGETS, plan=_Approvals().plan)
    need = methodcaller("need_admin", "approve requests")
    what = BulkEdit("requests.approve", "Approve", _REQUESTS, (_FINAL,))
    return change_each(targets, which, what, _approve, need, server, output, change)


@app.command
def reject(
    *which: Annotated[str, several("request ids, or users: all their pending requests")],
    reason: Annotated[str, Parameter(help="reason, shown to the user")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Reject requests, with a reason that the user reads.

    Example: qpi-tui requests reject anna@lab.example --reason "Ask your group's lead first."
    """
    if not reason.strip():
        raise Problem("Give a reason with --reason. The user will read it.", USAGE)

    from qpi_tui.edits.requests import RejectRequest

    def edit(request: RequestRow) -> RejectRequest:
        return RejectRequest(target=request.who, request=request.id, seconds=request.seconds, reason=reason.strip())

    need = methodcaller("need_admin", "reject requests")
    what = BulkEdit("requests.reject", "Reject", _REQUESTS, params=reason.strip())
    return change_each(_TARGETS, which, what, edit, need, server, output, change)


@app.command
def create(
    amount: Annotated[str, Parameter(help="amount: 2h, 30m, 1:30:00 or seconds")],
    /,
    *,
    reason: Annotated[str, Parameter(help="reason, shown to the administrator")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Request QPU time.

    Example: qpi-tui requests create 2h --reason "calibration of the new chip"
    """
    with as_usage():
        wanted = parse_amount(amount)
    if wanted.op != "add" or wanted.seconds <= 0:
        raise Problem("The amount must be more than 0, such as 2h.", USAGE)
    with signed_in(server) as signed:
        signed.need_user("request QPU time")
        if change.dry_run:
            say(f"Would request {duration(wanted.seconds)} ({wanted.seconds:,.10g} s).")
            return 0
        from qpi_tui.edits.requests import CreateRequest

        done = change_one(signed, CreateRequest(target="you", seconds=wanted.seconds, reason=reason.strip()))
        request = done.record or {"id": done.id}
        show_record(request, _lines(request), output)
    return 0


@app.command
def withdraw(
    *which: Annotated[str, several("ids of your pending requests")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Withdraw your own pending requests.

    Example: qpi-tui requests withdraw 8f3kq2m1x0z7abc --yes
    """

    from qpi_tui.edits.requests import WithdrawRequest

    def edit(request: RequestRow) -> WithdrawRequest:
        return WithdrawRequest(target=duration(request.seconds), request=request.id)

    what = BulkEdit("requests.withdraw", "Withdraw", _REQUESTS)
    need = methodcaller("need_session", "withdraw requests")
    return change_each(_TARGETS, which, what, edit, need, server, output, change)


def _names(request: RequestRow) -> tuple[str, ...]:
    """Find pending requests by name, and decided ones by id, so that the command can report their status."""
    if not request.pending:
        return ()
    user = request.user_record
    return (user.email, user.name, request.user) if user is not None else (request.user,)


def _name(request: RequestRow) -> str:
    return f"{request.who} ({duration(request.seconds)})"


def _plain_plan(request: RequestRow) -> str:
    _pending(request)
    return f"{_name(request)}  {request.requested_reason}".rstrip()


class _Approvals:
    """Return the plans of approvals; those of one user add up."""

    def __init__(self) -> None:
        self._balances: dict[str, float | None] = {}

    def plan(self, request: RequestRow) -> str:
        """Return user, amount, and the balance before and after."""
        _pending(request)
        before = self._balances.get(request.user, request.balance_before)
        self._balances[request.user] = None if before is None else before + request.seconds
        return f"{_name(request)}  {balance_change(before, request.seconds)}"


def _pending(request: RequestRow) -> None:
    if not request.pending:
        raise Problem(f"It is {request.status} already; nothing was changed.", FAILED)


def _approve(request: RequestRow) -> Edit:
    from qpi_tui.edits.requests import ApproveRequest

    return ApproveRequest(target=request.who, request=request.id, user=request.user, seconds=request.seconds)


_TARGETS: Targets[RequestRow] = Targets(
    "pending request",
    lambda signed: registry()["requests"].decode_all(signed.client.list_time_requests()),
    _names,
    _name,
    _plain_plan,
    several=True,
)


def _lines(record: Mapping[str, object]) -> list[tuple[str, str]]:
    request: RequestRow = registry()["requests"].decode(record)
    return [
        ("id", request.id),
        ("asks for", duration(request.seconds)),
        ("status", request.status),
        ("reason", request.requested_reason),
    ]
