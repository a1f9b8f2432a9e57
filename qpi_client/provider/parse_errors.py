"""Rewrite errors of Qiskit's importers as sentences with the line and, if known, the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable

from qpi_client.openqasm import Source, TextRefused

_POSITION = re.compile(r"^(?:<input>:|L)?(?P<line>\d+)(?:,|:C)(?P<column>\d+):\s*(?P<said>.*)$", re.DOTALL)
_UNDEFINED = (
    re.compile(r"^gate '(?P<gate>\w+)' is not defined\.?$"),
    re.compile(r"^'(?P<gate>\w+)' is not defined in this scope$"),
    re.compile(r"^cannot use non-builtin custom instruction '(?P<gate>\w+)' before definition$"),
)
_TAKEN = r"the name '\1' is taken, perhaps by a gate; use another one."
_SAID = (
    (re.compile(r"missing (a )?semicolon|needed ';'"), "a semicolon is missing before this."),
    (
        re.compile(r"needed '==', but instead saw"),
        "a condition of OpenQASM 2 compares a whole register, such as if (c == 1); OpenQASM 3 has if (c[0]).",
    ),
    (re.compile(r"divi(de|sion).* by zero"), "it divides by zero; correct the expression."),
    (re.compile(r"constant folding"), "a value is not a finite number; correct the expression."),
    (re.compile(r"token recognition error at: '(.+)'"), r"'\1' has no meaning in OpenQASM."),
    (
        re.compile(r"node of type (\w+) is not supported"),
        r"Qiskit's importer, which drivers use, has no \1; write it without.",
    ),
    (re.compile(r"Symbol '(.+?)' already inserted"), _TAKEN),
    (re.compile(r"^register name \"(\w+)\" already exists"), _TAKEN),
    (re.compile(r"^'(\w+)' is already defined"), _TAKEN),
    (
        re.compile(r"__init__\(\) (missing|takes)"),
        "a gate has too few or too many parameters; give it as many as it takes.",
    ),
    (re.compile(r"register size error"), "the registers have different sizes; name single qubits or bits."),
    (re.compile(r"duplicate (qubit|bit)"), "a gate is given the same qubit twice; give it another one."),
    (re.compile(r"^index out of range"), "an index is out of its register, which starts at 0; correct it or the size."),
    (
        re.compile(r"out-of-range for register '(\w+)' of size (\d+)"),
        r"an index is out of \1[\2], which starts at 0; correct it or the size.",
    ),
    (
        re.compile(r"unhandled \w+ operator '(.+)'"),
        r"'\1' cannot be used here; compare one bit, or a register with a number.",
    ),
    (re.compile(r"must save their result"), "a measurement is not kept; write for example c[0] = measure q[0];"),
    (
        re.compile(r"^declarations of type '(\w+)'"),
        r"a variable of type '\1' changes, which drivers do not take; write its values out.",
    ),
    (re.compile(r"inputs are supported"), "parameters are of type float or angle; declare it as input float."),
    (
        re.compile(r"valid within a 'gate' body"),
        "the definition of a gate may contain gates only; its closing brace may be missing.",
    ),
    (re.compile(r"non-stdgates imports"), 'only "stdgates.inc" can be included in OpenQASM 3.'),
    (re.compile(r"unable to find '.*'"), 'only "qelib1.inc" can be included in OpenQASM 2.'),
)
_OTHER_NAMES = {
    "cnot": "cx", "ccnot": "ccx", "toffoli": "ccx", "fredkin": "cswap", "i": "id", "si": "sdg", "ti": "tdg", "v": "sx",
    "vi": "sxdg", "phaseshift": "p", "cphaseshift": "cp", "xx": "rxx", "yy": "ryy", "zz": "rzz",
}  # fmt: skip
"""Names that other programs give to gates of OpenQASM."""
_INCLUDES = {2: "qelib1.inc", 3: "stdgates.inc"}
_STANDARD = re.compile(r"x|y|z|h|s|sdg|t|tdg|sx|id|p|r[xyz]|u[123]?|c[xyzhpu]|cr[xyz]|swap|ccx|cswap|phase|cphase")


def from_position(said: str) -> TextRefused:
    """Return the error for a message that starts with its line and column, or with neither."""
    match = _POSITION.match(said)
    line, rest = (int(match["line"]), match["said"]) if match else (None, said)
    return TextRefused(f": {_sentence(rest)}", line)


def failure_of(error: Exception, source: Source, find_line: Callable[[], int | None]) -> TextRefused:
    """Return the error for an importer's exception; ``find_line`` provides the line if the message has none."""
    if isinstance(error, TextRefused):
        return error
    said = str(getattr(error, "message", "") or error).strip()
    found = from_position(said)
    line = found.line if found.line is not None else find_line()
    for pattern in _UNDEFINED:
        if match := pattern.match(found.problem.removeprefix(": ").removesuffix(".")):
            gate = match["gate"]
            return TextRefused(f": gate '{gate}' is not defined.{_remedy(gate, source)}", line)
    return TextRefused(found.problem, line)


def _remedy(gate: str, source: Source) -> str:
    include = _INCLUDES[source.version]
    if _STANDARD.fullmatch(gate) and include not in re.sub(r"//[^\n]*", "", source.text):
        return f' Include "{include}" before it is used.'
    if (name := _OTHER_NAMES.get(gate.lower())) is not None:
        return f" Define it before it is used, or write {name}."
    return " Define it before it is used."


def _sentence(said: str) -> str:
    words = " ".join(said.split())
    if not words:
        return "the text is invalid from here on."
    for pattern, sentence in _SAID:
        if match := pattern.search(words):
            return match.expand(sentence)
    return words if words.endswith((".", "!", "?", ";")) else f"{words}."
