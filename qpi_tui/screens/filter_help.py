"""Help for filters: the fields of a list, and an example of each form."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_tui.domain.columns import Column
from qpi_tui.domain.filter_language import FORMS, TIMES, Language
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.views import BUILT_IN


def help_lines(language: Language, columns: Sequence[Column], place: str = "") -> list[list[Part]]:
    """Return the forms, then the fields of this list with their columns."""
    labels = {column.key: column.label for column in columns}
    lines: list[list[Part]] = [[(f" {example:24.24} ", "bold $text-accent"), (means, "")] for example, means in FORMS]
    lines.append([("", "")])
    for name in language.names:
        field = language.fields.get(name)
        choices = field.rule.choices if field is not None else ()
        column = labels.get(field.key if field is not None else name, "")
        means = "the time of the row" if name in TIMES else ", ".join(choices) or column
        lines.append([(f" {name + ':':24.24} ", "bold $text-accent"), (means, "")])
    # Views show how to combine them.
    examples = [view for view in BUILT_IN.values() if view.list == place]
    lines += [[("", "")]] if examples else []
    for view in examples:
        lines.append([(f" {view.filter} ", "bold $text-accent")])
        lines.append([(f" {'':24.24} {view.about}", "")])
    return lines
