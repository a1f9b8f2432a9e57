"""Plots match the numbers: bars and dots are read back and compared."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from qpi_tui.plots.histogram import histogram
from qpi_tui.plots.iq import scatter
from qpi_tui.plots.parts import Line, bar
from qpi_tui.plots.trend import sparkline, trend

EIGHTHS = {"█": 8, "▉": 7, "▊": 6, "▋": 5, "▌": 4, "▍": 3, "▎": 2, "▏": 1, "#": 8}
COUNTS = st.dictionaries(st.text("01 ", min_size=1, max_size=24), st.integers(0, 10**7), max_size=40)


def text(line: Line) -> str:
    return "".join(part for part, _ in line)


@given(COUNTS, st.integers(30, 160), st.booleans(), st.integers(1, 30), st.booleans())
def test_bars_match_the_counts(counts: dict[str, int], width: int, by_count: bool, top: int, ascii: bool) -> None:
    lines = histogram(counts, width=width, by_count=by_count, top=top, ascii=ascii)
    assert all(cell_len(text(line)) == width for line in lines)
    if not counts:
        assert "no counts" in text(lines[0])
        return
    shown = lines[: min(top, len(counts))]
    values = [int(line[4][0].replace(",", "")) for line in shown]
    assert sorted(values, reverse=True) == sorted(counts.values(), reverse=True)[:top]
    if by_count:
        assert values == sorted(values, reverse=True)
    room = len(shown[0][2][0]) + len(shown[0][3][0])
    for line, value in zip(shown, values, strict=True):
        eighths = sum(EIGHTHS[c] for c in line[2][0])
        exact = value / max(*values, 1) * room * 8
        assert abs(eighths - exact) <= (4 if ascii else 0.5) or (value and eighths == (8 if ascii else 1))
        assert bool(eighths) == bool(value)
    if len(counts) > top:
        more = len(counts) - top
        assert text(lines[-1]).startswith((f"and {more:,} more", f"+{more:,} "))


def test_a_histogram_is_drawn_as_expected() -> None:
    lines = [text(line).rstrip() for line in histogram({"00": 471, "11": 512, "01": 10, "10": 7}, width=60)]
    assert [line.split()[0] for line in lines] == ["11", "00", "01", "10"]
    assert lines[0].endswith("512   51.2 %")
    assert lines[3].endswith("7    0.7 %")
    by_bits = histogram({"00": 471, "11": 512, "01": 10, "10": 7}, width=60, by_count=False, top=3)
    assert [text(line).split()[0] for line in by_bits] == ["00", "01", "11", "and"]
    assert text(by_bits[-1]).split()[:3] == ["and", "1", "more"]


def test_percentages_are_never_rounded_to_0_or_100() -> None:
    lines = histogram({"0": 10**6, "1": 1}, width=60)
    assert ">99.9 %" in text(lines[0])
    assert "<0.1 %" in text(lines[1])
    assert bar(1e-9, 20) == "▏"
    assert bar(0, 20) == ""


def dots(lines: list[Line]) -> list[tuple[int, int]]:
    found = []
    for row, line in enumerate(lines[:-2]):
        for column, char in enumerate(line[1][0]):
            bits = ord(char) - 0x2800 if "\u2800" <= char <= "\u28ff" else 0
            places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
            found += [(column * 2 + x, row * 4 + y) for bit, (x, y) in enumerate(places) if bits >> bit & 1]
    return found


def test_points_are_drawn_at_their_coordinates() -> None:
    square = [complex(0, 0), complex(1, 0), complex(0, 1), complex(1, 1)]
    lines = scatter(square, width=60, height=20)
    assert len(lines) == 20
    assert all(cell_len(text(line)) == 60 for line in lines)
    seen = sorted(dots(lines))
    assert len(seen) == 4
    (x0, y0), (_, y1), (x1, _), _ = seen
    assert abs((x1 - x0) - (y1 - y0)) <= 1, "a square is a square"


@given(st.lists(st.complex_numbers(allow_nan=True, allow_infinity=True), max_size=50), st.booleans())
def test_any_points_can_be_drawn(points: list[complex], ascii: bool) -> None:
    lines = scatter(points, width=50, height=12, ascii=ascii)
    assert all(cell_len(text(line)) == 50 for line in lines)
    good = [p for p in points if math.isfinite(p.real) and math.isfinite(p.imag)]
    if good:
        assert any(line[1][0].strip() for line in lines[:-2])
        assert len(good) == len(points) or "not finite" in text(lines[-1])
    if ascii:
        assert all(text(line).isascii() for line in lines)


START = datetime(2026, 11, 23, 12, tzinfo=UTC)


def minutes(values: list[float | None]) -> list[tuple[datetime, float | None]]:
    return [(START + timedelta(minutes=n), value) for n, value in enumerate(values)]


def test_a_trend_rises_and_its_gap_is_visible() -> None:
    line = sparkline(minutes([1, 2, None, None, 3, 4]), width=6)
    assert line[2:4] == "··"
    levels = ["▁▂▃▄▅▆▇█".index(c) for c in line.replace("·", "")]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (0, 7)
    assert len(set(sparkline(minutes([5, 5, 5]), width=9))) == 1


def test_a_trend_shows_its_range() -> None:
    lines = trend(minutes([1, 9.5, None, 4]), width=70)
    assert [cell_len(text(line)) for line in lines] == [70, 70]
    assert "min 1  max 9.5  last 4  1 missing  12:00 – 12:03" in text(lines[1])
    assert "nothing measured" in text(trend(minutes([None]), width=30)[0])


@given(st.lists(st.none() | st.floats(allow_nan=True, allow_infinity=True), max_size=60), st.integers(1, 80))
def test_any_series_can_be_drawn(values: list[float | None], width: int) -> None:
    assert len(sparkline(minutes(values), width=width)) == width
    assert all(cell_len(text(line)) == width for line in trend(minutes(values), width=width))


@pytest.mark.parametrize("width", [1, 5, 12, 20])
def test_very_small_plots_do_not_crash(width: int) -> None:
    assert all(cell_len(text(line)) == width for line in histogram({"0101": 3, "1": 1}, width=width))
    assert all(cell_len(text(line)) == width for line in scatter([1j, 2], width=width, height=5))
