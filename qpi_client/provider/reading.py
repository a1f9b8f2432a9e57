"""Read OpenQASM text into circuits: the same parser for programs, the console and commands.

It uses Qiskit's importers, as drivers do. This module improves their errors: line number and remedy.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from qiskit import QuantumCircuit, qasm2
from qiskit.circuit.library import IGate
from qiskit.exceptions import QiskitError

from qpi_client.missing import missing_library
from qpi_client.openqasm import Source, TextRefused, line_at, normalized, statement_ends
from qpi_client.provider.errors import CircuitRefused
from qpi_client.provider.parse_errors import failure_of

_log = logging.getLogger(__name__)

Part = Callable[[int], QuantumCircuit]

_INPUT = "IODeclaration"
_GATES_2 = (
    *qasm2.LEGACY_CUSTOM_INSTRUCTIONS,
    # PennyLane's: a phase of the whole state, which no outcome shows.
    qasm2.CustomInstruction("gphase", 1, 1, lambda _: IGate(), builtin=True),
)


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text and its circuit.

    ``plain``: the importers accept the text unchanged. ``inputs`` are the names of its parameters in order of
    declaration, with their lines. ``part(n)`` is the circuit of the first n statements, which start on ``lines``.
    """

    source: Source
    circuit: QuantumCircuit
    plain: bool
    inputs: dict[str, int | None]
    lines: tuple[int | None, ...]
    part: Part

    def line_of(self, wrong: Callable[[QuantumCircuit], object]) -> int | None:
        """Return the line of the statement that makes a circuit invalid."""
        found = _first(len(self.lines), lambda count: bool(wrong(self.part(count))))
        return self.lines[found - 1] if found else None


def read_openqasm(qasm: str) -> QuantumCircuit:
    """Read an OpenQASM text as `QPIBackend.run` does, and return its circuit.

    In addition to what Qiskit's importers support, OpenQASM 2 has the gates that Qiskit writes, and OpenQASM 3 has
    constants, evaluated expressions, ``switch``, compound conditions, and loop variables as indices.

    Args:
        qasm: OpenQASM 2 or 3 text.

    Returns:
        The circuit. Vector elements, which Qiskit writes as ``_x_10_``, become elements of a `ParameterVector` again.

    Raises:
        CircuitRefused: The text is not valid; the message names the line. It is a `ValueError`.
        MissingOptionalLibraryError: The text is OpenQASM 3, and Qiskit's importer for it is not installed.

    Examples:
        >>> circuit = read_openqasm('OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; h q; measure q -> c;')
    """
    try:
        circuit: QuantumCircuit = with_vectors(read_text(qasm).circuit)[0].copy()
    except TextRefused as error:
        raise CircuitRefused(str(error)) from error
    return circuit


@lru_cache(maxsize=4)
def read_text(qasm: str) -> ReadText:
    """Parse a text.

    Raises:
        TextRefused: The text is not valid.
        ImportError: The text is OpenQASM 3, and its importer is not installed.
    """
    source = normalized(qasm)
    return _read2(source) if source.version == 2 else _read3(source)


def with_vectors(circuit: QuantumCircuit) -> tuple[QuantumCircuit, dict[Any, Any]]:
    """Return the circuit with parameter vectors in place of their elements, and the mapping of parameters."""
    from qiskit.circuit import ParameterVector

    elements = {one: match for one in circuit.parameters if (match := re.fullmatch(r"_(.+)_(\d{1,4})_", one.name))}
    lengths: dict[str, int] = {}
    for match in elements.values():
        lengths[match[1]] = max(lengths.get(match[1], 0), int(match[2]) + 1)
    vectors = {name: ParameterVector(name, length) for name, length in lengths.items()}
    counterparts = {one: one for one in circuit.parameters}
    counterparts.update({one: vectors[match[1]][int(match[2])] for one, match in elements.items()})
    return (circuit.assign_parameters(counterparts) if elements else circuit), counterparts


def _read2(source: Source) -> ReadText:
    ends = statement_ends(source.text)
    starts = [0, *ends[:-1]]

    def load(count: int) -> QuantumCircuit:
        # No include path: only Qiskit's own files, and no file of this machine.
        return qasm2.loads(
            source.text[: ends[count - 1]] if count < len(ends) else source.text,
            include_path=(),
            custom_instructions=_GATES_2,
        )

    try:
        circuit = load(len(ends))
    except (QiskitError, ValueError, ArithmeticError, LookupError, TypeError) as error:
        raise failure_of(error, source, lambda: None) from error
    try:
        qasm2.loads(source.text, include_path=(), strict=True)
    except (QiskitError, ValueError, ArithmeticError, LookupError, TypeError):
        plain = False
    else:
        plain = True
    return ReadText(source, circuit, plain, {}, tuple(line_at(source.text, start) for start in starts), load)


def _read3(source: Source) -> ReadText:
    try:
        import qiskit_qasm3_import as importer

        from qpi_client.provider import qasm3_tree as tree
        from qpi_client.provider.qasm3_gates import with_further_gates
        from qpi_client.provider.qasm3_parsing import parse
    except ImportError as error:
        raise missing_library(error, "OpenQASM 3 text") from None
    defined, added = with_further_gates(parse(source))
    program, changed = tree.rewritten(defined)
    lines = tuple(tree.line_of(statement) for statement in program.statements)

    def load(count: int) -> QuantumCircuit:
        part = copy.copy(program)
        part.statements = program.statements[:count]
        return importer.convert(part)

    def first_wrong() -> int | None:
        found = _first(len(lines), lambda count: _fails(load, count))
        return lines[found - 1] if found else None

    try:
        circuit = load(len(lines))
    except Exception as error:
        raise failure_of(error, source, first_wrong) from error
    inputs = {
        statement.identifier.name: line
        for statement, line in zip(program.statements, lines, strict=True)
        if type(statement).__name__ == _INPUT
    }
    return ReadText(source, circuit, not (changed or added), inputs, lines, load)


def _fails(load: Part, count: int) -> bool:
    try:
        load(count)
    except Exception:
        # The importer does not catch exceptions of its own parts.
        _log.debug("a text cannot be read up to statement %d", count, exc_info=True)
        return True
    return False


def _first(most: int, wrong: Callable[[int], bool]) -> int | None:
    """Return the smallest number up to ``most`` for which a check fails, given that it fails for all larger ones."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if wrong(middle):
            high = middle
        else:
            low = middle + 1
    return low if low <= most and wrong(low) else None
