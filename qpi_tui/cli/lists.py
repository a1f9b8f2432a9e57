"""List commands: read, filter, sort and print the records of a resource, once or on each change."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from qpi_tui.cli import streams
from qpi_tui.cli.common import FilteredOutput, ListOutput
from qpi_tui.cli.output import Record, records_text, say, write
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.domain.sanitize import clean_record
from qpi_tui.domain.views import for_account

if TYPE_CHECKING:
    from qpi_tui.cli.signing import Signed
    from qpi_tui.domain.columns import Column
    from qpi_tui.domain.filter_language import Filter, Language
    from qpi_tui.domain.views import View

# Seconds between reads of a watched list: with change events, without them, and at most.
_EVENTS, _POLL, _SAFETY = 1.0, 5.0, 60.0
# Use at most a twentieth of the server's time.
_SHARE = 20


class Listed(Protocol):
    """A kind of record with a list, such as a resource."""

    @property
    def id(self) -> str:
        """The id of its screen, or the command of its list."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of its table."""

    @property
    def language(self) -> Language:
        """The filter language of its list."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The collections whose changes concern its list. Without one, a watched list is read every 5 s."""


@dataclass(frozen=True)
class CommandList:
    """A list that only a command has, not a screen of its own."""

    id: str
    columns: Sequence[Column]
    topics: tuple[str, ...] = ()

    @cached_property
    def language(self) -> Language:
        """The filter language: a field for each column."""
        from qpi_tui.domain.filter_language import language

        return language(self.columns)


@dataclass(frozen=True)
class Wanted:
    """The selection of a list: a filter, and the columns and order of a view."""

    resource: Listed
    filter: Filter | None = None
    view: View | None = None

    def lets_through(self, row: Any) -> bool:
        """Return whether a row is selected."""
        return self.filter is None or self.filter.lets_through(row, self.resource.language.text)

    def columns(self, columns: Sequence[Column]) -> list[Column]:
        """Return the columns of the view, or these."""
        if self.view is None or not any(self.view.columns):
            return list(columns)
        from qpi_tui.domain.column_choice import arranged, visible
        from qpi_tui.domain.columns import WIDE

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
        return visible(arranged(columns, self.view.columns.at(width)))

    def ordered(self, pairs: list[tuple[Record, Any]]) -> list[tuple[Record, Any]]:
        """Records with their rows, in the order of the view."""
        if self.view is None or self.view.sort is None:
            return pairs
        from qpi_tui.domain.filter_index import text_of
        from qpi_tui.domain.sort_order import Order

        key, reverse = self.view.sort
        if not key:
            return pairs[::-1] if reverse else pairs
        column = next(each for each in self.resource.columns if each.key == key)

        def folded(row: Any) -> str:
            return text_of(column.cell(row)).casefold()

        order = Order([row for _, row in pairs], column.sort or folded, reverse=reverse)
        return [pairs[index] for index in order.indices]


def wanted_of(output: FilteredOutput, resource: Listed, signed: Signed | None = None) -> Wanted:
    """Return the given filter and view; a mistake in either is a usage error."""
    typed, view = output.filter, None
    if isinstance(output, ListOutput) and output.view:
        from qpi_tui.settings.views import ViewError, find_view

        try:
            view = find_view(output.view, resource.id)
        except ViewError as error:
            raise Problem(f"--view: {error}", USAGE) from None
        typed = f"{view.filter} {typed}".strip()
    identity = signed.settings.sign_in.identity if signed is not None else ""
    typed = for_account(typed, identity, everyone=signed is not None and signed.admin)
    if not typed:
        return Wanted(resource, None, view)
    found = resource.language.parse(typed)
    if found.mistake is not None:
        raise Problem(f"--filter: {found.mistake.sentence}", USAGE)
    return Wanted(resource, found, view)


