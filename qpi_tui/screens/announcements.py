"""Announcements: administrators write, edit and end them; users read and dismiss them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from qpi_tui.domain.clock import age
from qpi_tui.domain.columns import Column
from qpi_tui.domain.parse_time import said
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.known import Known
from qpi_tui.live.reads import WHOLE, read_rows
from qpi_tui.resources import announcements as columns
from qpi_tui.resources import users
from qpi_tui.screens.announcement_banner import ask_dismiss, dismiss, waiting
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.rows.announcements import AnnouncementRow
    from qpi_tui.rows.users import UserRow


class Listing(NamedTuple):
    """The data: the announcements, and for administrators the users that they are for."""

    notices: Sequence[AnnouncementRow] | Known
    people: Sequence[UserRow] = ()


class AnnouncementsScreen(ListScreen["AnnouncementRow"]):
    """The current, scheduled and past announcements."""

    resource = columns.RESOURCE
    brief_height = 4

    def __init__(self) -> None:
        super().__init__()
        self._people: dict[str, UserRow] = {}

    @property
    def admin(self) -> bool:
        """Whether this account writes announcements."""
        return self.console.role is Role.ADMIN

    @property
    def empty(self) -> str:  # type: ignore[override]  # what "nothing" means depends on the role
        """The message for an empty list."""
        return "No announcements. n writes one." if self.admin else "No announcements."

    def columns(self) -> Sequence[Column]:
        """State, title, text, recipient, start and end."""
        return columns.COLUMNS if self.admin else [column for column in columns.COLUMNS if column.key != "to"]

    def connected(self) -> None:
        """The columns depend on the role."""
        self.fit_columns()
        super().connected()

    async def read(self, connection: Connection) -> Listing:
        """Read the announcements, and for administrators their recipients."""
        notices = self.read_list(connection)
        if connection.role is not Role.ADMIN:
            return Listing(await notices)
        people = read_rows(connection.client, users.RESOURCE, fields=("id", "email", "name"), limit=WHOLE)
        return Listing(*await asyncio.gather(notices, people))

    def merge(self, data: Listing, events: Sequence[ChangeEvent]) -> Listing | None:
        """Merge events into a long list; read a short one again."""
        known = super().merge(data.notices, events) if isinstance(data.notices, Known) else None
        return data._replace(notices=known) if isinstance(known, Known) else None

    def show(self, data: Listing) -> None:
        """Paint the announcements; a long list in order of arrival."""
        self._people = {person.id: person for person in data.people}
        super().show(data.notices if isinstance(data.notices, Known) else data)

    def row(self, record: AnnouncementRow) -> AnnouncementRow:
        """Return an announcement with its recipient."""
        from msgspec.structs import replace

        return replace(record, recipient=self._people.get(record.target))

    def rows(self, data: Listing) -> list[AnnouncementRow]:
        """Return current, then scheduled, then past ones; for users without the dismissed ones."""
        every: Sequence[AnnouncementRow] = () if isinstance(data.notices, Known) else data.notices
        console = self.console
        shown = every if self.admin else waiting(console, console.connection, every)
        rows = [self.row(notice) for notice in shown]
        return sorted(rows, key=lambda row: columns.STATES.index(row.state))

    def summary(self) -> list[Part]:
        """Return the number of each kind."""
        states = [record.state for record in self.records]
        shown, later, over = (states.count(state) for state in ("shown", "later", "over"))
        if not self.admin:
            return [(f"{shown} announced", "bold" if shown else "")]
        return [(f"{shown} shown now", "bold" if shown else ""), (f" · {later} scheduled · {over} over", "")]

    def detail(self, record: AnnouncementRow) -> list[list[Part]]:
        """Return the detail."""
        start, end = record.start, record.end
        lines: list[list[Part]] = [
            [(record.title or "?", "bold")],
            [(record.description, "")],
            [("", "")],
            [("from   ", "$text-muted"), (said(start, "at once"), "")],
            [("until  ", "$text-muted"), (said(end, "it is ended"), "")],
        ]
        if self.admin:
            lines += [
                [("to     ", "$text-muted"), (record.to, "")],
                [("id     ", "$text-muted"), (record.id, "")],
            ]
        if written := age(record.created):
            lines.append([("written", "$text-muted"), (f" {written}{'' if written == 'now' else ' ago'}", "")])
        return lines

    def brief(self, record: AnnouncementRow) -> list[list[Part]]:
        """Return title, recipient, times and text."""
        start, end = record.start, record.end
        told = f" · from {said(start, 'at once')} until {said(end, 'it is ended')}" + (
            f" · to {record.to}" if self.admin else ""
        )
        return [
            [(record.title or "?", "bold"), (told, "$text-muted")],
            [(self.in_brief(record.description, 3), "")],
        ]

    # -- admins ------------------------------------------------------------------------------------------------------

    def do_create(self) -> None:
        """Write an announcement."""
        self._write(None)

    def do_edit(self) -> None:
        """Edit the announcement under the cursor."""
        record = self.table.cursor_record
        if record is not None:
            self._write(record)

    def _write(self, record: AnnouncementRow | None) -> None:
        from qpi_tui.screens.announcement_form import write

        write(self, record, list(self._people.values()), self.point_at)

    def do_end(self) -> None:
        """End the current announcement."""
        targets = self.targets()
        shown = [record for record in targets if record.state == "shown"]
        if targets and not shown:
            later = targets[0].state == "later"
            self.tell("It has not begun. e changes its times, X deletes it." if later else "It has already ended.")
            return
        self._ask("End", shown, self._end, "Users no longer see it.", careful=False)

    async def _end(self, record: AnnouncementRow) -> Outcome:
        from qpi_tui.edits.announcements import EndAnnouncement

        return await self.make(EndAnnouncement(target=record.title, announcement=record.id))

    def do_delete(self) -> None:
        """Delete one or all marked."""
        self._ask("Delete", self.targets(), self._delete, "It is deleted for everybody. This cannot be undone.")

    async def _delete(self, record: AnnouncementRow) -> Outcome:
        from qpi_tui.edits.announcements import DeleteAnnouncement

        return await self.make(DeleteAnnouncement(target=record.title, announcement=record.id))

    def _ask(self, word: str, targets: Sequence[AnnouncementRow], act: Any, note: str, *, careful: bool = True) -> None:
        steps = [
            Step(
                record.id,
                record.title,
                [
                    (f"{pad(record.title, 32)} ", "bold"),
                    (f"{record.state}, to {record.to}", ""),
                ],
                partial(act, record),
            )
            for record in targets
        ]
        if steps:
            what = "this announcement" if len(steps) == 1 else f"{len(steps)} announcements"
            self.do_batch(
                f"{word} {what}?",
                steps,
                confirm=word,
                doing="Sending",
                note=[(note, "")],
                careful=careful,
                after=self.unmark_done,
            )

    # -- users -------------------------------------------------------------------------------------------------------

    def do_dismiss(self) -> None:
        """Ask, then dismiss one or all marked."""
        if targets := self.targets():
            ask_dismiss(self.console, targets, lambda: self.run_worker(self._dismiss(targets), exit_on_error=False))

    async def _dismiss(self, targets: Sequence[AnnouncementRow]) -> None:
        for record in targets:
            await dismiss(self.console, "announcements.dismiss", record)
        self.table.set_marks(())
        self.feed.forget()
        self.feed.poke()
        self.console.repaint_frames()
