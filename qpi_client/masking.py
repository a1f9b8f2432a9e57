"""Keep secrets out of logs and messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SECRET_HEADERS = frozenset({"authorization", "x-api-token", "cookie", "set-cookie", "proxy-authorization"})
MASK = "***"
# Query parameters that give access: the token of a file, the code of a sign-in. And the password in an address.
_SECRET_QUERY = r"(?i)([?&](?:[^=&#\s]*(?:token|password|secret|verifier)[^=&#\s]*|code|api_?key)=)[^&#\s'\"]+"  # noqa: S105
_USER_INFO = r"(?<=://)[^/?#@\s]+(?=@)"


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
    """Return the headers with every secret masked, those in a URL such as `Location` too."""
    return {name: MASK if name.lower() in SECRET_HEADERS else masked_url(value) for name, value in headers.items()}


def masked_url(text: str) -> str:
    """Return a URL, or a text that contains URLs, with the secrets in it masked."""
    return re.sub(_USER_INFO, MASK, re.sub(_SECRET_QUERY, rf"\1{MASK}", text))


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
