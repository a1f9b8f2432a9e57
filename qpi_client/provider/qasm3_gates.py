"""Gates that other programs write into OpenQASM 3 and "stdgates.inc" has not: defined where a text does not."""

from __future__ import annotations

from typing import Any

from openqasm3 import ast

from qpi_client.openqasm import normalized
from qpi_client.provider.qasm3_parsing import parse

_FURTHER = {
    "u": "gate u(t, p, l) a { U(t, p, l) a; }",
    "r": "gate r(t, p) a { rz(-p) a; rx(t) a; rz(p) a; }",
    "sxdg": "gate sxdg a { inv @ sx a; }",
    "cs": "gate cs a, b { ctrl @ s a, b; }",
    "csdg": "gate csdg a, b { ctrl @ inv @ s a, b; }",
    "csx": "gate csx a, b { ctrl @ sx a, b; }",
    "cu1": "gate cu1(l) a, b { cp(l) a, b; }",
    "cu3": "gate cu3(t, p, l) a, b { ctrl @ u3(t, p, l) a, b; }",
    "ccz": "gate ccz a, b, c { h c; ccx a, b, c; h c; }",
    "dcx": "gate dcx a, b { cx a, b; cx b, a; }",
    "iswap": "gate iswap a, b { s a; s b; h a; cx a, b; cx b, a; h b; }",
    "rzz": "gate rzz(t) a, b { cx a, b; rz(t) b; cx a, b; }",
    "rxx": "gate rxx(t) a, b { h a; h b; cx a, b; rz(t) b; cx a, b; h a; h b; }",
    "ryy": "gate ryy(t) a, b { rx(pi/2) a; rx(pi/2) b; cx a, b; rz(t) b; cx a, b; rx(-pi/2) a; rx(-pi/2) b; }",
    "rzx": "gate rzx(t) a, b { h b; cx a, b; rz(t) b; cx a, b; h b; }",
    "ecr": "gate ecr a, b { h b; cx a, b; rz(pi/4) b; cx a, b; h b; x a; h b; cx a, b; rz(-pi/4) b; cx a, b; h b; }",
}
"""Definitions in the gates of "stdgates.inc", which a text has to include for them."""


def with_further_gates(program: Any) -> tuple[Any, bool]:
    """Return the program with definitions of the gates above that it uses and does not define, and whether it has any.

    Where it does not include "stdgates.inc", nothing is added.
    """
    included = [at for at, each in enumerate(program.statements) if isinstance(each, ast.Include)]
    wanted = _used(program.statements) & _FURTHER.keys() - _defined(program.statements)
    if not included or not wanted:
        return program, False
    text = "".join(definition for name, definition in _FURTHER.items() if name in wanted)
    made = parse(normalized(f"OPENQASM 3.0; {text}")).statements
    for statement in made:
        # They are on no line of the text.
        statement.span = None
    program.statements[included[0] + 1 : included[0] + 1] = made
    return program, True


def _defined(statements: list[Any]) -> set[str]:
    return {each.name.name for each in statements if isinstance(each, ast.QuantumGateDefinition)}


def _used(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_used, node))
    if isinstance(node, ast.QuantumGate):
        return {node.name.name}
    inside = [getattr(node, name, None) for name in ("body", "block", "if_block", "else_block", "statements")]
    return set().union(*(_used(each) for each in inside if isinstance(each, list)))
