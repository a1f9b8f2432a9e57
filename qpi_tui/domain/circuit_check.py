"""Check a circuit's text: question, answer, and messages. Pure.

Qiskit reads the text in another process (`qpi_tui.live.circuit_reader`). Without Qiskit, the text is sent unread, with
a message that says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from qpi_client.driver_kinds import PADDING_KINDS
from qpi_client.job_limits import ENVELOPE, MAX_BITS, MAX_BODY, returned_bytes
from qpi_client.openqasm import TextRefused, normalized

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

Values: TypeAlias = list[list[float]] | list[dict[str, float]]
"""Sets of values: in the order of the circuit's parameters, or by name."""

_NAMED = re.compile(r"([^\W\d]\w*(?:\[\d+\])?)\s*=\s*(\S+)")


class Question(msgspec.Struct, frozen=True):
    """A text to read, for a QPU with a kind of driver and number of qubits (0: unknown); `where` names it.

    `max_bits` is the number of bits of an outcome that the server keeps.
    """

    qasm: str
    kind: str = ""
    qpu: str = ""
    qubits: int = 0
    values: Values = []
    where: str = "The circuit"
    max_bits: int = MAX_BITS


class Reading(msgspec.Struct, frozen=True):
    """The result of reading a text: the circuits to send, or the error; `inputs` are its parameters in Qiskit's order.

    `checked` is false if the text could not be read; then it is sent unchanged, and `remarks` say so. `too_many_bits`
    is why it is not sent if counts are wanted.
    """

    circuits: list[dict[str, Any]] = []
    qubits: int = 0
    registers: tuple[int, ...] = ()
    inputs: tuple[str, ...] = ()
    refused: str = ""
    remarks: tuple[str, ...] = ()
    checked: bool = False
    too_many_bits: str = ""

    def refused_at(self, level: int) -> str:
        """Return why it is not sent for results of this level; empty if it is."""
        return self.refused or (self.too_many_bits if level == 2 else "")

    def size(self, shots: int, level: int, returns: str) -> tuple[int, int]:
        """Return the bytes of its circuits, and of their results if all outcomes are listed."""
        sent = sum(len(msgspec.json.encode(circuit)) + 2 for circuit in self.circuits)
        return sent, self.runs * returned_bytes(sum(self.registers), shots, level, returns)

    @property
    def runs(self) -> int:
        """The number of results: one for each circuit and set of values."""
        return sum(len(circuit.get("parameter_values", ())) or 1 for circuit in self.circuits)

    @property
    def words(self) -> str:
        """`2 qubits, 2 bits`."""
        if not self.checked:
            return "A circuit that could not be read"
        bits = sum(self.registers)
        return f"{self.qubits} qubit{'s' * (self.qubits != 1)}, {bits} bit{'s' * (bits != 1)}"


def unread(question: Question, reason: str) -> Reading:
    """Return the reading of a text that could not be read: sent with its version first, and its values by name."""
    try:
        source = normalized(question.qasm)
    except TextRefused as error:
        return Reading(refused=error.sentence(question.where))
    circuit: dict[str, Any] = {"circuit": source.text}
    named = [row for row in question.values if isinstance(row, dict)]
    if len(named) < len(question.values):
        return Reading(
            refused=f"{question.where} was not read ({reason}), so the order of its parameters is not known: "
            "give the values by name, such as theta=0.5."
        )
    if named:
        # Drivers bind in the order of the names in the text.
        rows = [{_text_name(name): value for name, value in row.items()} for row in named]
        circuit["parameter_values"] = [[row[name] for name in sorted(row)] for row in rows]
    return Reading([circuit], remarks=(f"{question.where} was not checked: {reason}",))


def refuse_no_text(text: str) -> None:
    """Raise `ValueError` with a message for a text that is too large or has control characters."""
    if not text.strip():
        raise ValueError("No circuit. Name a file, paste OpenQASM, or press F2 for an example.")
    if len(text.encode()) > MOST_BYTES:
        raise ValueError(f"The circuit has {len(text.encode()):,} bytes; {MOST_BYTES:,} is the limit.")
    try:
        normalized(text)
    except TextRefused as error:
        raise ValueError(error.sentence("The circuit")) from None


