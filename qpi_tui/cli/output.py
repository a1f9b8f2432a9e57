"""Output: a table that fits the terminal; JSON, JSON lines, CSV or a template for programs."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from string import Formatter
from typing import Any

from qpi_tui.cli.common import FilteredOutput, Output
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.domain.column_layout import GAP, GUTTER, Placed, place
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.sanitize import cells, clean, clean_record, fit
from qpi_tui.files.export import safe_cell

Record = Mapping[str, Any]
_NOT_IN_CSV = {"expand", "payload", "results", "collectionId", "collectionName", "values"}
Named = Sequence[tuple[str, str]]
# Wider than any terminal.
_UNLIMITED = 1 << 30
_STYLES = {"ok": "32", "bad": "31", "warn": "33", "muted": "2", "accent": "36"}


def say(sentence: str) -> None:
    """Print a message to standard error."""
    sys.stderr.write(clean(sentence, limit=4000) + "\n")


def write(text: str) -> None:
    """Print data to standard output."""
    sys.stdout.write(text)


def coloured() -> bool:
    """Return whether standard output shows colours: a terminal, without `NO_COLOR`."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def id_column(label: str = "ID") -> Column:
    """Return the id column, first because the next command needs it."""
    return Column("id", label, 15, lambda record: record.id, need=0)


def show_records(
    records: Sequence[Record],
    columns: Sequence[Column],
    output: Output,
    *,
    none: str = "",
    row: Callable[[Record], Any] = clean_record,
) -> None:
    """Print records in the requested format; JSON and CSV as the server sent them, the table with its columns.

    `row` converts a record for the columns.
    """
    write(records_text(records, columns, output, row=row))
    if output.plain and not records and none:
        say(none)


def records_text(
    records: Sequence[Record],
    columns: Sequence[Column],
    output: Output,
    *,
    row: Callable[[Record], Any] = clean_record,
    header: bool = True,
) -> str:
    """Return the same as text. Without a header, and as an object per line instead of an array, it can be continued."""
    form = output.form if isinstance(output, FilteredOutput) else ""
    lines = isinstance(output, FilteredOutput) and output.watch
    if form == "yaml":
        return as_yaml(records) + ("---\n" if lines else "")
    if form == "name":
        return "".join(f"{name_of(record)}\n" for record in records)
    if output.json and not lines:
        return json.dumps([dict(record) for record in records], indent=2) + "\n"
    if output.jsonl or output.json:
        return "".join(json.dumps(dict(record)) + "\n" for record in records)
    if output.template:
        return "".join(fill(output.template, record) + "\n" for record in records)
    if output.csv:
        text = as_csv(records)
    elif records:
        text = table([row(record) for record in records], columns, _UNLIMITED if form == "wide" else None)
    else:
        return ""
    return text if header else text.partition("\n")[2]


def as_yaml(records: Sequence[Record]) -> str:
    """Return the JSON output as YAML."""
    import yaml

    plain = json.loads(json.dumps([dict(record) for record in records]))
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    return text


def name_of(record: Record) -> str:
    """Return what a command accepts to name the record: its e-mail address, since names of people are not unique, its
    name, or its id.
    """
    return clean(str(record.get("email") or record.get("name") or record.get("id") or "?"))


def show_record(record: Record, lines: Named, output: Output) -> None:
    """Print one record: JSON as the server sent it, or named lines for people."""
    if output.json:
        write(json.dumps(dict(record), indent=2) + "\n")
    elif output.jsonl:
        write_line(record)
    elif output.template:
        write(fill(output.template, record) + "\n")
    elif output.csv:
        write(as_csv_rows([name for name, _ in lines], [[value for _, value in lines]]))
    else:
        width = max((cells(name) for name, _ in lines), default=0)
        write("".join(f"{fit(name, width)}  {clean(value, 4000)}\n" for name, value in lines))


def write_line(record: Record) -> None:
    """Print a record as a line of JSON and flush, so that a pipe sees it."""
    sys.stdout.write(json.dumps(dict(record)) + "\n")
    sys.stdout.flush()


