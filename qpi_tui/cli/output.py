"""Answers: a table for people, fitted to the terminal; JSON, lines of JSON, CSV or a template for programs."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qpi_tui.cli.common import Output
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.columns.base import Cell, Column
from qpi_tui.text import clean

Record = Mapping[str, Any]
_STYLES = {"ok": "green", "bad": "red", "warn": "yellow", "muted": "dim", "accent": "cyan"}
# A cell that begins with one of these is run by a spreadsheet; an apostrophe in front makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def say(sentence: str) -> None:
    """Something for the person, on standard error."""
    sys.stderr.write(clean(sentence, limit=4000) + "\n")


def write(text: str) -> None:
    """Data, on standard output."""
    sys.stdout.write(text)


def show_records(records: Sequence[Record], columns: Sequence[Column], output: Output) -> None:
    """Records in the form that was asked for; JSON is what the server sent, the others are the columns."""
    if output.json:
        write(json.dumps([bare(record) for record in records], indent=2) + "\n")
    elif output.jsonl:
        for record in records:
            write_line(record)
    elif output.template:
        write("".join(fill(output.template, record) + "\n" for record in records))
    elif output.csv:
        write(as_csv(records, columns))
    else:
        _table(records, columns)


def show_record(record: Record, lines: Sequence[tuple[str, str]], output: Output) -> None:
    """One record: JSON as the server sent it, or named lines for people."""
    if output.json:
        write(json.dumps(bare(record), indent=2) + "\n")
    elif output.jsonl:
        write_line(record)
    elif output.template:
        write(fill(output.template, record) + "\n")
    elif output.csv:
        rows = io.StringIO()
        csv.writer(rows, lineterminator="\n").writerows([(name, defused(clean(value))) for name, value in lines])
        write(rows.getvalue())
    else:
        width = max((len(name) for name, _ in lines), default=0)
        write("".join(f"{name:<{width}}  {clean(value)}\n" for name, value in lines))


def write_line(record: Record) -> None:
    """A record as a line of JSON, written at once, so that a pipe sees it."""
    sys.stdout.write(json.dumps(bare(record)) + "\n")
    sys.stdout.flush()


def bare(record: Record) -> dict[str, Any]:
    """A record without what the console added to it."""
    return {key: value for key, value in record.items() if key != "_"}


def fill(template: str, record: Record) -> str:
    """`{id} {expand.user.email}` filled from a record; a field that is not there is a usage error that names it."""

    class Fields(dict[str, Any]):
        def __missing__(self, key: str) -> str:
            raise Problem(f"--template names {key!r}; the fields are {', '.join(bare(record))}.", USAGE)

    def plain(value: Any) -> Any:
        return (
            _Dotted({key: plain(item) for key, item in value.items()})
            if isinstance(value, Mapping)
            else (clean(value) if isinstance(value, str) else value)
        )

    try:
        return template.format_map(Fields({key: plain(value) for key, value in bare(record).items()}))
    except (KeyError, AttributeError, ValueError, IndexError) as error:
        raise Problem(f"--template cannot be filled: {error}.", USAGE) from None


class _Dotted(dict[str, Any]):
    """A record whose fields a template reaches with a dot; nothing else can be reached."""

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__"):
            return super().__getattribute__(name)
        try:
            return dict.__getitem__(self, name)
        except KeyError:
            raise AttributeError(f"there is no field {name!r}") from None


def as_csv(records: Iterable[Record], columns: Sequence[Column]) -> str:
    """Columns as CSV, with cells that no spreadsheet runs."""
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(["id", *[column.key for column in columns if column.key != "id"]])
    kept = [column for column in columns if column.key != "id"]
    for record in records:
        writer.writerow([defused(clean(record.get("id"))), *[defused(_text(column, record)) for column in kept]])
    return rows.getvalue()


def defused(text: str) -> str:
    """A cell that a spreadsheet shows and does not run."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(column: Column, record: Record) -> str:
    made = column.cell(record)
    return made.text if isinstance(made, Cell) else made


def _table(records: Sequence[Record], columns: Sequence[Column]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(
            Text(column.label), justify=column.align, no_wrap=True, overflow="ellipsis", ratio=None, min_width=4
        )
    for record in records:
        cells = []
        for column in columns:
            made = column.cell(record)
            cell = made if isinstance(made, Cell) else Cell(made)
            cells.append(Text(cell.text, style=_STYLES.get(cell.style, "")))
        table.add_row(*cells)
    # Piped output is for programs: wide enough that nothing is cut.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 240)
    console.print(table)
