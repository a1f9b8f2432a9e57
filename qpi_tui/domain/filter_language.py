"""The filter language of every list: `failed qpu:alpha -user:mira took:>2s since:yesterday !test /^b.ll/ ~tuli a|b`.

`Language.parse` reads it once; what comes out tests rows without parsing anything again. Pure.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.domain.columns import Column
from qpi_tui.domain.durations import parse_amount
from qpi_tui.domain.filter_index import text_of
from qpi_tui.domain.parse_time import parse_past

Test = Callable[[Any], bool]

_TOKEN = re.compile(r'[!-]?~?(?:[^\s":/]*:)?(?:"[^"]*"?|/(?:[^/\\]|\\.)+/(?=\s|$)|[^\s"]+)+|\S')
_COMPARED = re.compile(r"(>=|<=|>|<|=)(.+)", re.DOTALL)
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
}
TIMES = ("since", "until", "on")
FORMS = (
    ("word", "contains the word, in any case"),
    ('"two words"', "contains the text with its blanks"),
    ("a|b", "contains one of them"),
    ("!word", "does not contain it"),
    ("/^b.ll/", "matches the regular expression, line by line"),
    ("~blpr", "contains these letters in this order"),
    ("field:value", "the field contains the value"),
    ("field:a,b", "the field contains one of the values"),
    ('field:"value"', "the field is exactly the value"),
    ("-field:value", "the field does not contain it; !field:value too"),
    ("field:>2s", "compared with a number or a duration: > >= < <= ="),
    ("since:2h", "not older than that; until: older, on: on that day"),
    ('since:"fri 9:00"', "times as everywhere: 2h, 30d, yesterday, 2026-11-01"),
)
"""Each form with what it matches, for the help and the page."""
# Longer expressions can take a time that grows with a power of the text.
_LONGEST_REGEX = 100
_NESTED = re.compile(r"[+*}]\)?[+*{]|\([^)]*[+*][^)]*\)[+*{]")
_DAY = timedelta(days=1)
# Rows that are searched for values to offer, and how many are offered.
_SEARCHED, _OFFERED = 2_000, 50


@dataclass(frozen=True)
class Field:
    """The names that are allowed before a colon.

    Args:
        name: The name that is typed.
        texts: The texts of a row that a value is looked for in.
        number: The number, the time or the seconds of a row that is compared; None where it has none.
    """

    name: str
    texts: Callable[[Any], Sequence[str]]
    number: Callable[[Any], Any]


@dataclass(frozen=True)
class Mistake:
    """A part of what was typed that cannot be read, from `start` to `end`, and a sentence."""

    start: int
    end: int
    sentence: str


@dataclass(frozen=True)
class Filter:
    """Plain words that must all occur, a test of rows (None: any), and the first mistake."""

    words: str = ""
    test: Test | None = None
    mistake: Mistake | None = None


@dataclass(frozen=True)
class Language:
    """The fields of one list, and how the text and the time of a row are found.

    Args:
        fields: The fields by name.
        text: The text of a row that words are looked for in.
        time: The time of a row; None where it has none.
    """

    fields: Mapping[str, Field]
    text: Callable[[Any], str]
    time: Callable[[Any], datetime | None] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are allowed before a colon, in order."""
        return (*self.fields, *(TIMES if self.time is not None else ()))

    def complete(self, typed: str, rows: Sequence[Any]) -> list[str]:
        """What the last word of a filter may become: names of fields, or values that the rows have."""
        last = typed.rsplit(" ", 1)[-1]
        start = typed[: len(typed) - len(last)]
        sign = last[0] if last[:1] in ("!", "-") else ""
        name, colon, value = last.removeprefix(sign).partition(":")
        if not colon:
            return [f"{start}{sign}{each}:" for each in self.names if each.startswith(name.lower())]
        field = self.fields.get(name.lower())
        if field is None:
            return []
        before, comma, part = value.rpartition(",")
        wanted = part.strip('"').casefold()
        found = {text for row in rows[:_SEARCHED] for text in field.texts(row) if wanted in text.casefold()}
        quoted = (f'"{text}"' if " " in text else text for text in sorted(found, key=str.casefold) if text)
        return [f"{start}{sign}{name}:{before}{comma}{text}" for text in quoted][:_OFFERED]

    def parse(self, typed: str) -> Filter:
        """Read a filter. What cannot be read is left out, and is the filter's mistake."""
        words: list[str] = []
        tests: list[Test] = []
        mistake: Mistake | None = None
        for match in _TOKEN.finditer(typed):
            try:
                found = self._token(match[0])
            except ValueError as error:
                mistake = mistake or Mistake(match.start(), match.end(), str(error))
                continue
            if isinstance(found, str):
                words.append(found)
            elif found is not None:
                tests.append(found)
        return Filter(" ".join(words), _all(tests), mistake)

    def _token(self, token: str) -> Test | str | None:
        """A test, or a plain word; None for what is not typed to its end yet."""
        body = token[1:] if token[0] in "!-" else token
        name, colon, value = body.partition(":")
        if colon and (name.lower() in self.names or not name.startswith(('"', "/", "~"))):
            test = self._field(name, value)
            if test is not None:
                return _not(test) if body is not token else test
            if name.lower() in self.names:
                return None
        if token[0] != "!":
            return self._word(token)
        if not body:
            return None
        found = self._word(body)
        return _not(self._contains(found) if isinstance(found, str) else found) if found is not None else None

    def _field(self, name: str, value: str) -> Test | None:
        key = name.lower()
        if key not in self.names:
            import difflib

            near = difflib.get_close_matches(key, self.names, 1, 0.75) if key.isalpha() else []
            if near and value:
                raise ValueError(f"Unknown field {name!r}. Did you mean {near[0]}:?")
            return None
        if not value or value == '"':
            return None
        if key in TIMES and self.time is not None:
            return _by_time(key, value.strip('"'), self.time)
        return _any([_by_value(self.fields[key], each) for each in _listed(value)])

    def _word(self, token: str) -> Test | str | None:
        if len(token) > 2 and token.startswith("/") and token.endswith("/"):
            return self._matches(token[1:-1])
        if token.startswith("~"):
            return self._fuzzy(token[1:].strip('"')) if len(token) > 1 else None
        if "|" in token:
            parts = [part.strip('"').casefold() for part in token.split("|") if part.strip('"')]
            return _any([self._contains(part) for part in parts])
        if '"' in token:
            whole = token.strip('"')
            return self._contains(whole.casefold()) if whole else None
        return token

    def _contains(self, word: str) -> Test:
        text, wanted = self.text, word.casefold()
        return lambda row: wanted in text(row)

    def _matches(self, expression: str) -> Test:
        if len(expression) > _LONGEST_REGEX or _NESTED.search(expression):
            raise ValueError("This regular expression can take too long. Use a shorter one without nested repetition.")
        try:
            found = re.compile(expression, re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"Not a regular expression: {error.msg}.") from None
        text = self.text
        return lambda row: any(found.search(line) for line in text(row).split("\n"))

    def _fuzzy(self, letters: str) -> Test:
        found = re.compile(".*?".join(map(re.escape, letters.casefold())))
        text = self.text
        return lambda row: any(found.search(line) for line in text(row).split("\n"))


