"""Permissions of a sandbox, read from its rules.

These are the collection rules of the running server, and the guards of the custom routes in `pb_hooks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOOKS = Path(__file__).parents[2] / "qpi_sandbox" / "pb_hooks"
# `user` owns the records of a test; `other` is another user; `token` is an API token of `user`.
ROLES = ("anonymous", "forged", "token", "user", "other", "admin")
ACTIONS = {
    "list": "listRule",
    "view": "viewRule",
    "create": "createRule",
    "update": "updateRule",
    "delete": "deleteRule",
}

_WORD = re.compile(r"\s*(&&|\|\||[()]|!=|>=|<=|=|'[^']*'|[@\w.]+)")


def allows(rule: str | None, record: Mapping[str, Any], auth: str) -> bool:
    """Whether a rule permits the account `auth` an operation on a record. Superusers bypass rules."""
    if rule is None:
        return False
    words: list[str] = []
    rest = rule.strip()
    while rest:
        found = _WORD.match(rest)
        assert found, f"a rule that is not understood: {rest!r}"
        words.append(found[1])
        rest = rest[found.end() :].strip()
    if not words:
        return True
    result = _either(words, record, auth)
    assert not words, f"left over: {words}"
    return result


def _either(words: list[str], record: Mapping[str, Any], auth: str) -> bool:
    result = _both(words, record, auth)
    while words and words[0] == "||":
        words.pop(0)
        result = _both(words, record, auth) or result
    return result


def _both(words: list[str], record: Mapping[str, Any], auth: str) -> bool:
    result = _one(words, record, auth)
    while words and words[0] == "&&":
        words.pop(0)
        result = _one(words, record, auth) and result
    return result


def _one(words: list[str], record: Mapping[str, Any], auth: str) -> bool:
    if words[0] == "(":
        words.pop(0)
        result = _either(words, record, auth)
        assert words.pop(0) == ")"
        return result
    left, sign, right = (words.pop(0) for _ in range(3))

    def value(word: str) -> str:
        if word.startswith("'"):
            return word[1:-1]
        if word == "@request.auth.id":
            return auth
        if word == "@request.auth.collectionId":
            return "users" if auth else ""
        if word == "@now":
            return "now"  # test records have no times: an empty date precedes every other
        # A back-relation to records that the tests do not create is empty.
        return str(record.get(word) or "")

    signs: dict[str, Callable[[str, str], bool]] = {
        "=": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
    }
    return signs[sign](value(left), value(right))


@dataclass(frozen=True)
class Route:
    """A custom route: who passes its guard, and the status codes for everybody else."""

    method: str
    path: str
    who: frozenset[str]
    refused: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


# Code fragment of a route → who may use it; the first match counts.
_GUARDS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    (r"requireKey\(e\)", "", (404,)),
    (r"requireAdmin\(e\)", "admin", (403,)),
    (r"tokens\.own\(e\)|user_id = \{:user\} && |id = \{:id\} && user_id = \{:user\}", "token user", (401, 404)),
    (r"http\.caller\(e\)", "token user other admin", (401,)),
    # A driver sends its own secret: no session of a user opens these.
    (r"refuse\(401", "", (400, 401)),
)


def routes(generation: str = "v0.1") -> list[Route]:
    """Return every custom route of a generation."""
    found = []
    for file in sorted(HOOKS.glob("*.js")):
        text = file.read_text(encoding="utf-8")
        if f'$os.getenv("QPI_GENERATION") === "{"v0.0" if generation == "v0.1" else "v0.1"}"' in text:
            continue
        if generation == "v0.0" and '$os.getenv("QPI_GENERATION") !== "v0.0"' in text:
            continue
        for piece in re.split(r"(?m)^\s*(?=routerAdd\(|onRecord)", text):
            head = re.match(r'routerAdd\("(\w+)", "([^"]+)"', piece)
            if head is None:
                continue
            who, refused = " ".join(ROLES), ()
            for mark, let_in, statuses in _GUARDS:
                if re.search(mark, piece):
                    who, refused = let_in, statuses
                    break
            found.append(Route(head[1], head[2], frozenset(who.split()), refused))
    return found
