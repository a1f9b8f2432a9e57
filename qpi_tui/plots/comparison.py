"""Two histograms overlaid: a line for each bitstring, with the shared part and the difference."""

from __future__ import annotations

from collections.abc import Mapping

from qpi_tui.domain.distributions import hellinger_fidelity, total_variation
from qpi_tui.domain.sanitize import cells, fit
from qpi_tui.plots.parts import Line, padded

# A shorter bar says nothing: then the bitstring is cut first.
_LEAST_BAR = 8
_FIXED = len("  100.0 %  100.0 %")
_MARKS = {False: ("█", "▒", "░"), True: ("#", "+", "-")}
"""The shared part, the surplus of the first, the surplus of the second; in ASCII too."""


def compared(
    one: Mapping[str, int], other: Mapping[str, int], *, width: int, top: int = 20, ascii: bool = False
) -> list[Line]:
    """Return lines of exactly `width` columns: the distances, a legend, and a line for each of the `top` largest
    outcomes.

    Bars are proportional to the shares of all counts; the largest share has the full length.
    """
    totals = sum(one.values()) or 1, sum(other.values()) or 1
    shares = {bits: (one.get(bits, 0) / totals[0], other.get(bits, 0) / totals[1]) for bits in {**one, **other}}
    ranked = sorted(shares.items(), key=lambda item: (-max(item[1]), item[0]))
    both, first, second = _MARKS[ascii]
    lines = [
        padded([("total variation distance ", "$text-muted"), (f"{total_variation(one, other):.4f}", "bold")], width),
        padded(
            [("Hellinger fidelity       ", "$text-muted"), (f"{hellinger_fidelity(one, other):.4f}", "bold")], width
        ),
        padded([(f"{both} both  {first} more in A  {second} more in B", "$text-muted")], width),
    ]
    if not ranked:
        return [*lines, padded([("no counts", "$text-muted")], width)]
    name = max(min(max(cells(bits) for bits in shares), width - _FIXED - 1 - _LEAST_BAR), 4)
    room = max(width - _FIXED - 1 - name, 1)
    most = max(max(pair) for pair in shares.values()) or 1.0
    lines += [padded(_line(bits, pair, (name, room), most, ascii), width) for bits, pair in ranked[:top]]
    if len(ranked) > top:
        lines.append(padded([(f"and {len(ranked) - top:,} more", "$text-muted")], width))
    return lines


def _line(bits: str, pair: tuple[float, float], sizes: tuple[int, int], most: float, ascii: bool) -> Line:
    name, room = sizes
    both, first, second = _MARKS[ascii]
    shared, longest = (_columns(each, most, room) for each in (min(pair), max(pair)))
    more, style = (first, "$text-warning") if pair[0] > pair[1] else (second, "$text-success")
    return [
        (fit(bits, name), "bold"),
        (" ", ""),
        (both * shared, "$text-accent"),
        (more * (longest - shared), style),
        (" " * (room - longest), ""),
        *((f"  {100 * share:5.1f} %", "$text-muted") for share in pair),
    ]


def _columns(share: float, most: float, room: int) -> int:
    """Return a bar's columns, at least one for a value above 0."""
    return max(round(share / most * room), 1) if share > 0 else 0
