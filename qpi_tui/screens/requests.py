"""Requests for QPU time: an admin's queue, oldest first; a user's own, with what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult

from qpi_tui import facts
from qpi_tui.actions import Role
from qpi_tui.amounts import duration
from qpi_tui.columns import requests as columns
from qpi_tui.columns.base import Column, extra
from qpi_tui.connection import Connection
from qpi_tui.merging import merge_records
from qpi_tui.own_time import Month, month_parts, read_month
from qpi_tui.screens.list_screen import ListScreen, Record
from qpi_tui.screens.request_answers import approve, reject
from qpi_tui.screens.request_asks import ask, withdraw
from qpi_tui.widgets.lines import Line, Part, assemble

if TYPE_CHECKING:
    from qpi_client import ChangeEvent


class RequestsScreen(ListScreen):
    """The queue of requests for QPU time."""

    area = "requests"
    topics: ClassVar[tuple[str, ...]] = ("qpu_time_requests", "users")
    told_by_events = True
    noun: ClassVar[tuple[str, str]] = ("request", "requests")
    DEFAULT_CSS = """
    RequestsScreen #month { padding: 0 1; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._every = False
        self.every_request: list[Record] = []
        self._month: Month | None = None

    @property
    def admin(self) -> bool:
        """Whether this is the admin's queue."""
        return self.console.role is Role.ADMIN

    def columns(self) -> Sequence[Column]:
        """Who asks is for admins; what became of it for users, or when handled ones are shown."""
        return columns.for_role(admin=self.admin, every=self._every or not self.admin)

    async def read(self, connection: Connection) -> list[Record]:
        """All requests that this person may see, in the order of their arrival; a user's own use of this month."""
        if connection.role is Role.USER:
            self._month = await read_month(connection)
            self._paint_month()
        return await connection.client.list_time_requests()

    def merge(self, data: list[Record], events: Sequence[ChangeEvent]) -> list[Record] | None:
        """Requests are told whole; a user's use of the month is not."""
        if not self.admin:
            return None
        return merge_records(data, events, "qpu_time_requests", expanded={"user": "users"}, append=True)

    def body(self) -> ComposeResult:
        """The queue; for users the use of this month above it."""
        yield Line(id="month")
        yield from super().body()

    def repaint_frame(self) -> None:
        """The balance of the frame stands in the month's line too."""
        super().repaint_frame()
        if self.is_mounted:
            self._paint_month()

    def _paint_month(self) -> None:
        line = self.query_one("#month", Line)
        line.display = self._month is not None and not self.admin
        if self._month is not None:
            balance, width, ascii = self.console.badges.balance, self.app.size.width - 2, self.console.settings.ascii
            line.show(assemble(month_parts(self._month, balance, width, ascii=ascii)))

    async def read_all(self) -> list[Any]:
        """All requests, afresh."""
        return list(await self.connection.client.list_time_requests())

    def rows(self, data: list[Record]) -> list[Record]:
        """An admin sees the pending ones, oldest first; a user all of theirs, newest first."""
        self.every_request = data
        if not self.admin:
            return data[::-1]
        aged = self.console.arrivals
        pending = [{**record, "_": {"age": aged.words(record)}} for record in data if record.get("status") == "pending"]
        if self._every:
            return pending + [record for record in data[::-1] if record.get("status") != "pending"]
        return pending

    @property
    def empty(self) -> str:  # type: ignore[override]  # what "nothing" means depends on the role
        """What an empty list says."""
        if not self.admin:
            return "You have not asked for QPU time yet: n asks."
        return "No request waits. t shows the handled ones."

    def connected(self) -> None:
        """The columns depend on the role."""
        self.table.set_columns(self.columns())
        super().connected()

    # -- what it says ------------------------------------------------------------------------------------------------

    def summary(self) -> list[Part]:
        """How many wait, and for how much."""
        pending = [record for record in self.every_request if record.get("status") == "pending"]
        asked = sum(facts.seconds_of(record) for record in pending)
        parts: list[Part] = [
            (f"{len(pending)} pending", "bold" if pending else ""),
            (f" · {duration(asked)} asked", ""),
        ]
        if self._every or not self.admin:
            parts.append((f" · {len(self.every_request) - len(pending)} handled", "$text-muted"))
        return parts

    def marked_words(self, marked: Sequence[Record]) -> str:
        """The sum of what is marked."""
        return duration(sum(map(facts.seconds_of, marked)))

    def detail(self, record: Record) -> list[list[Part]]:
        """The whole reason, the sum, both balances, and what else this person asked for."""
        who = facts.who(record)
        seconds = facts.seconds_of(record)
        lines: list[list[Part]] = [
            [(who, "bold")],
            [(str(record.get("requested_reason") or "(no reason given)"), "")],
            [("", "")],
            [("asks     ", "$text-muted"), (duration(seconds), "bold"), (f"  ({seconds:,.10g} s)", "$text-muted")],
        ]
        balance = facts.requester_balance(record)
        if balance is not None and record.get("status") == "pending" and self.admin:
            after = f"{duration(balance)} → {duration(balance + seconds)}"
            lines.append([("balance  ", "$text-muted"), (after, "")])
        elif balance is not None and self.admin:
            lines.append([("balance  ", "$text-muted"), (duration(balance), "")])
        lines.append([("status   ", "$text-muted"), (str(record.get("status", "?")), "")])
        if waits := extra(record).get("age"):
            lines.append([("waits    ", "$text-muted"), (waits.replace(">", "more than "), "")])
        if record.get("rejection_reason"):
            lines.append([("because  ", "$text-muted"), (str(record["rejection_reason"]), "")])
        others = [
            other
            for other in self.every_request
            if other.get("user") == record.get("user") and other["id"] != record["id"]
        ]
        if others and self.admin:
            lines += [[("", "")], [("before and beside it", "$text-muted")]]
            for other in others[::-1][:12]:
                reason = other.get("rejection_reason") or other.get("requested_reason") or ""
                mark = {"approved": "✓", "rejected": "✗"}.get(str(other.get("status")), "…")
                lines.append(
                    [(f" {mark} {duration(facts.seconds_of(other)):>10}  ", ""), (str(reason)[:60], "$text-muted")]
                )
        return lines

    # -- what can be done ----------------------------------------------------------------------------------------------

    def pending_targets(self) -> list[Record]:
        """Of the targets, those that still wait; none of them is said."""
        targets = self.targets()
        pending = [record for record in targets if record.get("status") == "pending"]
        if targets and not pending:
            self.tell("That request was handled already: nothing to do.")
        return pending

    def do_approve(self) -> None:
        """Ask, then credit each."""
        approve(self)

    def do_reject(self) -> None:
        """Ask for the reason, then tell each."""
        reject(self)

    def do_all(self) -> None:
        """Handled ones too, or pending ones only."""
        self._every = not self._every
        self.table.set_columns(self.columns())
        self.show(self.every_request)

    def show_every(self) -> None:
        """Handled ones too."""
        self._every = True
        if self.is_mounted:
            self.table.set_columns(self.columns())
            self.show(self.every_request)

    def do_user(self) -> None:
        """The person in the users' list."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("users", str(record.get("user", "")))

    def do_create(self) -> None:
        """Ask for time."""
        ask(self)

    def do_withdraw(self) -> None:
        """Withdraw pending ones."""
        withdraw(self)
