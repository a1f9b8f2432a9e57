"""The console's own options, parsed without the command-line library, which loads more slowly than Textual.

That library handles everything else, mistakes too.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # `--version` does not wait for `typing`
    from typing import Any

# Option → argument of `open_console`. The debug log is opened before.
VALUES = {"--screen": "screen", "--theme": "theme", "--url": "url", "--profile": "profile", "--refresh": "refresh"}
FLAGS = {"--slow": "slow", "--ascii": "ascii", "--read-only": "read_only"}
DEBUG = "--debug"


def console_options(words: list[str]) -> dict[str, Any] | None:
    """Return the arguments of `open_console`; None if the words are not only options of the console."""
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
