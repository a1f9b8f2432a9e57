"""A theme of the dashboard."""

from __future__ import annotations

from qpi_tui.rows.base import Row


class ThemeRow(Row, frozen=True, kw_only=True):
    """A theme of the dashboard."""

    name: str = ""
    is_active: bool = False
    site_name: str = ""
    tagline: str = ""
    logo: str = ""
    favicon: str = ""
    tokens: dict[str, object] | None = None
    custom_css: str = ""
    custom_js: str = ""
    updated: str = ""

    @property
    def label(self) -> str:
        """The name, or the id."""
        return self.name or self.id

    @property
    def parts(self) -> str:
        """Its own parts: `tokens, CSS, logo`."""
        has = (
            ("tokens", self.tokens),
            ("CSS", self.custom_css),
            ("JS", self.custom_js),
            ("logo", self.logo),
            ("favicon", self.favicon),
        )
        return ", ".join(name for name, there in has if there) or "nothing"
