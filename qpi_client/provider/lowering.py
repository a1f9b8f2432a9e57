"""Convert circuits to the form that devices support: one classical register, conditions on single bits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

from qiskit.circuit import (
    CASE_DEFAULT,
    BoxOp,
    ClassicalRegister,
    Clbit,
    ControlFlowOp,
    ForLoopOp,
    IfElseOp,
    QuantumCircuit,
    QuantumRegister,
    Qubit,
    SwitchCaseOp,
    WhileLoopOp,
)
from qiskit.circuit.classical import expr

from qpi_client.circuit_note import CircuitNote
from qpi_client.provider.conditions import Truth, bits_of, truth_of

MAX_CONDITION_BITS = 10
"""Bits that a condition may read: each doubles the single-bit conditions it becomes."""


class NotLowerable(ValueError):
    """A circuit contains something without a form that devices support; the message names it."""


def note_of(circuit: QuantumCircuit) -> CircuitNote:
    """Return a circuit's name and registers, bit 0 first; no registers if they overlap or are not in order."""
    runs: list[tuple[str, int]] = []
    position = 0
    while position < circuit.num_clbits:
        owners = circuit.find_bit(circuit.clbits[position]).registers
        if not owners:
            return CircuitNote(circuit.name, (), circuit.num_clbits, circuit.metadata or None)
        register = owners[0][0]
        if len(owners) > 1 or list(register) != circuit.clbits[position : position + register.size]:
            return CircuitNote(circuit.name, (), circuit.num_clbits, circuit.metadata or None)
        runs.append((register.name, register.size))
        position += register.size
    return CircuitNote(circuit.name, tuple(runs), circuit.num_clbits, circuit.metadata or None)


