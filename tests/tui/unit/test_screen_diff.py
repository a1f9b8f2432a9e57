"""The screen diff, in whichever order is shortest, produces the desired screen on a terminal, including colours."""

from __future__ import annotations

import random
from itertools import product

import pyte
import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset
from textual.strip import Strip

from qpi_tui.terminal.screen_diff import PLAIN, SINGLE, ScreenDiff, cells_of, change

WIDTH, HEIGHT = 30, 6
STYLES = [
    Style(color=color, bgcolor=ground, bold=bold, italic=italic, reverse=reverse)
    for color, ground, bold, italic, reverse in product(
        ("#ff0000", "#00ff00", None), ("#000011", None), (True, None), (True, None), (True, None)
    )
]


def line(chance: random.Random) -> Strip:
    """Return a random line of words in few or many styles, with an occasional wide character."""
    segments, width = [], 0
    styles = STYLES[: chance.randint(1, len(STYLES))]
    while width < WIDTH:
        wide = chance.random() < 0.15 and width + 2 <= WIDTH
        text = "字" if wide else "".join(chance.choices("ab  x", k=min(chance.randint(1, 9), WIDTH - width)))
        width += 2 if wide else len(text)
        segments.append(Segment(text, chance.choice(styles)))
    return Strip(segments)


def cells(screen: pyte.Screen) -> list[list[pyte.screens.Char]]:
    """Return what a terminal shows."""
    return [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


@pytest.mark.parametrize("seed", range(150))
def test_a_diff_produces_the_same_screen_as_a_full_repaint(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable picture, no secret
    shadow, screen = ScreenDiff(), pyte.Screen(WIDTH, HEIGHT)
    shadow.resize(WIDTH, HEIGHT)
    wanted = [line(chance) for _ in range(HEIGHT)]
    for _ in range(4):
        for y, strip in enumerate(wanted):
            shadow.put(0, y, strip, ColorSystem.TRUECOLOR)
        pyte.Stream(screen).feed(shadow.difference(Offset(0, 0)))
        whole = pyte.Screen(WIDTH, HEIGHT)
        for y, strip in enumerate(wanted):
            x = 1
            for text, style, _ in strip:
                pyte.Stream(whole).feed(f"\x1b[m\x1b[{y + 1};{x}H{style.render(text) if style else text}")
                x += 2 if text == "字" else len(text)
        assert cells(screen) == cells(whole)
        wanted = [line(chance) if chance.random() < 0.7 else strip for strip in wanted]


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        (("1", "38;5;1", "48;5;2"), ("", "38;5;1", "48;5;2"), "\x1b[22m"),
        (("1;2", "", "48;5;2"), ("2", "", "48;5;2"), "\x1b[22;2m"),
        (("", "38;5;1", "48;5;2"), ("", "", "48;5;2"), "\x1b[39m"),
        (("3;4", "31", ""), ("7", "", ""), "\x1b[0;7m"),
        (("1", "31", "42"), PLAIN, "\x1b[m"),
        (PLAIN, ("1", "31", ""), "\x1b[1;31m"),
    ],
)
def test_style_changes_use_the_shortest_sequence(
    old: tuple[str, str, str], new: tuple[str, str, str], written: str
) -> None:
    assert change(old, new) == written


EMOJI = [
    "🇫🇮", "👩\u200d🚀", "❤\ufe0f", "👍🏽", "1\ufe0f\u20e3", "✈\ufe0f", "👨\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈",
    "🚀", "🫠", "字",
]  # fmt: skip


@pytest.mark.parametrize("counted", [1, 2])
@pytest.mark.parametrize("emoji", EMOJI)
def test_columns_stay_aligned_however_a_terminal_measures_emoji(
    emoji: str, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wcwidth(char: str) -> int:
        # In old and new tables: an emoji has one cell or two, a joiner none.
        if char in "\u200d\ufe0f\u20e3":
            return 0
        return counted if ord(char) > 0x2300 and char != "字" else 2 if char == "字" else 1

    monkeypatch.setattr("pyte.screens.wcwidth", wcwidth)
    shadow, screen = ScreenDiff(), pyte.Screen(WIDTH, HEIGHT)
    shadow.resize(WIDTH, HEIGHT)
    room = cell_len(emoji)
    for text in (f"ab{emoji}cd", f"ab{'#' * room}cd", f"ab{emoji}cd", f"ab{' ' * room}cd"):
        shadow.put(0, 0, Strip([Segment(text.ljust(WIDTH + len(text) - cell_len(text)))]), ColorSystem.TRUECOLOR)
        pyte.Stream(screen).feed(shadow.difference(Offset(0, 0)))
        shown = [screen.buffer[0][x].data for x in range(WIDTH)]
        assert shown[:2] == ["a", "b"]
        assert shown[2 + room : 4 + room] == ["c", "d"], shown
        if text[2] in "# ":
            assert shown[2 : 2 + room] == [text[2]] * room
        else:
            assert "#" not in shown
        assert set(shown[4 + room :]) == {" "}


def test_a_text_that_is_not_split_has_the_cells_that_splitting_it_returns() -> None:
    characters = [chr(code) for code in range(0x110000) if SINGLE.fullmatch(chr(code))]
    assert {*"aé×…·–✓▌▲●│█⠿"} <= {*characters}
    assert not {*"字🚀\u0301\u200d\ufe0f\x1b\x9b\xad"} & {*characters}
    split = cells_of.__wrapped__
    assert [char for char in characters if split(f"a{char}e") != ("a", char, "e")] == []
    joined = "".join(characters)
    assert split(joined) == tuple(joined)


def test_a_history_that_scrolls_past_leaves_no_cells_behind() -> None:
    shadow = ScreenDiff()
    shadow.resize(WIDTH, HEIGHT)
    cells_of.cache_clear()
    for n in range(5_000):
        shadow.put(0, n % HEIGHT, Strip([Segment(f"▌✓ done {n} 4 × 1,000 …")]), ColorSystem.TRUECOLOR)
    assert cells_of.cache_info().currsize == 0
    for n in range(5_000):
        shadow.put(0, n % HEIGHT, Strip([Segment(f"done {n} 字")]), ColorSystem.TRUECOLOR)
    # A screen of 200 lines of five such parts.
    assert cells_of.cache_info().currsize <= 1_024
