"""Book or move a slot in words: checked while typing; users are found by typing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from qpi_tui.domain.clock import now
from qpi_tui.domain.free_spans import free_spans, read_length
from qpi_tui.domain.parse_slot import EXAMPLES
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.week_days import Slot
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.edits.slots import BookSlot, MoveSlot
from qpi_tui.resources import users
from qpi_tui.rows.slot_booking import as_typed, balance_words, both_clocks, check_free, find_person, read_slot, when
from qpi_tui.session.connection import explain
from qpi_tui.widgets.completions import beginning_with
from qpi_tui.widgets.form import Entry, Form, Offered

if TYPE_CHECKING:
    from qpi_tui.rows.users import UserRow
    from qpi_tui.screens.slot_moves import WeekMoves

_log = logging.getLogger(__name__)

_FIELDS = ("id", "email", "name", "qpu_seconds")


# Number of free spans to offer: a small terminal has room for them.
_OFFERED = 4


def next_free(typed: str, slots: Sequence[Slot]) -> list[Offered]:
    """Return the next free spans for a typed length, each as typed text and as parsed."""
    length = read_length(typed)
    if length is None:
        return []
    booked = [(slot["start"], slot["end"]) for slot in slots]
    return [(as_typed(*span), when(*span)) for span in islice(free_spans(booked, length, now()), _OFFERED)]


def _choose(offered: Sequence[Offered]) -> str:
    if not offered:
        return "No free slot of this length within a year."
    last = f" to F{len(offered) + 1}" if len(offered) > 1 else ""
    return f"The next free time: F2{last} {'take' if last else 'takes'} it, or type when."


def ask_book(screen: WeekMoves, span: tuple[datetime, datetime] | None) -> None:
    """Ask when, and an administrator for whom; then book."""
    if not screen.admin:
        _open_form(screen, span, [])
        return

    with_people(screen, lambda people: _open_form(screen, span, people))


def with_people(screen: WeekMoves, then: Callable[[Sequence[UserRow]], None]) -> None:
    """Read the users and continue with them; with none, after a message, if they cannot be read."""

    async def ask() -> None:
        people: list[UserRow] = []
        try:
            found = await screen.connection.client.list_users(fields=_FIELDS)
            people = [user for user in users.RESOURCE.decode_all(found) if not user.hidden]
        except Exception as error:
            _log.debug("the users could not be read", exc_info=True)
            screen.tell(explain(error, doing="The users cannot be read"))
        if screen.is_active:
            then(people)

    screen.run_worker(screen.console.key_queue.opening(ask()), group="people", exclusive=True, exit_on_error=False)


def _open_form(screen: WeekMoves, span: tuple[datetime, datetime] | None, people: Sequence[UserRow]) -> None:
    def offers(values: dict[str, str]) -> list[Offered]:
        return next_free(values["when"], screen.slots())

    def check(values: dict[str, str]) -> Sequence[Part]:
        if read_length(values["when"]) is not None:
            raise ValueError(_choose(offers(values)))
        start, end = _when(values["when"])
        check_free(start, end, screen.slots(), admin=screen.admin)
        parts = both_clocks(start, end)
        length = (end - start).total_seconds()
        balance = screen.console.badges.balance
        if screen.admin:
            person = find_person(values["who"], people)
            name = clean(person.label if person is not None else values["who"].strip(), 60)
            parts.append((f"\nfor {name}", "bold"))
            balance = person.balance if person is not None else None
        if said := balance_words(length, balance):
            parts.append((f"\n▲ {said.replace('your', 'their') if screen.admin else said}", "$text-warning"))
        return parts

    async def act(values: dict[str, str]) -> Outcome:
        start, end = _when(values["when"])
        person = find_person(values["who"], people) if screen.admin else None
        whose = clean(person.label if person else values.get("who", "").strip(), 60) or "you"

        holder = (person.id if person else values["who"].strip()) if screen.admin else None
        outcome = await screen.make(BookSlot(target=whose, start=start, end=end, holder=holder))
        if isinstance(outcome, Done):
            screen.console.say_outcome(whose, outcome)
            screen.booked(outcome.record or None, start, person)
        return outcome

    label = "when  (a length alone, such as 2h, lists what is free)"
    entries = [Entry("when", label, value=as_typed(*span) if span else "", placeholder=EXAMPLES)]
    if screen.admin:
        entries.append(
            Entry(
                "who",
                "for whom",
                placeholder="a part of the name or of the e-mail address",
                complete=beginning_with([each.label for each in people]),
            )
        )
    # A marked time takes precedence over a draft.
    kept = "" if span else "slot"
    form = Form("Book a slot", entries, confirm="Book", check=check, act=act, kept=kept, offers=offers)
    screen.app.push_screen(form)
    if span is not None and screen.admin:
        # The time is filled in; the user is not.
        def to_whom() -> None:
            with suppress(Exception):  # The form may be closed by then.
                form.query_one("#entry-who").focus()

        screen.call_after_refresh(to_whom)


def ask_move(screen: WeekMoves, slot: Slot) -> None:
    """Ask for another time, then move the slot."""
    before = when(slot["start"], slot["end"])

    def check(values: dict[str, str]) -> Sequence[Part]:
        start, end = _when(values["when"])
        if (start, end) == (slot["start"], slot["end"]):
            raise ValueError(f"It is already at that time: {before}. Type another time.")
        check_free(start, end, screen.slots(), admin=screen.admin, moved=slot["id"])
        return [(f"{before} → ", "$text-muted"), *both_clocks(start, end)]

    async def act(values: dict[str, str]) -> Outcome:
        start, end = _when(values["when"])

        edit = MoveSlot(
            target=before,
            slot=str(slot["id"]),
            start=start,
            end=end,
            from_start=slot["start"],
            from_end=slot["end"],
        )
        outcome = await screen.make(edit)
        if isinstance(outcome, Done):
            screen.console.say_outcome(before, outcome)
            screen.booked(outcome.record or None, start)
        return outcome

    whose = "your slot" if slot["own"] else f"the slot of {slot['who']}"
    entry = Entry(
        "when", f"{whose}, {before}: to when", value=as_typed(slot["start"], slot["end"]), placeholder=EXAMPLES
    )
    screen.app.push_screen(Form("Move a slot", [entry], confirm="Move", check=check, act=act))


def _when(text: str) -> tuple[datetime, datetime]:
    if not text.strip():
        raise ValueError(f"When? For example {EXAMPLES}.")
    return read_slot(text)
