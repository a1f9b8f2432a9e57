"""What can be typed to filter a list: its fields, and an example of each form."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_tui.domain.columns import Column
from qpi_tui.domain.filter_language import FORMS, TIMES, Language
from qpi_tui.domain.styled_text import Part


def help_lines(language: Language, columns: Sequence[Column]) -> list[list[Part]]:
    """The forms, then the fields of this list with the column that each one means."""
    labels = {column.key: column.label for column in columns}
    lines: list[list[Part]] = [[(f" {example:24.24} ", "bold $text-accent"), (means, "")] for example, means in FORMS]
    lines.append([("", "")])
    for name in language.names:
        means = "the time of the row" if name in TIMES else labels.get(name, "")
        lines.append([(f" {name + ':':24.24} ", "bold $text-accent"), (means, "")])
    return lines
