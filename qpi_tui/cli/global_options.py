"""Options that are accepted before the command."""

from __future__ import annotations

# Options that are accepted before the command as well as after it; those with True take a value.
_GLOBAL = {"--profile": True, "--url": True, "--read-only": False, "--debug": True}


def behind_globals(words: list[str]) -> list[str]:
    """The words after the options that are accepted before the command."""
    index = 0
    while index < len(words) and words[index].partition("=")[0] in _GLOBAL:
        index += 1 + (_GLOBAL[words[index].partition("=")[0]] and "=" not in words[index])
    return words[index:]
