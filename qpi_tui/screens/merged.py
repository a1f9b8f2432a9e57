"""A list of all servers: their records with a column for the server. Actions run on the record's server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from weakref import WeakKeyDictionary

from qpi_tui.actions import ACTIONS, allowed
from qpi_tui.domain.clock import now
from qpi_tui.domain.columns import Column
from qpi_tui.domain.filter_index import text_of
from qpi_tui.domain.filter_language import Language, language
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import cells, pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.overview import Lab
from qpi_tui.live.reads import or_empty, read_rows
from qpi_tui.resources import doctor
from qpi_tui.resources.base import Resource
from qpi_tui.rows.merged import MergedRow
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection, explain

if TYPE_CHECKING:
    from qpi_tui.live.servers import LiveSession, LiveSessions
    from qpi_tui.rows.base import Row
    from qpi_tui.screens.custom_commands import Meant

# Newest jobs to show of each server.
JOBS = 200
SERVER = Column("server", "Server", 12, lambda row: row.server, least=6)

Reader = Callable[["MergedScreen", "LiveSession", Connection], Coroutine[Any, Any, Sequence[Any]]]


class Kept(NamedTuple):
    """The last rows of a server, and for whom they were read."""

    account: tuple[str, str, str]
    rows: tuple[MergedRow, ...]


class Merged(NamedTuple):
    """The data: rows, and a sentence for each server that did not answer."""

    rows: tuple[MergedRow, ...]
    problems: tuple[str, ...]


async def listed(screen: MergedScreen, session: LiveSession, connection: Connection) -> Sequence[Row]:
    """Return the rows of one server that this role may see."""
    id, admin = screen.resource.id, connection.role is Role.ADMIN
    arguments: dict[str, dict[str, Any]] = {
        "jobs": {"limit": JOBS, "everyone": admin, "fields": screen.resource.fields},
        "requests": {"status": "pending"} if admin else {},
        "slots": {"start": now()},
    }
    return await or_empty(read_rows(connection.client, screen.resource, **arguments.get(id, {})))


class MergedScreen(ListScreen[MergedRow]):
    """The records of one kind on all servers. Enter and actions go to the record's server."""

    resource: ClassVar[Resource[Any]]
    reader: ClassVar[Reader] = staticmethod(listed)
    empty: ClassVar[str] = "No records on any server."

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[int, Kept] = {}
        self._problems: tuple[str, ...] = ()
        # The last data by server: only newer jobs are requested.
        self.labs: WeakKeyDictionary[Connection, Lab] = WeakKeyDictionary()

    @property
    def servers(self) -> LiveSessions:
        """The servers."""
        servers = self.console.servers
        if servers is None:
            raise RuntimeError("only one server is open")
        return servers

    def columns(self) -> Sequence[Column]:
        """The server, as wide as the names need it, then the columns of the resource."""
        longest = max(cells(each.name) for each in self.servers.all)
        server = SERVER._replace(width=min(max(longest, cells(SERVER.label)), SERVER.width))
        return (server, *[_of_row(column) for column in self.listed_columns()])

    def listed_columns(self) -> Sequence[Column]:
        """Those behind the server."""
        return self.resource.columns

    @cached_property
    def _language(self) -> Language:
        columns = (SERVER, *[_of_row(column) for column in self.resource.columns])
        return language(columns, aliases=self.resource.filters, rules=self.resource.rules)

    @property
    def language(self) -> Language:
        """The filter language of the resource, with the server."""
        return self._language

    # -- data --------------------------------------------------------------------------------------------------------

    async def read(self, connection: Connection) -> Merged:
        """Read all servers at once. For a server that does not answer, keep its last data."""
        sessions = self.servers.signed_in
        answers = await asyncio.gather(*[self._of(*each) for each in sessions], return_exceptions=True)
        problems = [
            f"{each.name}: {each.problem}" for each in self.servers.all if each.connection is None and each.problem
        ]
        failed = []
        for (at, session, asked), answer in zip(sessions, answers, strict=True):
            if isinstance(answer, BaseException):
                failed.append(answer)
                problems.append(explain(answer, doing=session.name))
            else:
                self._kept[at] = Kept(asked.account, answer)
        if failed and len(failed) == len(sessions):
            raise failed[0]
        self._forget_others()
        rows = tuple(row for _, kept in sorted(self._kept.items()) for row in kept.rows)
        return Merged(rows, tuple(problems))

    def _forget_others(self) -> None:
        """Keep the rows of the accounts that are signed in."""
        there = {at: connection.account for at, _, connection in self.servers.signed_in}
        self._kept = {at: kept for at, kept in self._kept.items() if there.get(at) == kept.account}

    def drop_data(self) -> None:
        """Another account or server is the current one: the rows of every account that is still signed in stay."""
        self._forget_others()
        left = [row for row in self.records if row.at in self._kept]
        if self.is_mounted and len(left) < len(self.records):
            self.records = left
            self.table.set_records(left)
            self.paint_detail()

    async def _of(self, at: int, session: LiveSession, connection: Connection) -> tuple[MergedRow, ...]:
        resource = self.resource
        if not resource.visible(connection.role) or not resource.exists_on(await connection.learn_generation()):
            return ()
        return tuple(MergedRow(at, session.name, row) for row in await type(self).reader(self, session, connection))

    def rows(self, data: Merged) -> Sequence[MergedRow]:
        """The rows of all servers: the newest jobs, the next slots and what is urgent first, else by server."""
        self._problems = data.problems
        if self.area == "doctor":
            return sorted(data.rows, key=lambda row: doctor.severity_rank(row.row))
        if self.area == "jobs":
            return sorted(data.rows, key=lambda row: str(row.created), reverse=True)
        if self.area == "slots":
            return sorted(data.rows, key=lambda row: str(row.start_time))
        return sorted(data.rows, key=lambda row: not row.urgent) if self.area == "overview" else data.rows

    def detail(self, record: MergedRow) -> list[list[Part]]:
        """Return the server and id, then every column."""
        first: list[Part] = [(record.server, "bold"), ("" if self.area == "overview" else f"  {record.row.id}", "")]
        return [first] + [
            [(f"{column.label:<9} ", "$text-muted"), (text_of(column.cell(record.row)), "")]
            for column in self.resource.columns
        ]

    def on_screen_resume(self) -> None:
        """Follow the other servers too."""
        self.servers.follow(self.topics)

    def summary(self) -> list[Part]:
        """Return how many on how many servers, and each server's problem."""
        count, on = len(self.records), len(self.servers.signed_in)
        said = f"{count:,} {self.noun[count != 1]} on {on} server{'s' * (on != 1)}"
        if self.area == "jobs" and any(len(kept.rows) >= JOBS for kept in self._kept.values()):
            said += f" · newest {JOBS} per server"
        return [(said, ""), *[(f" · ▲ {problem}", "$text-warning") for problem in self._problems]]

    # -- actions: at the record's own server -------------------------------------------------------------------------

    def may(self, id: str) -> bool:
        """Whether the account on any of the servers may run this action."""
        sessions = self.servers.signed_in
        return any(allowed(ACTIONS[id], at.role, read_only=each.settings.read_only) for _, each, at in sessions)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key works if an account on any of the servers may run its action."""
        if action == "do" and parameters and ACTIONS[str(parameters[0])].area == self.area:
            return self.signed_in and self.may(str(parameters[0]))
        return super().check_action(action, parameters)

    def action_do(self, id: str) -> None:
        """Run actions on the records' server."""
        if ACTIONS[id].area == self.area and self.signed_in:
            self._lead(id)
        else:
            super().action_do(id)

    def meant_rows(self) -> Sequence[Meant] | None:
        """The records that a command of one's own runs on, each with its own server."""
        from qpi_tui.screens.custom_commands import Meant

        rows: Any = self.command_rows()
        if rows == []:
            # Without a record nothing says which server is meant.
            self.tell(f"No line is under the cursor: {self.console.keys.word('app.server')} goes to one server.")
            return None
        sessions = self.servers.all
        return rows and [
            Meant(row.row, sessions[row.at].settings, sessions[row.at].sign_in, row.server) for row in rows
        ]

    def do_copy(self) -> None:
        """Return the id of the row on its server."""
        record = self.table.cursor_record
        if record is not None:
            from qpi_tui.terminal.clipboard import copy_text

            self.tell(copy_text(self.app, record.row.id), warn=False)

    def do_open(self) -> None:
        """Go to the record on its server."""
        self._lead("")

    def _lead(self, action: str) -> None:
        """Go to the server of the targets, with their marks, and run the action there."""
        rows = self.targets() if action else [self.table.cursor_record]
        found = [row for row in rows if row is not None]
        if len({row.at for row in found}) > 1:
            self._ask_each(found, action)
        elif found:
            self.lead_to(found[0].at, [row.row for row in found], action)
        elif action and not self.table.hidden_marks:
            self.tell("No line under the cursor.")

    def _ask_each(self, rows: Sequence[MergedRow], action: str) -> None:
        """Ask once, naming the servers; then each of them asks for its own marks."""
        errands = [(at, [row.row.id for row in rows if row.at == at]) for at in sorted({row.at for row in rows})]
        names = [self.servers.all[at].name for at, _ in errands]
        width = max(map(cells, names))
        lines: list[list[Part]] = [
            [(f"{pad(name, width)}  ", "bold"), (f"{len(ids):,} {self.noun[len(ids) != 1]}", "")]
            for name, (_, ids) in zip(names, errands, strict=True)
        ]
        lines += [[("", "")], [("Each server asks for its own, one after the other.", "$text-muted")]]
        label = ACTIONS[action].label
        self.console.ask_question(
            f"{label[:1].upper()}{label[1:]} on {len(errands)} servers?",
            lines,
            "Go on",
            lambda: self.console.act_on_each(self.area, errands, action),
        )

    def lead_to(self, at: int, rows: Sequence[Row], action: str) -> None:
        """Go to these records on a server, and run the action."""
        self.console.act_on(at, self.area, [row.id for row in rows], action)


def _of_row(column: Column) -> Column:
    """Adapt a column of the resource to rows with a server."""
    sort = column.sort
    return column._replace(
        cell=lambda merged: column.cell(merged.row),
        sort=None if sort is None else lambda merged: sort(merged.row),
    )
