"""OpenQASM text without a parser: the version, what precedes it, and where statements end."""

from __future__ import annotations

import re

import pytest

from qpi_client.openqasm import TextRefused, line_at, normalized, statement_ends

# The real drivers look for it in this way, comments included.
DRIVERS = re.compile(r"OPENQASM\s+(2|3)(?:\.\d+)?\s*;")


@pytest.mark.parametrize(
    ("text", "version", "sent"),
    [
        ("OPENQASM 3.0;\nqubit q;", 3, "OPENQASM 3.0;\nqubit q;"),
        ("\n\nOPENQASM 3.1;\nqubit q;", 3, "\n\nOPENQASM 3.1;\nqubit q;"),
        ("OPENQASM 3;\nqubit q;", 3, "OPENQASM 3;\nqubit q;"),
        ("\ufeffOPENQASM 2.0;\r\nqreg q[1];\r", 2, "OPENQASM 2.0;\nqreg q[1];\n"),
        ("OPENQASM 2;\nqreg q[1];", 2, "OPENQASM 2.0;            \nqreg q[1];"),
        ("// a licence\nOPENQASM 3.0;\nqubit q;", 3, "OPENQASM 3.0; // a licence\n             \nqubit q;"),
        ("// of OPENQASM 2.0;\nqubit q;", 3, "OPENQASM 3.0; // of OPENQASM 2.0;\nqubit q;"),
        ('include "qelib1.inc";\nqreg q[1];', 2, 'OPENQASM 2.0; include "qelib1.inc";\nqreg q[1];'),
        ('// include "qelib1.inc";\nqubit q;', 3, 'OPENQASM 3.0; // include "qelib1.inc";\nqubit q;'),
        ("/* two\nlines */ OPENQASM 2.0; qreg q[1];", 2, "\n OPENQASM 2.0; qreg q[1];"),
    ],
)
def test_the_version_is_moved_first_and_line_numbers_are_kept(text: str, version: int, sent: str) -> None:
    source = normalized(text)
    assert source.version == version
    found = DRIVERS.search(source.text)
    assert found is not None
    assert int(found[1]) == version
    assert source.text.replace(" ", "") == sent.replace(" ", "")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert source.text.count("\n") == lines
    assert normalized(source.text) == source, "once is enough"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (" \n\t", None, "is empty"),
        ("\ufeff", None, "is empty"),
        ("OPENQASM 3.0;\nqubit q;\x1b[2J", 2, "control characters (U+001B)"),
        ("//\nOPENQASM 4.0;", 2, "OpenQASM 4.0 is unknown"),
        ("OPENQASM 2.1;", 1, "OpenQASM 2.1 is unknown"),
        ("OPENQASM;", 1, "without a number is unknown"),
        ("OPENQASM 3.0\nqubit q;", 1, "a semicolon is missing after the version"),
        ("OPENQASM 3.0;\nOPENQASM 2.0;", 2, "second version line"),
        ("OPENQASM 3.0;\n\n/* and so on", 3, "has no end"),
    ],
)
def test_text_that_no_driver_can_parse_is_rejected(text: str, line: int | None, words: str) -> None:
    with pytest.raises(TextRefused) as refused:
        normalized(text)
    assert refused.value.line == line
    assert words in str(refused.value)
    assert refused.value.sentence("bell.qasm").startswith("bell.qasm")


def test_statements_end_at_semicolons_and_braces_of_the_top_level() -> None:
    text = 'include "a;b"; // ; no\ngate g a { x a; y a; } /* ; */\nx q;'
    ends = statement_ends(text)
    assert [text[:end].count(";") for end in ends] == [2, 5, 7]
    assert line_at("a;\n\n b;", 2) == 3
