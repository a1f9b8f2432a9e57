"""Views that somebody saved: `views.toml` beside the configuration. It may be edited by hand; comments stay.

```toml
[failed-today]
list = "jobs"
filter = "status:failed since:today"
columns = ["id", "qpu:20", "age"]     # a key, and its width where it is not its own
narrow = ["id", "age"]                # on a terminal of less than 110 columns
sort = "-age"                         # a minus reverses
```
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.column_choice import Chosen, ColumnSets, read_choice
from qpi_tui.domain.views import BUILT_IN, View
from qpi_tui.files.text_file import read_text
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

    from qpi_tui.resources.base import Resource

# Maximum bytes of the file.
_LARGEST = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,59}")
_FIELDS = ("list", "filter", "columns", "narrow", "sort")


class ViewError(ValueError):
    """An invalid view; the message says which, where, and what is allowed."""


def views_file() -> Path:
    """Return the path of the views file."""
    from qpi_tui.files.paths import config_file

    return config_file().with_name("views.toml")


def read_views(path: Path | None = None) -> dict[str, View]:
    """Return every view by its name: the built-in ones, then those of the file.

    Raises:
        ViewError: The file cannot be read, or contains something invalid.
    """
    path = path or views_file()
    try:
        text = read_text(path, most=_LARGEST)
    except FileNotFoundError:
        return dict(BUILT_IN)
    except ValueError as error:
        raise ViewError(str(error)) from None
    import tomllib

    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ViewError(f"{path} is not valid TOML: {error}.") from None
    views = dict(BUILT_IN)
    for name, told in found.items():
        try:
            views[name] = _view(name, told)
        except ValueError as error:
            raise ViewError(f"{path}: the view {name!r}: {error}") from None
    return views


def find_view(name: str, place: str = "", path: Path | None = None) -> View:
    """Return a view by its name, for the list `place` if given.

    Raises:
        ViewError: There is none of that name, or it is for another list.
    """
    views = read_views(path)
    view = views.get(name)
    if view is None:
        here = [each.name for each in views.values() if place in ("", each.list)]
        raise ViewError(f"Unknown view {name!r}. {_nearest(name, here)}")
    if place and view.list != place:
        raise ViewError(f"The view {name!r} is of the list {view.list!r}.")
    return view


def check_name(name: str) -> str:
    """Return a valid name for a view; raise `ViewError` otherwise."""
    if not _NAME.fullmatch(name):
        raise ViewError(f"A view's name has letters, digits, - and _, such as failed-today; not {name[:60]!r}.")
    return name


def save_view(view: View, path: Path | None = None) -> Path:
    """Save a view to the file, in place of one of its name; the rest of the file stays the same.

    Raises:
        ViewError: The file cannot be read or written.
    """
    import tomlkit

    from qpi_tui.files.private_file import file_lock

    path = path or views_file()
    check_name(view.name)
    table = tomlkit.table()
    table["list"] = view.list
    if view.filter:
        table["filter"] = view.filter
    for name, choice in (("columns", view.columns.wide), ("narrow", view.columns.narrow)):
        if choice:
            table[name] = list(map(str, choice))
    if view.sort is not None:
        key, reverse = view.sort
        table["sort"] = f"{'-' if reverse else ''}{key}"
    with file_lock(path):
        document = _document(path)
        document[view.name] = table
        _write(path, document)
    return path


def delete_view(name: str, path: Path | None = None) -> Path:
    """Delete a view from the file.

    Raises:
        ViewError: It is not there, or the file cannot be read or written.
    """
    from qpi_tui.files.private_file import file_lock

    path = path or views_file()
    with file_lock(path):
        document = _document(path)
        if name not in document:
            said = "is built in" if name in BUILT_IN else f"is not in {path}"
            raise ViewError(f"The view {name!r} {said}.")
        del document[name]
        _write(path, document)
    return path


def _document(path: Path) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    # Report a mistake in it before anything is written.
    read_views(path)
    try:
        return tomlkit.parse(read_text(path, most=_LARGEST))
    except FileNotFoundError:
        return tomlkit.document()
    except (ValueError, TOMLKitError) as error:
        raise ViewError(f"{path} cannot be read: {error}.") from None


def _write(path: Path, document: TOMLDocument) -> None:
    from qpi_tui.files.private_file import replace_private

    try:
        replace_private(path, document.as_string())
    except OSError as error:
        raise ViewError(f"{path} cannot be written: {error.strerror}.") from None


def _view(name: str, told: Any) -> View:
    check_name(name)
    if not isinstance(told, dict):
        raise ValueError("it must be a table, such as [failed-today]")
    for key in told:
        if key not in _FIELDS:
            raise ValueError(f"unknown setting {key!r}. {_nearest(key, _FIELDS)}")
    resource = registry().get(str(told.get("list", "")))
    if resource is None or not resource.columns:
        lists = [each.id for each in registry().values() if each.columns]
        raise ValueError(f"list must be one of {', '.join(lists)}")
    filter = _text(told, "filter")
    mistake = resource.language.parse(filter.replace("@me", "me")).mistake
    if mistake is not None:
        raise ValueError(f"filter: {mistake.sentence}")
    sets = ColumnSets(_columns(told, "columns", resource), _columns(told, "narrow", resource))
    return View(name, resource.id, filter, sets, _sort(told, resource))


def _text(told: Mapping[str, Any], key: str) -> str:
    found = told.get(key, "")
    if not isinstance(found, str):
        raise ValueError(f"{key} must be text in quotes")
    return found


def _columns(told: Mapping[str, Any], key: str, resource: Resource[Any]) -> tuple[Chosen, ...]:
    found = told.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ValueError(f'{key} must be a list of texts, such as ["id", "qpu:20"]')
    chosen = read_choice(found)
    for each in chosen:
        _known(each.key, resource)
    return chosen


def _sort(told: Mapping[str, Any], resource: Resource[Any]) -> tuple[str, bool] | None:
    word = _text(told, "sort")
    if not word:
        return None
    key = word.removeprefix("-")
    if key:
        _known(key, resource)
    return key, word.startswith("-")


def _known(key: str, resource: Resource[Any]) -> None:
    keys = [column.key for column in resource.columns]
    if key not in keys:
        raise ValueError(f"unknown column {key!r}. {_nearest(key, keys)}")


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known) or 'none'}."
