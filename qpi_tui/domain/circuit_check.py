"""What can be said of an OpenQASM text without a parser: its size, whether it measures, what would fail; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_BYTES = 300_000
MOST_SHOTS = 100_000_000
EXAMPLE = """OPENQASM 3.0;
// Example: a Bell pair. Both qubits are measured alike.
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
c = measure q;
"""

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_VERSION = re.compile(r"\bOPENQASM\s+(\d+)(?:\.(\d+))?\s*;")
_QUBITS = re.compile(r"\bqubit\s*(?:\[\s*(\d+)\s*\])?\s+\w+\s*;|\bqreg\s+\w+\s*(?:\[\s*(\d+)\s*\])?\s*;")
_BITS = re.compile(
    r"(?:^|[;{}])\s*(?:output\s+)?bit\s*(?:\[\s*(\d+)\s*\])?\s+\w+|\bcreg\s+\w+\s*(?:\[\s*(\d+)\s*\])?\s*;"
)
_INPUT = re.compile(r"\binput\s+\w+\s*(?:\[[^\]]*\])?\s+([^\W\d]\w*)\s*;")
_ELEMENT = re.compile(r"_(.+)_(\d+)_")


@dataclass(frozen=True)
class Circuit:
    """What a text declares: qubits, bits of each classical register, whether it measures, parameters by name."""

    version: int
    qubits: int
    registers: tuple[int, ...]
    measures: bool
    inputs: tuple[str, ...]

    @property
    def words(self) -> str:
        """`2 qubits, 2 bits`."""
        bits = sum(self.registers)
        return f"{self.qubits} qubit{'s' * (self.qubits != 1)}, {bits} bit{'s' * (bits != 1)}"


def read_circuit(text: str) -> Circuit:
    """What a text declares. `ValueError` with a sentence where a driver would surely refuse it."""
    if not text.strip():
        raise ValueError("There is no circuit: name a file, paste OpenQASM, or press F2 for an example.")
    if len(text.encode()) > MOST_BYTES:
        raise ValueError(f"The circuit has {len(text.encode()):,} bytes; {MOST_BYTES:,} are taken here.")
    if not all(char.isprintable() or char in "\n\r\t" for char in text):
        raise ValueError("That is no OpenQASM text: it has control characters in it.")
    plain = _COMMENT.sub(" ", text)
    version = _VERSION.search(plain)
    if version is None or version[1] not in {"2", "3"}:
        raise ValueError("The first line must be OPENQASM 3.0; (or OPENQASM 2.0;).")
    if version[2] is None or f"OPENQASM {version[1]}.0;" not in text:
        raise ValueError(f"Drivers look for OPENQASM {version[1]}.0; exactly so: write the first line like that.")
    sizes = [int(three or two or 1) for three, two in _QUBITS.findall(plain)]
    if not sizes:
        raise ValueError("It declares no qubits: write for example qubit[2] q;")
    # Every semicolon twice, so that one ends a declaration and the next begins another.
    registers = tuple(int(three or two or 1) for three, two in _BITS.findall(plain.replace(";", ";;")))
    return Circuit(
        int(version[1]), sum(sizes), registers, bool(re.search(r"\bmeasure\b", plain)), tuple(_INPUT.findall(plain))
    )


def check_circuit(circuit: Circuit, *, level: int, qubits: int | None, qpu: str) -> list[str]:
    """What is worth saying before it is sent. `ValueError` with a sentence where it surely fails."""
    if qubits and circuit.qubits > qubits:
        raise ValueError(f"The circuit has {circuit.qubits} qubits and {qpu} has {qubits}: choose another QPU.")
    if level == 2 and not circuit.measures:
        raise ValueError("The circuit measures nothing, so there would be no counts: measure into bits.")
    if circuit.measures and not circuit.registers and circuit.version == 2:
        raise ValueError("It measures, but declares no classical bits: write for example creg c[2];")
    said = []
    if len(circuit.registers) > 1:
        said.append(f"{len(circuit.registers)} classical registers: simulators take one only")
    if sum(circuit.registers) > 14 and level == 2:
        said.append(f"{sum(circuit.registers)} bits: servers keep all 2^{sum(circuit.registers)} outcomes, or fail to")
    if level == 0:
        said.append("level 0 is for hardware: simulators have no raw acquisition")
    return said


def read_shots(text: str) -> int:
    """Shots as typed: `1024`, `1,024`, `10k`. `ValueError` with a sentence."""
    typed = text.strip().replace(",", "").replace("_", "").replace(" ", "")
    match = re.fullmatch(r"(\d{1,12})(k?)", typed, re.IGNORECASE)
    shots = int(match[1]) * (1000 if match[2] else 1) if match else 0
    if not 1 <= shots <= MOST_SHOTS:
        raise ValueError(f"Shots are a whole number from 1 to {MOST_SHOTS:,}: for example 1024 or 10k.")
    return shots


def parameter_order(inputs: Iterable[str]) -> list[str]:
    """Names as Qiskit orders the parameters of a circuit: by name, the elements of a vector by their number.

    Qiskit writes the element `x[10]` of a `ParameterVector` as `_x_10_`.
    """

    def key(name: str) -> tuple[str, int]:
        element = _ELEMENT.fullmatch(name)
        return (element[1], int(element[2])) if element else (name, -1)

    return sorted(inputs, key=key)


def read_parameters(text: str, inputs: Sequence[str]) -> list[list[float]]:
    """Values of parameters as typed: sets by `;`, values by blanks or commas, in the order of `parameter_order`.

    They are given in the order in which drivers take them: the text that they read has no vectors any more, so theirs
    is that of the names alone, in which `_x_10_` is before `_x_2_`. `ValueError` with a sentence where they are no
    numbers, or too few or many.
    """
    order = parameter_order(inputs)
    names = ", ".join(map(_as_written, order))
    sets = [part.replace(",", " ").split() for part in text.strip().strip(";").split(";")]
    if not text.strip():
        if inputs:
            raise ValueError(f"The circuit has parameters: give values for {names}, such as {_example(inputs)}.")
        return []
    if not inputs:
        raise ValueError("The circuit has no parameters (input float name;): leave the values empty.")
    found = []
    for number, words in enumerate(sets, 1):
        if len(words) != len(inputs):
            many = f"{len(words)} value{'s' * (len(words) != 1)}"
            raise ValueError(f"Set {number} has {many}; {len(inputs)} are due, in this order: {names}.")
        values = dict(zip(order, map(_value, words), strict=True))
        found.append([values[name] for name in sorted(values)])
    return found


def _as_written(name: str) -> str:
    """`_x_10_` as people know it: `x[10]`."""
    element = _ELEMENT.fullmatch(name)
    return f"{element[1]}[{element[2]}]" if element else name


def _example(inputs: Sequence[str]) -> str:
    one = " ".join(["0.5"] * len(inputs))
    return f"{one} or, for two runs, {one}; {one}"


def _value(word: str) -> float:
    match = re.fullmatch(r"(-?)(\d*\.?\d*)\*?(pi|π)(?:/(\d+\.?\d*))?", word.lower())
    try:
        if match:
            value = float(match[2] or 1) * math.pi / float(match[4] or 1)
            return -value if match[1] else value
        value = float(word)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{word[:20]!r} is no number: type for example 0.5 or pi/2.")
    return value
