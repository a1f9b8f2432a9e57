"""Any server text can be displayed after sanitizing: no control characters, no direction tricks, no endless combining
marks.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from qpi_tui.domain.sanitize import cells, clean, clean_lines, clean_record, fit, safe_filename

ANYTHING = st.text(st.characters(), max_size=80)  # surrogates too
NASTY = st.text(
    st.sampled_from("a é\x1b\x00\x07\x9b\x9d\u202e\u2066\u200b\u200d\ufeff\u2028\n\r\t\ud800語́̂😀\u3164"), max_size=40
)


def harmless(text: str) -> bool:
    return text.isprintable() and not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)


@given(st.one_of(ANYTHING, NASTY))
def test_a_sanitized_text_is_one_printable_line(text: str) -> None:
    safe = clean(text)
    assert harmless(safe)
    safe.encode()
    assert clean(safe) == safe


@given(st.one_of(ANYTHING, NASTY))
def test_multi_line_text_keeps_only_line_breaks(text: str) -> None:
    safe = clean_lines(text)
    assert all(harmless(line) for line in safe.split("\n"))


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=300))
def test_plain_text_is_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[2J", "�[2J"),
        ("a\x1b]52;c;aGk=\x07b", "a�]52;c;aGk=�b"),
        ("\x9b31mred", "�31mred"),
        ("invoice\u202egpj.exe", "invoice�gpj.exe"),
        ("ad\u200bmin", "ad�min"),
        ("one\ntwo", "one␊two"),
        ("one\u2028two", "one␊two"),
        ("tab\there", "tab here"),
        ("no\u00a0break", "no break"),
        ("\ufeffstart", "�start"),
        ("\udc80", "�"),
        ("\u3164", "�"),
        ("[red]x[/nope]", "[red]x[/nope]"),
        ("żółć 語 😀", "żółć 語 😀"),
        (None, ""),
        (12, "12"),
    ],
)
def test_removed_characters_leave_a_visible_mark(said: object, shown: str) -> None:
    assert clean(said) == shown


def test_a_number_too_long_to_print_is_replaced_by_a_mark() -> None:
    assert clean(10**5000) == "�"


def test_long_text_ends_in_a_mark() -> None:
    assert clean("x" * 600) == "x" * 511 + "…"
    assert clean("abcdef", 3) == "ab…"


def test_excessive_combining_marks_are_cut_but_real_scripts_are_kept() -> None:
    assert clean("Z" + "\u0301" * 50 + "algo") == "Z" + "\u0301" * 4 + "�algo"
    assert clean("नमस्ते שָׁלוֹם สวัสดี") == "नमस्ते שָׁלוֹם สวัสดี"


def test_lines_are_kept_and_sanitized_separately() -> None:
    assert clean_lines("one\r\n\ttwo\x1b[m\nthree") == "one\n    two�[m\nthree"


def test_a_record_is_sanitized_at_every_depth_and_keeps_its_ids() -> None:
    record: dict[str, Any] = {
        "id": "k2h7aa0p9zq1w3e",
        "na\x1bme": "x\x1b[2J",
        "seconds": 1.5,
        "enabled": True,
        "none": None,
        "expand": {"user": {"email": "a\u202eb"}, "list": ["\x00", {"deep": "\x9b"}]},
    }
    assert clean_record(record) == {
        "id": "k2h7aa0p9zq1w3e",
        "na�me": "x�[2J",
        "seconds": 1.5,
        "enabled": True,
        "none": None,
        "expand": {"user": {"email": "a�b"}, "list": ["�", {"deep": "�"}]},
    }


def test_an_endless_record_is_cut() -> None:
    record: dict[str, Any] = {}
    record["self"] = record
    found, depth = clean_record(record), 0
    while found:
        found, depth = found["self"], depth + 1
    assert 5 < depth < 30


@given(st.one_of(ANYTHING, NASTY), st.integers(0, 30))
def test_a_fitted_text_fills_exactly_its_cells(text: str, width: int) -> None:
    assert cell_len(fit(clean(text), width)) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("name", 6, "name  "),
        ("a longer name", 8, "a longe…"),
        ("a longer name", 3, "a… "),
        ("語語語", 6, "語語語"),
        ("語語語", 5, "語語…"),
        ("語語語", 4, "語… "),
        ("語", 1, "…"),
        ("x", 0, ""),
    ],
)
def test_text_is_cut_by_cells_not_by_characters(text: str, width: int, shown: str) -> None:
    assert fit(text, width) == shown


@given(ANYTHING)
def test_cell_widths_match_what_is_painted(text: str) -> None:
    assert cells(clean(text)) == cell_len(clean(text))


@given(ANYTHING)
def test_a_file_name_stays_in_its_directory(text: str) -> None:
    name = safe_filename(text)
    assert name
    assert len(name) <= 80
    assert name.isascii()
    assert not set("/\\\0: ") & set(name)
    assert not name.startswith((".", "-"))


def test_file_names_are_readable() -> None:
    assert safe_filename("Bell: état #3") == "Bell-etat-3"
    assert safe_filename("../../etc/passwd") == "etc-passwd"
    assert safe_filename("???", fallback="job") == "job"
