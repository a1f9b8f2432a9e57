"""The list of rejected phrases finds them across line breaks and reports the line on which they start."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "words"


@pytest.fixture(scope="module")
def words() -> ModuleType:
    """The script, which has no suffix, as a module."""
    loader = SourceFileLoader("words", str(SCRIPT))
    spec = spec_from_loader("words", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("four need a hand", 1),
        ("\nFour need\na hand today.", 2),
        ("x = 1\n    # Four need\n    # a hand today.\n", 2),
        ('say(\n    "four need "\n    "a hand"\n)', 2),
        ('say(\n    f"{count} need "\n    f"a hand"\n)', 2),
        ("- four need\n  a hand", 1),
        ("Deprecated.\n\nNews\n", 3),
    ],
)
def test_a_phrase_is_found_on_the_line_where_it_starts(words: ModuleType, text: str, line: int) -> None:
    assert [number for number, _, _ in words.matches(text)] == [line]


def test_plain_sentences_pass(words: ModuleType) -> None:
    assert list(words.matches("4 need attention. Newsletters are fine.\n")) == []


def test_each_pattern_contains_its_lookup_text(words: ModuleType) -> None:
    for required, pattern, instead in words.COMPILED:
        assert required in pattern.pattern or required.lower() in pattern.pattern.lower()
        assert instead
