"""The console's own themes: all text is legible, and states are distinguishable for people with red-green colour
blindness.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import pytest
from rich.color import Color as RichColor
from textual.color import Color

from qpi_sandbox import Sandbox
from qpi_tui.domain import clock
from qpi_tui.domain.announcements import banner, warns
from qpi_tui.resources import jobs, qpus, requests, telemetry
from qpi_tui.resources.drivers import COLUMNS as DRIVERS
from qpi_tui.rows.job_text import MARKS
from qpi_tui.settings.themes import OURS, ThemeError, find_theme
from screenshots.make import MOMENT, still_lab
from tests.tui.helpers import Person, at_console

RGB = tuple[float, float, float]
LEAST = 4.5
# Lab distance at which two text colours are distinguishable at a glance; 2.3 is just noticeable.
APART = 20.0
STATES = ("success", "warning", "error", "accent", "primary")
# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
SEEN_BY = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
}


def linear(colour: RGB) -> RGB:
    red, green, blue = (c / 255 / 12.92 if c <= 0.04045 * 255 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour)
    return red, green, blue


def contrast(one: RGB, other: RGB) -> float:
    """Return the contrast ratio defined by WCAG 2."""
    light = [sum(part * w for part, w in zip(linear(c), (0.2126, 0.7152, 0.0722), strict=True)) for c in (one, other)]
    return (max(light) + 0.05) / (min(light) + 0.05)


def lab(colour: RGB, kind: str) -> RGB:
    """Return the CIE Lab values of a colour as somebody sees it."""
    seen = [max(sum(m * c for m, c in zip(row, linear(colour), strict=True)), 0.0) for row in SEEN_BY[kind]]
    xyz = [
        sum(m * c for m, c in zip(row, seen, strict=True))
        for row in ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8729))
    ]
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def rgb(text: str) -> RGB:
    return Color.parse(text).rgb


@pytest.mark.parametrize("name", list(OURS))
def test_states_are_distinguishable_by_colour(name: str) -> None:
    colours = find_theme(name).to_color_system().generate()
    for kind in SEEN_BY:
        for one, other in itertools.combinations(STATES, 2):
            pair = [lab(rgb(colours[f"text-{each}"]), kind) for each in (one, other)]
            assert math.dist(*pair) >= APART, (kind, one, other, round(math.dist(*pair)))


def test_states_are_distinguishable_by_symbol() -> None:
    def sign(cell: Any) -> str:
        return str(cell.text).split()[0]

    assert len({mark for mark, _ in MARKS.values()}) == len(MARKS) == 5
    for states in (jobs._STATES, qpus._STATES, requests._STATES, telemetry._STATES):
        assert len({sign(cell) for cell in states.values()}) == len(states)
    assert DRIVERS
    # Without any colours, the word still differs.
    assert all(" " in cell.text for cell in [*jobs._STATES.values(), *qpus._STATES.values()])


def test_an_unknown_theme_lists_the_available_ones() -> None:
    with pytest.raises(ThemeError, match="qpi-dark"):
        find_theme("qpi-drak")


@pytest.mark.parametrize(
    ("title", "text", "loud"),
    [
        ("Slot moved", "Thursday's slot starts an hour later.", False),
        ("New QPU", "Welcome to sisu-20", False),
        ("Power cut on Monday", "All QPUs go down at 06:00 UTC.", True),
        ("tuuli-7", "in maintenance until Friday", True),
    ],
)
def test_announcements_are_neutral_unless_they_are_warnings(title: str, text: str, loud: bool) -> None:
    assert warns(title, text) is loud
    (mark, style), *_ = banner(title, text, None)
    assert (mark, bool(style)) == (("▲ ", True) if loud else ("◆ ", False))


@pytest.fixture(scope="module")
def still() -> Iterator[Sandbox]:
    from qpi_tui.domain.roles import Role

    clock.set_clock(lambda: MOMENT)
    with still_lab(Role.ADMIN) as running:
        yield running
    clock.set_clock(None)


def pairs(person: Person) -> set[tuple[RGB, RGB, str]]:
    """Return each text on the screen with its foreground and background colour."""
    found: set[tuple[RGB, RGB, str]] = set()
    for strip in person.app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            # Lines and bars are not text.
            if style is None or style.color is None or style.bgcolor is None or not any(map(str.isalnum, segment.text)):
                continue
            front, behind = (_triplet(each) for each in (style.color, style.bgcolor))
            found.add((behind, front, segment.text.strip()) if style.reverse else (front, behind, segment.text.strip()))
    return found


def _triplet(colour: RichColor) -> RGB:
    red, green, blue = colour.get_truecolor()
    return red, green, blue


@pytest.mark.parametrize("name", list(OURS))
async def test_every_text_is_legible(still: Sandbox, name: str) -> None:
    clock.set_clock(lambda: MOMENT)
    async with at_console(still.url, "admin", still.admin, screen="overview", theme=name) as person:
        seen = {}
        places = (
            "overview",
            "requests",
            "qpus",
            "jobs",
            "slots",
            "users",
            "drivers",
            "telemetry",
            "announcements",
            "usage",
        )
        for place in places:
            await person.act(f"go.{place}")
            await person.ready()
            await person.pilot.pause()
            seen[place] = pairs(person)
            assert len(seen[place]) > 5
        worst = sorted((round(contrast(a, b), 2), place, text) for place in seen for a, b, text in seen[place])
        assert worst[0][0] >= LEAST, worst[:12]
    clock.set_clock(None)
