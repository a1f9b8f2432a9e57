"""Circuits to OpenQASM 3 text that devices take, or a sentence that says why not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from qiskit import qasm3
from qiskit.circuit import ControlFlowOp, Parameter, QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit.transpiler import PassManager, generate_preset_pass_manager

from qpi_client.circuit_note import CircuitNote, write_note
from qpi_client.openqasm import at_line
from qpi_client.provider.errors import CircuitRefused
from qpi_client.provider.lowering import NotLowerable, flattened, note_of
from qpi_client.provider.target import (
    CONTROL_FLOW,
    DYNAMIC_KINDS,
    STATIC_KINDS,
    build_target,
    further_gates,
    portable_gates,
)

_ALWAYS = frozenset({"measure", "reset", "delay", "barrier"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A circuit ready for export, perhaps with parameters still to be bound."""

    circuit: QuantumCircuit
    note: CircuitNote
    metadata: Any
    where: str

    def qasm(self, values: dict[Parameter, float]) -> str:
        """Return the OpenQASM 3 text for these values, with the circuit's note."""
        # A parameter of the global phase only is gone by now.
        wanted = set(self.circuit.parameters)
        held = {parameter: value for parameter, value in values.items() if parameter in wanted}
        try:
            bound = self.circuit.assign_parameters(held) if held else self.circuit
        except (ArithmeticError, ValueError) as error:
            raise CircuitRefused(f"{self.where} has no finite angle for these values ({error}).") from error
        if held and (problem := _angle_problem(bound, None)):
            raise CircuitRefused(f"{self.where} {problem}")
        return write_note(qasm3.dumps(bound), self.note)


def circuits_of(given: Any) -> list[QuantumCircuit]:
    """Return the circuits of a call as a list; ``TypeError`` naming the place of what is no circuit."""
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


def prepare(
    circuit: QuantumCircuit,
    kind: str | None,
    where: str,
    line_of: Callable[[Callable[[QuantumCircuit], object]], int | None] | None = None,
) -> Prepared:
    """Return the circuit in the form that drivers of this kind take; ``CircuitRefused`` when there is none.

    Control flow is let through where nobody knows whether the driver takes it. ``line_of`` finds the line of a text on
    which the circuit becomes wrong.
    """
    for check in _CHECKS:
        if problem := check(circuit, kind):
            line = line_of(partial(check, kind=kind)) if line_of is not None else None
            raise CircuitRefused(f"{where}{at_line(line)} {problem}")
    # Drivers' QASM loaders know the standard gates: everything else is written out in those.
    plain = circuit
    known = _gate_names(kind)
    if any(step.name not in known and not isinstance(step.operation, ControlFlowOp) for step in _instructions(circuit)):
        try:
            plain = _translation(max(circuit.num_qubits, 1), kind).run(circuit)
        except QiskitError as error:
            strange = sorted(step_names(circuit) - known - set(CONTROL_FLOW))
            line = line_of(lambda part: step_names(part) & set(strange)) if line_of is not None else None
            raise CircuitRefused(
                f"{where}{at_line(line)} cannot be written as OpenQASM: {', '.join(strange)} has no equivalent in "
                f"standard gates ({error.message})."
            ) from error
    if not circuit.num_qubits:
        raise CircuitRefused(f"{where} declares no qubits; in OpenQASM write for example qubit[2] q;")
    if not any(step.name == "measure" for step in _instructions(plain)):
        raise CircuitRefused(
            f"{where} measures nothing; measure into classical bits, in Qiskit for example with measure_all()."
        )
    try:
        flat = flattened(plain)
    except (NotLowerable, ValueError) as error:
        raise CircuitRefused(f"{where} cannot be sent: {error}.") from error
    return Prepared(flat, note_of(circuit), circuit.metadata, where)


def _instructions(circuit: QuantumCircuit) -> Iterator[Any]:
    """Every instruction, those inside of blocks included."""
    for step in circuit.data:
        yield step
        if isinstance(step.operation, ControlFlowOp):
            for block in step.operation.blocks:
                yield from _instructions(block)


def control_flow_of(circuit: QuantumCircuit) -> set[str]:
    """Return the kinds of control flow in a circuit; a box decides nothing and is none."""
    return {step.name for step in _instructions(circuit) if isinstance(step.operation, ControlFlowOp)} - {"box"}


def step_names(circuit: QuantumCircuit) -> set[str]:
    """Return the names of all instructions, those inside of blocks included."""
    return {step.name for step in _instructions(circuit)}


def known_to(kind: str | None) -> frozenset[str]:
    """Return the names of what drivers of a kind take as it is."""
    return _gate_names(kind) | (frozenset(CONTROL_FLOW) if kind in DYNAMIC_KINDS else frozenset())


def _control_flow_problem(circuit: QuantumCircuit, kind: str | None) -> str | None:
    blocks = control_flow_of(circuit)
    if blocks and kind in STATIC_KINDS:
        return f"has control flow ({', '.join(sorted(blocks))}), which a {kind} QPU has not."
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
                return f"has a {step.name} of {number}; angles are finite numbers."
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
