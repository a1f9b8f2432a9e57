"""Export circuits to OpenQASM 3 text that devices support, or state why it is impossible."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from qiskit import qasm3
from qiskit.circuit import ControlFlowOp, Parameter, QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit.transpiler import PassManager, generate_preset_pass_manager

from qpi_client.circuit_note import CircuitNote, write_note
from qpi_client.driver_kinds import DYNAMIC_KINDS, STATIC_KINDS
from qpi_client.openqasm import at_line
from qpi_client.provider.errors import CircuitRefused
from qpi_client.provider.lowering import NotLowerable, flattened, note_of
from qpi_client.provider.sweeps import text_name
from qpi_client.provider.target import (
    CONTROL_FLOW,
    build_target,
    further_gates,
    portable_gates,
)

_ALWAYS = frozenset({"measure", "reset", "delay", "barrier"})


LineOf = Callable[[Callable[[QuantumCircuit], object]], int | None]
"""Finds the line of a text where its circuit becomes invalid."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A circuit ready for export, perhaps with unbound parameters."""

    circuit: QuantumCircuit
    note: CircuitNote
    metadata: Any
    where: str
    line_of: LineOf | None = None

    def qasm(self, values: dict[Parameter, float]) -> str:
        """Return the OpenQASM 3 text for these values, with the circuit's note."""
        return write_note(qasm3.dumps(self.bound(values)), self.note)

    def bound(self, values: dict[Parameter, float]) -> QuantumCircuit:
        """Return the circuit with these values; ``CircuitRefused`` where an angle is no finite number then."""
        bound, problem = _bound(self.circuit, values)
        if problem:
            named = {text_name(parameter): value for parameter, value in values.items()}
            line = line_with(self.line_of, lambda part: _bound(part, named)[1])
            raise CircuitRefused(f"{self.where}{at_line(line)} {problem}")
        return bound


def _bound(circuit: QuantumCircuit, values: Mapping[Any, float]) -> tuple[QuantumCircuit, str]:
    """The circuit with values, which are by parameter or by its name in a text, and what is wrong with them."""
    # A parameter of the global phase only may be gone by now.
    held = {p: values[key] for p in circuit.parameters for key in (p, text_name(p)) if key in values}
    try:
        bound = circuit.assign_parameters(held) if held else circuit
    except (ArithmeticError, ValueError) as error:
        return circuit, f"has no finite angle for these values ({error}); give others."
    return bound, (_angle_problem(bound, None) or "") if held else ""


def line_with(line_of: LineOf | None, wrong: Callable[[QuantumCircuit], object]) -> int | None:
    """Return the line where a text's circuit becomes invalid; None without a text."""
    return line_of(wrong) if line_of is not None else None


def circuits_of(given: Any) -> list[QuantumCircuit]:
    """Return the circuits of a call as a list; ``TypeError`` with the position of an item that is not a circuit."""
    if isinstance(given, QuantumCircuit):
        return [given]
    if isinstance(given, (str, bytes)):
        raise TypeError("OpenQASM text goes into 'qasm', not into 'circuit'.")
    try:
        circuits = list(given)
    except TypeError:
        raise TypeError(
            f"circuit must be a QuantumCircuit or a sequence of them, not {type(given).__name__}."
        ) from None
    if not circuits:
        raise CircuitRefused("There are no circuits to run.")
    for position, circuit in enumerate(circuits):
        if not isinstance(circuit, QuantumCircuit):
            raise TypeError(f"Item {position} is a {type(circuit).__name__}, not a QuantumCircuit.")
    return circuits


def prepare(circuit: QuantumCircuit, kind: str | None, where: str, line_of: LineOf | None = None) -> Prepared:
    """Return the circuit in the form that drivers of this kind support; ``CircuitRefused`` if there is none.

    Control flow is allowed if it is unknown whether the driver supports it. ``line_of`` returns the line of a text that
    causes the error.
    """
    for check in _CHECKS:
        if problem := check(circuit, kind):
            line = line_with(line_of, partial(check, kind=kind))
            raise CircuitRefused(f"{where}{at_line(line)} {problem}")
    plain = _in_standard_gates(circuit, kind, where, line_of)
    end = at_line(line_with(line_of, lambda part: _extent(part) >= _extent(circuit)))
    if not circuit.num_qubits:
        raise CircuitRefused(f"{where}{end} declares no qubits; in OpenQASM write for example qubit[2] q;")
    if not any(step.name == "measure" for step in _instructions(plain)):
        raise CircuitRefused(
            f"{where}{end} measures nothing; measure into classical bits at the end, for example c = measure q; in "
            "OpenQASM 3 or measure_all() in Qiskit."
        )
    try:
        flat = flattened(plain)
    except (NotLowerable, ValueError) as error:
        line = line_with(line_of, _cannot_be_lowered)
        raise CircuitRefused(f"{where}{at_line(line)} cannot be sent: {error}; write it without.") from error
    return Prepared(flat, note_of(circuit), circuit.metadata, where, line_of)


