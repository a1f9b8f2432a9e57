"""Parse the parts of a result entry: counts, single shots, IQ points. None of the functions raises."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from qpi_client.circuit_note import MAX_WIDTH

Counts = dict[str, int]
IQ = list[list[complex]] | list[complex]


def read_counts(value: object, width: int | None, *, hexadecimal: bool = False) -> tuple[Counts, str] | None:
    """Parse a histogram into bitstrings of equal width, bit 0 rightmost, without outcomes of zero counts.

    Keys may be binary (with optional spaces between registers), hexadecimal (``0x1f``; without prefix if
    ``hexadecimal``) or integers. Returns the counts and the first key with spaces (``"001 10"``, otherwise ``""``), or
    None if the value is not a histogram.
    """
    if not isinstance(value, Mapping) or not value:
        return None
    base = 16 if hexadecimal else _base_of(value)
    numbers: dict[int, int] = {}
    longest, spacing = 0, ""
    for key, count in value.items():
        outcome, amount = _outcome(key, base), _whole(count)
        if outcome is None or amount is None or amount < 0:
            return None
        number, digits = outcome
        longest = max(longest, digits)
        if not spacing and isinstance(key, str) and " " in key.strip():
            spacing = key.strip()
        numbers[number] = numbers.get(number, 0) + amount
    width = max(width or 0, longest, 1)
    if width > MAX_WIDTH:
        return None
    return {format(number, f"0{width}b"): amount for number, amount in numbers.items() if amount}, spacing


def read_shots(value: object, width: int | None) -> list[str] | None:
    """Parse the outcomes of single shots into bitstrings of equal width; None if they are something else."""
    if not isinstance(value, list) or not value or not all(isinstance(item, (str, int)) for item in value):
        return None
    base = _base_of(value)
    outcomes = [_outcome(item, base) for item in value]
    found = [outcome for outcome in outcomes if outcome is not None]
    width = max(width or 0, max((digits for _, digits in found), default=0), 1)
    if len(found) != len(outcomes) or width > MAX_WIDTH:
        return None
    return [format(number, f"0{width}b") for number, _ in found]


def read_iq(value: object, *, averaged: bool) -> IQ | None:
    """Parse ``[shot][qubit][I, Q]`` into complex numbers: ``[shot][qubit]``, or ``[qubit]`` when averaged.

    ``[qubit][I, Q]`` is parsed as averaged. None if the value has another shape, or shots of unequal length.
    """
    if not isinstance(value, list) or not value:
        return None
    if _is_point_row(value):
        return [complex(*point) for point in value]
    if not all(_is_point_row(row) and len(row) == len(value[0]) for row in value):
        return None
    rows = [[complex(*point) for point in row] for row in value]
    return rows[0] if averaged and len(rows) == 1 else rows


def read_shot_number(value: object) -> int | None:
    """Parse a number of shots; None if it is not a non-negative integer."""
    number = _whole(value)
    return number if number is not None and number >= 0 else None


def _base_of(keys: Mapping[object, object] | Sequence[object]) -> int:
    """Return the base of keys without a prefix: 2 if all of them are valid in it, otherwise 10, otherwise 16."""
    plain = [_digits(key) for key in keys if isinstance(key, str) and not _prefixed(key)]
    if all(set(text) <= {"0", "1"} for text in plain):
        return 2
    return 10 if all(text.isascii() and text.isdigit() for text in plain) else 16


def _outcome(key: object, base: int) -> tuple[int, int] | None:
    """Return the outcome of a key and its minimum number of bits; None if it is not an outcome."""
    if type(key) is int:
        return (key, key.bit_length()) if key >= 0 else None
    if not isinstance(key, str) or len(key) > 2 * MAX_WIDTH:
        return None
    text = _digits(key)
    if _prefixed(key):
        base, text = (16, text[2:]) if text[1] in "xX" else (2, text[2:])
    if not text.isascii() or not text.isalnum():
        return None
    try:
        number = int(text, base)
    except ValueError:
        return None
    return number, len(text) if base == 2 else number.bit_length()


def _prefixed(key: str) -> bool:
    return _digits(key)[:2].lower() in ("0x", "0b")


def _digits(key: str) -> str:
    return "".join(key.split())


def _whole(value: object) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return None


def _is_point_row(value: object) -> TypeGuard[list[list[float]]]:
    return isinstance(value, list) and bool(value) and all(_is_point(item) for item in value)


def _is_point(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(part) in (int, float) and _fits(part) for part in value)
    )


def _fits(number: float) -> bool:
    try:
        float(number)
    except OverflowError:
        return False
    return True
