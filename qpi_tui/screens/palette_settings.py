"""Settings changed from the palette for this session, and the configuration lines that keep them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.screens.palette_offers import Offer

if TYPE_CHECKING:
    from qpi_tui.screens.base import ConsoleScreen

_AREA = "settings"
SETTINGS = ("theme", "keyset", "ascii", "refresh", "view")
"""Verbs that change a setting."""
_REFRESH = ("1", "2", "5", "10", "60")
PROMPTS = (
    Offer("set:theme", "Theme: type theme and its name", _AREA, words="colours colors", typed="theme ", asks=True),
    Offer("set:keyset", "Key set: keyset plain or vim", _AREA, words="keys keyset", typed="keyset ", asks=True),
    Offer("set:ascii", "ASCII: ascii on or off", _AREA, words="plain unicode", typed="ascii ", asks=True),
    Offer("set:refresh", "Refresh interval: refresh and seconds", _AREA, words="interval", typed="refresh ", asks=True),
)  # fmt: skip
"""The suggestions before a value is typed."""


def save_offer() -> Offer:
    """Return the suggestion to show the configuration lines."""
    return Offer(
        "set:save",
        "Save to config: show the lines for settings changed in this session",
        _AREA,
        words="write configuration settings",
        typed="save to config",
        run=show_lines,
    )


def setting_offers(typed: str) -> Iterator[Offer]:
    """Return the meaning of a setting with a value: `theme nord`, `keyset vim`, `ascii on`, `refresh 5`."""
    verb, _, value = " ".join(typed.casefold().split()).partition(" ")
    if verb in ("theme", "colorscheme", "colours"):
        from qpi_tui.settings.themes import theme_names

        names = [name for name in theme_names() if value in name.casefold()]
        # An exact match comes before those that contain it.
        for name in sorted(names, key=lambda name: not name.casefold().startswith(value)):
            yield _offer("theme", name, f"Theme {name}", partial(_theme, name))
    elif verb in ("keyset", "keys"):
        from qpi_tui.settings.keymap import KEYSETS

        for name in KEYSETS:
            if name.startswith(value):
                yield _offer("keyset", name, f"Key set {name}", partial(_keyset, name))
    elif verb in ("ascii", "unicode"):
        for word in ("on", "off"):
            if word.startswith(value):
                yield _offer("ascii", word, f"ASCII {word}", partial(_ascii, word == "on"))
    elif verb in ("refresh", "interval"):
        for word in (value,) if value else _REFRESH:
            if (seconds := _seconds(word)) is not None:
                yield _offer("refresh", f"{seconds:g}", f"Refresh every {seconds:g} s", partial(_refresh, seconds))


def _offer(name: str, value: str, what: str, run: object) -> Offer:
    return Offer(f"set:{name}:{value}", what, _AREA, typed=f"{name} {value}", run=run)  # type: ignore[arg-type]  # takes a screen


def _seconds(word: str) -> float | None:
    try:
        seconds = float(word.removesuffix("s"))
    except ValueError:
        return None
    return seconds if 0.2 <= seconds <= 3600 else None


def _theme(name: str, screen: ConsoleScreen) -> None:
    from qpi_tui.settings.themes import ThemeError

    try:
        screen.console.use_theme(name)
    except ThemeError as error:
        screen.tell(str(error))
        return
    _switched(screen, "theme", name, f"Theme {name}.")


def _keyset(name: str, screen: ConsoleScreen) -> None:
    if problems := screen.console.use_keyset(name):
        screen.tell(problems[0])
        return
    _switched(screen, "keyset", name, f"Key set {name}.")


def _ascii(plain: bool, screen: ConsoleScreen) -> None:
    screen.console.use_plain(plain)
    _switched(screen, "ascii", plain, f"ASCII {'on' if plain else 'off'}.")


def _refresh(seconds: float, screen: ConsoleScreen) -> None:
    screen.console.use_refresh(seconds)
    live = " where there are no change events" if screen.console.changes.live else ""
    _switched(screen, "refresh", seconds, f"Refresh every {seconds:g} s{live}.")


def _switched(screen: ConsoleScreen, name: str, value: object, said: str) -> None:
    screen.console.switched[name] = value
    screen.tell(f"{said} For this session; `:save to config` shows the line to keep it.", warn=False)


def lines_to_add(switched: dict[str, object]) -> list[str]:
    """Return the configuration lines for the changed settings."""
    lines = []
    for name, value in switched.items():
        said = f"{value:g}" if isinstance(value, float) else json.dumps(value)
        lines.append(f"{name} = {said}")
    return lines


def show_lines(screen: ConsoleScreen) -> None:
    """Show the lines to add; the console never writes the file."""
    from qpi_tui.files.paths import config_file
    from qpi_tui.widgets.dialogs import Detail

    lines = lines_to_add(screen.console.switched)
    if not lines:
        screen.tell("No setting was changed in this session.")
        return

    def closed(id: str | None) -> None:
        if id == "copy":
            from qpi_tui.terminal.clipboard import copy_text

            screen.tell(copy_text(screen.app, "\n".join(lines)), warn=False)

    shown = [
        [("Add to the beginning of ", ""), (str(config_file()), "bold"), (":", "")],
        [("", "")],
        *[[(f"  {line}", "$text-accent")] for line in lines],
    ]
    screen.app.push_screen(Detail("Save to config", shown, {"c": "copy"}, [("c", "copy", "copy")]), closed)
