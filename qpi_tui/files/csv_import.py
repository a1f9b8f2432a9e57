"""QPU time from a CSV file: a line a person, `e-mail, amount`. Every line that cannot be is named, none is guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.durations import Amount, duration, parse_amount
from qpi_tui.domain.sanitize import clean

LARGEST = 1_000_000
"""Bytes of a file that are read at most."""
_HEADERS = {"email", "e-mail", "mail", "user", "who", "address"}


@dataclass(frozen=True)
class Line:
    """A line of the file: its number, whom it names, and either what is to be done to which user or what is wrong."""

    number: int
    who: str
    user: Mapping[str, Any] | None = None
    amount: Amount | None = None
    problem: str = ""


def read_file(path: Path) -> str:
    """The text of a CSV file. Raises `ValueError` with a sentence where it cannot be one."""
    try:
        if path.is_dir():
            raise ValueError(f"{path} is a folder.")
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path} is larger than a megabyte: surely not a list of people.")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(f"There is no file {path}.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8: save it as CSV once more.") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None


def parse_allocations(text: str, users: Sequence[Mapping[str, Any]]) -> list[Line]:
    """The lines of a file, each checked against the users and their balance.

    Comma, semicolon or tab separate; a first line of names, empty lines and lines after `#` are passed over. Raises
    `ValueError` with a sentence where there is no line at all.
    """
    known = {facts.user_name(user).casefold(): user for user in users}
    seen: dict[str, int] = {}
    found = []
    for number, cells in _rows(text):
        line = _line(number, cells, known, seen)
        found.append(line)
        if line.user is not None:
            seen[line.who.casefold()] = number
    if not found:
        raise ValueError("There is no line in it: `e-mail, amount` on each, such as `mira@lab.example, +2h`.")
    return found


def after(amount: Amount, before: float) -> float:
    """The balance that an amount leaves. Raises `ValueError` with a sentence where that is absurd."""
    left = {"add": before + amount.seconds, "take": before - amount.seconds, "set": amount.seconds}[amount.op]
    if left < 0:
        raise ValueError(f"There are only {duration(before)} to take from. `=0` takes everything.")
    if left > 1e9:
        raise ValueError("That is more than 1,000,000,000 seconds, over thirty years: surely a slip.")
    return left


def _rows(text: str) -> list[tuple[int, list[str]]]:
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            stripped = [clean(cell.strip(), 200) for cell in cells]
            header = not rows and stripped and stripped[0].lower() in _HEADERS
            if any(stripped) and not stripped[0].startswith("#") and not header:
                rows.append((reader.line_num, stripped))
    except csv.Error as error:
        raise ValueError(f"Line {reader.line_num} is not CSV: {error}.") from None
    return rows


def _line(number: int, cells: list[str], known: Mapping[str, Mapping[str, Any]], seen: Mapping[str, int]) -> Line:
    who = cells[0]
    user = known.get(who.casefold())
    if not who:
        return Line(number, who, problem="names nobody")
    if user is None:
        return Line(number, who, problem=f"there is no user {who}")
    if facts.hidden_user(user):
        return Line(number, who, problem=f"{who} is a superuser's hidden record")
    if who.casefold() in seen:
        return Line(number, who, problem=f"{who} stands in line {seen[who.casefold()]} already")
    if len(cells) < 2 or not cells[1]:
        return Line(number, who, problem=f"no amount for {who}")
    if any(cells[2:]):
        return Line(number, who, problem=f"more than an amount for {who}: {', '.join(cells[1:])[:40]}")
    try:
        amount = parse_amount(cells[1])
        after(amount, facts.balance_of(user))
    except ValueError as error:
        return Line(number, who, problem=f"{who}: {error}")
    return Line(number, who, user, amount)
