"""Convert OpenQASM text to experiments: unchanged if drivers support it, otherwise like circuits."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from qiskit import QuantumCircuit

from qpi_client.circuit_note import CircuitNote, read_note, write_note
from qpi_client.openqasm import TextRefused, at_line, normalized
from qpi_client.provider.device import SIMULATED_QUBITS
from qpi_client.provider.errors import CircuitRefused
from qpi_client.provider.export import known_to, prepare, step_names
from qpi_client.provider.lowering import note_of
from qpi_client.provider.reading import ReadText, read_text, with_vectors
from qpi_client.provider.submission import Experiment
from qpi_client.provider.sweeps import Binding, bindings_for, has_rows_of_numbers, named_rows

TEXT = "The OpenQASM text"
_NOT_READ = "was not checked: {reason}"


def text_experiments(
    qasm: str, values: Any, shots: int, kind: str | None, where: str = TEXT
) -> tuple[list[Experiment], list[str]]:
    """Return the experiments of a text, one per set of values, and a warning.

    Args:
        qasm: OpenQASM 2 or 3.
        values: Values of its parameters, in any form that `QPIBackend.run` accepts for a circuit.
        shots: Number of shots.
        kind: Kind of the driver that runs it; None if unknown.
        where: Name of the text in messages.

    Raises:
        CircuitRefused: Drivers of this kind do not support it; the message states why.
    """
    try:
        read = read_text(qasm)
    except TextRefused as error:
        raise CircuitRefused(error.sentence(where)) from error
    except ImportError as error:
        return [_unread(qasm, values, shots, where)], [f"{where} {_NOT_READ.format(reason=str(error))}"]
    circuit, counterparts = with_vectors(read.circuit)
    bindings = _bindings(circuit, read, values, where)
    ready = replace(prepare(circuit, kind, where, read.line_of), note=_note(read))
    size = circuit.num_qubits
    if not _taken_as_it_is(read, kind):
        return [
            Experiment({"circuit": ready.qasm(one.values)}, shots, where, ready.note, None, size, line_of=read.line_of)
            for one in bindings
        ], []
    text = read.source.text
    payload: dict[str, Any] = {"circuit": text if _says(text, ready.note) else write_note(text, ready.note)}
    if circuit.parameters:
        # Drivers bind parameters in the order of the names in the text, where `_x_10_` comes before `_x_2_`.
        order = [counterparts[one] for one in read.circuit.parameters]
        for binding in bindings:
            ready.bound(binding.values)
        payload["parameter_values"] = [[binding.values[one] for one in order] for binding in bindings]
    return [Experiment(payload, shots, where, ready.note, None, size, len(bindings), read.line_of)], []


@dataclass(frozen=True, slots=True)
class TextFacts:
    """A text's declarations: qubits, sizes of classical registers, parameters in the order of a list of values."""

    qubits: int
    registers: tuple[int, ...]
    inputs: tuple[str, ...]


def facts_of(qasm: str, where: str = TEXT) -> TextFacts:
    """Return a text's declarations.

    Raises:
        CircuitRefused: The text is not valid.
        ImportError: Its importer is not installed.
    """
    try:
        read = read_text(qasm)
    except TextRefused as error:
        raise CircuitRefused(error.sentence(where)) from error
    note = _note(read)
    sizes = tuple(size for _, size in note.registers) or (read.circuit.num_clbits,)
    inputs = with_vectors(read.circuit)[0].parameters
    return TextFacts(read.circuit.num_qubits, sizes, tuple(parameter.name for parameter in inputs))


def _bindings(circuit: QuantumCircuit, read: ReadText, values: Any, where: str) -> list[Binding]:
    # Where the parameters are declared, or would have to be.
    label = f"{where}{at_line(next(iter(read.inputs.values()), read.lines[0] if read.lines else None))}"
    order = [parameter.name for parameter in circuit.parameters]
    declared = [re.sub(r"^_(.+)_(\d{1,4})_$", r"\1[\2]", name) for name in read.inputs]
    if declared != order and has_rows_of_numbers(values):
        raise CircuitRefused(
            f"{label} declares its parameters in the order {', '.join(declared)}, and Qiskit has them in the order "
            f"{', '.join(order)}. Give the values by name."
        )
    return bindings_for([circuit], values, [label])[0]


def _taken_as_it_is(read: ReadText, kind: str | None) -> bool:
    """Return whether drivers support the text unchanged: importers read it, and one classical register at most."""
    registers, circuit = read.circuit.cregs, read.circuit
    if not read.plain or len(registers) > 1 or (registers and registers[0].size != circuit.num_clbits):
        return False
    names = step_names(circuit)
    return "box" not in names and (kind in SIMULATED_QUBITS or names <= known_to(kind))


def _note(read: ReadText) -> CircuitNote:
    """Return the registers that the text declares, or those of its circuit."""
    found = note_of(read.circuit)
    declared = read_note(read.source.text)
    if declared.width == found.width and sum(size for _, size in declared.registers) == found.width:
        return declared
    return CircuitNote(None, found.registers, found.width)


def _says(text: str, note: CircuitNote) -> bool:
    said = read_note(text)
    return (said.registers, said.width) == (note.registers, note.width)


def _unread(qasm: str, values: Any, shots: int, where: str) -> Experiment:
    """Return facts of a text that cannot be parsed here, so that the order of its parameters is unknown."""
    try:
        source = normalized(qasm)
    except TextRefused as error:
        raise CircuitRefused(error.sentence(where)) from error
    payload: dict[str, Any] = {"circuit": source.text}
    rows = named_rows(values, where)
    if rows:
        payload["parameter_values"] = [[row[name] for name in sorted(row)] for row in rows]
    return Experiment(payload, shots, where, expected=len(rows) or 1)
