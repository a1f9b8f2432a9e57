"""Keep secrets out of logs and messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECRET_HEADERS = frozenset({"authorization", "x-api-token", "cookie", "set-cookie", "proxy-authorization"})
MASK = "***"


class Secret:
    """A string that is only shown on request: `repr`, `str`, pickles and tracebacks omit it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the string."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return (Secret, ("",))


def hidden(text: Any) -> Secret:
    """Return a value as a secret, whether it already is one or not."""
    return text if isinstance(text, Secret) else Secret(text)


def revealed(value: Any) -> Any:
    """Return JSON with its secrets as plain text, as sent."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {name: revealed(item) for name, item in value.items()}
    return value


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with every secret masked."""
    return {name: MASK if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}


def printable(text: str, limit: int = 600) -> str:
    """Return a server's text on one line: without control characters, truncated to `limit` characters with a mark."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def clipped(text: str, most: int) -> str:
    """Return a text of at most this many bytes in UTF-8, with a mark if it was truncated."""
    if len(text) * 4 <= most:
        return text
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= most else raw[: most - 3].decode("utf-8", "ignore") + "…"


def travels(token: Any) -> bool:
    """Return whether a token is valid in a header."""
    return isinstance(token, str) and bool(token.strip()) and token.isascii() and token.isprintable()
