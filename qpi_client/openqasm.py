"""OpenQASM text without a parser: version, the form that drivers accept, statement boundaries."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"//[^\n]*|(?P<block>/\*.*?(?P<closed>\*/|\Z))|\"[^\"\n]*\"|'[^'\n]*'"
    r"|\bOPENQASM\b[ \t\n]*(?P<number>[^\s;/]*)[ \t\n]*(?P<end>;?)",
    re.DOTALL,
)
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?")
_OLD_INCLUDE = re.compile(r"\binclude\s+[\"']qelib1\.inc[\"']")
_BREAK = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"[^\"\n]*\"|[;{}]", re.DOTALL)

_PYTHON = re.compile(r"(import [\w.]+( as \w+)?|from [\w.]+ import .+)$")


class TextRefused(ValueError):
    """An OpenQASM text that no driver accepts.

    Attributes:
        problem: The problem, as the rest of a sentence that starts with the text's name.
        line: The line, counted from 1; None for the whole text.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        """Create the error for a problem and its line."""
        self.problem = problem
        self.line = line
        super().__init__(self.sentence("The OpenQASM text"))

    def sentence(self, where: str) -> str:
        """Return the message for a text with this name."""
        return f"{where}{at_line(self.line)}{'' if self.problem.startswith(':') else ' '}{self.problem}"


def at_line(line: int | None) -> str:
    """Return the line as written after a text's name; "" for None."""
    return f" (line {line})" if line else ""


@dataclass(frozen=True, slots=True)
class Source:
    """A text in the form that is parsed and sent: `version` is 2 or 3. Line numbers are those of the original text."""

    text: str
    version: int


def normalized(given: str) -> Source:
    """Return the text with its version line first, uniform line ends, and no byte order mark.

    Drivers search for the version from the start, including comments, and reject a text without one. A text without a
    version that includes "qelib1.inc" is OpenQASM 2, any other is OpenQASM 3. ``/* */`` comments are removed from
    OpenQASM 2, which does not have them.

    Raises:
        TextRefused: The text is empty, in another format, or has control characters or a version line that no driver
            accepts.
    """
    text = given.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise TextRefused("is empty.")
    _refuse_control_characters(text)
    if another := _another_format(text):
        said = f"is {another}, not OpenQASM. Export it there: `qiskit.qasm3.dumps(circuit)`."
        raise TextRefused(said, line_at(text, 0))
    statement: re.Match[str] | None = None
    blocks: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        if token["block"]:
            if not token["closed"]:
                raise TextRefused(": a comment starts with /* and has no end; close it.", _line(text, token.start()))
            blocks.append(token)
        elif token["number"] is not None:
            if statement is not None:
                raise TextRefused(": there is a second version line; keep one.", _line(text, token.start()))
            statement = token
    plain = _without(text, blocks)
    number = _checked(text, statement) if statement else ("2.0" if _has_old_include(plain) else "3.0")
    version = int(number[0])
    body = plain if version == 2 else text
    head = f"OPENQASM {'2.0' if version == 2 else number};"
    if statement is None:
        return Source(f"{head} {body}", version)
    first = not body[: statement.start()].strip()
    if first and statement[0] == head:
        return Source(body, version)
    # On the first line, so that line numbers do not change.
    return Source(f"{head} {_without(body, [statement])}", version)


def _another_format(text: str) -> str:
    """Return what a text is instead of OpenQASM, if people take it for a circuit; "" if it may be one."""
    first = next((line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    if first.startswith("{") and '"cells"' in text:
        return "a notebook"
    if first.startswith(("{", "[")):
        return "JSON"
    return "a Python program" if _PYTHON.match(first) else ""


def statement_ends(text: str) -> list[int]:
    """Return the end offset of each top-level statement: after its semicolon or closing brace."""
    ends, depth = [], 0
    for token in _BREAK.finditer(text):
        mark = token[0]
        depth += (mark == "{") - (mark == "}")
        if depth <= 0 and mark in (";", "}"):
            ends.append(token.end())
    return ends


def line_at(text: str, offset: int) -> int:
    """Return the line of the first non-blank character at or after an offset."""
    rest = text[offset:]
    return _line(text, offset + len(rest) - len(rest.lstrip()))


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _refuse_control_characters(text: str) -> None:
    for offset, char in enumerate(text):
        if (char < " " and char not in "\n\t") or "\x7f" <= char <= "\x9f":
            raise TextRefused(f"contains control characters (U+{ord(char):04X}); remove them.", _line(text, offset))


def _checked(text: str, statement: re.Match[str]) -> str:
    line = _line(text, statement.start())
    number = _NUMBER.fullmatch(statement["number"])
    if number is None or number[1] not in ("2", "3") or (number[1] == "2" and int(number[2] or 0)):
        given = statement["number"] or "without a number"
        raise TextRefused(f": OpenQASM {given} is unknown; write OPENQASM 3.0; or OPENQASM 2.0;", line)
    if not statement["end"]:
        raise TextRefused(": a semicolon is missing after the version.", line)
    return statement["number"]


def _has_old_include(text: str) -> bool:
    return bool(_OLD_INCLUDE.search(re.sub(r"//[^\n]*", "", text)))


def _without(text: str, tokens: list[re.Match[str]]) -> str:
    """Return the text with blanks in place of these tokens, keeping their line breaks."""
    for token in tokens:
        blank = re.sub(r"[^\n]", " ", token[0])
        text = text[: token.start()] + blank + text[token.end() :]
    return text
