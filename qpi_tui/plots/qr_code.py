"""A QR code in half blocks: two modules above each other in one cell."""

from __future__ import annotations

from itertools import zip_longest

# Modules of quiet around the code. The standard asks for four; scanners take two.
QUIET = 2
_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def qr_size(text: str) -> tuple[int, int]:
    """The columns and lines that the smallest code for a text takes."""
    modules = len(_matrix(text, "L"))
    return modules, (modules + 1) // 2


def qr_lines(text: str, width: int, height: int) -> list[str]:
    """The code as lines of blocks, where it fits; else none.

    A block is a light module: on dark ground the code is dark on light, as scanners expect. The strongest error
    correction that fits is taken.
    """
    for correction in ("Q", "M", "L"):
        matrix = _matrix(text, correction)
        if matrix and len(matrix) <= width and (len(matrix) + 1) // 2 <= height:
            # Below an odd last line there is dark ground, like the terminal's.
            pairs = zip_longest(matrix[::2], matrix[1::2], fillvalue=[True] * len(matrix))
            return ["".join(_BLOCKS[not up, not down] for up, down in zip(*pair, strict=True)) for pair in pairs]
    return []


def _matrix(text: str, correction: str) -> list[list[bool]]:
    """The modules, quiet ones around included; True is dark. Empty where no code holds so much."""
    # Loaded with the first code: nobody else waits for it.
    import segno

    try:
        code = segno.make(text, error=correction, micro=False, boost_error=False)
    except segno.DataOverflowError:
        return []
    return [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]
