"""Textual, loaded without what the console needs later or never, and with its slowest parts changed."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import PathFinder
from types import ModuleType

from qpi_tui.startup import CalledLater, import_without, load_folders
from qpi_tui.terminal.node_classes import prepare_quickly

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` itself is slow to import.
    from collections.abc import Callable
    from typing import Any

PALETTE = "textual.command"
# What Textual's app and its themes use of the palette: a test fails when a version uses other names.
NAMES = frozenset({"CommandListItem", "CommandPalette", "DiscoveryHit", "Hit", "Hits", "Provider", "SimpleProvider"})
# What Textual and Rich import to call later: for mistakes in CSS, designs, trees, lines between widgets, and links.
CALLED_LATER = (
    "rich.table", "rich.panel", "rich.padding", "rich.tree", "textual.css._help_text", "textual.css._help_renderables",
    "textual.canvas", "difflib", "pickle",
)  # fmt: skip
# Textual imports from it what `typing` has too.
TYPING = "typing_extensions"


class _StandIn(ModuleType):
    """Provides an empty class for each of the names."""

    def __getattr__(self, name: str) -> Any:
        if name not in NAMES:
            raise AttributeError(f"{PALETTE} is left out, {name} with it")
        return type(name, (), {})


class _Typing(ModuleType):
    """`typing`, where it has what is taken of `typing_extensions`."""

    def __getattr__(self, name: str) -> Any:
        typing = importlib.import_module("typing")
        if name.startswith("__"):
            raise AttributeError(name)
        if not hasattr(typing, name):
            del sys.modules[self.__name__]
            typing = sys.modules[self.__name__] = importlib.import_module(self.__name__)
        return getattr(typing, name)


def load_textual() -> None:
    """Import Textual's app without what it needs later or never; do nothing if it is loaded."""
    if "textual.app" in sys.modules or PALETTE in sys.modules:
        return
    load_folders()
    sys.meta_path.insert(0, _Changed)
    try:
        import_without("textual.app", [_StandIn(PALETTE), _Typing(TYPING), *map(CalledLater, CALLED_LATER)])
    finally:
        sys.meta_path.remove(_Changed)


class _Changed(PathFinder):
    """Changes modules of Textual as soon as they are imported, before others use them."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in CHANGES:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is None or found.loader is None:
            return None
        loader: Any = found.loader
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            CHANGES[name](module)

        loader.exec_module = exec_module
        return found


def _compile_later(tokenizer: Any) -> None:
    """Let Textual's tokenizers compile each regular expression when it is first matched; half of them never are."""
    tokenizer.Expect = _compiled_later(tokenizer.Expect)


def _compiled_later(expect: Any) -> Any:
    class Expect(expect):  # type: ignore[misc]  # a class that is only known here
        def __init__(self, description: str, **tokens: str) -> None:
            super().__init__(description)
            self.names, self.regexes = list(tokens), list(tokens.values())
            del self.match, self.search

        def __getattr__(self, name: str) -> Any:
            if name not in ("match", "search"):
                raise AttributeError(name)
            whole = expect(self.description, **dict(zip(self.names, self.regexes, strict=True)))
            self.match, self.search = whole.match, whole.search
            return vars(self)[name]

    return Expect


CHANGES: dict[str, Callable[[Any], None]] = {"textual.css.tokenizer": _compile_later, "textual.dom": prepare_quickly}
