"""Announcements: an admin writes, edits and ends them; a user reads and dismisses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from qpi_tui.domain import facts
from qpi_tui.domain.announcements import banner
from qpi_tui.domain.clock import age, now, parse_date
from qpi_tui.domain.columns import Column
from qpi_tui.domain.parse_time import as_typed, parse_moment, said
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean, pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.announcements import CreateAnnouncement, DeleteAnnouncement, EditAnnouncement, EndAnnouncement
from qpi_tui.edits.edit import Edit
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.resources import announcements as columns
from qpi_tui.screens.announcement_banner import ask_dismiss, dismiss, waiting
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.screens.table_screen import Record
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.batch import Step
from qpi_tui.widgets.form import Entry, Form

MAX_TITLE, MAX_TEXT = 255, 4000
# A line to fill in → the field of the record.
_FIELDS = {
    "title": "title",
    "text": "text",
    "from": "start",
    "until": "end",
    "to": "to",
}


class AnnouncementsScreen(ListScreen[Any]):
    """What is shown to users now, what will be, and what is over."""

    area = "announcements"
    topics: ClassVar[tuple[str, ...]] = ("notifications",)
    noun: ClassVar[tuple[str, str]] = ("announcement", "announcements")
    brief_height = 4

    def __init__(self) -> None:
        super().__init__()
        self._people: dict[str, Record] = {}

    @property
    def admin(self) -> bool:
        """Whether announcements are written here."""
        return self.console.role is Role.ADMIN

    @property
    def empty(self) -> str:  # type: ignore[override]  # what "nothing" means depends on the role
        """What an empty list says."""
        return "Nothing is announced: n writes something." if self.admin else "Nothing is announced."

    def columns(self) -> Sequence[Column]:
        """State, title, text, to whom, from and until."""
        return columns.COLUMNS if self.admin else [column for column in columns.COLUMNS if column.key != "to"]

    def connected(self) -> None:
        """The columns depend on the role."""
        self.table.set_columns(self.columns())
        super().connected()

    async def read(self, connection: Connection) -> dict[str, Any]:
        """The announcements; an admin's console learns whom they are for."""
        client = connection.client
        if connection.role is not Role.ADMIN:
            return {"notices": await client.list_notifications(), "people": []}
        notices, people = await asyncio.gather(
            client.list_notifications(), client.list_users(fields=("id", "email", "name"))
        )
        return {"notices": notices, "people": people}

    def rows(self, data: dict[str, Any]) -> list[Record]:
        """What is shown first, then what comes, then what is over; a user's without the dismissed ones."""
        self._people = {person["id"]: person for person in data["people"]}
        notices = data["notices"] if self.admin else waiting(self.console, data["notices"])
        rows = [{**notice, "expand": {"target_users": self._people.get(_target(notice), {})}} for notice in notices]
        return sorted(rows, key=lambda row: ("shown", "later", "over").index(columns.state_of(row)))

    def summary(self) -> list[Part]:
        """How many of each."""
        states = [columns.state_of(record) for record in self.records]
        shown, later, over = (states.count(state) for state in ("shown", "later", "over"))
        if not self.admin:
            return [(f"{shown} announced", "bold" if shown else "")]
        return [(f"{shown} shown now", "bold" if shown else ""), (f" · {later} scheduled · {over} over", "")]

    def detail(self, record: Record) -> list[list[Part]]:
        """All of it."""
        start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
        lines: list[list[Part]] = [
            [(str(record.get("title") or "?"), "bold")],
            [(str(record.get("description") or ""), "")],
            [("", "")],
            [("from   ", "$text-muted"), (said(start, "at once"), "")],
            [("until  ", "$text-muted"), (said(end, "it is ended"), "")],
        ]
        if self.admin:
            lines += [
                [("to     ", "$text-muted"), (self._to(record), "")],
                [("id     ", "$text-muted"), (str(record["id"]), "")],
            ]
        if written := age(record.get("created")):
            lines.append([("written", "$text-muted"), (f" {written}{'' if written == 'now' else ' ago'}", "")])
        return lines

    def brief(self, record: Record) -> list[list[Part]]:
        """Title, to whom and when; the text."""
        start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
        told = f" · from {said(start, 'at once')} until {said(end, 'it is ended')}" + (
            f" · to {self._to(record)}" if self.admin else ""
        )
        return [
            [(str(record.get("title") or "?"), "bold"), (told, "$text-muted")],
            [(self.in_brief(str(record.get("description") or ""), 3), "")],
        ]

    def _to(self, record: Record) -> str:
        target = _target(record)
        return facts.user_name(self._people.get(target, {"id": target})) if target else "everybody"

    # -- admins ------------------------------------------------------------------------------------------------------

    def do_create(self) -> None:
        """Write one."""
        self._write(None)

    def do_edit(self) -> None:
        """Edit the one under the cursor."""
        record = self.table.cursor_record
        if record is not None:
            self._write(record)

    def _write(self, record: Record | None) -> None:
        known = {facts.user_name(person).casefold(): person["id"] for person in self._people.values()}

        def check(values: dict[str, str]) -> Sequence[Part]:
            fields = _fields(values)
            target = values["to"].strip().casefold()
            if target and target not in known:
                near = [name for name in known if target in name][:3]
                hint = f" Do you mean {', '.join(near)}?" if near else " Leave it empty for everybody."
                raise ValueError(f"There is no user {values['to'].strip()!r}.{hint}")
            start = fields["start_time"]
            when = "from now on" if start is None or start <= now() else f"from {said(start, '')}"
            to = f"only {target} sees" if target else "everybody sees"
            notice = {**fields, "end_time": _stamp(fields["end_time"])}
            return [(f"{to}, {when}:\n", "$text-muted"), *banner(notice)]

        async def act(values: dict[str, str]) -> Outcome:
            fields = _fields(values)
            target = known.get(values["to"].strip().casefold(), "")

            edit: Edit
            if record is None:
                edit = CreateAnnouncement(
                    target=fields["title"],
                    text=fields["description"],
                    start=fields["start_time"],
                    end=fields["end_time"],
                    to=target,
                    to_words=values["to"].strip(),
                )
            else:
                is_now = {
                    "title": fields["title"],
                    "text": fields["description"],
                    "start": fields["start_time"],
                    "end": fields["end_time"],
                    "to": target,
                }
                # What was not touched stays as it is there: what is shown of it may be sanitized or rounded.
                sent = {field: is_now[field] for id, field in _FIELDS.items() if values[id] != before[id]}
                sent |= {f"no_{name}": True for name in ("start", "end") if name in sent and sent[name] is None}
                edit = EditAnnouncement(target=fields["title"], announcement=str(record["id"]), **sent)
            outcome = await self.make(edit)
            if isinstance(outcome, Done):
                if outcome.id:
                    self.point_at(outcome.id)
                self.console.say_outcome(fields["title"], outcome)
                self.feed.poke()
            return outcome

        old = record or {}
        entries = [
            Entry("title", "title", value=str(old.get("title") or "")),
            # A line break of a record is shown as a letter of its own.
            Entry("text", "text", value=str(old.get("description") or "").replace("␊", "\n"), lines=3),
            Entry(
                "from",
                "from",
                value=as_typed(parse_date(old.get("start_time"))),
                placeholder="at once, or tomorrow 9:00",
            ),
            Entry(
                "until",
                "until",
                value=as_typed(parse_date(old.get("end_time"))),
                placeholder="no end, or fri 18:00, +2h",
            ),
            Entry(
                "to", "to", value=self._to(old) if _target(old) else "", placeholder="everybody, or one e-mail address"
            ),
        ]
        before = {entry.id: entry.value for entry in entries}
        title = "Announce" if record is None else f"Edit {clean(old.get('title'), 60)}"
        self.app.push_screen(
            Form(
                title,
                entries,
                confirm="Announce" if record is None else "Save",
                check=check,
                act=act,
                kept=f"announcement {old.get('id', '')}",
            )
        )

    def do_end(self) -> None:
        """End now what is shown."""
        targets = self.targets()
        shown = [record for record in targets if columns.state_of(record) == "shown"]
        if targets and not shown:
            later = columns.state_of(targets[0]) == "later"
            self.tell("It has not begun: e changes when, X deletes it." if later else "It is over already.")
            return
        self._ask("End", shown, self._end, "Users stop seeing it at once.", careful=False)

    async def _end(self, record: Record) -> Outcome:
        return await self.make(EndAnnouncement(target=str(record.get("title")), announcement=str(record["id"])))

    def do_delete(self) -> None:
        """Delete one or all marked."""
        self._ask("Delete", self.targets(), self._delete, "It is gone for everybody; it cannot be undone.")

    async def _delete(self, record: Record) -> Outcome:
        return await self.make(DeleteAnnouncement(target=str(record.get("title")), announcement=str(record["id"])))

    def _ask(self, word: str, targets: Sequence[Record], act: Any, note: str, *, careful: bool = True) -> None:
        steps = [
            Step(
                record["id"],
                str(record.get("title")),
                [
                    (f"{pad(str(record.get('title')), 32)} ", "bold"),
                    (f"{columns.state_of(record)}, to {self._to(record)}", ""),
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

    async def _read_all(self) -> list[Any]:
        return list(await self.connection.client.list_notifications())

    # -- users -------------------------------------------------------------------------------------------------------

    def do_dismiss(self) -> None:
        """Ask, then put one or all marked away, for oneself."""
        if targets := self.targets():
            ask_dismiss(self.console, targets, lambda: self.run_worker(self._dismiss(targets), exit_on_error=False))

    async def _dismiss(self, targets: Sequence[Record]) -> None:
        for record in targets:
            await dismiss(self.console, "announcements.dismiss", record)
        self.table.set_marks(())
        self.feed.forget()
        self.feed.poke()
        self.console.repaint_frames()


def _target(record: Mapping[str, Any]) -> str:
    target = record.get("target_users")
    if isinstance(target, (list, tuple)):
        target = target[0] if target else ""
    return str(target or "")


def _stamp(moment: Any) -> str:
    return "" if moment is None else moment.isoformat()


def _fields(values: dict[str, str]) -> dict[str, Any]:
    title, text = values["title"].strip(), values["text"].strip()
    if not title:
        raise ValueError("Give it a title: it is what users read first.")
    for what, typed, most in (("title", title, MAX_TITLE), ("text", text, MAX_TEXT)):
        if len(typed) > most:
            raise ValueError(f"The {what} has {len(typed):,} characters; {most:,} are the most.")
    start, end = parse_moment(values["from"]), parse_moment(values["until"], end=True)
    if end is not None and end <= now():
        raise ValueError(f"It would end {said(end, '')}, which is past: when will it end?")
    if start is not None and end is not None and end <= start:
        raise ValueError(f"It would end ({said(end, '')}) before it begins ({said(start, '')}).")
    return {"title": title, "description": text, "start_time": start, "end_time": end}
