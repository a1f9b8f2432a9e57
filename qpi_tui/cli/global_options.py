"""Options that are accepted before the command."""

from __future__ import annotations

# Global options, accepted before and after the command. Those with True take a value.
_GLOBAL = {"--profile": True, "--url": True, "--read-only": False, "--debug": True}


def behind_globals(words: list[str]) -> list[str]:
    """Return the words after the global options."""
    index = 0
    while index < len(words) and words[index].partition("=")[0] in _GLOBAL:
        index += 1 + (_GLOBAL[words[index].partition("=")[0]] and "=" not in words[index])
    return words[index:]