def flattened(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return the circuit on one quantum register ``q`` and one classical register ``c``, bit for bit.

    Conditions on registers and expressions become nested conditions on single bits, and so does a switch, because
    simulators' OpenQASM loaders support nothing else. Boxes are expanded. ``NotLowerable`` if there is no such form.
    """
    if circuit.num_vars or circuit.num_stretches:
        raise NotLowerable("it has real-time variables, which no driver takes")
    flat = QuantumCircuit(
        *([QuantumRegister(circuit.num_qubits, "q")] if circuit.num_qubits else []),
        *([ClassicalRegister(circuit.num_clbits, "c")] if circuit.num_clbits else []),
        name=circuit.name,
    )
    qubits = dict(zip(circuit.qubits, flat.qubits, strict=True))
    clbits = dict(zip(circuit.clbits, flat.clbits, strict=True))
    _copy(circuit, flat, qubits, clbits)
    return flat


def _copy(
    source: QuantumCircuit,
    onto: QuantumCircuit,
    qubits: Mapping[Qubit, Qubit],
    clbits: Mapping[Clbit, Clbit],
) -> None:
    """Append the source's instructions with renamed bits."""
    for step in source.data:
        operation = step.operation
        on_qubits = [qubits[bit] for bit in step.qubits]
        on_clbits = [clbits[bit] for bit in step.clbits]
        if isinstance(operation, ControlFlowOp):
            _copy_control_flow(operation, onto, on_qubits, on_clbits, clbits)
        else:
            onto.append(operation, on_qubits, on_clbits, copy=False)


def _copy_control_flow(
    operation: ControlFlowOp,
    onto: QuantumCircuit,
    qubits: Sequence[Qubit],
    clbits: Sequence[Clbit],
    outer: Mapping[Clbit, Clbit],
) -> None:
    def body_of(block: QuantumCircuit | None) -> QuantumCircuit | None:
        if block is None:
            return None
        body = QuantumCircuit(list(onto.qubits), list(onto.clbits), *onto.cregs)
        _copy(
            block,
            body,
            dict(zip(block.qubits, qubits, strict=True)),
            dict(zip(block.clbits, clbits, strict=True)),
        )
        return body

    if isinstance(operation, IfElseOp):
        blocks = [*operation.blocks, None][:2]
        then, otherwise = body_of(blocks[0]), body_of(blocks[1])
        condition = operation.condition
        _branch(onto, condition, lambda met: then if met else otherwise, outer)
    elif isinstance(operation, SwitchCaseOp):
        cases = [(labels, body_of(block)) for labels, block in operation.cases_specifier()]

        def chosen(value: int | bool) -> QuantumCircuit | None:
            for labels, body in cases:
                if any(label is CASE_DEFAULT or label == value for label in labels):
                    return body
            return None

        _branch(onto, operation.target, chosen, outer)
    elif isinstance(operation, ForLoopOp):
        indices, parameter, block = operation.params
        onto.append(ForLoopOp(indices, parameter, body_of(block)), onto.qubits, onto.clbits)
    elif isinstance(operation, WhileLoopOp):
        _copy_while(operation, onto, body_of(operation.blocks[0]), outer)
    elif isinstance(operation, BoxOp):
        (block,) = operation.blocks
        inner = dict(zip(block.qubits, qubits, strict=True)), dict(zip(block.clbits, clbits, strict=True))
        _copy(block, onto, *inner)
    else:
        raise NotLowerable(f"it has a '{operation.name}' block, which no driver takes")


def _copy_while(
    operation: WhileLoopOp, onto: QuantumCircuit, body: QuantumCircuit | None, outer: Mapping[Clbit, Clbit]
) -> None:
    """Append a loop whose condition is one bit, or all bits compared with one number, as loaders support."""
    bits = _condition_bits(operation.condition)
    truth = truth_of(operation.condition)
    assignments = (dict(zip(bits, values, strict=True)) for values in product((False, True), repeat=len(bits)))
    met = [values for values in assignments if truth(values)]
    if not met:
        return
    condition: tuple[ClassicalRegister | Clbit, int]
    if len(met) == 1 and len(bits) == 1:
        condition = (outer[bits[0]], int(met[0][bits[0]]))
    elif len(met) == 1 and len(bits) == onto.num_clbits and onto.cregs:
        value = sum(int(held) << onto.find_bit(outer[bit]).index for bit, held in met[0].items())
        condition = (onto.cregs[0], value)
    else:
        raise NotLowerable("the condition of a while loop is neither one bit nor a whole register that equals a number")
    onto.append(WhileLoopOp(condition, body), onto.qubits, onto.clbits)


def _condition_bits(condition: object) -> list[Clbit]:
    bits = bits_of(condition)
    if bits is None:
        raise NotLowerable("a condition reads something that is not a classical bit")
    if len(bits) > MAX_CONDITION_BITS:
        raise NotLowerable(f"a condition reads {len(bits)} bits; at most {MAX_CONDITION_BITS} can be told apart")
    return bits


def _branch(
    onto: QuantumCircuit,
    condition: expr.Expr | tuple[ClassicalRegister | Clbit, int] | ClassicalRegister | Clbit,
    chosen: Callable[[int], QuantumCircuit | None],
    outer: Mapping[Clbit, Clbit],
) -> None:
    """Append the body that ``chosen`` returns for the condition's value, as nested conditions on single bits."""
    bits = _condition_bits(condition)
    truth: Truth = truth_of(condition)
    bodies: dict[tuple[bool, ...], QuantumCircuit | None] = {
        values: chosen(truth(dict(zip(bits, values, strict=True))))
        for values in product((False, True), repeat=len(bits))
    }
    _nest(onto, [outer[bit] for bit in bits], bodies)


def _nest(
    onto: QuantumCircuit,
    bits: Sequence[Clbit],
    bodies: Mapping[tuple[bool, ...], QuantumCircuit | None],
) -> None:
    """Append the body for each assignment of the bits, merging equal branches."""
    outcomes = list(bodies.values())
    if all(body is outcomes[0] for body in outcomes):
        if outcomes[0] is not None:
            onto.compose(outcomes[0], onto.qubits, onto.clbits, inplace=True, copy=False)
        return
    halves = []
    for value in (True, False):
        half = QuantumCircuit(list(onto.qubits), list(onto.clbits), *onto.cregs)
        _nest(half, bits[1:], {values[1:]: body for values, body in bodies.items() if values[0] is value})
        halves.append(half)
    then, otherwise = halves
    if not len(then.data) and not len(otherwise.data):
        return
    if not len(then.data):
        onto.append(IfElseOp((bits[0], 0), otherwise), onto.qubits, onto.clbits)
    else:
        onto.append(IfElseOp((bits[0], 1), then, otherwise if len(otherwise.data) else None), onto.qubits, onto.clbits)
