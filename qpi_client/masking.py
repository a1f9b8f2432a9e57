"""Keeping secrets out of what people and logs see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECRET_HEADERS = frozenset({"authorization", "x-api-token", "cookie", "set-cookie", "proxy-authorization"})
MASK = "***"


class Secret:
    """A text that shows itself only when asked: neither `repr`, `str`, a pickle nor a traceback's locals hold it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return (Secret, ("",))


def hidden(text: Any) -> Secret:
    """A value as a secret, whatever it is, secret or not yet."""
    return text if isinstance(text, Secret) else Secret(text)


def revealed(value: Any) -> Any:
    """JSON with the secrets in it as plain text, as it is sent."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {name: revealed(item) for name, item in value.items()}
    return value


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """The same headers with a mask in place of every secret."""
    return {name: MASK if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}


def printable(text: str, limit: int = 600) -> str:
    """A server's words on one line: no control characters, cut to `limit` characters with a mark."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def clipped(text: str, most: int) -> str:
    """A text of at most so many bytes in UTF-8, with a mark where it was cut."""
    if len(text) * 4 <= most:
        return text
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= most else raw[: most - 3].decode("utf-8", "ignore") + "…"


def travels(token: Any) -> bool:
    """Whether a token may travel in a header."""
    return isinstance(token, str) and bool(token.strip()) and token.isascii() and token.isprintable()
