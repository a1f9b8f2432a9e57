"""Parse OpenQASM 3 into its tree, or state where it is not valid."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import openqasm3
from openqasm3.parser import QASM3ParsingError

from qpi_client.openqasm import Source, TextRefused
from qpi_client.provider.parse_errors import from_position

_ENDS = frozenset({";", "{", "}"})


def parse(source: Source) -> Any:
    """Return the tree of a text.

    Raises:
        TextRefused: It is not valid OpenQASM 3.
    """
    try:
        # The lexer prints the error before it raises it.
        with contextlib.redirect_stderr(io.StringIO()):
            return openqasm3.parse(source.text)
    except QASM3ParsingError as error:
        # The parser's own message is empty for syntax errors.
        raise (from_position(str(error)) if str(error) else _unexpected(error)) from None
    except RecursionError:
        raise TextRefused(": it is nested too deeply.") from None


def _unexpected(error: QASM3ParsingError) -> TextRefused:
    """Return the sentence for an unexpected token."""
    cause: Any = error.__cause__
    found: Any = cause.args[0] if cause.args and hasattr(cause.args[0], "offendingToken") else cause
    token = getattr(found, "offendingToken", None)
    if token is None:
        return TextRefused(": it is not OpenQASM 3.")
    before = _before(found, token)
    ends = token.text == "<EOF>"
    if before is not None and before.text not in _ENDS and (ends or token.line > before.line):
        return TextRefused(": a semicolon is missing at the end.", before.line)
    if ends:
        line = before.line if before is not None else token.line
        return TextRefused(": it ends too early; a brace may be missing.", line)
    return TextRefused(f": {token.text[:40]!r} is not expected here.", token.line)


def _before(found: Any, token: Any) -> Any:
    """Return the previous token, skipping comments and whitespace."""
    stream = found.recognizer.getTokenStream()
    for place in range(token.tokenIndex - 1, -1, -1):
        one = stream.get(place)
        if one.channel == 0:
            return one
    return None
