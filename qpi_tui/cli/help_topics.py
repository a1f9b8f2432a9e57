"""What `qpi-tui help TOPIC` prints: the help of a command, or a text on what several commands share."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from cyclopts import Parameter

from qpi_tui.cli import help_texts
from qpi_tui.cli.output import say, write
from qpi_tui.cli.problems import CODES, REMEDIES_OF_CODES, USAGE, Problem, as_usage
from qpi_tui.cli.surface import surface
from qpi_tui.resources import registry

_Line = tuple[str, str]


def _lines(pairs: Sequence[_Line], *, width: int = 26) -> str:
    """Format pairs of a word and its meaning, one per line."""
    return "".join(f"  {word:<{width}} {means}\n" for word, means in pairs)


def _plain(text: str) -> str:
    """Return a text of the documentation without markup."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("```")).rstrip() + "\n"


def _filters() -> str:
    from qpi_tui.domain.filter_language import FORMS, TIMES

    fields = [
        (each.id, " ".join(name for name in each.language.names if name not in TIMES))
        for each in registry().values()
        if each.columns
    ]
    return f"{_plain(help_texts.FILTERS_INTRO)}\n{_lines(FORMS)}\nFields of each list:\n\n{_lines(fields)}"


def _views() -> str:
    from qpi_tui.domain.views import BUILT_IN

    built_in = [(view.name, f"{view.about}: {view.filter}") for view in BUILT_IN.values()]
    return f"{_plain(help_texts.VIEWS)}\n{_lines(built_in)}"


def _output() -> str:
    forms = [
        ("--output wide, -o wide", "a table with every column whole"),
        ("-o json, --json", "one array or object, as the server sent it"),
        ("--jsonl", "one object per line"),
        ("-o yaml", "the same as YAML"),
        ("-o csv, --csv", "comma-separated values"),
        ("-o name", "one name per line, as input for other commands"),
        ("--template '{id}'", "one line per record, with the named fields"),
        ("--watch, -w", "print what changes, until Ctrl+C"),
    ]
    return f"{_plain(help_texts.COMMANDS_INTRO)}\n{_lines(forms)}"


def _codes() -> str:
    return _lines([(str(code), f"{meaning}. {REMEDIES_OF_CODES[code]}") for code, meaning in CODES.items()], width=4)


def _configuration() -> str:
    from qpi_tui.settings.options import PROFILE, TOP

    settings = [(each.name, f"{each.help} Default: {each.default}.") for each in TOP]
    of_profiles = [(each.name, each.help) for each in PROFILE]
    return (
        f"{_plain(help_texts.CONFIG_INTRO)}\nSettings:\n\n{_lines(settings, width=12)}\n"
        f"Settings of a profile, [profiles.NAME]:\n\n{_lines(of_profiles, width=12)}"
    )


def _environment() -> str:
    from qpi_tui.settings.options import PROFILE, TOP

    named = {each.environment: each.help for each in (*TOP, *PROFILE) if each.environment}
    return f"{_lines(list(named.items()), width=18)}\n{_plain(help_texts.SECRETS)}"


def _keys() -> str:
    from qpi_tui.actions import ACTIONS, key_word

    keys = [
        (f"{' '.join(map(key_word, action.keys))}", f"{action.id}: {action.help}")
        for action in ACTIONS.values()
        if action.area in ("app", "go", "table")
    ]
    return f"{_lines(keys)}\n{_plain(help_texts.KEYS)}"


TOPICS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "filters": ("The filters of `/` and --filter", _filters),
    "views": ("Filters, columns and orders by name", _views),
    "times": ("How to write times and amounts of time", lambda: help_texts.TIMES),
    "output": ("Output formats, standard output and standard error", _output),
    "exit-codes": ("Exit codes of commands", _codes),
    "configuration": ("Settings and profiles", _configuration),
    "environment": ("Environment variables, sessions and secrets", _environment),
    "keys": ("Keys that work on every screen", _keys),
}
_OTHER_NAMES = {
    "filter": "filters",
    "view": "views",
    "columns": "views",
    "time": "times",
    "amounts": "times",
    "json": "output",
    "codes": "exit-codes",
    "config": "configuration",
    "profiles": "configuration",
}


def help_on(
    *topic: Annotated[str, Parameter(help="a command, such as jobs list, or a topic, such as filters")],
    man: Annotated[str, Parameter(help="write man pages to man1 in this folder")] = "",
) -> int:
    """Print the help of a command, or a text on a topic; without one, list the topics.

    Example: qpi-tui help filters
    """
    if man:
        from qpi_tui.cli.man_pages import write_pages
        from qpi_tui.files.private_file import typed_path

        with as_usage():
            folder = typed_path(man)
        count = write_pages(folder)
        say(f"{count} man pages written to {man}/man1. `man qpi-tui` finds them where MANPATH names {man}.")
        return 0
    text = text_of(list(topic))
    if sys.stdout.isatty():
        _page(text)
    else:
        write(text)
    return 0


def text_of(words: Sequence[str]) -> str:
    """Return the text on a topic. An unknown topic is a usage error that names the nearest one."""
    known = surface()
    if not words:
        topics = [(name, title) for name, (title, _) in TOPICS.items()]
        commands = [
            (name, _first(known.get(name, {}).get("help", ""))) for name in known.get("", {}).get("commands", [])
        ]
        return (
            "`qpi-tui help TOPIC` explains a topic:\n\n"
            f"{_lines(topics, width=16)}\nand `qpi-tui help COMMAND` explains a "
            f"command:\n\n{_lines(commands, width=16)}"
        )
    name = " ".join(words)
    if len(words) == 1 and name not in known:
        name = _OTHER_NAMES.get(name.lower(), name.lower())
        if name in TOPICS:
            title, text = TOPICS[name]
            return f"{title}\n\n{text()}"
    if name in known:
        return str(known[name]["help"])
    near = difflib.get_close_matches(name, [*known, *TOPICS, *_OTHER_NAMES], n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"The topics are {', '.join(TOPICS)}."
    raise Problem(f"No help on {name!r}. {hint}", USAGE)


def _first(help: str) -> str:
    """Return the first sentence of a help text."""
    text = help.partition("\n\n")[2].partition("\n\n")[0]
    return " ".join(text.split()).partition(". ")[0].rstrip(".")


def _page(text: str) -> None:
    """Show a text in a pager if it is longer than the terminal."""
    import pydoc
    import shutil

    if len(text.splitlines()) < shutil.get_terminal_size().lines:
        write(text)
    else:
        pydoc.pager(text)
