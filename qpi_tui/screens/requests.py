"""Requests for QPU time: an administrator's queue, oldest first; a user's own, with their outcomes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult

from qpi_tui.domain.clock import now
from qpi_tui.domain.columns import Column
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import Role
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.detail_cache import DetailCache
from qpi_tui.live.known import Known
from qpi_tui.live.reads import WHOLE, read_rows
from qpi_tui.live.usage import read_month, read_use
from qpi_tui.resources import requests as columns
from qpi_tui.rows.request_text import others_lines, others_words
from qpi_tui.rows.usage import Month, month_parts, use_words
from qpi_tui.screens.request_list import RequestList
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.lines import Line, assemble

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.rows.requests import RequestRow


class Waiting(NamedTuple):
    """The data of a long list: its window, and the pending requests."""

    known: Known
    pending: list[RequestRow]


NO_REASON = "(no reason given)"


class RequestsScreen(RequestList):
    """The queue of requests for QPU time."""

    resource = columns.RESOURCE
    told_by_events = True
    brief_height = 3
    DEFAULT_CSS = """
    RequestsScreen #month { padding: 0 1; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._every = False
        self._month: Month | None = None
        self._uses = DetailCache(self, _use, self.paint_detail)

    @property
    def admin(self) -> bool:
        """Whether this is the administrator's queue."""
        return self.console.role is Role.ADMIN

    def columns(self) -> Sequence[Column]:
        """The user is for administrators; the outcome for users, or when decided ones are shown."""
        return columns.fitted(columns.for_role(admin=self.admin, every=self._every or not self.admin), self.records)

    async def read(self, connection: Connection) -> list[RequestRow] | Waiting:
        """Read all requests that this account may see, in order of arrival, and a user's use of this month.

        Of a long list: the window, and for administrators the pending ones.
        """
        if connection.role is Role.USER:
            month = await read_month(connection)
            if connection is self.console.connection:
                self._month = month
                self._paint_month()
        found = await self.read_list(connection)
        if not isinstance(found, Known):
            return found
        pending = await read_rows(connection.client, columns.RESOURCE, status="pending", limit=WHOLE)
        return Waiting(found, pending)

    def drop_data(self) -> None:
        """Drop the decided ones and the month too."""
        self.every_request = []
        self._month = None
        super().drop_data()
        if self.is_mounted:
            self._paint_month()

    def merge(
        self, data: list[RequestRow] | Waiting, events: Sequence[ChangeEvent]
    ) -> list[RequestRow] | Waiting | None:
        """Events carry whole requests, but not a user's use of the month."""
        if not self.admin:
            return None
        if not isinstance(data, Waiting):
            return super().merge(data, events)
        known, pending = super().merge(data.known, events), super().merge(data.pending, events)
        return Waiting(known, pending) if isinstance(known, Known) and pending is not None else None

    def show(self, data: list[RequestRow] | Waiting) -> None:
        """Paint the rows in columns as wide as needed; of a long list the pending ones, or all in order of arrival."""
        if isinstance(data, Waiting):
            self.every_request = data.pending
            super().show(data.known if self._every or not self.admin else data.pending)
        else:
            super().show(data)
        self.fit_columns()

    def row(self, record: RequestRow) -> RequestRow:
        """Return a request of a long list, with its age if pending."""
        if not (self.admin and record.pending):
            return record
        from msgspec.structs import replace

        return replace(record, age=self.console.first_seen.words(record.id, record.created))

    def body(self) -> ComposeResult:
        """Compose the queue; for users below the use of this month."""
        yield Line(id="month")
        yield from super().body()

    def repaint_frame(self) -> None:
        """The month's line includes the balance."""
        super().repaint_frame()
        if self.is_mounted:
            self._paint_month()

    def _paint_month(self) -> None:
        line = self.query_one("#month", Line)
        line.display = self._month is not None and not self.admin
        if self._month is not None:
            balance, width, ascii = self.console.badges.balance, self.app.size.width - 2, self.console.plain
            line.show(assemble(month_parts(self._month, balance, width, ascii=ascii)))

    def rows(self, data: list[RequestRow]) -> list[RequestRow]:
        """Return the pending ones, oldest first, for administrators; all of a user's, newest first."""
        self.every_request = data
        if not self.admin:
            return data[::-1]
        from msgspec.structs import replace

        aged = self.console.first_seen
        # Ages count from the first sight, in this list or in the frame's count.
        aged.note([request.id for request in data if request.pending])
        pending = [replace(each, age=aged.words(each.id, each.created)) for each in data if each.pending]
        if self._every:
            return pending + [request for request in data[::-1] if not request.pending]
        return pending

    @property
    def empty(self) -> str:  # type: ignore[override]  # what "nothing" means depends on the role
        """The message for an empty list."""
        if not self.admin:
            return "No requests for QPU time. n creates one."
        return "No pending requests. t shows the decided ones."

    def connected(self) -> None:
        """The columns depend on the role; a user's use belongs to one server."""
        self._uses.forget()
        self.fit_columns()
        super().connected()

    def do_app_refresh(self) -> None:
        """Read the use again too."""
        self._uses.forget()
        self.console.do_refresh()

    # -- what it says ------------------------------------------------------------------------------------------------

    def summary(self) -> list[Part]:
        """Return how many are pending, and for how much."""
        pending = [record for record in self.every_request if record.pending]
        asked = sum(record.seconds for record in pending)
        parts: list[Part] = [
            (f"{len(pending)} pending", "bold" if pending else ""),
            (f" · {duration(asked)} asked", ""),
        ]
        if self.long is not None:
            parts.append((f" · {self.long.list.total - len(pending):,} decided", "$text-muted"))
        elif self._every or not self.admin:
            parts.append((f" · {len(self.every_request) - len(pending)} decided", "$text-muted"))
        return parts

    def marked_words(self, marked: Sequence[RequestRow]) -> str:
        """Return the sum of the marked requests."""
        return duration(sum(request.seconds for request in marked))

    def detail(self, record: RequestRow) -> list[list[Part]]:
        """Return the full reason, the amount, both balances, the use, and the user's other requests."""
        seconds = record.seconds
        lines: list[list[Part]] = [
            [(record.who, "bold")],
            [(record.requested_reason or NO_REASON, "")],
            [("", "")],
            [("amount   ", "$text-muted"), (duration(seconds), "bold"), (f"  ({seconds:,.10g} s)", "$text-muted")],
        ]
        balance = record.balance_before
        if balance is not None and record.pending and self.admin:
            after = f"{duration(balance)} → {duration(balance + seconds)}"
            lines.append([("balance  ", "$text-muted"), (after, "")])
        elif balance is not None and self.admin:
            lines.append([("balance  ", "$text-muted"), (duration(balance), "")])
        lines.append([("status   ", "$text-muted"), (record.status, "")])
        if waits := _waits(record):
            lines.append([("waits    ", "$text-muted"), (waits, "")])
        if record.rejection_reason:
            lines.append([("because  ", "$text-muted"), (record.rejection_reason, "")])
        if self.admin:
            use = self._uses.of((record.user, balance))
            lines.append([("30 days  ", "$text-muted"), (use_words(use) if use is not None else "…", "")])
            lines += others_lines(self._others(record))
        return lines

    def brief(self, record: RequestRow) -> list[list[Part]]:
        """Return user, waiting time, earlier requests and reason."""
        if not self.admin:
            return []
        told = [f"waits {waits}" if (waits := _waits(record)) else "", others_words(self._others(record))]
        reason = record.rejection_reason or record.requested_reason or NO_REASON
        return [
            [(record.who, "bold"), *[(f" · {each}", "$text-muted") for each in told if each]],
            [(self.in_brief(f"rejected: {reason}" if record.rejection_reason else reason, 2), "")],
        ]

    def fit_detail(self) -> None:
        """A user's own list has room for everything."""
        super().fit_detail()
        if not self.admin:
            self.query_one("#brief").display = False

    def _others(self, record: RequestRow) -> list[RequestRow]:
        """Return the user's other requests, newest first."""
        same = (each for each in reversed(self.every_request) if each.user == record.user)
        return [each for each in same if each.id != record.id]

    # -- what can be done ----------------------------------------------------------------------------------------------

    def do_approve(self) -> None:
        """Ask, then approve each."""
        from qpi_tui.screens.request_answers import approve

        approve(self)

    def do_reject(self) -> None:
        """Ask for the reason, then reject each."""
        from qpi_tui.screens.request_answers import reject

        reject(self)

    def do_all(self) -> None:
        """Toggle between all requests and pending ones."""
        self._every = not self._every
        self._show_again()

    def show_every(self) -> None:
        """Show decided ones too."""
        self._every = True
        if self.is_mounted:
            self._show_again()

    def _show_again(self) -> None:
        self.fit_columns()
        self.show(self.feed.data if isinstance(self.feed.data, Waiting) else self.every_request)

    def do_user(self) -> None:
        """Show the user in the list of users."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("users", record.user)

    def do_create(self) -> None:
        """Request time."""
        from qpi_tui.screens.request_asks import ask

        ask(self)

    def do_withdraw(self) -> None:
        """Withdraw pending requests."""
        from qpi_tui.screens.request_asks import withdraw

        withdraw(self)


async def _use(connection: Connection, key: Hashable) -> Month:
    """The key of the cached detail: user and balance, which changes with every job that costs."""
    user = str(key[0]) if isinstance(key, tuple) else ""
    return await read_use(connection, user, now() - timedelta(days=30))


def _waits(record: RequestRow) -> str:
    return record.age.replace(">", "more than ")
