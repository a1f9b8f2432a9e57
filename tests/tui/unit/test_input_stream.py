"""Terminal input is split into keys, sequences and pastes, wherever the line splits it."""

from __future__ import annotations

import random

import pytest
from textual.events import Key, Paste

from qpi_tui.terminal.bursts import PAUSE, Bursts, begins, ends_burst, in_burst, instead_of, is_pasted
from qpi_tui.terminal.input_stream import ALONE, PASTE_END, PASTE_LOST, PASTE_START, UNFINISHED, InputStream
from qpi_tui.terminal.layouts import us_key
from qpi_tui.terminal.textual_internals import SequenceParser


def pieces(*reads: str, then: float = 0.0) -> list[tuple[str, str]]:
    """Return the pieces of these reads, made at once, followed by `then` seconds of silence."""
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
def test_input_is_split_into_the_same_pieces_however_it_arrives(sent: str, found: list[tuple[str, str]]) -> None:
    assert pieces(sent) == found
    one_by_one: list[tuple[str, str]] = []
    for kind, text in pieces(*sent):
        if kind == "text" and one_by_one and one_by_one[-1][0] == "text":
            text = one_by_one.pop()[1] + text
        one_by_one.append((kind, text))
    assert one_by_one == found


def test_a_lone_esc_and_an_incomplete_sequence_become_keys_after_a_timeout() -> None:
    assert pieces("\x1b", then=ALONE / 2) == []
    assert pieces("\x1b", then=ALONE) == [ESCAPE]
    assert pieces("\x1b[", then=ALONE) == []
    assert pieces("\x1b[", then=UNFINISHED) == [ESCAPE, ("text", "[")]


def test_a_paste_may_pause_anywhere_and_ends_without_an_end_marker() -> None:
    stream = InputStream()
    assert list(stream.feed(f"{PASTE_START}one\x1b", 0.0)) == []
    assert list(stream.tick(PASTE_LOST / 2)) == []
    assert list(stream.feed("[201", 4.0)) == []
    assert list(stream.feed("~", 8.0)) == [("paste", "one")]
    assert list(stream.feed(f"{PASTE_START}two", 9.0)) == []
    assert list(stream.tick(9.0 + PASTE_LOST)) == [("paste", "two")]
    assert list(stream.feed("q", 20.0)) == [("text", "q")]


def test_no_bytes_in_any_order_crash_it_or_lose_a_letter() -> None:
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


def test_keys_in_one_read_or_moment_are_a_burst_and_typing_is_not() -> None:
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


def typed(text: str) -> list[Key]:
    """Return the keys of a text."""
    return [Key({"\r": "enter", "\t": "tab", " ": "space", "\x1b": "escape"}.get(char, char), char) for char in text]


def dropped(reads: list[tuple[float, str]]) -> str:
    """Return which of these reads, each after a delay in seconds, are treated as pasted text."""
    bursts, now, found = Bursts(), 100.0, ""
    for pause, text in reads:
        now += pause
        bursts.mark(keys := typed(text), now)
        found += "".join(str(key.character) for key in keys if is_pasted(key))
    return found


@pytest.mark.parametrize(
    "reads",
    [
        # Typed ahead on a stalled line, held down, or one by one as fast as a program waits for answers.
        [(1.0, "73/qpu_1\r")],
        [(1.0, "/p\rj\rq")],
        [(1.0, "\r"), (0.1, "q"), (0.1, "\r"), (0.1, "q")] * 20,
        [(1.0, "j" * 400)],
        [(1.0, "jjjjj"), (0.05, "kkkkk"), (0.05, "jjj")],
        [(0.02, char) for char in "the quick brown fox jumps over the lazy dog"],
        [(0.5, "hel"), (0.3, "lo th"), (0.4, "ere"), (0.3, " all"), (0.5, " of you")],
        [(1.0, "?\x1b" * 1500)],
    ],
)
def test_keys_typed_ahead_and_held_keys_are_not_a_paste(reads: list[tuple[float, str]]) -> None:
    assert dropped(reads) == ""


@pytest.mark.parametrize("gap", [0.001, 0.016, 0.08, 0.2])
def test_text_faster_than_typing_is_a_paste_until_it_pauses(gap: float) -> None:
    whole = "regarding the meeting\rof this afternoon\r"
    assert dropped([(1.0, whole)]) == whole
    # In the pieces of a slow line, some of which are single characters.
    pieces = ["regardi", "ng the mee", "t", "ing", "\r", "of th", "is afternoon", "\r"]
    assert dropped([(gap, piece) for piece in pieces]) == "".join(pieces[1:])
    # It ends after a pause.
    assert dropped([(1.0, whole), (PAUSE + 0.01, "j")]) == whole


def test_a_mapped_key_keeps_the_arrival_time_of_the_original() -> None:
    bursts = Bursts()
    bursts.mark(keys := typed("one line\rand another"), 100.0)
    other = instead_of(keys[8], "space", " ")
    assert (other.key, other.character, other.time) == ("space", " ", keys[8].time)
    assert (in_burst(other), is_pasted(other), begins(other)) == (True, True, "")
    # Keys not sent by a terminal are separate.
    assert begins(instead_of(Key("j", "j"), "k", "k")) == "text"


def test_the_start_of_text_that_arrived_together_is_known() -> None:
    bursts = Bursts()

    def read(now: float, text: str) -> list[str]:
        bursts.mark(keys := typed(text), now)
        return [begins(key) for key in keys]

    assert read(1.0, "n") == ["text"]
    assert read(1.2, "ab") == ["burst", ""]
    assert read(1.3, "cd") == ["", ""]
    assert read(1.4, "e") == [""]
    assert read(1.5, "\x1bfg") == ["", "burst", ""]
    assert read(2.0, "hi") == ["text", ""]


@pytest.mark.parametrize(
    ("letters", "keys"), [("фывйФЯ", "asdqAZ"), ("ασδΑΣ", "asdAS"), ("שדגכ", "asdf"), ("شسيب", "asdf"), ("é日ß", "")]
)
def test_letters_of_other_layouts_map_to_physical_keys(letters: str, keys: str) -> None:
    assert "".join(map(us_key, letters)) == keys
