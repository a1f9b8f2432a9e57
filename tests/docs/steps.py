"""The steps of a tutorial, parsed from its page: keys to press, text to type, and text that the screen then shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qpi_tui.screens.base import ConsoleScreen
from tests.tui.helpers import Person, read_lines

FOLDER = Path(__file__).parents[2] / "docs" / "tutorials"
# `++a++` is a key, "type `2 h`" is typed, **words** must appear on the screen.
_PART = re.compile(r"\+\+(?P<key>[^ ]+?)\+\+|[Tt]ype `(?P<typed>[^`]+)`|\*\*(?P<seen>[^*]+)\*\*")
# Keys as on the pages → Textual's names.
_NAMES = {"esc": "escape", "slash": "slash", "question-mark": "question_mark", "colon": "colon"}


@dataclass(frozen=True)
class Step:
    """A numbered step of a page: its text, and its parts in order as (kind, value)."""

    number: int
    text: str
    parts: tuple[tuple[str, str], ...]


def steps(page: str) -> Iterator[Step]:
    """Return the numbered steps of a tutorial, in order."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    for match in re.finditer(r"^(\d+)\. (.*?)(?=^\d+\. |^#|^$)", text, re.MULTILINE | re.DOTALL):
        words = " ".join(match[2].split())
        parts = [(str(found.lastgroup), str(found[found.lastgroup or 0])) for found in _PART.finditer(words)]
        yield Step(int(match[1]), words, tuple(parts))


async def follow(person: Person, step: Step) -> None:
    """Perform a step and check what it promises."""
    for kind, value in step.parts:
        if kind == "key":
            await person.press(_NAMES.get(value, value.replace("-", "_") if len(value) > 2 else value))
            await person.pilot.pause()
        elif kind == "typed":
            await person.type(value)
        elif value in (names := {tab.name: tab.id for tab in person.app.tabs()}):
            await person.until(lambda place=names[value]: at(person, place))
        else:
            await person.until(lambda text=value: text in below_tabs(person))


def at(person: Person, place: str) -> bool:
    """Whether a screen is shown, with no dialog above it."""
    return person.app.current_place == place and isinstance(person.app.screen, ConsoleScreen)


def below_tabs(person: Person) -> str:
    """Return what is shown but for the names of the screens, which are always there."""
    lines = read_lines(person.app)
    return "\n".join(line for y, line in lines.items() if y != 1)
