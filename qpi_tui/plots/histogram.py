"""Counts as bars: one line for each bitstring, with count and share."""

from __future__ import annotations

from collections.abc import Mapping

from qpi_tui.domain.sanitize import cells, fit
from qpi_tui.plots.parts import Line, bar, padded

# A shorter bar says nothing: then the bitstring is cut first.
_LEAST_BAR = 8


def histogram(
    counts: Mapping[str, int], *, width: int, by_count: bool = True, top: int = 20, ascii: bool = False
) -> list[Line]:
    """Return lines of exactly `width` columns: bitstring, bar, count and share in percent.

    The `top` largest counts are shown, ordered by count or by bitstring; a last line sums up the rest. Bars are
    proportional to the counts, the largest has the full length; shares are of all counts, including those not shown.
    """
    largest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown, rest = largest[: max(top, 1)], largest[max(top, 1) :]
    if not shown:
        return [padded([("no counts", "$text-muted")], width)]
    if not by_count:
        shown.sort()
    total = sum(counts.values())
    most = max(max(count for _, count in shown), 1)
    remaining = sum(count for _, count in rest)
    labels = [f"{count:,}" for _, count in shown] + ([f"{remaining:,}"] if rest else [])
    count_width = max(map(len, labels))
    fixed = 1 + 2 + count_width + 2 + len("100.0 %")
    name_width = max(cells(bits) for bits, _ in shown)
    name_width = max(min(name_width, width - fixed - _LEAST_BAR), 4)
    bar_width = max(width - fixed - name_width, 1)
    lines: list[Line] = []
    for bits, count in shown:
        drawn = bar(count / most, bar_width, ascii=ascii)
        lines.append(
            padded(
                [
                    (fit(bits, name_width), "bold"),
                    (" ", ""),
                    (drawn, "$text-accent"),
                    (" " * (bar_width - len(drawn)), ""),
                    (f"  {count:>{count_width},}", ""),
                    (f"  {_share(count, total):>7}", "$text-muted"),
                ],
                width,
            )
        )
    if rest:
        says = f"and {len(rest):,} more"
        if len(says) > name_width + 1 + bar_width:
            says = f"+{len(rest):,}"
        lines.append(
            padded(
                [
                    (fit(says, name_width + 1 + bar_width), "$text-muted"),
                    (f"  {remaining:>{count_width},}", "$text-muted"),
                    (f"  {_share(remaining, total):>7}", "$text-muted"),
                ],
                width,
            )
        )
    return lines


def _share(count: int, total: int) -> str:
    percent = 100 * count / total if total else 0.0
    if 0 < percent < 0.05:
        return "<0.1 %"
    if percent >= 99.95 and count < total:
        return ">99.9 %"
    return f"{percent:.1f} %"
