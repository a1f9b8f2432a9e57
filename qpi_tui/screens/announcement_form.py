"""The form to write or edit an announcement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from qpi_tui.domain.announcements import banner
from qpi_tui.domain.clock import now
from qpi_tui.domain.parse_time import as_typed, parse_moment, said
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.suggestion import mistaken
from qpi_tui.edits.announcements import CreateAnnouncement, EditAnnouncement
from qpi_tui.edits.edit import Edit
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.widgets.completions import beginning_with
from qpi_tui.widgets.form import Entry, Form

if TYPE_CHECKING:
    from qpi_tui.rows.announcements import AnnouncementRow
    from qpi_tui.rows.users import UserRow

MAX_TITLE, MAX_TEXT = 255, 4000
# Form entry → field of the record.
_FIELDS = {"title": "title", "text": "text", "from": "start", "until": "end", "to": "to"}


class Written(NamedTuple):
    """The input: a title, a text, a start and an end."""

    title: str
    text: str
    start: datetime | None
    end: datetime | None


def write(
    screen: ConsoleScreen,
    record: AnnouncementRow | None,
    people: Sequence[UserRow],
    created: Callable[[str], None],
) -> None:
    """Open the form for a new announcement or for `record`; `created` gets the id of a new one."""
    known = {person.label.casefold(): person.id for person in people}
    entries = _entries(record, [person.label for person in people])
    before = {entry.id: entry.value for entry in entries}

    async def act(values: dict[str, str]) -> Outcome:
        fields = _fields(values)
        target = known.get(values["to"].strip().casefold(), "")
        edit = _create(fields, values, target) if record is None else _edit(record, fields, values, before, target)
        outcome = await screen.make(edit)
        if isinstance(outcome, Done):
            if outcome.id:
                created(outcome.id)
            screen.console.say_outcome(fields.title, outcome)
            screen.feed.poke()
        return outcome

    screen.app.push_screen(
        Form(
            "Announce" if record is None else f"Edit {clean(record.title, 60)}",
            entries,
            confirm="Announce" if record is None else "Save",
            check=partial(_check, known),
            act=act,
            kept=f"announcement {record.id if record else ''}",
        )
    )


def _entries(record: AnnouncementRow | None, people: Sequence[str]) -> list[Entry]:
    """Return the form's entries, filled from the record."""
    return [
        Entry("title", "title", value=record.title if record else ""),
        # A line break of a record is displayed as a visible character.
        Entry("text", "text", value=record.description.replace("␊", "\n") if record else "", lines=3),
        Entry(
            "from",
            "from",
            value=as_typed(record.start if record else None),
            placeholder="now, or tomorrow 9:00",
        ),
        Entry(
            "until",
            "until",
            value=as_typed(record.end if record else None),
            placeholder="no end, or fri 18:00, +2h",
        ),
        Entry(
            "to",
            "to",
            value=record.to if record and record.target else "",
            placeholder="everybody, or one e-mail address",
            complete=beginning_with(people),
        ),
    ]


def _check(known: Mapping[str, str], values: dict[str, str]) -> Sequence[Part]:
    """Return what users see; raise ValueError for invalid input. `known` are the users by name."""
    fields = _fields(values)
    target = values["to"].strip().casefold()
    if target and target not in known:
        typed = values["to"].strip()
        raise mistaken(f"There is no user {typed!r}.", typed, known, otherwise="Leave the field empty for everybody.")
    start = fields.start
    when = "from now on" if start is None or start <= now() else f"from {said(start, '')}"
    to = f"only {target} sees" if target else "everybody sees"
    return [(f"{to}, {when}:\n", "$text-muted"), *banner(fields.title, fields.text, fields.end)]


def _create(fields: Written, values: Mapping[str, str], target: str) -> Edit:
    return CreateAnnouncement(
        target=fields.title,
        text=fields.text,
        start=fields.start,
        end=fields.end,
        to=target,
        to_words=values["to"].strip(),
    )


def _edit(
    record: AnnouncementRow, fields: Written, values: Mapping[str, str], before: Mapping[str, str], target: str
) -> Edit:
    """Send only edited fields: the form shows the others sanitized or rounded."""
    is_now = {**fields._asdict(), "to": target}
    sent: dict[str, Any] = {field: is_now[field] for id, field in _FIELDS.items() if values[id] != before[id]}
    sent |= {f"no_{name}": True for name in ("start", "end") if name in sent and sent[name] is None}
    return EditAnnouncement(target=fields.title, announcement=record.id, **sent)


def _fields(values: Mapping[str, str]) -> Written:
    title, text = values["title"].strip(), values["text"].strip()
    if not title:
        raise ValueError("Give it a title. Users read it first.")
    for what, typed, most in (("title", title, MAX_TITLE), ("text", text, MAX_TEXT)):
        if len(typed) > most:
            raise ValueError(f"The {what} has {len(typed):,} characters; {most:,} is the limit.")
    start, end = parse_moment(values["from"]), parse_moment(values["until"], end=True)
    if end is not None and end <= now():
        raise ValueError(f"It would end {said(end, '')}, in the past. Give a later end.")
    if start is not None and end is not None and end <= start:
        raise ValueError(f"It would end ({said(end, '')}) before it begins ({said(start, '')}).")
    return Written(title, text, start, end)
