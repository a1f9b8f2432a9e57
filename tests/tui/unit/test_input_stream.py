"""What a terminal sends is cut into keys, sequences and pastes, wherever the line cuts it."""

from __future__ import annotations

import random

import pytest
from textual.events import Key, Paste

from qpi_tui.terminal.bursts import Bursts, ends_burst, in_burst
from qpi_tui.terminal.input_stream import ALONE, PASTE_END, PASTE_LOST, PASTE_START, UNFINISHED, InputStream
from qpi_tui.terminal.layouts import us_key
from qpi_tui.terminal.textual_internals import SequenceParser


def pieces(*reads: str, then: float = 0.0) -> list[tuple[str, str]]:
    """The pieces of these reads, made at once; `then` seconds of silence behind them."""
    stream = InputStream()
    found = [piece for read in reads for piece in stream.feed(read, 0.0)]
    return [tuple(piece) for piece in [*found, *stream.tick(then)]]


ESCAPE = ("escape", "\x1b")


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("abc", [("text", "abc")]),
        ("\x1b2", [ESCAPE, ("text", "2")]),
        ("\x1b\r", [ESCAPE, ("text", "\r")]),
        ("\x1b\x1b2", [ESCAPE, ESCAPE, ("text", "2")]),
        ("a\x1b[Bc", [("text", "a"), ("sequence", "\x1b[B"), ("text", "c")]),
        ("\x1bOP", [("sequence", "\x1bOP")]),
        ("\x1bO2", [ESCAPE, ("text", "O2")]),
        ("\x1b\x1b[A", [ESCAPE, ("sequence", "\x1b[A")]),
        ("\x1b[<0;10;5M\x1b[12;40R", [("sequence", "\x1b[<0;10;5M"), ("sequence", "\x1b[12;40R")]),
        ("\x1b[[A", [("sequence", "\x1b[[A")]),
        (f"{PASTE_START}a\x1bb\r\n{PASTE_END}c", [("paste", "a\x1bb\r\n"), ("text", "c")]),
        (f"{PASTE_END}c", [("text", "c")]),
    ],
)  # fmt: skip
def test_what_is_cut_from_what_is_sent_however_it_is_split(sent: str, found: list[tuple[str, str]]) -> None:
    assert pieces(sent) == found
    one_by_one: list[tuple[str, str]] = []
    for kind, text in pieces(*sent):
        if kind == "text" and one_by_one and one_by_one[-1][0] == "text":
            text = one_by_one.pop()[1] + text
        one_by_one.append((kind, text))
    assert one_by_one == found


def test_an_esc_alone_and_a_sequence_that_goes_no_further_are_keys_after_a_while() -> None:
    assert pieces("\x1b", then=ALONE / 2) == []
    assert pieces("\x1b", then=ALONE) == [ESCAPE]
    assert pieces("\x1b[", then=ALONE) == []
    assert pieces("\x1b[", then=UNFINISHED) == [ESCAPE, ("text", "[")]


def test_a_paste_pauses_anywhere_and_one_without_an_end_ends() -> None:
    stream = InputStream()
    assert list(stream.feed(f"{PASTE_START}one\x1b", 0.0)) == []
    assert list(stream.tick(PASTE_LOST / 2)) == []
    assert list(stream.feed("[201", 4.0)) == []
    assert list(stream.feed("~", 8.0)) == [("paste", "one")]
    assert list(stream.feed(f"{PASTE_START}two", 9.0)) == []
    assert list(stream.tick(9.0 + PASTE_LOST)) == [("paste", "two")]
    assert list(stream.feed("q", 20.0)) == [("text", "q")]


def test_no_bytes_in_any_order_end_it_or_lose_a_letter() -> None:
    chance = random.Random(4)  # noqa: S311  # no secret
    alphabet = ["\x1b", "[", "O", "2", "0", "~", "M", "é", "\r", PASTE_START, PASTE_END, "x"]
    for _ in range(3000):
        sent = "".join(chance.choices(alphabet, k=chance.randrange(1, 12)))
        parser, stream = SequenceParser(), InputStream()
        events = []
        for piece in [*stream.feed(sent, 0.0), *stream.tick(PASTE_LOST), *stream.feed("z", 20.0)]:
            events += [Paste(piece.text)] if piece.kind == "paste" else list(parser.events(piece.text))
        last = events[-1]
        assert isinstance(last, Key), sent
        assert last.key == "z", sent


def test_keys_of_one_read_or_of_a_moment_are_a_burst_and_a_hand_makes_none() -> None:
    bursts = Bursts()

    def read(now: float, *names: str) -> list[Key]:
        keys = [Key(name, None if name in {"down", "enter"} else name) for name in names]
        bursts.mark(keys, now)
        return keys

    assert not any(map(in_burst, [*read(1.0, "a"), *read(1.1, "enter")]))
    keys = read(2.0, "a", "enter", "b")
    assert [(in_burst(key), ends_burst(key)) for key in keys] == [(True, False), (True, False), (True, True)]
    assert [in_burst(key) for key in read(2.001, "enter")] == [True]
    assert [in_burst(key) for key in read(3.0, "down", "enter")] == [False, False]


@pytest.mark.parametrize(
    ("letters", "keys"), [("фывйФЯ", "asdqAZ"), ("ασδΑΣ", "asdAS"), ("שדגכ", "asdf"), ("شسيب", "asdf"), ("é日ß", "")]
)
def test_letters_of_other_layouts_stand_on_keys(letters: str, keys: str) -> None:
    assert "".join(map(us_key, letters)) == keys
