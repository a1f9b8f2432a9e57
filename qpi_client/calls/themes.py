"""Themes of the server's dashboard, available since generation v0.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from qpi_client.calls.server import NEW, only_on
from qpi_client.calls.typed import fetch_as, list_as
from qpi_client.checks import part, text
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import fetch_dict, get, records, remove, send
from qpi_client.paging import Pager
from qpi_client.records import Record, Theme
from qpi_client.steps import Call, Request

_WHAT: Final = "Themes of the dashboard"
_THEMES: Final = "themes"
Image: TypeAlias = tuple[str, bytes]
"""An image: its file name, whose ending says what it is, and its content."""
_TYPES: Final = {
    "png": "image/png", "svg": "image/svg+xml", "webp": "image/webp", "ico": "image/x-icon",
}  # fmt: skip
# The server's limits, measured on v0.1.2: bytes of an image, characters of a text.
MOST_BYTES: Final = {"logo": 2 * 1024 * 1024, "favicon": 512 * 1024}
MOST_TEXT: Final = 5000


def list_themes(ctx: Context) -> Call[list[Theme]]:
    """List the themes of the dashboard.

    Returns:
        The themes, in order of creation. At most one is active; if none is, the dashboard shows the default theme.

    Raises:
        NotOnThisGeneration: The server is of generation v0.0.
    """
    pager = Pager(_THEMES, session=False)
    return (yield from only_on(ctx, NEW, _WHAT, lambda: list_as(Theme, ctx, pager)))


def get_active_theme(ctx: Context) -> Call[Theme]:
    """Return the theme that the dashboard shows. Servers omit its ``tokens`` (a fault of v0.1.2).

    Returns:
        The theme, or the default one with the id "default".

    Raises:
        NotOnThisGeneration: The server is of generation v0.0.
    """
    request = get("/api/theme/active")
    return (yield from only_on(ctx, NEW, _WHAT, lambda: fetch_as(Theme, ctx, request)))


def save_theme(
    ctx: Context,
    name: str,
    *,
    theme_id: str | None = None,
    site_name: str = "",
    tagline: str = "",
    tokens: Mapping[str, Any] | None = None,
    custom_css: str = "",
    custom_js: str = "",
    logo: Image | None = None,
    favicon: Image | None = None,
) -> Call[Theme]:
    """Create a theme, or replace the content of one. Superusers only.

    This does not change which theme is active; see `activate_theme`.

    Args:
        name: Name of the theme.
        theme_id: The theme to replace. Default: a new one.
        site_name: Name of the dashboard.
        tagline: Line below the name.
        tokens: Colors, fonts and sizes, with the keys of the default theme.
        custom_css: Additional CSS, at most 5,000 characters.
        custom_js: Additional JavaScript, at most 5,000 characters. It runs in the browser of everybody who opens the
            dashboard.
        logo: PNG, SVG or WebP of at most 2 MiB; None removes it.
        favicon: The same, or ICO, of at most 512 KiB; None removes it.

    Returns:
        The updated theme.

    Raises:
        SessionRequired: Not signed in.
        NotOnThisGeneration: The server is of generation v0.0.
        Forbidden: The account is not a superuser.
        InvalidValue: A text is too long, or an image is too large or of another type; nothing was sent.
    """
    ctx.need_session("Changing a theme")
    texts = {"site_name": site_name, "tagline": tagline, "custom_css": custom_css, "custom_js": custom_js}
    body: Record = {"name": text(name, "The name", MOST_TEXT)}
    body |= {field: text(value, field, MOST_TEXT, empty=True) for field, value in texts.items()}
    if tokens is not None and not isinstance(tokens, Mapping):
        raise InvalidValue("tokens must be an object of colors, fonts and sizes.")
    body["tokens"] = None if tokens is None else dict(tokens)
    images = {"logo": logo, "favicon": favicon}
    files = {field: _image(field, image) for field, image in images.items() if image is not None}
    body |= {field: None for field, image in images.items() if image is None}
    new = theme_id is None
    path = records(_THEMES) if theme_id is None else records(_THEMES, theme_id)
    request = Request("POST" if new else "PATCH", path, json=body, files=files, repeat=not new, session="needed")
    return (yield from only_on(ctx, NEW, _WHAT, lambda: fetch_as(Theme, ctx, request)))


def activate_theme(ctx: Context, theme_id: str | None) -> Call[None]:
    """Show a theme in the dashboard. Superusers only.

    Args:
        theme_id: Id of the theme; None shows the default one.

    Raises:
        SessionRequired: Not signed in.
        NotOnThisGeneration: The server is of generation v0.0.
        Forbidden: The account is not a superuser.
        NotFound: No such theme.
    """
    ctx.need_session("Changing a theme")
    if theme_id is not None:
        yield from _activate(ctx, theme_id, True)
        return
    for theme in (yield from list_themes(ctx)):
        if theme.get("is_active"):
            yield from _activate(ctx, theme["id"], False)


def _activate(ctx: Context, theme_id: str, active: bool) -> Call[None]:
    request = Request("PATCH", records(_THEMES, theme_id), json={"is_active": active}, session="needed")
    yield from only_on(ctx, NEW, _WHAT, lambda: fetch_dict(ctx, request))


def delete_theme(ctx: Context, theme_id: str) -> Call[None]:
    """Delete a theme. Superusers only. If it was active, the dashboard shows the default theme.

    Args:
        theme_id: Id of the theme.

    Raises:
        SessionRequired: Not signed in.
        NotOnThisGeneration: The server is of generation v0.0.
        NotFound: No such theme, or the account is not a superuser.
    """
    yield from only_on(ctx, NEW, _WHAT, lambda: remove(ctx, _THEMES, theme_id))


def get_theme_file(ctx: Context, theme_id: str, filename: str) -> Call[bytes]:
    """Return the content of a theme's logo or favicon.

    Args:
        theme_id: Id of the theme.
        filename: Name of the file, from the theme's ``logo`` or ``favicon``.

    Returns:
        The content of the file.

    Raises:
        NotFound: No such file.
    """
    path = f"/api/files/{_THEMES}/{part(theme_id)}/{part(filename, 'file name')}"
    return (yield from send(ctx, get(path))).body


def _image(field: str, image: Image) -> tuple[str, bytes, str]:
    name, content = image
    kind = str(name).rpartition(".")[2].lower()
    if kind not in _TYPES or (kind == "ico" and field == "logo"):
        raise InvalidValue(
            f"The {field} must be PNG, SVG or WebP{' or ICO' if field == 'favicon' else ''}, not {name!r}."
        )
    if not isinstance(content, bytes) or not content:
        raise InvalidValue(f"The {field} is empty.")
    if len(content) > MOST_BYTES[field]:
        raise InvalidValue(f"The {field} has {len(content):,} bytes; at most {MOST_BYTES[field]:,} are accepted.")
    return f"{field}.{kind}", content, _TYPES[kind]
