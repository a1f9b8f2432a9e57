"""`qpi-tui requests`: ask for QPU time, and decide on what was asked for."""

from __future__ import annotations

from dataclasses import replace
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
from qpi_tui.cli.each import Targets, change_each
from qpi_tui.cli.output import id_column, say, show_record, show_records
from qpi_tui.cli.picking import Record
from qpi_tui.cli.problems import FAILED, USAGE, Problem, as_usage
from qpi_tui.cli.signing import signed_in
from qpi_tui.domain.durations import duration, parse_amount
from qpi_tui.rows.request_text import balance_change

if TYPE_CHECKING:
    from qpi_tui.edits.edit import Edit
    from qpi_tui.rows.requests import RequestRow

app = group("requests", "Requests for QPU time.")
_REQUESTS = ("request", "requests")
_FINAL = "Approving cannot be undone. `qpi-tui users allocate` takes the same time back from the balance."
Status = Literal["pending", "approved", "rejected", "all"]


def _row(record: Record) -> RequestRow:
    from qpi_tui.resources import requests

    return requests.RESOURCE.decode(record)


@app.command(name="list")
def list_requests(
    *,
    status: Annotated[Status, Parameter(help="pending, approved, rejected or all")] = "pending",
    user: Annotated[str, Parameter(help="only this user's: e-mail, name or id")] = "",
    server: Server = SERVER,
    output: ListOutput = LIST,
) -> int:
    """List requests, the oldest first: everybody's for administrators, else your own.

    Example: qpi-tui requests list --status all --json
    """
    from qpi_tui.resources import requests as columns

    with signed_in(server) as signed:
        signed.need_session("list requests")
        found = signed.client.list_time_requests(status=None if status == "all" else status, user=user or None)
        shown = [id_column(), *columns.for_role(admin=signed.admin, every=status != "pending")]
        show_records(
            found,
            shown,
            output,
            none="No requests." if status == "all" else f"No {status} requests.",
            row=_row,
            language=columns.RESOURCE.language,
        )
    return 0


@app.command
def approve(
    *which: Annotated[str, several("request ids, or users: all that these ask for")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Approve requests: the seconds are credited.

    Example: qpi-tui requests list --template '{id}' | qpi-tui requests approve - --yes
    """
    targets = replace(_TARGETS, plan=_Approvals().plan)
    need = methodcaller("need_admin", "approve requests")
    what = BulkEdit("requests.approve", "Approve", _REQUESTS, (_FINAL,))
    return change_each(targets, which, what, _approve, need, server, output, change)


@app.command
def reject(
    *which: Annotated[str, several("request ids, or users: all that these ask for")],
    reason: Annotated[str, Parameter(help="why; the user reads it")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Reject requests, with a reason that the user reads.

    Example: qpi-tui requests reject anna@lab.example --reason "Ask your group's lead first."
    """
    if not reason.strip():
        raise Problem("Say why with --reason: the user will read it.", USAGE)

    from qpi_tui.edits.requests import RejectRequest

    def edit(request: Record) -> RejectRequest:
        seconds = _row(request).seconds
        return RejectRequest(
            target=_row(request).who, request=str(request["id"]), seconds=seconds, reason=reason.strip()
        )

    need = methodcaller("need_admin", "reject requests")
    what = BulkEdit("requests.reject", "Reject", _REQUESTS, params=reason.strip())
    return change_each(_TARGETS, which, what, edit, need, server, output, change)


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

    def edit(request: Record) -> WithdrawRequest:
        return WithdrawRequest(target=duration(_row(request).seconds), request=str(request["id"]))

    what = BulkEdit("requests.withdraw", "Withdraw", _REQUESTS)
    need = methodcaller("need_session", "withdraw requests")
    return change_each(_TARGETS, which, what, edit, need, server, output, change)


def _names(request: Record) -> tuple[object, ...]:
    """Only who waits is found by name; what was decided has its id still, to be told so."""
    if request.get("status") != "pending":
        return ()
    row = _row(request)
    user = row.user_record
    return (user.email, user.name, row.user) if user is not None else (row.user,)


def _name(request: Record) -> str:
    return f"{_row(request).who} ({duration(_row(request).seconds)})"


def _plain_plan(request: Record) -> str:
    _pending(request)
    return f"{_name(request)}  {request.get('requested_reason') or ''}".rstrip()


class _Approvals:
    """The plans of approvals: those of one user add up."""

    def __init__(self) -> None:
        self._balances: dict[str, float | None] = {}

    def plan(self, request: Record) -> str:
        """Who, how much, and the balance before and after."""
        _pending(request)
        row = _row(request)
        before = self._balances.get(row.user, row.balance_before)
        self._balances[row.user] = None if before is None else before + row.seconds
        return f"{_name(request)}  {balance_change(before, row.seconds)}"


def _pending(request: Record) -> None:
    if request.get("status") != "pending":
        raise Problem(f"It is {request.get('status')} already; nothing was changed.", FAILED)


def _approve(request: Record) -> Edit:
    from qpi_tui.edits.requests import ApproveRequest

    return ApproveRequest(
        target=_row(request).who,
        request=str(request["id"]),
        user=str(request.get("user") or ""),
        seconds=_row(request).seconds,
    )


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
        ("asks for", duration(_row(request).seconds)),
        ("status", str(request.get("status"))),
        ("reason", str(request.get("requested_reason") or "")),
    ]
