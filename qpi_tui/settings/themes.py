"""Themes: two of the console's own, Textual's by name, and `themes/NAME.toml` beside the configuration."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qpi_tui.files.text_file import read_text

if TYPE_CHECKING:
    from textual.theme import Theme

# Maximum bytes of a theme file.
_LARGEST = 1_000_000
FIELDS = (
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
)


# The console's own. Each text has a contrast of at least 4.5:1, and the state colours differ for people with red-green
# blindness: `tests/tui/unit/test_themes.py` computes both.
OURS: dict[str, dict[str, Any]] = {
    "qpi-dark": {
        "primary": "#426a93", "secondary": "#8aa4c0", "accent": "#943cff", "success": "#39ffbc", "warning": "#f9d417",
        "error": "#ca4213", "foreground": "#e4e8ee", "background": "#10151c", "surface": "#19212b", "panel": "#243040",
        "dark": True,
    },
    "qpi-light": {
        "primary": "#0a4fd0", "secondary": "#4a5a80", "accent": "#3d1270", "success": "#3f8585", "warning": "#a27a06",
        "error": "#7a0c00", "foreground": "#18202a", "background": "#fbfcfd", "surface": "#f0f3f6", "panel": "#e4e9ef",
        "dark": False,
    },
}  # fmt: skip


class ThemeError(ValueError):
    """An unusable theme; the message says why and lists the others."""


def themes_folder() -> Path:
    """Return the folder of custom themes."""
    from qpi_tui.files.paths import config_file

    return config_file().parent / "themes"


def own_themes(folder: Path | None = None) -> dict[str, Path]:
    """Return the files of custom themes, by name."""
    folder = folder or themes_folder()
    return {path.stem: path for path in sorted(folder.glob("*.toml"))} if folder.is_dir() else {}


def theme_names() -> list[str]:
    """Return every usable theme, custom ones first."""
    from textual.theme import BUILTIN_THEMES

    return list(dict.fromkeys([*own_themes(), *BUILTIN_THEMES]))


def find_theme(name: str, folder: Path | None = None) -> Theme:
    """Return a theme by name, custom ones first; `ThemeError` for an unknown name or an invalid file."""
    from textual.theme import BUILTIN_THEMES

    folder = folder or themes_folder()
    own = own_themes(folder)
    if name in own:
        return read_theme(own[name])
    if name in OURS:
        from textual.theme import Theme

        return Theme(name=name, **OURS[name])
    if name in BUILTIN_THEMES:
        return BUILTIN_THEMES[name]
    known = [*own, *OURS, *BUILTIN_THEMES]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
    raise ThemeError(f"Unknown theme {name!r}, and no file {folder / name}.toml. {hint}")


def read_theme(path: Path) -> Theme:
    """Load a theme from a file: colours by name, `dark`, and further colours in `[variables]`."""
    from textual.color import Color, ColorParseError
    from textual.theme import Theme

    try:
        found = tomllib.loads(read_text(path, most=_LARGEST))
    except (OSError, ValueError, RecursionError) as error:
        raise ThemeError(f"{path} cannot be read: {error}.") from None
    dark, variables = found.pop("dark", True), found.pop("variables", {})
    if not isinstance(dark, bool) or not isinstance(variables, dict):
        raise ThemeError(f"{path}: dark must be true or false, and [variables] a table.")
    for key, value in found.items():
        if key not in FIELDS:
            near = difflib.get_close_matches(key, FIELDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the colours are {', '.join(FIELDS)}."
            raise ThemeError(f"{path}: unknown colour {key!r}; {hint}")
        try:
            Color.parse(str(value))
        except ColorParseError:
            raise ThemeError(f"{path}: {key} is {value!r}, which is not a colour.") from None
    if "primary" not in found:
        raise ThemeError(f"{path}: primary is missing. Every theme needs it.")
    colours: dict[str, Any] = {key: str(value) for key, value in found.items()}
    return Theme(name=path.stem, dark=dark, variables={k: str(v) for k, v in variables.items()}, **colours)