def language(columns: Sequence[Column], *, aliases: Mapping[str, str] | None = None) -> Language:
    """The language of a list: a field for each column, and for each alias the one it names.

    Args:
        columns: The columns; a column's cell is searched, and what it sorts by is compared.
        aliases: Further names, each for a column's key or an attribute of the row.

    Returns:
        The language.
    """
    by_key = {column.key: column for column in columns}
    fields = {key: _column_field(key, column, key) for key, column in by_key.items()}
    for name, key in (aliases or {}).items():
        column = by_key.get(key)
        if name not in fields and name not in TIMES:
            fields[name] = _column_field(name, column, key)
    shown = tuple(columns)

    def text(row: Any) -> str:
        searched = getattr(row, "search", "")
        if searched:
            return f"{row.id.casefold()}\n{searched}"
        return "\n".join([row.id, *[text_of(column.cell(row)) for column in shown]]).casefold()

    return Language(fields, text, _time_of)


def _column_field(name: str, column: Column | None, attribute: str) -> Field:

    def texts(row: Any) -> list[str]:
        raw = getattr(row, attribute, None)
        found = [raw] if isinstance(raw, str) else []
        return found if column is None else [*found, text_of(column.cell(row))]

    def number(row: Any) -> Any:
        found = getattr(row, attribute, None) if column is None or column.sort is None else column.sort(row)
        return parse_date(found) if isinstance(found, str) else found

    return Field(name, texts, number)


def _time_of(row: Any) -> datetime | None:
    for attribute in ("created", "start_time", "start", "at", "ts", "last_seen"):
        found = getattr(row, attribute, None)
        if isinstance(found, datetime):
            return found
        if isinstance(found, str) and found:
            return parse_date(found)
    return None


def _listed(value: str) -> list[str]:
    return [value] if '"' in value else [part for part in value.split(",") if part]


def _by_value(field: Field, value: str) -> Test:
    compared = _COMPARED.fullmatch(value)
    if compared is not None:
        return _compared(field, compared[1], compared[2])
    whole = len(value) > 1 and value.startswith('"') and value.endswith('"')
    wanted, texts = value.strip('"').casefold(), field.texts
    if whole:
        return lambda row: any(text.casefold() == wanted for text in texts(row))
    return lambda row: any(wanted in text.casefold() for text in texts(row))


def _compared(field: Field, sign: str, typed: str) -> Test:
    compare, number = _OPERATORS[sign], field.number
    operand = _operand(typed)

    def test(row: Any) -> bool:
        found = number(row)
        if isinstance(found, datetime):
            # An age: what is older has been for longer.
            found = (now() - found).total_seconds()
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            return False
        return compare(found, operand)

    return test


def _operand(typed: str) -> float:
    try:
        return float(typed)
    except ValueError:
        pass
    try:
        amount = parse_amount(typed)
    except ValueError:
        amount = None
    if amount is None or amount.op != "add":
        raise ValueError(f"{typed[:40]!r} is neither a number nor a duration. Type for example >2s, <10m or >=100.")
    return amount.seconds


def _by_time(key: str, typed: str, time: Callable[[Any], datetime | None]) -> Test:
    try:
        moment = parse_past(typed)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
    end = moment + _DAY

    def test(row: Any) -> bool:
        at = time(row)
        if at is None:
            return False
        return at >= moment if key == "since" else at < moment if key == "until" else moment <= at < end

    return test


def _not(test: Test) -> Test:
    return lambda row: not test(row)


def _any(tests: Sequence[Test]) -> Test | None:
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)


def _all(tests: Sequence[Test]) -> Test | None:
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)