def _in_standard_gates(circuit: QuantumCircuit, kind: str | None, where: str, line_of: LineOf | None) -> QuantumCircuit:
    """The circuit in the gates that drivers' QASM loaders know: everything else is written out in those."""
    known = _gate_names(kind)
    if all(step.name in known or isinstance(step.operation, ControlFlowOp) for step in _instructions(circuit)):
        return circuit
    try:
        plain: QuantumCircuit = _translation(max(circuit.num_qubits, 1), kind).run(circuit)
    except QiskitError as error:
        strange = sorted(step_names(circuit) - known - set(CONTROL_FLOW))
        line = line_with(line_of, lambda part: step_names(part) & set(strange))
        raise CircuitRefused(
            f"{where}{at_line(line)} cannot be written as OpenQASM: {', '.join(strange)} has no equivalent in "
            f"standard gates ({error.message}); define it by gates."
        ) from error
    return plain


def _extent(circuit: QuantumCircuit) -> int:
    """How much a circuit holds: it grows with each statement that adds something."""
    return len(circuit.data) + int(circuit.num_qubits) + int(circuit.num_clbits)


def _cannot_be_lowered(circuit: QuantumCircuit) -> bool:
    try:
        flattened(circuit)
    except (NotLowerable, ValueError):
        return True
    return False


def _instructions(circuit: QuantumCircuit) -> Iterator[Any]:
    """Return all instructions, including those in blocks."""
    for step in circuit.data:
        yield step
        if isinstance(step.operation, ControlFlowOp):
            for block in step.operation.blocks:
                yield from _instructions(block)


def control_flow_of(circuit: QuantumCircuit) -> set[str]:
    """Return the kinds of control flow in a circuit. A box is not one: it controls nothing."""
    return {step.name for step in _instructions(circuit) if isinstance(step.operation, ControlFlowOp)} - {"box"}


def step_names(circuit: QuantumCircuit) -> set[str]:
    """Return the names of all instructions, including those in blocks."""
    return {step.name for step in _instructions(circuit)}


def known_to(kind: str | None) -> frozenset[str]:
    """Return the names of the instructions that drivers of a kind support natively."""
    return _gate_names(kind) | (frozenset(CONTROL_FLOW) if kind in DYNAMIC_KINDS else frozenset())


def _control_flow_problem(circuit: QuantumCircuit, kind: str | None) -> str | None:
    blocks = control_flow_of(circuit)
    if blocks and kind in STATIC_KINDS:
        names = ", ".join(sorted(blocks))
        return f"has control flow ({names}), which a {kind} QPU has not; choose one of kind qiskit_aer."
    unknown = sorted(blocks - set(CONTROL_FLOW))
    return f"has control flow that no driver takes: {', '.join(unknown)}." if unknown else None


def _angle_problem(circuit: QuantumCircuit, kind: str | None) -> str | None:
    for step in _instructions(circuit):
        for value in () if isinstance(step.operation, ControlFlowOp) else step.params:
            try:
                number = float(value)
            except (TypeError, ValueError, AttributeError, QiskitError):
                continue  # a parameter that has no value yet, a matrix, a label
            if not math.isfinite(number):
                return f"has a {step.name} of {number}; angles must be finite numbers."
    return None


def _delay_problem(circuit: QuantumCircuit, kind: str | None) -> str | None:
    units = {step.operation.unit for step in _instructions(circuit) if step.name == "delay"} - {"expr"}
    if "dt" in units and len(units) > 1:
        others = ", ".join(sorted(units - {"dt"}))
        return f"has delays in dt and in {others}; the QPU's dt is not known, so use one of them."
    return None


_CHECKS = (_control_flow_problem, _angle_problem, _delay_problem)


@lru_cache(maxsize=8)
def _gate_names(kind: str | None) -> frozenset[str]:
    gates = portable_gates() + (further_gates() if kind in DYNAMIC_KINDS else [])
    return _ALWAYS | {gate.name for gate in gates}


@lru_cache(maxsize=8)
def _translation(num_qubits: int, kind: str | None) -> PassManager:
    target = build_target(num_qubits, kind, control_flow=True)
    return generate_preset_pass_manager(optimization_level=0, target=target)
