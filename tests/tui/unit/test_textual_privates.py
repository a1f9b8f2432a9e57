"""Private parts of Textual are confined to two modules: no other imports, uses or overrides one."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import qpi_tui
from qpi_tui.terminal import node_classes, textual_internals

HERE = {textual_internals.__name__, node_classes.__name__}
PACKAGE = Path(qpi_tui.__file__).parent


# Public members of every named tuple, which start with an underscore.
TUPLES = {"_asdict", "_fields", "_make", "_replace"}


def private(name: str) -> bool:
    """Whether a name is private and not a special one."""
    return name.startswith("_") and not name.endswith("__") and name not in TUPLES


@functools.cache
def names_of(cls: type) -> frozenset[str]:
    """Return the private names that a class has or sets on its objects."""
    found = {name for name in vars(cls) if private(name) and not name.startswith(f"_{cls.__name__.lstrip('_')}__")}
    try:
        source = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError):
        return frozenset(found)
    return frozenset(found | {name for name in given(source) if private(name)})


def given(tree: ast.AST) -> Iterator[str]:
    """Return the attributes set on `self`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            yield from [node.attr] if node.value.id == "self" else []


def modules() -> Iterator[ModuleType]:
    """Return every module of the console that uses Textual."""
    for found in pkgutil.walk_packages([str(PACKAGE)], "qpi_tui."):
        file = PACKAGE.parent / Path(*found.name.split("."))
        source = next((each for each in (file.with_suffix(".py"), file / "__init__.py") if each.exists()), None)
        if source is not None and "textual" in source.read_text() and found.name not in HERE:
            yield importlib.import_module(found.name)


def bases_of(cls: type) -> list[type]:
    """Return the Textual classes among a class's bases."""
    return [base for base in cls.__mro__ if base.__module__.startswith("textual.")]


@functools.cache
def all_names() -> frozenset[str]:
    """Return the private names of Textual's classes that the console can access."""
    classes = {
        base for module in modules() for _, cls in inspect.getmembers(module, inspect.isclass) for base in bases_of(cls)
    }
    classes |= set(bases_of(textual_internals.TerminalDriver)) | {textual_internals.XTermParser}
    # Members of every named tuple are not private.
    return frozenset().union(*(names_of(cls) for cls in classes)) - {"_replace", "_asdict", "_fields", "_make"}


def used(tree: ast.AST, own: frozenset[str]) -> Iterator[str]:
    """Return the private parts of Textual that a module imports, or accesses through an attribute or by name."""
    imported = {
        alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "textual":
            if any(private(part) for part in (*(node.module or "").split("."), *(alias.name for alias in node.names))):
                yield f"line {node.lineno}: import from {node.module}"
        elif isinstance(node, ast.Attribute) and node.attr in all_names() - own:
            if not (isinstance(node.value, ast.Name) and node.value.id in imported):
                yield f"line {node.lineno}: .{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
            name = node.args[1]
            if (
                node.func.id in {"getattr", "setattr", "hasattr"}
                and isinstance(name, ast.Constant)
                and name.value in all_names()
            ):
                yield f"line {node.lineno}: {node.func.id} {name.value}"


def defined(tree: ast.AST) -> frozenset[str]:
    """Return the names that the classes of a module define."""
    methods = {
        each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for each in node.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return frozenset(methods | set(given(tree)))


def test_no_other_module_uses_a_private_part() -> None:
    found = {}
    for module in modules():
        tree = ast.parse(inspect.getsource(module))
        if uses := list(used(tree, defined(tree))):
            found[module.__name__] = uses
    assert found == {}


def test_no_class_overrides_a_private_name_of_its_base() -> None:
    """A screen attribute named `_id` would overwrite Textual's."""
    found = {}
    for module in modules():
        for name, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ == module.__name__:
                taken = names_of(cls) & frozenset().union(*(names_of(base) for base in bases_of(cls)))
                # Textual sets these on each class.
                if own := taken - MADE_BY_TEXTUAL:
                    found[f"{module.__name__}.{name}"] = sorted(own)
    assert found == {}


MADE_BY_TEXTUAL = frozenset(
    {
        "_css_type_name", "_css_type_names", "_decorated_handlers", "_inherit_css", "_inherit_bindings",
        "_merged_bindings",
        "_reactives", "_computes", "_inherit_component_classes", "_inherit_default_css", "_css_bases", "_abc_impl",
    }
)  # fmt: skip


def test_a_private_part_is_detected() -> None:
    source = "from textual._time import get_time\nself.app._driver\nself._mine\ngetattr(screen, '_compositor')\n"
    assert [each.split(": ")[1] for each in used(ast.parse(source), frozenset({"_mine"}))] == [
        "import from textual._time",
        "._driver",
        "getattr _compositor",
    ]