def remarks(reading: Reading, *, level: int) -> list[str]:
    """Return the remarks to show before it is sent."""
    said = list(reading.remarks)
    bits = sum(reading.registers)
    if bits > MAX_BITS and level == 2:
        said.append(f"{bits} bits: servers keep all 2^{bits} outcomes, or fail to")
    if level == 0:
        said.append("level 0 is for hardware: simulators have no raw acquisition")
    return said


def size_problem(readings: Sequence[Reading], kind: str, shots: int, level: int, returns: str) -> str:
    """Return why circuits are too large for one job, as a sentence; empty if they are not.

    Includes the results if the driver lists all outcomes.
    """
    sizes = [reading.size(shots, level, returns) for reading in readings]
    sent = ENVELOPE + sum(size for size, _ in sizes)
    # The first circuit's results are repeated at the top.
    returned = ENVELOPE + sizes[0][1] + sum(size for _, size in sizes) if kind in PADDING_KINDS and sizes else 0
    if sent > MAX_BODY:
        return f"The circuits take {sent / MAX_BODY:.1f} MiB as OpenQASM; a job's limit is 1 MiB."
    if returned > MAX_BODY and (len(readings) > 1 or readings[0].runs > 1):
        return f"The results may take {returned / MAX_BODY:.1f} MiB; servers lose those of a job over 1 MiB."
    return ""


def read_shots(text: str) -> int:
    """Parse shots: `1024`, `1,024`, `10k`. Raises `ValueError` with a message."""
    typed = text.strip().replace(",", "").replace("_", "").replace(" ", "")
    match = re.fullmatch(r"(\d{1,12})(k?)", typed, re.IGNORECASE)
    shots = int(match[1]) * (1000 if match[2] else 1) if match else 0
    if not 1 <= shots <= MOST_SHOTS:
        raise ValueError(f"Shots must be a whole number from 1 to {MOST_SHOTS:,}: for example 1024 or 10k.")
    return shots


def read_values(text: str) -> Values:
    """Parse values: sets separated by `;`, each with numbers separated by blanks or commas, or `theta=0.5 x[2]=pi`.

    Raises `ValueError` for an invalid number, or if only some have a name.
    """
    if not text.strip():
        return []
    sets = [part.strip() for part in text.strip().strip(";").split(";")]
    if "=" not in text:
        return [[_value(word) for word in part.replace(",", " ").split()] for part in sets]
    return [_by_name(part) for part in sets]


def _by_name(part: str) -> dict[str, float]:
    words = re.sub(r"\s*=\s*", "=", part).replace(",", " ").split()
    found: dict[str, float] = {}
    for word in words:
        match = _NAMED.fullmatch(word)
        if match is None:
            raise ValueError(f"{word[:20]!r} has no name. Give all values by name, such as theta=0.5, or none.")
        if match[1] in found:
            raise ValueError(f"{match[1]} has two values in one set.")
        found[match[1]] = _value(match[2])
    return found


def _text_name(name: str) -> str:
    """Return `x[10]` as Qiskit names it in OpenQASM: `_x_10_`."""
    return re.sub(r"^(.+)\[(\d+)\]$", r"_\1_\2_", name)


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
        raise ValueError(f"{word[:20]!r} is not a number. Type for example 0.5 or pi/2.")
    return value


def decoded(question: Question, answer: Mapping[str, Any]) -> Reading:
    """Convert the process's answer to a reading."""
    if isinstance(answer.get("error"), str):
        return unread(question, str(answer["error"]))
    try:
        return msgspec.convert(answer, Reading)
    except msgspec.ValidationError:
        return unread(question, "its reader gave no answer")


def written(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Convert questions for the process."""
    return [{"read": msgspec.to_builtins(question)} for question in questions]
