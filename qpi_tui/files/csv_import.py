"""QPU time from a CSV file: one line per user. Invalid lines are named; nothing is guessed, units included.

A first line may name the columns: `e-mail` and `amount`, or `seconds`, `minutes`, `hours`. An amount may have a unit
(`+2h`); the unit of plain numbers comes from the column's name, or from the user, asked once per file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qpi_tui.domain.durations import MOST, Amount, duration, parse_amount
from qpi_tui.domain.sanitize import clean
from qpi_tui.files.text_file import read_text

if TYPE_CHECKING:
    from qpi_tui.rows.users import UserRow

LARGEST = 1_000_000
"""Maximum bytes of a file."""
UNITS: Mapping[str, float] = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}
"""Units of a column, or of the user's choice, in seconds."""
_WHO = {"email", "e-mail", "mail", "user", "who", "address"}
_AMOUNT = {"amount", "time", "qpu time", "qpu_time", "balance"}
_UNIT_WORDS = {
    "s": "seconds", "sec": "seconds", "second": "seconds", "qpu_seconds": "seconds", "min": "minutes", "m": "minutes",
    "minute": "minutes", "h": "hours", "hour": "hours", "hrs": "hours", "d": "days", "day": "days",
}  # fmt: skip
_PLAIN = re.compile(r"([+\-−=]?)\s*(\d+(?:\.\d+)?|\.\d+)")
_COMMA = re.compile(r"[+\-−=]?\s*\d[\d., _]*,\d[\d.,]*")


@dataclass(frozen=True)
class Line:
    """A line of the file: its number, its user, and either the planned change or the error.

    `plain`: it is a number without a known unit.
    """

    number: int
    who: str
    user: UserRow | None = None
    amount: Amount | None = None
    problem: str = ""
    plain: bool = False


@dataclass(frozen=True)
class _Columns:
    """The columns of a file: user, amount, and the unit in the amount column's name."""

    who: int = 0
    amount: int = 1
    unit: str = ""
    named: bool = False


def read_file(path: Path) -> str:
    """Return the text of a CSV file. Raises `ValueError` with a message if it cannot be one."""
    try:
        return read_text(path, most=LARGEST)
    except FileNotFoundError:
        raise ValueError(f"No such file: {path}.") from None


def unit_of(text: str) -> str:
    """Parse a unit, `h` or `Hours` → `hours`; empty is none. Raises `ValueError` with a message."""
    word = text.strip().casefold()
    found = word if word in UNITS else _UNIT_WORDS.get(word, "")
    if word and not found:
        raise ValueError(f"{text.strip()[:20]!r} is not a unit. Type {', '.join(UNITS)}.")
    return found


def parse_allocations(text: str, users: Sequence[UserRow], *, unit: str = "") -> list[Line]:
    """Return the lines of a file, each checked against the users and their balance.

    Separators are comma, semicolon or tab; a header, empty lines and lines after `#` are skipped. `unit` is the unit of
    plain numbers in a column without one. Raises `ValueError` with a message if there are no lines, or the header names
    no user or no amount.
    """
    known = {user.label.casefold(): user for user in users}
    seen: dict[str, int] = {}
    found: list[Line] = []
    columns = _Columns()
    for number, cells in _rows(text):
        if not found and not columns.named and (named := _named(cells)) is not None:
            columns = named
            continue
        line = _line(number, cells, replace(columns, unit=columns.unit or unit), known, seen)
        found.append(line)
        if line.user is not None:
            seen[line.who.casefold()] = number
    if not found:
        raise ValueError("The file is empty. It needs lines of `e-mail, amount`, such as `mira@lab.example, +2h`.")
    return found


def without_unit(lines: Sequence[Line]) -> str:
    """Return the question for the unit of plain numbers, empty if there are none."""
    plain = [line for line in lines if line.plain]
    if not plain:
        return ""
    many = f"{len(plain)} amounts are plain numbers" if len(plain) > 1 else f"Line {plain[0].number} is a plain number"
    return f"{many}, without a unit. Say {', '.join([*UNITS][:-1])} or {[*UNITS][-1]}."


def after(amount: Amount, before: float) -> float:
    """Return the balance after an amount. Raises `ValueError` with a message if it is absurd."""
    left = {"add": before + amount.seconds, "take": before - amount.seconds, "set": amount.seconds}[amount.op]
    if left < 0:
        raise ValueError(f"The balance is only {duration(before)}. `=0` takes everything.")
    if left > MOST:
        raise ValueError("The limit is 1,000,000,000 seconds (about 32 years).")
    return left


