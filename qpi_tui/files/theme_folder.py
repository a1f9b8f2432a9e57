"""A theme of the dashboard as a folder: `theme.json`, `custom.css`, `custom.js`, `logo.*` and `favicon.*`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qpi_client.calls.themes import MOST_BYTES, MOST_TEXT
from qpi_tui.files.private_file import create_private, new_private_bytes
from qpi_tui.files.text_file import read_bytes, read_text

Image = tuple[str, bytes]
_JSON, _CSS, _JS = "theme.json", "custom.css", "custom.js"
_TEXTS = ("name", "site_name", "tagline")
# The first bytes of each kind of file; an SVG is text.
_BEGINS = {"png": b"\x89PNG", "webp": b"RIFF", "svg": b"<", "ico": b"\x00\x00\x01\x00"}
_KINDS = {"logo": ("png", "svg", "webp"), "favicon": ("png", "svg", "webp", "ico")}


@dataclass(frozen=True)
class ThemeFiles:
    """The content of a folder."""

    name: str
    site_name: str = ""
    tagline: str = ""
    custom_css: str = ""
    custom_js: str = ""
    tokens: dict[str, object] | None = None
    images: Mapping[str, Image] = field(default_factory=dict)

    @classmethod
    def of(cls, theme: Mapping[str, object], images: Mapping[str, Image]) -> ThemeFiles:
        """Return the content of a server's theme."""
        texts = {name: str(theme.get(name) or "") for name in (*_TEXTS, "custom_css", "custom_js")}
        tokens = theme.get("tokens")
        return cls(**texts, tokens=dict(tokens) if isinstance(tokens, dict) else None, images=images)

    @property
    def words(self) -> str:
        """Return its parts and their sizes."""
        parts = [f"{len(self.tokens)} groups of tokens"] if self.tokens else []
        codes = (("CSS", self.custom_css), ("JS", self.custom_js))
        parts += [f"{name} {len(text):,} characters" for name, text in codes if text]
        parts += [f"{name} {len(content):,} bytes" for name, (_, content) in self.images.items()]
        return ", ".join(parts) or "only a name"


def read_theme(folder: Path) -> ThemeFiles:
    """Read and check a folder.

    Raises:
        ValueError: Something in it cannot be sent; the message names the file and the reason.
    """
    if not folder.is_dir():
        raise ValueError(f"No such folder: {folder}.")
    told = _told(folder)
    texts: dict[str, str] = {name: told.get(name, "") for name in _TEXTS}
    for name, text in texts.items():
        if not isinstance(text, str) or len(text) > MOST_TEXT:
            raise ValueError(f"{_JSON}: {name} must be a text of at most {MOST_TEXT:,} characters.")
    if not texts["name"].strip():
        raise ValueError(f"{_JSON}: name is missing.")
    tokens = told.get("tokens")
    if tokens is not None and not (
        isinstance(tokens, dict) and all(isinstance(each, dict) for each in tokens.values())
    ):
        raise ValueError(f"{_JSON}: tokens must be an object of objects, such as colors and fonts.")
    images = {name: image for name in _KINDS if (image := _image(folder, name)) is not None}
    codes = {"custom_css": _code(folder, _CSS), "custom_js": _code(folder, _JS)}
    return ThemeFiles(**texts, **codes, tokens=tokens, images=images)


def _told(folder: Path) -> dict[str, Any]:
    try:
        told = json.loads(read_text(folder / _JSON, most=1_000_000))
    except FileNotFoundError:
        raise ValueError(f"{folder} has no {_JSON}.") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{_JSON} is not JSON: {error}.") from None
    if not isinstance(told, dict):
        raise ValueError(f"{_JSON} must contain an object.")
    if unknown := sorted(set(told) - {*_TEXTS, "tokens"}):
        raise ValueError(f"{_JSON} has unknown keys: {', '.join(map(str, unknown))}.")
    return told


def _code(folder: Path, name: str) -> str:
    try:
        text = read_text(folder / name, most=4 * MOST_TEXT)
    except FileNotFoundError:
        return ""
    if len(text) > MOST_TEXT:
        raise ValueError(f"{name} has {len(text):,} characters; the server's limit is {MOST_TEXT:,}.")
    return text


def _image(folder: Path, name: str) -> Image | None:
    found = [path for path in sorted(folder.glob(f"{name}.*")) if path.is_file()]
    if not found:
        return None
    if len(found) > 1:
        raise ValueError(f"There are {len(found)} files {name}.*. Keep one.")
    path = found[0]
    kind = path.suffix.lower().lstrip(".")
    if kind not in _KINDS[name]:
        raise ValueError(f"{path.name} must end in {', '.join(_KINDS[name])}.")
    content = read_bytes(path, most=MOST_BYTES[name])
    if not content.lstrip().startswith(_BEGINS[kind]):
        raise ValueError(f"{path.name} is no {kind.upper()} file.")
    return path.name, content


def write_theme(folder: Path, theme: ThemeFiles) -> None:
    """Write a theme to a new folder. Overwrites nothing.

    Raises:
        ValueError: The folder exists, or cannot be written.
    """
    try:
        folder.mkdir()
        told = {"name": theme.name, "site_name": theme.site_name, "tagline": theme.tagline, "tokens": theme.tokens}
        create_private(folder / _JSON, json.dumps(told, indent=2) + "\n")
        for name, text in ((_CSS, theme.custom_css), (_JS, theme.custom_js)):
            if text:
                create_private(folder / name, text)
        for name, (filename, content) in theme.images.items():
            kind = filename.rpartition(".")[2].lower()
            if kind in _KINDS[name]:
                with new_private_bytes(folder / f"{name}.{kind}") as file:
                    file.write(content)
    except FileExistsError:
        raise ValueError(f"{folder} exists already. Choose another name.") from None
    except OSError as error:
        raise ValueError(f"{folder} cannot be written: {error.strerror}.") from None
