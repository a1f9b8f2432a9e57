"""A QR code in half blocks: two modules in one cell."""

from __future__ import annotations

from itertools import zip_longest

# Quiet modules around the code. The standard asks for four; scanners accept two.
QUIET = 2
_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def qr_size(text: str) -> tuple[int, int]:
    """Return the columns and lines of the smallest code for a text."""
    modules = len(_matrix(text, "L"))
    return modules, (modules + 1) // 2


def qr_lines(text: str, width: int, height: int) -> list[str]:
    """Return the code as lines of blocks if it fits, otherwise none.

    A block is a light module: on a dark background the code is dark on light, as scanners expect. Uses the strongest
    error correction that fits.
    """
    for correction in ("Q", "M", "L"):
        matrix = _matrix(text, correction)
        if matrix and len(matrix) <= width and (len(matrix) + 1) // 2 <= height:
            # An odd last line has the terminal's dark background below it.
            pairs = zip_longest(matrix[::2], matrix[1::2], fillvalue=[True] * len(matrix))
            return ["".join(_BLOCKS[not up, not down] for up, down in zip(*pair, strict=True)) for pair in pairs]
    return []


def _matrix(text: str, correction: str) -> list[list[bool]]:
    """Return the modules with the quiet zone; True is dark. Empty if the text is too long for a code."""
    # Loaded with the first code only.
    import segno

    try:
        code = segno.make(text, error=correction, micro=False, boost_error=False)
    except segno.DataOverflowError:
        return []
    return [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]
