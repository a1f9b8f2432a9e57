"""The keys that terminals send, to reject settings with other keys.

Names are Textual's, but nothing of Textual is loaded: commands check settings too. A test compares the list with the
console's interpretation of every known sequence.
"""

from __future__ import annotations

import re
import unicodedata

_ARROWS = frozenset({"up", "down", "left", "right", "home", "end", "pageup", "pagedown", "delete"})
_ALONE = frozenset({"enter", "escape", "tab", "space", "backspace", "insert", *_ARROWS})
# What CTRL makes of other keys in every terminal.
_CTRL = frozenset({*"abcdefghijklmnopqrstuvwxyz", "@", "backslash", "right_square_bracket", "circumflex_accent",
                   "underscore", *_ARROWS})  # fmt: skip
# The same byte as another key's.
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
_MODIFIERS = r"^((?:ctrl\+|shift\+|alt\+)*)(.*)$"


def key_problem(key: str) -> str:
    """Return why no terminal sends a key, with a suggestion if there is one; nothing for a valid key."""
    modifiers, name = re.match(_MODIFIERS, key.strip()).groups()  # type: ignore[union-attr]  # everything matches
    if key in _SAME:
        return f"{key} is the same as {_SAME[key]} in terminals: use that"
    if not modifiers and ((len(name) == 1 and name.isprintable()) or name in PUNCTUATION or name in _ALONE):
        return ""
    if re.fullmatch(r"f([1-9]|1[0-2])", name) and modifiers in {"", "ctrl+"}:
        return ""
    if modifiers == "ctrl+" and name in _CTRL:
        return ""
    if (modifiers in {"shift+", "ctrl+shift+"} and name in _ARROWS) or key == "shift+tab":
        return ""
    meant = re.sub(r"^(ctrl|control|strg|c|\^)[-+]?(?=[a-z]$)", "ctrl+", key.strip().lower())
    hint = f": did you mean {meant}?" if meant != key and key_problem_free(meant) else ""
    return f"no terminal sends {key}{hint}"


def key_problem_free(key: str) -> bool:
    """Whether terminals send a key."""
    return key not in _SAME and bool(re.fullmatch(r"ctrl\+[a-z]|[a-z]|f[1-9]|enter|escape|tab|space", key))


def _textual_name(char: str) -> str:
    return unicodedata.name(char).lower().replace("-", "_").replace(" ", "_")


# Names of printable ASCII characters, such as `question_mark`; Textual has its own for some.
_REPLACED = {"solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
             "plus_sign": "plus", "low_line": "underscore"}  # fmt: skip
PUNCTUATION = frozenset(
    _REPLACED.get(name, name)
    for name in (_textual_name(chr(code)) for code in range(0x21, 0x7F) if not chr(code).isalnum())
)
