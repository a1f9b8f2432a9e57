"""Rewrite OpenQASM 3, as a tree, into the subset that Qiskit's importer and drivers support.

The importer evaluates no constants, supports neither ``switch`` nor ``&&`` nor a loop variable as an index, binds the
arguments of a gate definition in alphabetical order, and treats ranges that count down or from the end as empty.
"""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

from openqasm3 import ast

from qpi_client.openqasm import TextRefused
from qpi_client.provider.qasm3_conditions import Conditions
from qpi_client.provider.qasm3_values import Constants, NotConstant, cast_to, evaluate, foreign, literal

MOST_UNROLLED = 20_000
"""Statements that loops may become; a loop that would become more is left to the driver."""
MOST_BITS_OF_A_REGISTER = 100_000
"""Bits or qubits of a register. Qiskit makes an object for each: two billion fill the memory."""

_BLOCKS = frozenset({"if_block", "else_block", "block", "body", "statements"})
_NAMES = frozenset({"name", "identifier", "qubit", "annotations", "modifier", "op", "span", "io_identifier", "unit"})


def rewritten(program: Any) -> tuple[Any, bool]:
    """Return the program in the importer's subset, and whether anything had to be changed.

    Raises:
        TextRefused: A constant has no value, such as a division by zero.
    """
    rewriter = _Rewriter(_assigned(program))
    result = copy.copy(program)
    result.statements = rewriter.block(program.statements)
    return result, rewriter.changed


def line_of(node: Any) -> int | None:
    """Return the line on which a node starts."""
    span = getattr(node, "span", None)
    return span.start_line if span is not None else None