@dataclass(frozen=True)
class List:
    """A list command: how to read and show it.

    Args:
        wanted: The selection.
        read: Reads the records.
        columns: The columns of its table.
        none: Message if there are none.
        row: Converts a record for the columns.
        then: Prints notes about the rows below a table.
        filtered: `read` already filters.
        appends: A watched list continues with the new records on a terminal too, as a log does.
    """

    wanted: Wanted
    read: Callable[[], Sequence[Record]]
    columns: Sequence[Column]
    none: str = ""
    row: Callable[[Record], Any] = clean_record
    then: Callable[[Sequence[Any]], None] = field(default=lambda rows: None)
    filtered: bool = False
    appends: bool = False

    @property
    def nothing(self) -> str:
        """The message for an empty list: with a filter, others may exist."""
        return "Nothing matches the filter." if self.none and self.wanted.filter is not None else self.none

    def found(self) -> list[tuple[Record, Any]]:
        """Return the selected records with their rows, in order."""
        pairs = [(record, self.row(record)) for record in self.read()]
        if not self.filtered:
            pairs = [pair for pair in pairs if self.wanted.lets_through(pair[1])]
        return self.wanted.ordered(pairs)

    def text(self, pairs: Sequence[tuple[Record, Any]], output: FilteredOutput, *, header: bool = True) -> str:
        """Print records in the requested format."""
        rows = {id(record): row for record, row in pairs}
        return records_text(
            [record for record, _ in pairs],
            self.wanted.columns(self.columns),
            output,
            row=lambda record: rows[id(record)],
            header=header,
        )


def show_list(shown: List, output: FilteredOutput, signed: Signed | None = None) -> int:
    """Print a list; with --watch on each change, until interrupted."""
    pairs = shown.found()
    if not output.watch:
        write(shown.text(pairs, output))
        if not pairs and output.plain and shown.nothing:
            say(shown.nothing)
        if output.plain:
            shown.then([row for _, row in pairs])
        return 0
    redrawn = output.plain and sys.stdout.isatty() and not shown.appends
    painter = _Screen(shown, output) if redrawn else _Changes(shown, output)
    painter.show(pairs)
    wait = _Waiting(shown.wanted.resource, signed)
    while True:
        wait.for_change()
        began = time.monotonic()
        found = wait.through(shown.found)
        wait.took = time.monotonic() - began
        if found is not None:
            painter.show(found)


class _Waiting:
    """Waits until a list may have changed."""

    def __init__(self, resource: Listed, signed: Signed | None) -> None:
        from qpi_tui.cli.following import Events, Outage
        from qpi_tui.domain.roles import Role

        self.took = 0.0
        self.through = Outage().through
        live = signed is not None and signed.role is not Role.TOKEN and resource.topics
        self._events = Events(signed, [f"{topic}/*" for topic in resource.topics]) if signed and live else None

    def for_change(self) -> None:
        """Wait for an event or a timeout. A burst of events counts as one change."""
        pause = self.took * _SHARE
        if self._events is None:
            streams.sleep(max(_POLL, pause))
            return
        self._events.get(max(_SAFETY, pause))
        streams.sleep(max(_EVENTS, pause))
        while self._events.get(0) is not None:
            pass


class _Screen:
    """A table that replaces the previous one on a terminal."""

    def __init__(self, shown: List, output: FilteredOutput) -> None:
        self._shown, self._output, self._text = shown, output, ""

    def show(self, pairs: Sequence[tuple[Record, Any]]) -> None:
        """Draw the table if it changed."""
        height = max(shutil.get_terminal_size().lines - 2, 3)
        lines = (self._shown.text(pairs, self._output) or f"{self._shown.nothing}\n").splitlines()
        more = [f"… {len(lines) - height + 1} more"] if len(lines) > height else []
        text = "".join(f"{line}\x1b[K\n" for line in [*lines[: height - len(more)], *more])
        if text != self._text:
            first, self._text = not self._text, text
            # Start at the top of the terminal and clear everything below.
            write(f"\x1b[H{chr(27) + '[2J' if first else ''}{text}\x1b[J")
            streams.flush()


class _Changes:
    """Appends new and changed records, for pipes and programs."""

    def __init__(self, shown: List, output: FilteredOutput) -> None:
        self._shown, self._output = shown, output
        self._before: Mapping[str, str] | None = None

    def show(self, pairs: Sequence[tuple[Record, Any]]) -> None:
        """Print the records that changed."""
        now = {str(record.get("id")): json.dumps(dict(record), sort_keys=True) for record, _ in pairs}
        before = self._before
        self._before = now
        new = [pair for pair in pairs if before is None or before.get(id := str(pair[0].get("id"))) != now[id]]
        if new:
            write(self._shown.text(new, self._output, header=before is None))
            streams.flush()
