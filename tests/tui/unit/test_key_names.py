"""Keys: those that no terminal sends are rejected with a suggestion, and each is shown in its usual notation."""

from __future__ import annotations

import pytest
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.events import Key

from qpi_tui.actions import ACTIONS, key_word
from qpi_tui.settings.key_names import key_problem
from qpi_tui.settings.options import TOP
from qpi_tui.terminal.input_stream import InputStream
from qpi_tui.terminal.textual_internals import SequenceParser


def sent() -> set[str]:
    """Return every key that some terminal sends: printable characters, and every known sequence."""
    found = set()
    for text in [*map(chr, range(0x20, 0x7F)), "é", *ANSI_SEQUENCES_KEYS]:
        stream, parser = InputStream(), SequenceParser()
        for piece in [*stream.feed(text, 0.0), *stream.tick(1.0)]:
            found |= {event.key for event in parser.events(piece.text) if isinstance(event, Key)}
    return found


def test_every_accepted_key_is_sent_by_some_terminal() -> None:
    known = sent()
    modifiers = ("", "ctrl+", "shift+", "alt+", "ctrl+shift+")
    names = {key.rpartition("+")[2] for key in known if key} | {"foo", "A", "f25", "return"}
    taken = {modifier + name for modifier in modifiers for name in names if not key_problem(modifier + name)}
    # A character is also accepted as itself: `?` for `question_mark`.
    assert {key for key in taken if len(key) > 1 or key.isalnum()} <= known
    assert len(taken) > 150


def test_every_key_of_the_list_is_accepted() -> None:
    assert [key for action in ACTIONS.values() for key in action.keys if key_problem(key)] == []


@pytest.mark.parametrize(
    ("key", "said"),
    [("Ctrl-R", "did you mean ctrl+r?"), ("ctrl+foo", "no terminal sends"), ("alt+x", "no terminal sends"),
     ("ctrl+i", "the same as tab"), ("ctrl+R", "did you mean ctrl+r?"), ("return", "no terminal sends"),
     ("shift+a", "no terminal sends")],
)  # fmt: skip
def test_keys_that_no_terminal_sends_are_rejected(key: str, said: str) -> None:
    check = next(option.check for option in TOP if option.name == "keys")
    with pytest.raises(ValueError, match=r"requests\.approve") as error:
        check({"requests.approve": key})
    assert said in str(error.value)


@pytest.mark.parametrize("key", ["y", "space", "question_mark"])
def test_no_letter_can_be_the_confirm_key(key: str) -> None:
    check = next(option.check for option in TOP if option.name == "keys")
    with pytest.raises(ValueError, match="cannot confirm"):
        check({"dialog.confirm": key})
    assert check({"dialog.confirm": "ctrl+y"}) == {"dialog.confirm": "ctrl+y"}


def test_keys_are_shown_in_their_usual_notation() -> None:
    """`@`, not `at`. Longer names are those of keys without a character."""
    named = {key for action in ACTIONS.values() for key in action.keys if len(key) > 1 and "+" not in key}
    assert {word for word in map(key_word, named) if len(word) > 1} <= {
        "tab", "space", "home", "end", "pagedown", "pageup", "enter", "esc", "up", "down", "left", "right",
        "backspace", "delete", *(f"f{number}" for number in range(1, 13)),
    }  # fmt: skip