class _Rewriter:
    def __init__(self, assigned: set[str]) -> None:
        self.changed = False
        self._assigned = assigned
        self._constants: Constants = ChainMap()
        self._sizes: dict[str, int | None] = {}
        self._room = MOST_UNROLLED
        self._conditions = Conditions(self._sizes, self._note)

    def _note(self) -> None:
        self.changed = True

    def block(self, statements: Iterable[Any]) -> list[Any]:
        """Return the statements of the current scope."""
        return [made for statement in statements for made in self._statement(statement)]

    def _scoped(self, statements: Iterable[Any], **values: Any) -> list[Any]:
        outer = self._constants
        self._constants = outer.new_child(dict(values))
        try:
            return self.block(statements)
        finally:
            self._constants = outer

    def _statement(self, node: Any) -> list[Any]:
        special = getattr(self, f"_on_{type(node).__name__}", None)
        try:
            made = special(node) if special is not None else None
        except NotConstant:
            made = None
        return [self._rebuilt(node)] if made is None else made

    # -- declarations --------------------------------------------------------------------------------------------------

    def _on_ConstantDeclaration(self, node: Any) -> list[Any]:
        self._constants[node.identifier.name] = self._value(node)
        self._note()
        return []

    def _on_ClassicalDeclaration(self, node: Any) -> list[Any] | None:
        name = node.identifier.name
        if isinstance(node.type, ast.BitType):
            return self._bits(node)
        # A variable that is never assigned again is a constant.
        if node.init_expression is None or name in self._assigned:
            return None
        self._constants[name] = self._value(node)
        self._note()
        return []

    def _value(self, node: Any) -> Any:
        if isinstance(node.init_expression, ast.DurationLiteral):
            return node.init_expression
        return cast_to(node.type, evaluate(node.init_expression, self._constants), line_of(node))

    def _bits(self, node: Any) -> list[Any]:
        made = self._rebuilt(node)
        self._learn_size(made.identifier.name, made.type.size)
        first = made.init_expression
        if first is None or isinstance(first, ast.QuantumMeasurement):
            return [made]
        if evaluate(first, self._constants) == 0:
            # Bits are initialized to zero.
            made.init_expression = None
            self._note()
        return [made]

    def _on_QubitDeclaration(self, node: Any) -> list[Any]:
        made = self._rebuilt(node)
        self._learn_size(made.qubit.name, made.size)
        return [made]

    def _learn_size(self, name: str, size: Any) -> None:
        if size is None:
            self._sizes[name] = None
            return
        value = evaluate(size, self._constants)
        if not isinstance(value, int) or value < 1:
            raise TextRefused(f": {name} has a size of {value}; a size must be a whole number above 0.", line_of(size))
        if value > MOST_BITS_OF_A_REGISTER:
            raise TextRefused(
                f": {name} has a size of {value:,}; {MOST_BITS_OF_A_REGISTER:,} is the limit.", line_of(size)
            )
        self._sizes[name] = value

    def _on_IODeclaration(self, node: Any) -> list[Any] | None:
        if node.io_identifier is not ast.IOKeyword.output or not isinstance(node.type, ast.BitType):
            return None
        self._note()
        made = ast.ClassicalDeclaration(node.type, node.identifier, None)
        made.span = node.span
        return self._bits(made)

    def _on_QuantumGateDefinition(self, node: Any) -> list[Any]:
        made = copy.copy(node)
        given = [argument.name for argument in node.arguments]
        # None hides an outer constant with this name.
        names: dict[str, Any] = dict.fromkeys([*given, *(qubit.name for qubit in node.qubits)])
        if given != sorted(given):
            # The importer binds arguments in alphabetical order.
            self._note()
            made.arguments = [ast.Identifier(f"qpi_{place:03}") for place in range(len(given))]
            names.update(zip(given, made.arguments, strict=True))
        made.body = self._scoped(node.body, **names)
        return [made]

    # -- control flow --------------------------------------------------------------------------------------------------

    def _on_BranchingStatement(self, node: Any) -> list[Any]:
        condition = self._expression(node.condition)
        return self._conditions.branch(
            condition, self._scoped(node.if_block), self._scoped(node.else_block), node, self._constants
        )

    def _on_SwitchStatement(self, node: Any) -> list[Any]:
        self._note()
        cases = [
            ([evaluate(label, self._constants) for label in labels], self._scoped(body.statements))
            for labels, body in node.cases
        ]
        default = self._scoped(node.default.statements) if node.default is not None else []
        return self._conditions.switch(node.target, cases, default, node, self._constants)

    def _on_WhileLoop(self, node: Any) -> list[Any]:
        made = copy.copy(node)
        made.while_condition = self._conditions.plain(self._expression(node.while_condition), self._constants)
        made.block = self._scoped(node.block)
        return [made]

    def _on_ForInLoop(self, node: Any) -> list[Any] | None:
        values = self._values(node.set_declaration)
        kept = (ast.AliasStatement, ast.BreakStatement, ast.ContinueStatement)
        if any(isinstance(part, kept) for part in _walk(node)):
            return None
        if len(values) * max(len(node.block), 1) > self._room:
            return None
        self._note()
        self._room -= len(values) * max(len(node.block), 1)
        name = node.identifier.name
        return [made for value in values for made in self._scoped(node.block, **{name: value})]

    def _values(self, declared: Any) -> list[Any]:
        if isinstance(declared, ast.DiscreteSet):
            return [evaluate(value, self._constants) for value in declared.values]
        if not isinstance(declared, ast.RangeDefinition) or declared.start is None or declared.end is None:
            raise NotConstant
        return list(self._range(declared, None))

    # -- expressions ---------------------------------------------------------------------------------------------------

    def _expression(self, node: Any) -> Any:
        if isinstance(node, ast.Expression) and foreign(node, self._constants):
            held = self._constants.get(node.name) if isinstance(node, ast.Identifier) else None
            if isinstance(held, (ast.Identifier, ast.DurationLiteral)):
                self._note()
                return held
            try:
                value = evaluate(node, self._constants)
            except NotConstant:
                return self._rebuilt(node)
            self._note()
            return literal(value, node)
        return self._rebuilt(node)

    def _rebuilt(self, node: Any) -> Any:
        """Return the node with its children rewritten."""
        if not is_dataclass(node) or isinstance(node, type):
            return node
        made = copy.copy(node)
        for field in fields(node):
            if field.name in _NAMES and not isinstance(node, ast.QuantumMeasurement):
                continue
            held = getattr(node, field.name)
            if isinstance(held, list):
                setattr(made, field.name, self._items(held, field.name))
            elif is_dataclass(held):
                setattr(made, field.name, self._expression(held))
        if isinstance(made, ast.IndexedIdentifier):
            made.indices = [self._index(index, made.name) for index in made.indices]
        elif isinstance(made, ast.IndexExpression):
            made.index = self._index(made.index, made.collection)
        return made

    def _items(self, held: list[Any], name: str) -> list[Any]:
        if name in _BLOCKS:
            return self._scoped(held)
        return [self._items(item, "") if isinstance(item, list) else self._expression(item) for item in held]

    def _index(self, index: Any, of: Any) -> Any:
        """Return an index; a range that counts down or from the end becomes a list of positions."""
        if not (isinstance(index, list) and len(index) == 1 and isinstance(index[0], ast.RangeDefinition)):
            return index
        bounds = index[0]
        try:
            given = [evaluate(part, self._constants) for part in (bounds.start, bounds.end, bounds.step) if part]
            if all(value >= 0 for value in given):
                return index
            places = self._range(bounds, self._sizes.get(getattr(of, "name", "")))
        except NotConstant:
            return index
        self._note()
        return ast.DiscreteSet([ast.IntegerLiteral(place) for place in places])

    def _range(self, node: Any, size: int | None) -> range:
        """Return the positions of a range, both ends included; negative ends count from the end of a register."""
        step = evaluate(node.step, self._constants) if node.step is not None else 1
        ends = [node.start, node.end] if step > 0 else [node.end, node.start]
        if not isinstance(step, int) or not step or (None in ends and size is None):
            raise NotConstant
        whole = [0 if ends[0] is None else None, (size or 0) - 1 if ends[1] is None else None]
        low, high = (
            _from_end(evaluate(end, self._constants), size) if default is None else default
            for end, default in zip(ends, whole, strict=True)
        )
        return range(low, high + 1, step) if step > 0 else range(high, low - 1, step)


def _from_end(place: Any, size: int | None) -> int:
    if not isinstance(place, int):
        raise NotConstant
    if place < 0 and size is not None:
        return place + size
    return place


def _walk(node: Any) -> Iterable[Any]:
    """Yield all nodes below this one."""
    if isinstance(node, (list, tuple)):
        for item in node:
            yield from _walk(item)
    elif is_dataclass(node) and not isinstance(node, type):
        yield node
        for field in fields(node):
            if field.name != "span":
                yield from _walk(getattr(node, field.name, None))


def _assigned(program: Any) -> set[str]:
    """Return the names that are assigned to after their declaration."""
    found = set()
    for node in _walk(program.statements):
        if isinstance(node, (ast.ClassicalAssignment, ast.QuantumMeasurementStatement)):
            target = getattr(node, "lvalue", None) or getattr(node, "target", None)
            name = getattr(target, "name", None)
            found.add(str(getattr(name, "name", name)))
    return found
