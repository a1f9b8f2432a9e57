"""A job's results as lines: histogram, single registers, IQ points per qubit, errors; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpi_tui.domain.sanitize import clean, clean_lines
from qpi_tui.domain.styled_text import Part
from qpi_tui.plots.histogram import histogram
from qpi_tui.plots.iq import scatter
from qpi_tui.rows.job_text import meaning

if TYPE_CHECKING:
    from qpi_client.results import CircuitResult, JobResults

Lines = list[list[Part]]
TOPS = (4, 8, 16, 32, 64, 128, 256, 1024)


@dataclass
class View:
    """What to show of the results, and how. `register` and `qubit` count from 0; None: all of them.

    `top` is the number of bars; None: as many as fit with `fill`, otherwise sixteen.
    """

    circuit: int = 0
    iq: bool = False
    by_count: bool = True
    top: int | None = None
    register: int | None = None
    qubit: int | None = 0
    plain: bool = False
    fill: bool = False
    # Number of bars in the last drawing.
    drawn: int = 16

    def more(self, *, fewer: bool) -> None:
        """Change the number of bars."""
        near = [top for top in TOPS if (top < self.drawn if fewer else top > self.drawn)]
        if near:
            self.top = near[-1] if fewer else near[0]


def result_lines(results: JobResults, view: View, *, width: int, height: int) -> Lines:
    """The current entry, and its error."""
    lines: Lines = []
    if results.error:
        lines += error_lines(results.error, width)
    entries = results.entries
    if entries:
        view.circuit %= len(entries)
        lines += _entry(entries[view.circuit], len(entries), view, width, height)
    return lines


def error_lines(error: str, width: int) -> Lines:
    """Return an error with its explanation, if known."""
    lines: Lines = [[("✗ ", "bold $text-error"), (line, "")] for line in clean_lines(error, limit=4000).split("\n")[:1]]
    lines += [[(f"  {line}", "")] for line in clean_lines(error, limit=4000).split("\n")[1:]]
    if hint := meaning(error):
        lines.append([("→ ", "$text-accent"), (hint, "")])
    return [*lines, []]


def _entry(entry: CircuitResult, total: int, view: View, width: int, height: int) -> Lines:
    lines: Lines = []
    if entry.error:
        lines += error_lines(entry.error, width)
    if view.iq and entry.memory is None and entry.counts is not None:
        lines.append([("This circuit has counts and no IQ points. Submit with level 1 for IQ points.", "$text-muted")])
    if entry.memory is not None and (view.iq or entry.counts is None):
        lines += _iq(entry, total, view, width, height)
    elif entry.counts is not None:
        lines += _counts(entry, total, view, width, height - len(lines))
    return lines or [[("The driver's result has an unknown format. v shows the raw JSON.", "$text-muted")]]


def which(entry: CircuitResult, total: int) -> str:
    """Return which of several results this is: `circuit 2 of 4 bell, parameters 0.5, 1`."""
    name = f" {clean(entry.name, 60)}" if entry.name else ""
    words = f"circuit {entry.index + 1} of {total}{name}" if total > 1 else f"circuit{name}" if name else ""
    values = entry.parameter_values
    if values is not None:
        number = f" {entry.parameter_set + 1}" if entry.parameter_set is not None else ""
        words += f"{', ' if words else ''}parameters{number}: {clean(', '.join(map(_number, values)), 80)}"
    return words


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _counts(entry: CircuitResult, total: int, view: View, width: int, height: int) -> Lines:
    counts = {entry.spaced(bits): count for bits, count in (entry.counts or {}).items()}
    registers = entry.registers if len(entry.registers) > 1 else ()
    said = [which(entry, total), f"{entry.shots or sum(counts.values()):,} shots"]
    if registers:
        if view.register is not None:
            name, size = registers[view.register % len(registers)]
            counts = entry.register_counts()[name]
            said.append(f"register {clean(name, 40)} ({size} bit{'s' * (size != 1)}), summed over the others")
        else:
            names = " ".join(clean(name, 40) for name, _ in reversed(registers))
            said.append(f"registers {names}")
    said.append("by count ▼" if view.by_count else "by bitstring ▲")
    if view.plain:
        said[-1] = said[-1][:-2]
    head: list[Part] = [("counts", "bold"), (", " + ", ".join(filter(None, said)), "")]
    # A line for the header, one for the rest of the counts.
    view.drawn = view.top or (max(height - 2, TOPS[0]) if view.fill else 16)
    plot = histogram(counts, width=width, by_count=view.by_count, top=view.drawn, ascii=view.plain)
    lines = [head, *map(list, plot)]
    if view.fill and registers and view.register is None:
        lines += _each_register(entry, view, width, height - len(lines))
    return lines


def _each_register(entry: CircuitResult, view: View, width: int, height: int) -> Lines:
    """Return the registers one by one, as many as fit."""
    lines: Lines = []
    for name, counts in entry.register_counts().items():
        plot = histogram(counts, width=width, by_count=view.by_count, top=len(counts), ascii=view.plain)
        head: list[Part] = [(clean(name, 40), "bold"), (", summed over the others", "$text-muted")]
        if len(lines) + len(plot) + 2 > height:
            break
        lines += [[], head, *map(list, plot)]
    return lines


def qubits_of(entry: CircuitResult) -> int:
    """Return how many qubits have IQ points."""
    memory = entry.memory or []
    rows: Sequence[object] = memory
    if entry.averaged:
        return len(rows)
    return max((len(row) for row in rows if isinstance(row, (list, tuple))), default=0)


def _iq(entry: CircuitResult, total: int, view: View, width: int, height: int) -> Lines:
    many = qubits_of(entry)
    said = [which(entry, total)]
    if entry.averaged:
        points = [point for point in entry.memory or [] if isinstance(point, complex)]
        said.append(f"{many} qubits, each the mean of its shots")
    else:
        rows = [row for row in entry.memory or [] if isinstance(row, (list, tuple))]
        if view.qubit is not None and many:
            qubit = view.qubit % many
            points = [row[qubit] for row in rows if qubit < len(row)]
            said.append(f"qubit {qubit} of {many}")
        else:
            points = [point for row in rows for point in row]
            said.append(f"all {many} qubits")
        said.append(f"{len(rows):,} shots")
    head: list[Part] = [("IQ points", "bold"), (", " + ", ".join(filter(None, said)), "")]
    lines: Lines = [head]
    if entry.averaged:
        lines += [
            [(f"  qubit {number:<3}", "$text-muted"), (f" I {point.real:>12.5g}   Q {point.imag:>12.5g}", "")]
            for number, point in enumerate(points[:16])
        ]
    elif points:
        mean = sum(points) / len(points)
        lines.append([("  mean", "$text-muted"), (f" I {mean.real:.5g}   Q {mean.imag:.5g}", "")])
    rows_left = max(height - len(lines) - 2, 8)
    plot = scatter(points, width=min(width, 2 * rows_left + 30), height=rows_left, ascii=view.plain)
    return [*lines, *map(list, plot)]
