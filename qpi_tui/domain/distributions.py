"""Distance between two distributions of outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt


def total_variation(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Return the total variation distance of two counts: 0 for equal shares, 1 for disjoint outcomes."""
    return sum(abs(a - b) for a, b in _shares(one, other)) / 2


def hellinger_fidelity(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Return the Hellinger fidelity of two counts, as Qiskit defines it: 1 for equal shares."""
    return min(sum(sqrt(a * b) for a, b in _shares(one, other)) ** 2, 1.0)


def _shares(one: Mapping[str, int], other: Mapping[str, int]) -> list[tuple[float, float]]:
    """Yield the two shares of each outcome."""
    totals = sum(one.values()) or 1, sum(other.values()) or 1
    return [(one.get(bits, 0) / totals[0], other.get(bits, 0) / totals[1]) for bits in {**one, **other}]
