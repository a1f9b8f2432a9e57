"""Requests for QPU time: an admin's queue, oldest first; a user's own, with their outcomes."""

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
    """What is read of a long list: a mark of what is known of it, and the pending requests."""

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
        """Whether this is the admin's queue."""
        return self.console.role is Role.ADMIN

    def columns(self) -> Sequence[Column]:
        """Who asks is for admins; the outcome for users, or when handled ones are shown."""
        return columns.fitted(columns.for_role(admin=self.admin, every=self._every or not self.admin), self.records)

    async def read(self, connection: Connection) -> list[RequestRow] | Waiting:
        """All requests that this person may see, in the order of their arrival; a user's own use of this month.

        Of a long list an administrator's pending ones, beside what is known of it.
        """
        if connection.role is Role.USER:
            self._month = await read_month(connection)
            self._paint_month()
        found = await self.read_list(connection)
        if not isinstance(found, Known):
            return found
        pending = await read_rows(connection.client, columns.RESOURCE, status="pending", limit=WHOLE)
        return Waiting(found, pending)

    def merge(
        self, data: list[RequestRow] | Waiting, events: Sequence[ChangeEvent]
    ) -> list[RequestRow] | Waiting | None:
        """Events carry whole requests, but not a user's usage of the month."""
        if not self.admin:
            return None
        if not isinstance(data, Waiting):
            return super().merge(data, events)
        known, pending = super().merge(data.known, events), super().merge(data.pending, events)
        return Waiting(known, pending) if isinstance(known, Known) and pending is not None else None

    def show(self, data: list[RequestRow] | Waiting) -> None:
        """The lines, in columns as wide as they need; of a long list the pending ones, or all as they arrived."""
        if isinstance(data, Waiting):
            self.every_request = data.pending
            super().show(data.known if self._every or not self.admin else data.pending)
        else:
            super().show(data)
        self.fit_columns()

    def row(self, record: RequestRow) -> RequestRow:
        """A request of a long list, with its age where it waits."""
        if not (self.admin and record.pending):
            return record
        from msgspec.structs import replace

        return replace(record, age=self.console.first_seen.words(record.id, record.created))

    def body(self) -> ComposeResult:
        """The queue; for users the use of this month above it."""
        yield Line(id="month")
        yield from super().body()

    def repaint_frame(self) -> None:
        """The balance of the frame is in the month's line too."""
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
        """An admin sees the pending ones, oldest first; a user all of theirs, newest first."""
        self.every_request = data
        if not self.admin:
            return data[::-1]
        from msgspec.structs import replace

        aged = self.console.first_seen
        # Whichever comes first, this list or the frame's count: from then on they age.
        aged.note([request.id for request in data if request.pending])
        pending = [replace(each, age=aged.words(each.id, each.created)) for each in data if each.pending]
        if self._every:
            return pending + [request for request in data[::-1] if not request.pending]
        return pending

    @property
    def empty(self) -> str:  # type: ignore[override]  # what "nothing" means depends on the role
        """What an empty list says."""
        if not self.admin:
            return "No requests for QPU time yet. n creates one."
        return "No request waits. t shows the handled ones."

    def connected(self) -> None:
        """The columns depend on the role; what was used is not known of another server."""
        self._uses.forget()
        self.fit_columns()
        super().connected()

    def do_app_refresh(self) -> None:
        """What was used anew too."""
        self._uses.forget()
        self.console.do_refresh()

    # -- what it says ------------------------------------------------------------------------------------------------

    def summary(self) -> list[Part]:
        """How many wait, and for how much."""
        pending = [record for record in self.every_request if record.pending]
        asked = sum(record.seconds for record in pending)
        parts: list[Part] = [
            (f"{len(pending)} pending", "bold" if pending else ""),
            (f" · {duration(asked)} asked", ""),
        ]
        if self.long is not None:
            parts.append((f" · {self.long.list.total - len(pending):,} handled", "$text-muted"))
        elif self._every or not self.admin:
            parts.append((f" · {len(self.every_request) - len(pending)} handled", "$text-muted"))
        return parts

    def marked_words(self, marked: Sequence[RequestRow]) -> str:
        """The sum of what is marked."""
        return duration(sum(request.seconds for request in marked))

    def detail(self, record: RequestRow) -> list[list[Part]]:
        """The whole reason, the sum, both balances, what was used, and what else this person asked for."""
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
        """Who it is in full, for how long it waits, what the person asked for before; the reason."""
        if not self.admin:
            return []
        told = [f"waits {waits}" if (waits := _waits(record)) else "", others_words(self._others(record))]
        reason = record.rejection_reason or record.requested_reason or NO_REASON
        return [
            [(record.who, "bold"), *[(f" · {each}", "$text-muted") for each in told if each]],
            [(self.in_brief(f"rejected: {reason}" if record.rejection_reason else reason, 2), "")],
        ]

    def fit_detail(self) -> None:
        """A user's own list has room for all there is."""
        super().fit_detail()
        if not self.admin:
            self.query_one("#brief").display = False

    def _others(self, record: RequestRow) -> list[RequestRow]:
        """What else the person asked for, the latest first."""
        same = (each for each in reversed(self.every_request) if each.user == record.user)
        return [each for each in same if each.id != record.id]

    # -- what can be done ----------------------------------------------------------------------------------------------

    def do_approve(self) -> None:
        """Ask, then credit each."""
        from qpi_tui.screens.request_answers import approve

        approve(self)

    def do_reject(self) -> None:
        """Ask for the reason, then tell each."""
        from qpi_tui.screens.request_answers import reject

        reject(self)

    def do_all(self) -> None:
        """Handled ones too, or pending ones only."""
        self._every = not self._every
        self._show_again()

    def show_every(self) -> None:
        """Handled ones too."""
        self._every = True
        if self.is_mounted:
            self._show_again()

    def _show_again(self) -> None:
        self.fit_columns()
        self.show(self.feed.data if isinstance(self.feed.data, Waiting) else self.every_request)

    def do_user(self) -> None:
        """The person in the users' list."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to("users", record.user)

    def do_create(self) -> None:
        """Ask for time."""
        from qpi_tui.screens.request_asks import ask

        ask(self)

    def do_withdraw(self) -> None:
        """Withdraw pending ones."""
        from qpi_tui.screens.request_asks import withdraw

        withdraw(self)


async def _use(connection: Connection, key: Hashable) -> Month:
    """The key is the user and the balance, which changes with every job that costs."""
    user = str(key[0]) if isinstance(key, tuple) else ""
    return await read_use(connection, user, now() - timedelta(days=30))


def _waits(record: RequestRow) -> str:
    return record.age.replace(">", "more than ")