def in_full(amount: Amount) -> str:
    """Return an amount with its operation and seconds: `+2 h (7,200 s)`."""
    sign = {"add": "+", "take": "−", "set": "="}[amount.op]
    return f"{sign}{duration(amount.seconds)} ({amount.seconds:,.15g} s)"


def summed(lines: Sequence[Line]) -> str:
    """Summarize a file: `Add 3 h (10,800 s) to 2 users, set the balance of 1 user`."""
    parts = []
    for op, verb, preposition in (("add", "add", "to"), ("take", "take", "from"), ("set", "set the balance", "of")):
        seconds = [line.amount.seconds for line in lines if line.amount is not None and line.amount.op == op]
        if not seconds:
            continue
        total = "" if op == "set" else f" {duration(sum(seconds))} ({sum(seconds):,.15g} s)"
        parts.append(f"{verb}{total} {preposition} {len(seconds)} user{'s' * (len(seconds) != 1)}")
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def _named(cells: Sequence[str]) -> _Columns | None:
    """Return the columns in a header; None if it is not one. Raises `ValueError` if one is missing."""
    names = [" ".join(cell.casefold().split()) for cell in cells]
    people = [index for index, name in enumerate(names) if name in _WHO]
    amounts = [(index, unit) for index, name in enumerate(names) if (unit := _unit_named(name)) is not None]
    if not people:
        return None
    if len(people) > 1 or len(amounts) != 1:
        raise ValueError(
            "The first line must name one column `e-mail` and one of amounts: `seconds`, `minutes`, `hours` or "
            f"`amount`. The first line is: {', '.join(cells)[:80]}."
        )
    return _Columns(people[0], amounts[0][0], amounts[0][1], named=True)


def _unit_named(name: str) -> str | None:
    """Return the unit in a column's name, empty for an amount without one; None for another column."""
    bare, _, inside = name.partition("(")
    bare, inside = bare.strip(), inside.rstrip(") ")
    if bare in UNITS or bare in _UNIT_WORDS:
        return _UNIT_WORDS.get(bare, bare)
    if bare in _AMOUNT:
        return _UNIT_WORDS.get(inside, inside if inside in UNITS else "")
    return None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    separator = max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    try:
        for cells in reader:
            stripped = [clean(cell.strip(), 200) for cell in cells]
            if any(stripped) and not stripped[0].startswith("#"):
                yield reader.line_num, stripped
    except csv.Error as error:
        raise ValueError(f"Line {reader.line_num} is not CSV: {error}.") from None


def _line(
    number: int,
    cells: list[str],
    columns: _Columns,
    known: Mapping[str, UserRow],
    seen: Mapping[str, int],
) -> Line:
    who = cells[columns.who] if columns.who < len(cells) else ""
    user = known.get(who.casefold())
    if not who:
        return Line(number, who, problem="names nobody")
    if user is None:
        return Line(number, who, problem=f"there is no user {who}")
    if user.hidden:
        return Line(number, who, problem=f"{who} is a superuser's hidden record")
    if who.casefold() in seen:
        return Line(number, who, problem=f"{who} is in line {seen[who.casefold()]} already")
    typed = cells[columns.amount] if columns.amount < len(cells) else ""
    if not typed:
        return Line(number, who, problem=f"no amount for {who}")
    if not columns.named and any(cells[2:]):
        return Line(number, who, problem=f"more than an amount for {who}: {', '.join(cells[1:])[:40]}")
    try:
        amount = _amount(typed, columns.unit)
        if amount is None:
            return Line(number, who, problem=f"{who}: {typed[:40]} has no unit", plain=True)
        after(amount, user.balance)
    except ValueError as error:
        return Line(number, who, problem=f"{who}: {error}")
    return Line(number, who, user, amount)


def _amount(typed: str, unit: str) -> Amount | None:
    """Parse an amount; None for a plain number without a known unit."""
    if _COMMA.fullmatch(typed):
        raise ValueError(f"{typed[:40]} could be two numbers. Write 1500, or 1.5 with a point.")
    plain = _PLAIN.fullmatch(typed)
    if plain is None:
        return parse_amount(typed)
    if not unit:
        return None
    seconds = float(plain[2]) * UNITS[unit]
    # By the same rules as elsewhere. The server keeps nine digits.
    return parse_amount(f"{plain[1]}{round(seconds, 9):.9f}")
