"""Edits of the dashboard's themes: activate, import, delete."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_tui.edits.edit import Edit, Facts, ids
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.resources.themes import DEFAULT

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client
    from qpi_tui.files.theme_folder import ThemeFiles

REPLACES = "The previous content of the theme cannot be restored."
_CONTENT = ("site_name", "tagline", "tokens", "custom_css", "custom_js")


class ActivateTheme(Edit, frozen=True):
    """Show a theme in the dashboard; without `theme` the default one. `target` is its name."""

    theme: str = ""

    kind: ClassVar[str] = "themes.activate"
    collection: ClassVar[str] = "themes"

    @property
    def action(self) -> str:
        """Two actions share this edit."""
        return "themes.activate" if self.theme else "themes.default"

    async def before(self, client: Client) -> Facts:
        """Note which one is active."""
        active = await _active(client)
        return {"theme": str(active.get("id") or ""), "name": str(active.get("name") or DEFAULT)}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Activate it."""
        await client.activate_theme(self.theme or None)
        return self._done(facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is the active one."""
        active = await _active(client)
        return self._done(facts) if str(active.get("id") or "") == self.theme else None

    def _done(self, facts: Facts) -> Done:
        before = str(facts.get("theme") or "")
        back = ActivateTheme(target=str(facts.get("name") or DEFAULT), theme=before) if before != self.theme else None
        return Done("is shown in the dashboard", undo=back)


class ImportTheme(Edit, frozen=True):
    """Save a theme as a new one, or in place of `theme`; `target` is its name. What it holds is not logged."""

    theme: str = ""
    site_name: str = ""
    tagline: str = ""
    tokens: dict[str, object] | None = None
    custom_css: str = ""
    custom_js: str = ""
    images: dict[str, tuple[str, bytes]] = {}  # noqa: RUF012  # msgspec copies it

    kind: ClassVar[str] = "themes.import"
    collection: ClassVar[str] = "themes"
    unlogged: ClassVar[frozenset[str]] = frozenset({*_CONTENT, "images"})

    @classmethod
    def of(cls, theme: ThemeFiles, id: str) -> ImportTheme:
        """The edit that saves what a folder holds, in place of the theme `id` where there is one."""
        content: dict[str, Any] = {name: getattr(theme, name) for name in _CONTENT}
        return cls(target=theme.name, theme=id, images=dict(theme.images), **content)

    @property
    def once(self) -> bool:  # type: ignore[override]  # a theme that is replaced is replaced once
        """Whether sending it twice makes two."""
        return not self.theme

    @property
    def final(self) -> str:  # type: ignore[override]  # a new theme takes the place of none
        """Why it cannot be undone."""
        return REPLACES if self.theme else "To undo, delete the theme."

    async def before(self, client: Client) -> Facts:
        """Note the existing themes and when each was changed."""
        return {"there": {theme["id"]: theme.get("updated") for theme in await client.list_themes()}}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Save it."""
        content: dict[str, Any] = {name: getattr(self, name) for name in _CONTENT}
        content |= self.images
        return self._done(await client.save_theme(self.target, theme_id=self.theme or None, **content))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check for a new theme of the name, or a change of the replaced one."""
        there: Any = facts.get("there") or {}
        for theme in await client.list_themes():
            if self.theme and theme["id"] == self.theme and theme.get("updated") != there.get(self.theme):
                return self._done(theme)
            if not self.theme and theme.get("name") == self.target and theme["id"] not in ids([*there, *known]):
                return self._done(theme)
        return None

    def _done(self, theme: Mapping[str, object]) -> Done:
        return Done("replaced" if self.theme else "imported", theme, id=str(theme.get("id") or ""))


class DeleteTheme(Edit, frozen=True):
    """Delete a theme. If it is active, the default one becomes active."""

    theme: str

    kind: ClassVar[str] = "themes.delete"
    collection: ClassVar[str] = "themes"
    final: ClassVar[str] = "This cannot be undone. Export it first to keep it."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Delete it."""
        await client.delete_theme(self.theme)
        return Done("deleted")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is gone."""
        there = any(theme["id"] == self.theme for theme in await client.list_themes())
        return None if there else Done("deleted")


async def _active(client: Client) -> Mapping[str, object]:
    return next((theme for theme in await client.list_themes() if theme.get("is_active")), {})
