"""Values that the help of an option gives as an example are accepted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from qpi_sandbox.faults import Fault
from qpi_tui.cli.commands import app
from qpi_tui.cli.common import PLAIN
from qpi_tui.cli.times import coming, span
from qpi_tui.domain.circuit_check import read_values


def _command(text: str) -> None:
    """Reject a command that does not exist."""
    node = app
    for word in text.split():
        node = node[word]


# What reads a value of an option, by command and option.
READERS: dict[str, Callable[[str], object]] = {
    "sandbox --fault": Fault.parse,
    "slots free --since": lambda text: coming(text, "--since"),
    "announcements create --from": lambda text: coming(text, "--from"),
    "announcements edit --from": lambda text: coming(text, "--from"),
    "announcements create --until": lambda text: coming(text, "--until", end=True),
    "announcements edit --until": lambda text: coming(text, "--until", end=True),
    "slots book WHEN": span,
    "slots move WHEN": span,
    "jobs submit --values": read_values,
    "jobs submit --watch": _command,
    "qpus maintenance --end": _command,
}
# Names and not values: keys, settings, columns, files.
NAMES = {"/", "-", "notify_by", "e-mail, amount"}


def examples() -> Iterator[tuple[str, str]]:
    """Yield each value in backticks in the help of an argument, with its command and option."""

    def walk(node: Any, path: list[str]) -> Iterator[tuple[str, str]]:
        if node.default_command is not None:
            for argument in node.assemble_argument_collection(default_parameter=PLAIN):
                for value in re.findall("`([^`]+)`", argument.parameter.help or ""):
                    if value not in NAMES:
                        yield " ".join([*path, argument.name]), value
        for name in node:
            if not name.startswith("-"):
                yield from walk(node[name], [*path, name])

    yield from walk(app, [])


def accepts(where: str, value: str) -> bool:
    """Whether what reads an option accepts a value."""
    try:
        return READERS[where](value) is not False
    except Exception:
        return False


def test_values_in_the_help_of_options_are_accepted() -> None:
    # Not a test for each: to find them takes half a second, which every process of the suite would spend.
    found = sorted(set(examples()))
    assert {where for where, _ in found} == set(READERS)
    assert [example for example in found if not accepts(*example)] == []
