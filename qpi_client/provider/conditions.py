"""Evaluate classical conditions for given bits, for devices that support conditions on single bits only."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr, types

Bits = Mapping[Clbit, bool]
Truth = Callable[[Bits], int]

_BINARY: dict[Any, Callable[[int, int], int]] = {
    expr.Binary.Op.BIT_AND: operator.and_,
    expr.Binary.Op.BIT_OR: operator.or_,
    expr.Binary.Op.BIT_XOR: operator.xor,
    expr.Binary.Op.LOGIC_AND: lambda a, b: int(bool(a) and bool(b)),
    expr.Binary.Op.LOGIC_OR: lambda a, b: int(bool(a) or bool(b)),
    expr.Binary.Op.EQUAL: lambda a, b: int(a == b),
    expr.Binary.Op.NOT_EQUAL: lambda a, b: int(a != b),
    expr.Binary.Op.LESS: lambda a, b: int(a < b),
    expr.Binary.Op.LESS_EQUAL: lambda a, b: int(a <= b),
    expr.Binary.Op.GREATER: lambda a, b: int(a > b),
    expr.Binary.Op.GREATER_EQUAL: lambda a, b: int(a >= b),
    expr.Binary.Op.SHIFT_LEFT: operator.lshift,
    expr.Binary.Op.SHIFT_RIGHT: operator.rshift,
}


def bits_of(condition: Any) -> list[Clbit] | None:
    """Return the classical bits that a condition reads, in order; None if it reads anything else."""
    if isinstance(condition, expr.Expr):
        found: dict[Clbit, None] = {}
        for variable in expr.iter_vars(condition):
            bits = bits_of(variable.var)
            if bits is None:
                return None
            found.update(dict.fromkeys(bits))
        return list(found)
    if isinstance(condition, tuple):
        return bits_of(condition[0])
    if isinstance(condition, ClassicalRegister):
        return list(condition)
    return [condition] if isinstance(condition, Clbit) else None


def truth_of(condition: Any) -> Truth:
    """Return the function from bits to the condition's value: 0 or 1, or a switch's number."""
    if isinstance(condition, tuple):
        place, wanted = condition
        return lambda bits: int(_read(place, bits) == int(wanted))
    if isinstance(condition, expr.Expr):
        return lambda bits: _evaluate(condition, bits)
    return lambda bits: _read(condition, bits)


def _read(place: ClassicalRegister | Clbit, bits: Bits) -> int:
    if isinstance(place, Clbit):
        return int(bits[place])
    return sum(int(bits[bit]) << position for position, bit in enumerate(place))


def _evaluate(node: Any, bits: Bits) -> int:
    """Evaluate an expression node; ``ValueError`` for an unknown kind."""
    if isinstance(node, expr.Var):
        return _read(node.var, bits)
    if isinstance(node, expr.Value):
        return int(node.value)
    if isinstance(node, expr.Cast):
        value = _evaluate(node.operand, bits)
        return int(bool(value)) if node.type.kind is types.Bool else value & _mask(node.type)
    if isinstance(node, expr.Unary):
        value = _evaluate(node.operand, bits)
        return int(not value) if node.op is expr.Unary.Op.LOGIC_NOT else ~value & _mask(node.type)
    if isinstance(node, expr.Binary) and node.op in _BINARY:
        left, right = _evaluate(node.left, bits), _evaluate(node.right, bits)
        return _BINARY[node.op](left, right) & _mask(node.type)
    if isinstance(node, expr.Index):
        return _evaluate(node.target, bits) >> _evaluate(node.index, bits) & 1
    raise ValueError(f"a condition holds a {type(node).__name__}, which is not known here")


def _mask(kind: Any) -> int:
    return 1 if kind.kind is types.Bool else (1 << kind.width) - 1
