"""Requests for QPU time: an admin's queue, oldest first; a user's own, with what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult

from qpi_tui import facts, looks
from qpi_tui.actions import Role
from qpi_tui.amounts import duration, parse_amount
from qpi_tui.attempts import Look
from qpi_tui.columns import requests as columns
from qpi_tui.columns.base import Column, extra
from qpi_tui.connection import Connection
from qpi_tui.merging import merge_records
from qpi_tui.outcome import Outcome
from qpi_tui.own_time import Month, month_parts, read_month
from qpi_tui.screens.list_screen import ListScreen, Record
from qpi_tui.widgets.batch import Step
from qpi_tui.widgets.form import Entry, Form
from qpi_tui.widgets.lines import Line, Part, assemble

if TYPE_CHECKING:
    from qpi_client import ChangeEvent

MAX_REASON = 2000


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
        self._all: list[Record] = []
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
            line.show(assemble(month_parts(self._month, self.console.badges.balance, self.app.size.width - 2)))

    async def _read_all(self) -> list[Any]:
        return list(await self.connection.client.list_time_requests())

    def rows(self, data: list[Record]) -> list[Record]:
        """An admin sees the pending ones, oldest first; a user all of theirs, newest first."""
        self._all = data
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
        pending = [record for record in self._all if record.get("status") == "pending"]
        asked = sum(facts.seconds_of(record) for record in pending)
        parts: list[Part] = [
            (f"{len(pending)} pending", "bold" if pending else ""),
            (f" · {duration(asked)} asked", ""),
        ]
        if self._every or not self.admin:
            parts.append((f" · {len(self._all) - len(pending)} handled", "$text-muted"))
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
            other for other in self._all if other.get("user") == record.get("user") and other["id"] != record["id"]
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

    # -- admins ------------------------------------------------------------------------------------------------------

    def _pending_targets(self) -> list[Record]:
        targets = self.targets()
        pending = [record for record in targets if record.get("status") == "pending"]
        if targets and not pending:
            self.tell("That request was handled already: nothing to do.")
        return pending

    def do_approve(self) -> None:
        """Ask, then credit each."""
        targets = self._pending_targets()
        if not targets:
            return
        steps = [
            Step(record["id"], facts.who(record), facts.approval_line(record), partial(self._approve, record))
            for record in targets
        ]
        total = sum(map(facts.seconds_of, targets))
        title = "Approve this request?" if len(steps) == 1 else f"Approve {len(steps)} requests?"
        note: list[Part] = [(f"{duration(total)} in all. Approving cannot be undone.", "")]
        self.do_batch(title, steps, confirm="Approve", doing="Approving", note=note, after=self.unmark_done)

    async def _approve(self, record: Record) -> Outcome:
        who = facts.who(record)

        async def call() -> str:
            client = self.connection.client
            handled = await client.update_time_request(record["id"], "approved")
            user = await client.get_user(handled["user"])
            return (
                f"{duration(facts.seconds_of(record))} credited, now {duration(facts.number(user.get('qpu_seconds')))}"
            )

        said = f"{duration(facts.seconds_of(record))} credited"
        return await self._handle("requests.approve", who, call(), looks.handled(self, record, "approved", said))

    async def _handle(self, id: str, who: str, call: Any, look: Look) -> Outcome:
        from qpi_client import AlreadyHandled

        handled: list[str] = []

        async def told() -> str:
            try:
                return str(await call)
            except AlreadyHandled as error:
                status = str(error.record.get("status", "handled"))
                handled.append(status)
                raise

        outcome = await self.attempt(id, who, told(), look)
        if handled:
            return Outcome(False, f"{handled[0]} meanwhile by somebody else; nothing was changed or credited")
        return outcome

    def do_reject(self) -> None:
        """Ask for the reason, then tell each."""
        targets = self._pending_targets()
        if not targets:
            return
        names = ", ".join(facts.who(record) for record in targets[:3]) + (" …" if len(targets) > 3 else "")
        used = Counter(str(record["rejection_reason"]) for record in self._all if record.get("rejection_reason"))

        def check(values: dict[str, str]) -> Sequence[Part]:
            reason = values["reason"].strip()
            if not reason:
                raise ValueError("Say why: the user will read it.")
            if len(reason) > MAX_REASON:
                raise ValueError(f"The reason has {len(reason):,} characters; {MAX_REASON:,} are the most. Shorten it.")
            return [(f"{names} will read this.", "")]

        async def act(values: dict[str, str]) -> Outcome:
            outcome = await self._reject(targets[0], values["reason"].strip())
            if outcome.ok:
                self.console.say_outcome(facts.who(targets[0]), outcome)
                self.feed.poke()
            return outcome

        def typed(values: dict[str, str] | None) -> None:
            if values is None or len(targets) == 1:
                return
            reason = values["reason"].strip()
            steps = [
                Step(
                    record["id"],
                    facts.who(record),
                    [(f"{facts.who(record)}  {duration(facts.seconds_of(record))}", "")],
                    partial(self._reject, record, reason),
                )
                for record in targets
            ]
            self.do_batch("Rejecting", steps, confirm="", doing="Rejecting", after=self.unmark_done)

        asked = duration(sum(map(facts.seconds_of, targets)))
        one = len(targets) == 1
        form = Form(
            "Reject this request?" if one else f"Reject {len(targets)} requests?",
            [Entry("reason", "reason", placeholder="what the user will read")],
            confirm="Reject",
            check=check,
            act=act if one else None,
            note=[(f"{names}  {asked}", "bold")],
            suggestions=[reason for reason, _ in used.most_common(3)],
        )
        self.app.push_screen(form, typed)

    async def _reject(self, record: Record, reason: str) -> Outcome:
        async def call() -> str:
            await self.connection.client.update_time_request(record["id"], "rejected", reason)
            return f"{duration(facts.seconds_of(record))} rejected"

        look = looks.handled(self, record, "rejected", f"{duration(facts.seconds_of(record))} rejected")
        return await self._handle("requests.reject", facts.who(record), call(), look)

    def do_all(self) -> None:
        """Handled ones too, or pending ones only."""
        self._every = not self._every
        self.table.set_columns(self.columns())
        self.show(self._all)

    def show_every(self) -> None:
        """Handled ones too."""
        self._every = True
        if self.is_mounted:
            self.table.set_columns(self.columns())
            self.show(self._all)

    def do_user(self) -> None:
        """The person in the users' list."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("users", str(record.get("user", "")))

    # -- users -------------------------------------------------------------------------------------------------------

    def do_create(self) -> None:
        """Ask for time."""

        def check(values: dict[str, str]) -> Sequence[Part]:
            if not values["amount"].strip():
                raise ValueError("How much? For example 30m, 2h or 1:30:00.")
            amount = parse_amount(values["amount"])
            if amount.op != "add" or amount.seconds <= 0:
                raise ValueError("Ask for more than nothing: for example 30m, 2h or 1:30:00.")
            if len(values["reason"]) > MAX_REASON:
                raise ValueError(f"The reason has {len(values['reason']):,} characters; {MAX_REASON:,} are the most.")
            return [(f"{duration(amount.seconds)} = {amount.seconds:,.10g} s", "")]

        async def act(values: dict[str, str]) -> Outcome:
            seconds = parse_amount(values["amount"]).seconds

            async def call() -> str:
                await self.connection.client.create_time_request(seconds, values["reason"].strip())
                return f"asked for {duration(seconds)}; an administrator will look at it"

            def wanted(made: Record) -> bool:
                same = facts.seconds_of(made) == seconds and made.get("requested_reason") == values["reason"].strip()
                return same and made.get("status") == "pending"

            known = {str(record["id"]) for record in self._all}
            look = looks.made("requests", (seconds, values["reason"]), known, self._read_all, wanted, "asked")
            outcome = await self.attempt("requests.create", "you", call(), look)
            if outcome.ok:
                self.console.say_outcome("you", outcome)
                self.feed.poke()
            return outcome

        entries = [
            Entry("amount", "how much", placeholder="30m, 2h, 1:30:00 or seconds"),
            Entry("reason", "what for", placeholder="what the administrator will read"),
        ]
        self.app.push_screen(Form("Ask for QPU time", entries, confirm="Ask", check=check, act=act))

    def do_withdraw(self) -> None:
        """Withdraw pending ones."""
        targets = self._pending_targets()
        steps = [
            Step(
                record["id"],
                duration(facts.seconds_of(record)),
                [(f"{duration(facts.seconds_of(record))}  ", "bold"), (str(record.get("requested_reason", "")), "")],
                partial(self._withdraw, record),
            )
            for record in targets
        ]
        if steps:
            title = "Withdraw this request?" if len(steps) == 1 else f"Withdraw {len(steps)} requests?"
            self.do_batch(title, steps, confirm="Withdraw", doing="Withdrawing", after=self.unmark_done)

    async def _withdraw(self, record: Record) -> Outcome:
        async def call() -> str:
            await self.connection.client.withdraw_time_request(record["id"])
            return "withdrawn"

        look = looks.gone("requests.withdraw", record["id"], self._read_all, "withdrawn")
        return await self.attempt("requests.withdraw", duration(facts.seconds_of(record)), call(), look)
