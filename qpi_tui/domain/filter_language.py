"""The filter language of every list: `failed qpu:alpha -user:mira took:>2s since:yesterday !test /^b.ll/ ~tuli a|b`.

`Language.parse` parses it once; the result tests rows without parsing. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from qpi_tui.domain.clock import parse_date, stored
from qpi_tui.domain.columns import Column, Rule
from qpi_tui.domain.filter_fields import Condition, Field, Test, all_of, any_of, by_value, column_field, not_
from qpi_tui.domain.filter_index import text_of
from qpi_tui.domain.parse_time import parse_past, said
from qpi_tui.domain.suggestion import Suggestion

_TOKEN = re.compile(r'[!-]?~?(?:[^\s":/]*:)?(?:"[^"]*"?|/(?:[^/\\]|\\.)+/(?=\s|$)|[^\s"]+)+|\S')
TIMES = ("since", "until", "on")
FORMS = (
    ("word", "contains the word, in any case"),
    ('"two words"', "contains the text, blanks included"),
    ("a|b", "contains one of the words"),
    ("!word", "does not contain the word"),
    ("/^b.ll/", "matches the regular expression, line by line"),
    ("~blpr", "contains these letters in this order"),
    ("field:value", "the field contains the value"),
    ("field:a,b", "the field contains one of the values"),
    ('field:"value"', "the field is exactly the value"),
    ("-field:value", "the field does not contain the value (also !field:value)"),
    ("field:>2s", "the field compares so with a number or duration: > >= < <= ="),
    ("since:2h", "is not older; until: is older, on: is on that day"),
    ('since:"fri 9:00"', "with a time: 2h, 30d, yesterday, 2026-11-01"),
)
"""Each form with its meaning, for the help and the page."""
# Suggestions after `since:`, `until:` and `on:`.
_OFFERED_TIMES = ("today", "yesterday", "1h", "24h", "7d", "30d")
# Longer expressions can take polynomial time.
_LONGEST_REGEX = 100
_NESTED = re.compile(r"[+*}]\)?[+*{]|\([^)]*[+*][^)]*\)[+*{]")
_DAY = timedelta(days=1)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
# Rows to search for values to suggest, and number of suggestions.
_SEARCHED, _OFFERED = 2_000, 50
# Characters of a time as a server stores it: such texts sort like times.
_STORED = len("2026-11-01 08:00:00.000Z")


@dataclass(frozen=True)
class Mistake:
    """An invalid part of the text, from `start` to `end`, with a message and a suggestion."""

    start: int
    end: int
    sentence: str
    instead: str = ""


@dataclass(frozen=True)
class Filter:
    """Plain words that must all occur, a test of rows (None: any), and the first mistake.

    `conditions` are its tests that a server can make too, `since` and `until` the bounds of a row's time, and `says`
    the tests as typed.
    """

    words: str = ""
    test: Test | None = None
    mistake: Mistake | None = None
    conditions: tuple[Condition, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    says: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it filters out some rows."""
        return bool(self.words) or self.test is not None

    def with_other(self, other: Filter) -> Filter:
        """Combine two filters with "and"."""
        return Filter(
            " ".join(words for words in (self.words, other.words) if words),
            all_of([test for test in (self.test, other.test) if test is not None]),
            self.mistake or other.mistake,
            (*self.conditions, *other.conditions),
            _bound(max, self.since, other.since),
            _bound(min, self.until, other.until),
            (*self.says, *other.says),
        )

    def lets_through(self, row: Any, text: Callable[[Any], str]) -> bool:
        """Whether a row contains all words and passes the test."""
        if self.test is not None and not self.test(row):
            return False
        if not self.words:
            return True
        found = text(row)
        return all(word in found for word in self.words.casefold().split())


NOTHING_TYPED = Filter()


