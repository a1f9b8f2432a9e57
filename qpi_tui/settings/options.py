"""Every setting of `config.toml`, documented at its declaration, for the reference page and the checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from qpi_tui.actions import ACTIONS, unknown_action
from qpi_tui.domain.notification_kinds import KINDS
from qpi_tui.settings.custom_commands import read_commands
from qpi_tui.settings.key_names import PUNCTUATION, key_problem


class Option(NamedTuple):
    """One setting: its section, its type and default in words, its description, and its check.

    `check` returns the value, or raises `ValueError` with what is allowed.
    """

    name: str
    kind: str
    default: str
    help: str
    check: Callable[[Any], Any]
    environment: str = ""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _colour(value: Any) -> str:
    # Imported only if a profile has a colour: it is slow.
    from textual.color import Color, ColorParseError

    try:
        Color.parse(_text(value))
    except ColorParseError:
        raise ValueError(f"is {value!r}, which is not a colour: use a name such as 'red', or '#c02030'") from None
    return str(value)


def _one_of(*words: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in words:
            raise ValueError(f"may be {', '.join(words)}")
        return str(value)

    return check


def _seconds(low: float, high: float) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ValueError(f"must be a number of seconds from {low:g} to {high:g}")
        return float(value)

    return check


def _keys(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a table of action id = key")
    for id, keys in value.items():
        if id not in ACTIONS:
            raise ValueError(unknown_action(id))
        if not isinstance(keys, str) or not keys.split():
            raise ValueError(f"the key of {id} must be text, such as 'a' or 'ctrl+a'")
        for key in keys.split():
            if problem := key_problem(key) or _text_confirms(id, key):
                raise ValueError(f"the key of {id}: {problem}")
    return {str(id): str(keys) for id, keys in value.items()}


def _text_confirms(id: str, key: str) -> str:
    """Return why a key cannot confirm: typed or pasted text must not."""
    printable = len(key) == 1 or key == "space" or key in PUNCTUATION
    return f"{key} is a printable key, which cannot confirm" if id == "dialog.confirm" and printable else ""


def _thresholds(value: Any) -> dict[str, dict[str, float]]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a table of channel = limits")
    limits: dict[str, dict[str, float]] = {}
    for channel, limit in value.items():
        found = {"max": limit} if isinstance(limit, (int, float)) and not isinstance(limit, bool) else limit
        if not isinstance(found, Mapping) or not found or set(found) - {"min", "max"}:
            raise ValueError(f"the limits of {channel} must be a number or {{min = …, max = …}}")
        limits[str(channel)] = {str(side): float(number) for side, number in found.items()}
    return limits


def _kinds(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or any(kind not in KINDS for kind in value):
        raise ValueError(f"must be a list of kinds in brackets; the kinds are {', '.join(KINDS)}")
    return tuple(dict.fromkeys(value))


_REFRESH = Option(
    "refresh",
    "seconds, 0.2 to 3600",
    "2",
    "Seconds between reads if the server sends no change events.",
    _seconds(0.2, 3600),
    "QPI_REFRESH",
)
_READ_ONLY = Option("read_only", "true or false", "false", "Reject every change.", _flag, "QPI_READ_ONLY")
_THEME = Option(
    "theme",
    "text",
    '"textual-dark"',
    "`qpi-dark`, `qpi-light`, a theme of Textual, or the name of a file in `themes/` beside this one.",
    _text,
    "QPI_THEME",
)
_NOTIFY = Option(
    "notify",
    "list",
    "none",
    'Kinds of events to notify of: `["job", "qpu"]`; see [Get notifications](../how-to/be-notified.md).',
    _kinds,
)
_NOTIFY_BY = Option(
    "notify_by",
    "auto, bell, osc9, osc777, osc99 or off",
    "auto",
    "How the terminal notifies; `auto` selects by terminal, otherwise the bell.",
    _one_of("auto", "bell", "osc9", "osc777", "osc99", "off"),
)
_NOTIFY_COMMAND = Option(
    "notify_command",
    "text",
    "none",
    "A program to run for each notification, with the record as JSON on standard input (without a shell).",
    _text,
)

TOP = (
    Option("profile", "text", "none", "The default profile.", _text, "QPI_PROFILE"),
    _REFRESH,
    _READ_ONLY,
    _THEME,
    Option("bell", "true or false", "false", "Ring the terminal's bell when a request for time arrives.", _flag),
    _NOTIFY,
    _NOTIFY_BY,
    _NOTIFY_COMMAND,
    Option(
        "slow",
        "true or false",
        "measured",
        "For slow lines: 5 frames a second, no mouse, longer timers. `QPI_SLOW=0`: never.",
        _flag,
        "QPI_SLOW",
    ),
    Option(
        "ascii",
        "true or false",
        "false; true where the locale has no UTF-8",
        "Draw in plain ASCII: plots, circuits, the week, marks and rules.",
        _flag,
        "QPI_ASCII",
    ),
    Option("keyset", "plain or vim", "plain", "The set of keys that `[keys]` changes.", _one_of("plain", "vim")),
    Option(
        "keys",
        "table",
        "none",
        'Keys by action id: `"requests.approve" = "f2"`; separate several by blanks.',
        _keys,
    ),
    Option(
        "thresholds",
        "table",
        "none",
        'Limits of telemetry channels: `"mapper.bf.tmc" = 0.1` (at most), or `{min = 0.01, max = 0.1}`.',
        _thresholds,
    ),
    Option("commands", "tables", "none", "Custom commands: `[commands.NAME]`, see below.", read_commands),
)

PROFILE = (
    Option("url", "text", "none", "The server's address.", _text, "QPI_URL"),
    Option("identity", "text", "none", "The e-mail address of the account.", _text, "QPI_IDENTITY"),
    Option(
        "role",
        "user, admin or token",
        "user",
        "The role to sign in with.",
        _one_of("user", "admin", "token"),
        "QPI_ROLE",
    ),
    Option("colour", "text", "none", 'The colour of the header, such as `"red"` for the production server.', _colour),
    Option("ca_file", "path", "none", "A file of certificates to trust for this server.", _text, "QPI_CA_FILE"),
    Option(
        "fingerprint",
        "text",
        "none",
        "The SHA-256 fingerprint of the server's root certificate.",
        _text,
        "QPI_FINGERPRINT",
    ),
    _REFRESH,
    _READ_ONLY,
    _THEME,
    _NOTIFY,
    _NOTIFY_BY,
    _NOTIFY_COMMAND,
)


def nearest(name: str, options: tuple[Option, ...], extra: tuple[str, ...] = ()) -> str:
    """Return the likely name, or all of them."""
    names = [option.name for option in options] + list(extra)
    import difflib

    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"the names are {', '.join(names)}."
