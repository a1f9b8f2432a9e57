"""Errors of Qiskit's importers as sentences that name the line and, where it is known, the remedy."""

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
    (re.compile(r"divi(de|sion).* by zero"), "it divides by zero."),
    (re.compile(r"token recognition error at: '(.+)'"), r"'\1' means nothing in OpenQASM."),
    (re.compile(r"node of type (\w+) is not supported"), r"Qiskit's importer, which drivers use, has no \1."),
    (re.compile(r"Symbol '(.+?)' already inserted"), _TAKEN),
    (re.compile(r"^register name \"(\w+)\" already exists"), _TAKEN),
    (re.compile(r"^'(\w+)' is already defined"), _TAKEN),
    (re.compile(r"__init__\(\) (missing|takes)"), "a gate has too few or too many parameters."),
    (re.compile(r"register size error"), "the registers have different sizes."),
    (re.compile(r"non-stdgates imports"), 'only "stdgates.inc" can be included in OpenQASM 3.'),
    (re.compile(r"unable to find '.*'"), 'only "qelib1.inc" can be included in OpenQASM 2.'),
)
_INCLUDES = {2: "qelib1.inc", 3: "stdgates.inc"}
_STANDARD = re.compile(r"x|y|z|h|s|sdg|t|tdg|sx|id|p|r[xyz]|u[123]?|c[xyzhpu]|cr[xyz]|swap|ccx|cswap|phase|cphase")


def from_position(said: str) -> TextRefused:
    """Return the error for a message that begins with its line and column, or with neither."""
    match = _POSITION.match(said)
    line, rest = (int(match["line"]), match["said"]) if match else (None, said)
    return TextRefused(f": {_sentence(rest)}", line)


def failure_of(error: Exception, source: Source, find_line: Callable[[], int | None]) -> TextRefused:
    """Return the error for what an importer raised; ``find_line`` is asked where the message names no line."""
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
    return " Define it before it is used."


def _sentence(said: str) -> str:
    words = " ".join(said.split())
    if not words:
        return "it makes no sense from here on."
    for pattern, sentence in _SAID:
        if match := pattern.search(words):
            return match.expand(sentence)
    return words if words.endswith((".", "!", "?", ";")) else f"{words}."
