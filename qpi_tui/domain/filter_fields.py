"""Filter fields: the name before a colon, and the test of the value after it. Pure."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.domain.columns import Column, Rule
from qpi_tui.domain.durations import parse_amount
from qpi_tui.domain.filter_index import text_of
from qpi_tui.domain.suggestion import mistaken

Test = Callable[[Any], bool]

_COMPARED = re.compile(r"(>=|<=|>|<|=)(.+)", re.DOTALL)
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
}


@dataclass(frozen=True)
class Field:
    """The allowed names before a colon.

    Args:
        name: The typed name.
        key: The field that it stands for; several names may stand for one.
        texts: The texts of a row to search for a value.
        number: The number, time or seconds of a row to compare; None without one.
        rule: The list's settings for it.
    """

    name: str
    key: str
    texts: Callable[[Any], Sequence[str]]
    number: Callable[[Any], Any]
    rule: Rule = field(default_factory=Rule)


class Condition(NamedTuple):
    """A test of a field in words, so that a server can make it too.

    Args:
        key: The field.
        values: The values, one of which has to match; those of a field with choices are complete.
        sign: The comparison; empty: the field contains the value, or is one of the choices.
    """

    key: str
    values: tuple[str, ...]
    sign: str = ""


def column_field(name: str, column: Column | None, attribute: str, rule: Rule | None = None) -> Field:
    """Return the field of a column, or of an attribute of the row."""
    rule = rule or Rule()

    def texts(row: Any) -> Sequence[str]:
        raw = getattr(row, attribute, None)
        found = [raw] if isinstance(raw, str) else []
        return found if column is None else [*found, text_of(column.cell(row))]

    def number(row: Any) -> Any:
        found = getattr(row, attribute, None) if column is None or column.sort is None else column.sort(row)
        return parse_date(found) if isinstance(found, str) else found

    return Field(name, attribute, rule.texts or texts, number, rule)


def by_value(field: Field, typed: str) -> tuple[Test | None, Condition | None]:
    """Return the test for the text after a field's colon, and the same in words if possible.

    Raises:
        ValueError: An invalid value; the message says what is allowed.
    """
    parts = [typed] if '"' in typed else [part for part in typed.split(",") if part]
    if field.rule.choices:
        wanted = _chosen(field, parts)
        value = _value_of(field)
        return lambda row: value(row) in wanted, Condition(field.key, tuple(sorted(wanted)))
    tests = [_compared_or_contained(field, part) for part in parts]
    signs = [_COMPARED.fullmatch(part) for part in parts]
    condition: Condition | None = None
    if len(parts) == 1 and signs[0] is not None:
        condition = Condition(field.key, (str(_operand(signs[0][2])),), signs[0][1])
    elif not any(signs):
        condition = Condition(field.key, tuple(part.strip('"') for part in parts))
    return any_of(tests), condition


def _value_of(field: Field) -> Callable[[Any], Any]:
    key = field.key
    return lambda row: getattr(row, key, None)


def _chosen(field: Field, parts: Sequence[str]) -> frozenset[str]:
    """Return the typed choices: by prefix, or by synonym."""
    wanted = set()
    for part in parts:
        word = part.strip('"').casefold()
        found = [
            choice
            for choice, others in field.rule.choices.items()
            if choice.startswith(word) or any(other.startswith(word) for other in others)
        ]
        if not found:
            *most, last = field.rule.choices
            use = f"Use {', '.join(most)} or {last}."
            raise mistaken(f"Unknown {field.key} {part[:40]!r}.", part, field.rule.choices, otherwise=use)
        wanted |= {word} if word in found else set(found)
    return frozenset(wanted)


def _compared_or_contained(field: Field, value: str) -> Test:
    compared = _COMPARED.fullmatch(value)
    if compared is not None:
        return _compared(field, compared[1], compared[2])
    whole = len(value) > 1 and value.startswith('"') and value.endswith('"')
    wanted, texts = value.strip('"').casefold(), field.texts

    def contained(row: Any) -> bool:
        return any((text.casefold() == wanted) if whole else (wanted in text.casefold()) for text in texts(row))

    return _with_id(field.rule.id, wanted, contained) if field.rule.id else contained


def _with_id(attribute: str, wanted: str, contained: Test) -> Test:
    """Cache the test for each related record: a hundred thousand rows share a few."""
    known: dict[Hashable, bool] = {}

    def test(row: Any) -> bool:
        id = getattr(row, attribute, "")
        found = known.get(id)
        if found is None:
            found = known[id] = id.casefold() == wanted or contained(row)
        return found

    return test


def _compared(field: Field, sign: str, typed: str) -> Test:
    compare, number = _OPERATORS[sign], field.number
    operand = _operand(typed)

    def test(row: Any) -> bool:
        found = number(row)
        if isinstance(found, datetime):
            # For an age, older is greater.
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


def not_(test: Test) -> Test:
    """Return the opposite test."""
    return lambda row: not test(row)


def any_of(tests: Sequence[Test]) -> Test | None:
    """Combine tests with "or"; None without tests."""
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)


def all_of(tests: Sequence[Test]) -> Test | None:
    """Combine tests with "and"; None without tests."""
    if len(tests) < 2:
        return tests[0] if tests else None
    wanted = tuple(tests)

    def test(row: Any) -> bool:
        # No generator: this runs for a hundred thousand rows.
        for each in wanted:  # noqa: SIM110
            if not each(row):
                return False
        return True

    return test
