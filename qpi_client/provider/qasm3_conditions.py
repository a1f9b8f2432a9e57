"""Rewrite conditions of OpenQASM 3 as nested tests of a bit or a register, which is all that the importer supports."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openqasm3 import ast

from qpi_client.openqasm import TextRefused
from qpi_client.provider.qasm3_values import Constants, NotConstant, evaluate

MOST_TESTS = 4096
"""Tests that the conditions of a text may become."""

_ORDERED: dict[str, Callable[[int, int], bool]] = {
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_MOST_COMPARED = 10


class Conditions:
    """Writes branches for conditions; ``sizes`` are the register sizes, None for a single bit."""

    def __init__(self, sizes: Mapping[str, int | None], note: Callable[[], None]) -> None:
        self._sizes = sizes
        self._note = note
        self._room = MOST_TESTS

    def branch(self, condition: Any, then: list[Any], other: list[Any], at: Any, constants: Constants) -> list[Any]:
        """Return the statements for ``if (condition) then else other``; ``at`` is the statement that they replace."""
        self._room -= 1
        if self._room < 0:
            raise TextRefused(": its conditions become too many tests of single bits.", at.span.start_line)
        try:
            met = evaluate(condition, constants)
        except NotConstant:
            pass
        else:
            self._note()
            return then if met else other
        split = self._split(condition, then, other, at, constants)
        if split is not None:
            self._note()
            return split
        made = copy.copy(at) if isinstance(at, ast.BranchingStatement) else _statement(at)
        made.condition = self.plain(condition, constants)
        made.if_block, made.else_block = then, other
        return [made]

    def _split(
        self, condition: Any, then: list[Any], other: list[Any], at: Any, constants: Constants
    ) -> list[Any] | None:
        """Return the branches of a compound condition; None for a simple one."""
        if isinstance(condition, ast.UnaryExpression) and condition.op.name in ("!", "~"):
            if self._is_bit(condition.expression):
                return None
            return self.branch(condition.expression, other, then, at, constants)
        if not isinstance(condition, ast.BinaryExpression):
            return None
        op, left, right = condition.op.name, condition.lhs, condition.rhs
        if op == "&&" or (op == "&" and self._is_bit(left) and self._is_bit(right)):
            return self.branch(left, self.branch(right, then, other, at, constants), other, at, constants)
        if op == "||" or (op == "|" and self._is_bit(left) and self._is_bit(right)):
            return self.branch(left, then, self.branch(right, then, other, at, constants), at, constants)
        if op == "^" and self._is_bit(left) and self._is_bit(right):
            differs = self.branch(right, other, then, at, constants)
            return self.branch(left, differs, self.branch(right, then, other, at, constants), at, constants)
        return self._compared(op, left, right, then, other, at, constants)

    def _compared(
        self, op: str, left: Any, right: Any, then: list[Any], other: list[Any], at: Any, constants: Constants
    ) -> list[Any] | None:
        if op not in _MIRRORED:
            return None
        if self._width(left) is None:
            op, left, right = _MIRRORED[op], right, left
        width = self._width(left)
        if width is None or self._is_bit(left):
            return None
        value = evaluate(right, constants)
        if op == "!=":
            return self.branch(_equal(left, value, at), other, then, at, constants)
        if op in _ORDERED and width <= _MOST_COMPARED:
            return self._any(left, [v for v in range(1 << width) if _ORDERED[op](v, value)], then, other, at, constants)
        return None

    def _any(
        self, left: Any, values: Sequence[int], then: list[Any], other: list[Any], at: Any, constants: Constants
    ) -> list[Any]:
        made = other
        for value in reversed(values):
            made = self.branch(_equal(left, value, at), then, made, at, constants)
        return made

    def switch(
        self,
        target: Any,
        cases: Sequence[tuple[Sequence[Any], list[Any]]],
        default: list[Any],
        at: Any,
        constants: Constants,
    ) -> list[Any]:
        """Return the branches of a switch."""
        while isinstance(target, ast.Cast):
            target = target.argument
        width = self._width(target)
        if width is None:
            raise NotConstant
        made = default
        for labels, body in reversed(cases):
            within = [int(label) for label in labels if 0 <= int(label) < 1 << width]
            made = self._any(target, within, body, made, at, constants)
        return made

    def plain(self, condition: Any, constants: Constants) -> Any:
        """Return the condition with a bit compared with true or false in place of 1 or 0."""
        if not isinstance(condition, ast.BinaryExpression) or condition.op.name not in ("==", "!="):
            return condition
        left, right = condition.lhs, condition.rhs
        if not self._is_bit(left):
            left, right = right, left
        if not self._is_bit(left):
            return condition
        try:
            value = evaluate(right, constants)
        except NotConstant:
            return condition
        if isinstance(value, bool):
            return condition
        if value not in (0, 1):
            raise TextRefused(f": a bit is compared with {value}; it is 0 or 1.", condition.span.start_line)
        self._note()
        made = copy.copy(condition)
        made.lhs, made.rhs = left, ast.BooleanLiteral(bool(value))
        return made

    def _width(self, node: Any) -> int | None:
        """Return the number of bits of a node; None for a node that is not bits."""
        if self._is_bit(node):
            return 1
        return self._sizes.get(node.name) if isinstance(node, ast.Identifier) else None

    def _is_bit(self, node: Any) -> bool:
        if isinstance(node, ast.Identifier):
            return node.name in self._sizes and self._sizes[node.name] is None
        if isinstance(node, ast.IndexExpression) and isinstance(node.collection, ast.Identifier):
            single = isinstance(node.index, list) and len(node.index) == 1
            return node.collection.name in self._sizes and single and not isinstance(node.index[0], ast.RangeDefinition)
        return False


def _equal(left: Any, value: int, at: Any) -> Any:
    made = ast.BinaryExpression(ast.BinaryOperator["=="], left, ast.IntegerLiteral(int(value)))
    made.span = at.span
    return made


def _statement(at: Any) -> Any:
    made = ast.BranchingStatement(None, [], [])
    made.span = at.span
    return made