def fill(template: str, record: Record) -> str:
    """Fill `{id} {expand.user.email}` from a record. An unknown field is a usage error that names it."""
    try:
        return _Template().vformat(template, (), dict(record))
    except (KeyError, ValueError, IndexError, TypeError) as error:
        said = error.args[0] if error.args else error
        raise Problem(f"--template cannot be filled: {said}", USAGE) from None


class _Template(Formatter):
    """Fields of a record, nested ones with a dot; Python attributes are not reachable."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        """Return the field of that name; `KeyError` lists the existing ones."""
        found: Any = kwargs
        for part in field_name.split("."):
            if not isinstance(found, Mapping) or part not in found:
                known = ", ".join(map(str, found)) if isinstance(found, Mapping) else "none"
                raise KeyError(f"there is no field {field_name!r}; the fields are {known}.")
            found = found[part]
        if isinstance(found, (Mapping, list)):
            found = json.dumps(found)
        return (clean(found, 100_000) if isinstance(found, str) else found), field_name


def as_csv(records: Iterable[Record]) -> str:
    """Print records as CSV for a spreadsheet: their own fields and the names of related records."""
    rows = [flat(record) for record in records]
    header = list(dict.fromkeys(["id", *[key for row in rows for key in row]]))
    return as_csv_rows(header, [[row.get(key, "") for key in header] for row in rows])


def flat(record: Record) -> dict[str, object]:
    """Return a record's fields without large or internal ones; `user.email` is a field of the related `user`."""
    found: dict[str, object] = {}
    for key, value in dict(record).items():
        if key in _NOT_IN_CSV:
            continue
        scalar = isinstance(value, (int, float, bool)) or value is None
        found[key] = value if scalar or isinstance(value, str) else json.dumps(value)
    expand = record.get("expand")
    for field, related in expand.items() if isinstance(expand, Mapping) else ():
        if isinstance(related, Mapping):
            found |= {f"{field}.{key}": str(related[key]) for key in ("email", "name") if related.get(key)}
    return found


def as_csv_rows(header: Sequence[str] | None, rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV with cells that no spreadsheet executes; without a header if None."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in chain([] if header is None else [header], rows):
        writer.writerow([safe_cell(cell) for cell in row])
    return text.getvalue()


def table(records: Sequence[Any], columns: Sequence[Column], width: int | None = None) -> str:
    """Return a table as wide as its content; on a narrower terminal, the least important columns are left out.

    Piped output is never cut.
    """
    rows = [[_cell(column, record) for column in columns] for record in records]
    needed = [
        max([cells(column.label), *[cells(row[index].text) for row in rows]], default=1)
        for index, column in enumerate(columns)
    ]
    room = width or (shutil.get_terminal_size().columns if sys.stdout.isatty() else 0)
    if not room or sum(needed) + GAP * (len(columns) - 1) <= room:
        placed = [Placed(column, size) for column, size in zip(columns, needed, strict=True)]
        chosen = list(range(len(columns)))
    else:
        fitted = [
            column._replace(width=size if column.key == "id" else min(column.width, size))
            for column, size in zip(columns, needed, strict=True)
        ]
        placed = list(place(fitted, room + GUTTER))
        keys = [column.key for column in columns]
        chosen = [keys.index(each.column.key) for each in placed]
    paint = coloured()
    lines = [_line([Cell(each.column.label, "muted") for each in placed], placed, paint)]
    lines += [_line([row[index] for index in chosen], placed, paint) for row in rows]
    return "".join(line + "\n" for line in lines)


def _line(row: Sequence[Cell], placed: Sequence[Placed], paint: bool) -> str:
    pieces = []
    for cell, each in zip(row, placed, strict=True):
        text = fit(cell.text, each.width)
        if each.column.align == "right":
            text = " " * (cells(text) - cells(text.rstrip())) + text.rstrip()
        code = _STYLES.get(cell.style, "") if paint else ""
        pieces.append(f"\x1b[{code}m{text}\x1b[0m" if code else text)
    return (" " * GAP).join(pieces).rstrip()


def _cell(column: Column, record: Any) -> Cell:
    made = column.cell(record)
    return made if isinstance(made, Cell) else Cell(made)
