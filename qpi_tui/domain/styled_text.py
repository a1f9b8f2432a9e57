"""Styled text without Textual, so that commands can use the screens' texts."""

from __future__ import annotations

Part = tuple[str, str]
"""A text and its style: `""`, or names such as `bold $text-error`."""
