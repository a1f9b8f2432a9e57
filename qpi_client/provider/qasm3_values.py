"""Values of constant expressions of OpenQASM 3."""

from __future__ import annotations

import math
import operator
from collections import ChainMap
from collections.abc import Callable
from typing import Any

from openqasm3 import ast

from qpi_client.openqasm import TextRefused

Constants = ChainMap[str, Any]
"""The constants of a scope and those around it: numbers, durations, and names that stand for another name."""


class NotConstant(Exception):
    """An expression has no value before the circuit runs."""


_NUMBERS = {"pi": math.pi, "π": math.pi, "tau": math.tau, "τ": math.tau, "euler": math.e, "ℇ": math.e}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "arccos": math.acos, "arcsin": math.asin, "arctan": math.atan, "ceiling": math.ceil, "cos": math.cos,
    "exp": math.exp, "floor": math.floor, "log": math.log, "ln": math.log, "mod": lambda a, b: a % b, "pow": pow,
    "sin": math.sin, "sqrt": math.sqrt, "tan": math.tan, "popcount": lambda a: int(a).bit_count(),
}  # fmt: skip
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "%": operator.mod, "**": pow,
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "&&": lambda a, b: bool(a) and bool(b), "||": lambda a, b: bool(a) or bool(b),
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift,
}  # fmt: skip
_KNOWN = frozenset("+-*/")
"""Operations that the importer computes itself."""
_MOST_EXPONENT = 1024


def evaluate(node: Any, constants: Constants) -> Any:
    """Return the value of an expression.

    Raises:
        NotConstant: It has no value before the circuit runs.
        TextRefused: It divides by zero, or is not a finite number.
    """
    if isinstance(node, (ast.IntegerLiteral, ast.FloatLiteral, ast.BooleanLiteral, ast.BitstringLiteral)):
        return node.value
    if isinstance(node, ast.Identifier):
        return _named(node.name, constants)
    try:
        if isinstance(node, ast.UnaryExpression):
            return _unary(node.op.name, evaluate(node.expression, constants))
        if isinstance(node, ast.BinaryExpression):
            return _binary(node.op.name, evaluate(node.lhs, constants), evaluate(node.rhs, constants))
        if isinstance(node, ast.FunctionCall) and node.name.name in _FUNCTIONS:
            return _FUNCTIONS[node.name.name](*(evaluate(argument, constants) for argument in node.arguments))
    except ZeroDivisionError:
        raise TextRefused(": it divides by zero; correct the expression.", _line(node)) from None
    except (ValueError, OverflowError):
        raise TextRefused(": a value is not a finite number; correct the expression.", _line(node)) from None
    except TypeError:
        raise NotConstant from None
    if isinstance(node, ast.Cast):
        return cast_to(node.type, evaluate(node.argument, constants), _line(node))
    raise NotConstant


def cast_to(kind: Any, value: Any, line: int | None) -> Any:
    """Convert a value to a type."""
    try:
        if isinstance(kind, (ast.IntType, ast.UintType)):
            return int(value)
        if isinstance(kind, (ast.FloatType, ast.AngleType)):
            return float(value)
    except (ValueError, OverflowError):
        raise TextRefused(": a value is not a finite number; correct the expression.", line) from None
    if isinstance(kind, (ast.BoolType, ast.BitType)):
        return bool(value) if getattr(kind, "size", None) is None else int(value)
    raise NotConstant


def literal(value: Any, node: Any) -> Any:
    """Return the literal of a value, at a node's position."""
    made: Any
    if isinstance(value, bool):
        made = ast.BooleanLiteral(value)
    else:
        made = ast.IntegerLiteral(abs(value)) if isinstance(value, int) else ast.FloatLiteral(abs(value))
        if value < 0:
            made.span = node.span
            made = ast.UnaryExpression(ast.UnaryOperator["-"], made)
    made.span = node.span
    return made


def foreign(node: Any, constants: Constants) -> bool:
    """Return whether an expression contains something that the importer cannot evaluate."""
    if isinstance(node, ast.Identifier):
        return constants.get(node.name) is not None
    if isinstance(node, ast.UnaryExpression):
        return foreign(node.expression, constants)
    if isinstance(node, ast.BinaryExpression):
        return node.op.name not in _KNOWN or foreign(node.lhs, constants) or foreign(node.rhs, constants)
    return isinstance(node, (ast.FunctionCall, ast.Cast))


def _named(name: str, constants: Constants) -> Any:
    if name in constants:
        value = constants[name]
        if isinstance(value, (int, float)):
            return value
        raise NotConstant
    if name in _NUMBERS:
        return _NUMBERS[name]
    raise NotConstant


def _unary(op: str, value: Any) -> Any:
    if op == "-":
        return -value
    if op == "!":
        return not value
    raise NotConstant


def _binary(op: str, left: Any, right: Any) -> Any:
    if op == "/":
        whole = isinstance(left, int) and isinstance(right, int)
        return left // right if whole else left / right
    if op in ("**", "<<") and isinstance(left, int) and isinstance(right, int) and abs(right) > _MOST_EXPONENT:
        raise NotConstant
    value = _BINARY[op](left, right)
    if isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(op)
    return value


def _line(node: Any) -> int | None:
    return node.span.start_line if node.span is not None else None
