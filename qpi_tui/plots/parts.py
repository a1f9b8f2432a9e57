"""Shared by the plots: lines of parts, and bars of exact length."""

from __future__ import annotations

from rich.cells import cell_len

# A text and the name of a Textual style: "", "bold", "$text-accent" and the like.
Part = tuple[str, str]
Line = list[Part]

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int, *, ascii: bool = False) -> str:
    """Return a bar of `share` (0 to 1) of `width` columns, rounded to an eighth of one (ASCII: to a whole one).

    A value above 0 is visible as the smallest piece.
    """
    if width <= 0 or not share > 0:
        return ""
    share = min(share, 1.0)
    if ascii:
        return "#" * max(round(share * width), 1)
    full, rest = divmod(max(round(share * width * 8), 1), 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def padded(line: Line, width: int) -> Line:
    """Return the line in exactly `width` columns; what does not fit is cut, the last part first."""
    out: Line = []
    room = width
    for text, style in line:
        if room <= 0:
            break
        length = cell_len(text)
        if length > room:
            while cell_len(text) > room:
                text = text[:-1]
            length = cell_len(text)
        out.append((text, style))
        room -= length
    if room > 0:
        out.append((" " * room, ""))
    return out


def number(value: float) -> str:
    """Format a number for an axis, in at most eight columns: `0`, `1.5`, `-0.02`, `1.2e+07`."""
    if value == 0:
        return "0"
    if 1000 <= abs(value) < 100_000:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return text if len(text) <= 8 else f"{value:.1e}"
