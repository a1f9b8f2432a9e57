"""Plain ASCII: every character that the program draws has a substitute of the same width, and a circuit stays
aligned.
"""

from __future__ import annotations

import ast
import unicodedata
from pathlib import Path

import pytest

import qpi_tui
from qpi_tui.domain.sanitize import cells
from qpi_tui.plots.circuit_drawing import draw
from qpi_tui.plots.histogram import histogram
from qpi_tui.terminal.ascii import plain, plain_circuit

# These handle text rather than drawing: characters that are removed, or that may be typed.
NOT_DRAWN = {"sanitize.py", "export.py", "screen_diff.py", "docs.py", "parse_slot.py", "layouts.py", "__init__.py"}


def drawn_signs() -> dict[str, str]:
    """Return every non-ASCII character in the program's text, and where it occurs."""
    found: dict[str, str] = {}
    for path in Path(qpi_tui.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.name in NOT_DRAWN or path.name == "ascii.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {char: f"{path.name}:{node.lineno}" for char in node.value if char > "~"}
    return found


def test_every_character_of_the_program_has_an_ascii_substitute() -> None:
    signs = drawn_signs()
    assert {"▲", "▓", "…", "·", "✓"} <= set(signs)
    lost = {sign: where for sign, where in signs.items() if not plain(sign).isascii()}
    assert lost == {}


@pytest.mark.parametrize("block", [(0x2500, 0x25A0), (0x2800, 0x2900)])
def test_frames_blocks_and_braille_keep_their_width(block: tuple[int, int]) -> None:
    for code in range(*block):
        sign = plain(chr(code))
        assert sign.isascii(), unicodedata.name(chr(code))
        assert cells(sign) == cells(chr(code)) == 1


def test_text_written_by_users_is_unchanged() -> None:
    assert plain("Aino Yılmaz · Žofie 日本 ✓") == "Aino Yılmaz | Žofie 日本 +"


def test_a_warning_differs_from_an_ascending_order() -> None:
    assert plain("▲ offline 40 s") == "! offline 40 s"
    assert plain("▲ ") == "! "
    assert plain("   age ▲  took") == "   age ^  took"
    assert plain("state ▲") == "state ^"


CIRCUITS = [
    "OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[3] q;\nbit[3] c;\nh q[0];\ncx q[0], q[1];\nrz(pi/2) q[2];\n"
    "u2(pi, pi/4) q[1];\nbarrier q;\nccx q[0], q[1], q[2];\nswap q[0], q[2];\nc = measure q;\n",
    'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg a[2];\ncreg b[2];\ncreg d[1];\nx a[1];\ncz a[0],a[1];\nreset a[0];\n'
    "measure a[0] -> b[1];\nif(b==2) x a[1];\nmeasure a[1] -> d[0];\n",
]  # fmt: skip


@pytest.mark.parametrize("width", [40, 76, 200])
@pytest.mark.parametrize("qasm", CIRCUITS)
def test_a_circuit_stays_aligned(qasm: str, width: int) -> None:
    before = draw(qasm, width).split("\n")
    after = plain_circuit("\n".join(before)).split("\n")
    assert all(line.isascii() for line in after), "\n".join(after)
    assert [len(line) for line in after] == [cells(line) for line in before], "no cell moved"
    for old, new in zip(before, after, strict=True):
        for x, sign in enumerate(old):
            if sign in "┤├│║":
                assert new[x] == "|"
            elif sign in "─":
                assert new[x] == "-"
            elif sign in "═":
                assert new[x] == "="
            elif sign in "┌┐└┘┴┬┼╫╥╩":
                assert new[x] == "+"


def test_pi_is_spelled_out_if_there_is_room() -> None:
    drawn = draw(CIRCUITS[0], 200)
    assert "Rz(π/2)" in drawn
    assert "Rz(pi/2)" in plain_circuit(drawn)


def test_a_histogram_drawn_in_ascii_is_unchanged() -> None:
    text = "\n".join("".join(part for part, _ in line) for line in histogram({"0": 3, "1": 1}, width=40, ascii=True))
    assert plain(text) == text
