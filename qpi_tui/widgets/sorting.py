"""Sorting of a table: the dialog, and the name of a hidden sort column."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qpi_tui.domain.columns import Column
from qpi_tui.widgets.record_table import RecordTable


def name_of(column: Column) -> str:
    """Return the name of a column, even without a header."""
    return column.label or column.key


def ask_sort(table: RecordTable, columns: Sequence[Column], then: Callable[[], None]) -> None:
    """Let the user choose one of these columns, sort by it, and continue."""
    from qpi_tui.widgets.sort_choice import SortChoice

    def chosen(sort: tuple[str, bool] | None) -> None:
        if sort is not None:
            table.sort_by(sort[0] or None, sort[1])
            then()

    names = {column.key: name_of(column) for column in columns}
    seen = {column.key for column in table.columns_seen}
    table.app.push_screen(SortChoice(names, seen, table.sort), chosen)


def unseen_sort(table: RecordTable, columns: Sequence[Column]) -> str:
    """Return the name and direction of a sort column that is hidden; otherwise an empty text."""
    key, reverse = table.sort or ("", False)
    seen = table.columns_seen
    if not key or not seen or any(column.key == key for column in seen):
        return ""
    return next((f"{name_of(each)} {'▼' if reverse else '▲'}" for each in columns if each.key == key), "")
