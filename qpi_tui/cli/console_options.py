"""The options of the console itself, read without the library for command lines, which takes longer than Textual.

Whatever is not plain here, such as a mistake, is left to that library.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # `--version` does not wait for `typing`
    from typing import Any

# Option → the argument of `open_console`; the debug log is begun before.
VALUES = {"--screen": "screen", "--theme": "theme", "--url": "url", "--profile": "profile", "--refresh": "refresh"}
FLAGS = {"--slow": "slow", "--ascii": "ascii", "--read-only": "read_only"}
DEBUG = "--debug"


def console_options(words: list[str]) -> dict[str, Any] | None:
    """Return the arguments of `open_console`; None where the words are not just options of the console."""
    found: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in FLAGS and not equals and FLAGS[option] not in found:
            found[FLAGS[option]] = True
            continue
        if option != DEBUG and option not in VALUES:
            return None
        value = value if equals else next(rest, "")
        name = VALUES.get(option, option)
        if not value or value.startswith("-") or name in found:
            return None
        found[name] = value
    found.pop(DEBUG, None)
    if "refresh" in found:
        try:
            found["refresh"] = float(found["refresh"])
        except ValueError:
            return None
    return found