@dataclass(frozen=True)
class Language:
    """The fields of one list, and how to get the text and the time of a row.

    Args:
        fields: The fields by name.
        text: The text of a row to search for words.
        time: The time of a row, as a server stores it; empty without one.
    """

    fields: Mapping[str, Field]
    text: Callable[[Any], str]
    time: Callable[[Any], str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The allowed names before a colon, in order."""
        return (*self.fields, *(TIMES if self.time is not None else ()))

    def complete(self, typed: str, rows: Sequence[Any]) -> list[str]:
        """Return completions of the filter's last word: names of fields, or values in the rows."""
        last = typed.rsplit(" ", 1)[-1]
        start = typed[: len(typed) - len(last)]
        sign = last[0] if last[:1] in ("!", "-") else ""
        name, colon, value = last.removeprefix(sign).partition(":")
        if not colon:
            return [f"{start}{sign}{each}:" for each in self.names if each.startswith(name.lower())]
        before, comma, part = value.rpartition(",")
        values = self._values(name.lower(), part.strip('"').casefold(), rows)
        return [f"{start}{sign}{name}:{before}{comma}{text}" for text in values][:_OFFERED]

    def _values(self, name: str, wanted: str, rows: Sequence[Any]) -> list[str]:
        """Return values for a field."""
        if name in TIMES and self.time is not None:
            return [each for each in _OFFERED_TIMES if each.startswith(wanted)]
        field = self.fields.get(name)
        if field is None:
            return []
        if field.rule.choices:
            return [each for each in field.rule.choices if each.startswith(wanted)]
        found = {text for row in rows[:_SEARCHED] for text in field.texts(row) if wanted in text.casefold()}
        return [f'"{text}"' if " " in text else text for text in sorted(found, key=str.casefold) if text]

    def parse(self, typed: str) -> Filter:
        """Parse a filter. Invalid parts are skipped and reported as its mistake."""
        found = _Parts()
        for match in _TOKEN.finditer(typed):
            try:
                self._token(match[0], found)
            except ValueError as error:
                token, instead = match[0], ""
                if isinstance(error, Suggestion):
                    instead = token.replace(error.wrong, error.right, 1)
                found.mistake = found.mistake or Mistake(match.start(), match.end(), str(error), instead)
        return Filter(
            " ".join(found.words),
            all_of(found.tests),
            found.mistake,
            tuple(found.conditions),
            found.since,
            found.until,
            tuple(found.says),
        )

    def _token(self, token: str, found: _Parts) -> None:
        """Add a part of the text; an incomplete one adds nothing."""
        body = token[1:] if token[0] in "!-" else token
        name, colon, value = body.partition(":")
        if colon and (name.lower() in self.names or not name.startswith(('"', "/", "~"))):
            if self._field(name, value, found, negated=body is not token):
                return
            if name.lower() in self.names:
                return
        if token[0] != "!":
            body = token
        elif not body:
            return
        made = self._word(body)
        if token[0] == "!" and made is not None:
            made = not_(self._contains(made) if isinstance(made, str) else made)
        if isinstance(made, str):
            found.words.append(made)
        elif made is not None:
            found.tests.append(made)

    def _field(self, name: str, value: str, found: _Parts, *, negated: bool) -> bool:
        """Add `name:value`; return whether it is one."""
        key = name.lower()
        if key not in self.names:
            import difflib

            near = difflib.get_close_matches(key, self.names, 1, 0.75) if key.isalpha() else []
            if near and value:
                raise Suggestion(f"Unknown field {name!r}. Did you mean {near[0]}:?", name, near[0])
            return False
        if not value or value == '"':
            return False
        condition: Condition | None = None
        if key in TIMES and self.time is not None:
            test: Test | None = self._by_time(key, value.strip('"'), found, negated=negated)
        else:
            test, condition = by_value(self.fields[key], value)
        if test is None:
            return False
        found.tests.append(not_(test) if negated else test)
        if condition is not None and not negated:
            found.conditions.append(condition)
        said = ",".join(condition.values) if condition is not None and not condition.sign else value
        found.says.append(f"{'not ' if negated else ''}{key} {said}")
        return True

    def _word(self, token: str) -> Test | str | None:
        if len(token) > 2 and token.startswith("/") and token.endswith("/"):
            return self._matches(token[1:-1])
        if token.startswith("~"):
            return self._fuzzy(token[1:].strip('"')) if len(token) > 1 else None
        if "|" in token:
            parts = [part.strip('"').casefold() for part in token.split("|") if part.strip('"')]
            return any_of([self._contains(part) for part in parts])
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

    def _by_time(self, key: str, typed: str, found: _Parts, *, negated: bool) -> Test:
        try:
            # Nothing is older: texts of earlier years would not sort.
            moment = max(parse_past(typed), _FIRST)
            end = moment + _DAY
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{key}: {error}") from None
        since = None if key == "until" else moment
        until = {"since": None, "until": moment, "on": end}[key]
        if not negated:
            found.since, found.until = _bound(max, found.since, since), _bound(min, found.until, until)
            if found.since is not None and found.until is not None and found.until <= found.since:
                raise ValueError(
                    f"{key}: nothing is both after {said(found.since, '')} and before {said(found.until, '')}."
                )
        low, high = stored(since) if since is not None else "", stored(until) if until is not None else "~"
        time = self.time
        assert time is not None  # noqa: S101  # asked before
        return lambda row: bool(at := time(row)) and low <= at < high


class _Parts:
    """The state of a filter while it is parsed."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.tests: list[Test] = []
        self.conditions: list[Condition] = []
        self.says: list[str] = []
        self.since: datetime | None = None
        self.until: datetime | None = None
        self.mistake: Mistake | None = None


def language(
    columns: Sequence[Column], *, aliases: Mapping[str, str] | None = None, rules: Mapping[str, Rule] | None = None
) -> Language:
    """Return the language of a list: a field for each column and each alias.

    Args:
        columns: The columns; a column's cell is searched, and its sort key compared.
        aliases: Further names, each for a column's key or an attribute of the row.
        rules: The list's settings for a field, by its key.

    Returns:
        The language.
    """
    by_key = {column.key: column for column in columns}
    known = rules or {}
    fields = {key: column_field(key, column, key, known.get(key)) for key, column in by_key.items()}
    for name, key in (aliases or {}).items():
        if name not in fields and name not in TIMES:
            fields[name] = column_field(name, by_key.get(key), key, known.get(key))
    fields.setdefault("id", column_field("id", None, "id"))
    shown = tuple(columns)

    def text(row: Any) -> str:
        searched = getattr(row, "search", "")
        if searched:
            return f"{row.id.casefold()}\n{searched}"
        return "\n".join([row.id, *[text_of(column.cell(row)) for column in shown]]).casefold()

    return Language(fields, text, _time_of)


def exactly(name: str, value: str) -> str:
    """Return the filter for rows with exactly this value: `qpu:"alpha"`."""
    return f'{name}:"{value.replace(chr(34), "")}"'


def _time_of(row: Any) -> str:
    for attribute in ("created", "start_time", "start", "at", "ts", "last_seen"):
        found = getattr(row, attribute, None)
        if isinstance(found, datetime):
            return stored(found)
        if isinstance(found, str) and found:
            if len(found) == _STORED and found[10] == " " and found[-1] == "Z":
                return found
            moment = parse_date(found)
            return stored(moment) if moment is not None else ""
    return ""


def _bound(
    which: Callable[[datetime, datetime], datetime], one: datetime | None, other: datetime | None
) -> datetime | None:
    """Return the narrower of two bounds."""
    return one if other is None else other if one is None else which(one, other)
