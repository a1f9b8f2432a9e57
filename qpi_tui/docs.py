"""The pages that are generated from the program: `python -m qpi_tui.docs` writes them, `--check` only compares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from qpi_tui.actions import ACTIONS, key_word
from qpi_tui.cli import help_texts
from qpi_tui.domain.action import Action
from qpi_tui.domain.roles import ADMINS, EVERYBODY
from qpi_tui.resources import registry
from qpi_tui.settings.options import Option

if TYPE_CHECKING:
    from qpi_tui.cli.lists import Listed

ROOT = Path(__file__).resolve().parent.parent
_HEAD = "<!-- made by `python -m qpi_tui.docs` from the program itself -->\n\n"
# Areas without a resource: before the resources, after a named one, and at the end.
_BEFORE = {"go": "Screens", "app": "Everywhere", "table": "Lists", "dialog": "Dialogs"}
_BEHIND = {"jobs": {"job": "One job", "json": "A job's JSON"}, "server": {"logs": "The server's log"}}
_AT_THE_END = {"handout": "A token that is shown once"}


def _areas() -> dict[str, str]:
    """Return the areas of actions in the order of the page, with their headings."""
    areas = dict(_BEFORE)
    for id, resource in registry().items():
        areas |= {id: resource.title, **_BEHIND.get(id, {})}
    return areas | _AT_THE_END


def keys_page() -> str:
    """Return every action with its keys and roles."""
    lines = [_HEAD + "# Keys\n", help_texts.KEYS_INTRO.rstrip()]
    for area, heading in _areas().items():
        actions = [action for action in ACTIONS.values() if action.area == area]
        if actions:
            lines.append(f"\n## {heading}\n")
            lines.append("| key | what it does | id | who |\n|---|---|---|---|")
            lines += map(_row, actions)
    lines += _palette()
    return "\n".join(lines) + "\n"


def _row(action: Action) -> str:
    keys = " ".join(f"`{key_word(key)}`" for key in action.keys)
    who = (
        "everybody" if action.who == EVERYBODY else "admins" if action.who == ADMINS else ", ".join(sorted(action.who))
    )
    return f"| {keys} | {action.help} | `{action.id}` | {who} |"


def commands_page() -> str:
    """Return every command with its help, the output formats and the exit codes."""
    import json

    from qpi_tui.cli.problems import CODES
    from qpi_tui.cli.surface_writer import made

    surface = json.loads(made())
    lines = [_HEAD + "# Commands\n", help_texts.COMMANDS_INTRO, "## Exit codes\n", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in CODES.items()]
    for path, command in surface.items():
        lines.append(f"\n## `qpi-tui{' ' if path else ''}{path}`\n\n```text\n{_unboxed(command['help'])}```")
    return "\n".join(lines) + "\n"


def _unboxed(help: str) -> str:
    """Return the help without the boxes of a terminal."""
    lines = []
    for line in help.splitlines():
        if line.startswith("╭"):
            lines.append(line.strip("╭╮─ ") + ":")
        elif not line.startswith("╰"):
            lines.append(line.removeprefix("│").removesuffix("│").rstrip())
    return "\n".join(lines).rstrip() + "\n"


def config_page() -> str:
    """Return every setting, its section, and what else can be set."""
    from qpi_tui.settings.custom_commands import FIELDS as OF_COMMANDS
    from qpi_tui.settings.keymap import KEYSETS
    from qpi_tui.settings.options import PROFILE, TOP
    from qpi_tui.settings.themes import FIELDS

    lines = [_HEAD + "# Configuration\n", help_texts.CONFIG_INTRO, "\n## Settings for everything\n", *_options(TOP)]
    lines += ["\n## Profiles: `[profiles.NAME]`\n", help_texts.PROFILES, *_options(PROFILE)]
    lines += ["\n## Keys\n", help_texts.KEYS, "The set `vim` changes these:\n", "| id | keys |", "|---|---|"]
    lines += [
        f"| `{id}` | {' '.join(f'`{key_word(key)}`' for key in keys.split())} |" for id, keys in KEYSETS["vim"].items()
    ]
    lines += ["\n## Custom commands: `[commands.NAME]`\n", help_texts.OWN_COMMANDS, "| field | |", "|---|---|"]
    lines += [f"| `{name}` | {said} |" for name, said in OF_COMMANDS.items()]
    lines += ["\n## Themes\n", help_texts.THEMES.replace("FIELDS", ", ".join(f"`{field}`" for field in FIELDS))]
    lines += ["\n## Sessions and secrets\n", help_texts.SECRETS]
    return "\n".join(lines) + "\n"


def filters_page() -> str:
    """Return the forms of a filter, and the fields of each list."""
    from qpi_tui.cli.server import LOGS, RULES
    from qpi_tui.cli.slot_finding import FREE
    from qpi_tui.cli.user_ledger import LEDGER
    from qpi_tui.domain.filter_language import FORMS, TIMES

    lines = [_HEAD + "# Filters\n", help_texts.FILTERS_INTRO, "| typed | matches a line that |", "|---|---|"]
    lines += [f"| `{example}` | {means} |".replace("a|b", "a\\|b") for example, means in FORMS]
    lines += ["\n## Fields\n", "| list | fields |", "|---|---|"]
    lists: dict[str, Listed] = {each.title: each for each in registry().values()}
    lists |= {f"`{each.id}`": each for each in (FREE, LEDGER, LOGS, RULES)}
    for title, each in lists.items():
        names = " ".join(f"`{name}`" for name in each.language.names if name not in TIMES)
        lines.append(f"| {title} | {names} |")
    return "\n".join(lines) + "\n"


def views_page() -> str:
    """Return the help on views and columns, and the columns of each list."""
    from qpi_tui.domain.views import BUILT_IN

    lines = [_HEAD + "# Views and columns\n", help_texts.VIEWS_INTRO, "## Columns\n", help_texts.COLUMNS]
    lines += ["| list | columns |", "|---|---|"]
    for resource in registry().values():
        if resource.columns:
            lines.append(f"| `{resource.id}` | {' '.join(f'`{column.key}`' for column in resource.columns)} |")
    lines += ["\n## Views\n", help_texts.VIEWS, "| view | list | filter | |", "|---|---|---|---|"]
    lines += [f"| `{view.name}` | `{view.list}` | `{view.filter}` | {view.about} |" for view in BUILT_IN.values()]
    return "\n".join(lines) + "\n"


def _palette() -> list[str]:
    """Return what the palette understands besides the names of actions."""
    from qpi_tui.screens.palette_verbs import SYNONYMS

    lines = ["\n## Palette\n", help_texts.PALETTE, "| word | also |", "|---|---|"]
    for word, also in SYNONYMS.items():
        lines.append(f"| `{word.replace('_', ' ')}` | {' '.join(f'`{each}`' for each in also)} |")
    return lines


def errors_page() -> str:
    """Return every error of the client with cause and remedy, and every exit code."""
    from qpi_client.remedies import REMEDIES
    from qpi_tui.cli.problems import CODES, REMEDIES_OF_CODES

    lines = [_HEAD + "# Errors\n", help_texts.ERRORS_INTRO]
    lines += ["## The console's first line\n", "| shown | cause | what to do |", "|---|---|---|"]
    lines += [f"| `{shown}` | {cause} | {remedy} |" for shown, cause, remedy in help_texts.FIRST_LINE]
    lines += ["\n## Exit codes of commands\n"]
    lines += ["| code | meaning | what to do |", "|---|---|---|"]
    lines += [f"| {code} | {meaning} | {REMEDIES_OF_CODES[code]} |" for code, meaning in CODES.items()]
    lines += [
        "\n## Errors and warnings of the client\n",
        "| class | cause | what to do | also a |",
        "|---|---|---|---|",
    ]
    for kind, remedy in REMEDIES.items():
        cause = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
        bases = ", ".join(f"`{_full_name(base)}`" for base in kind.__bases__)
        lines.append(f"| `{kind.__name__}` | {cause} | {remedy} | {bases} |")
    return "\n".join(lines) + "\n"


def _full_name(kind: type) -> str:
    package = kind.__module__.split(".")[0]
    return kind.__name__ if package in ("builtins", "qpi_client") else f"{package}.{kind.__name__}"


def _options(options: tuple[Option, ...]) -> list[str]:
    lines = ["| setting | what | default | environment | |", "|---|---|---|---|---|"]
    for option in options:
        variable = f"`{option.environment}`" if option.environment else ""
        lines.append(f"| `{option.name}` | {option.kind} | {option.default} | {variable} | {option.help} |")
    return lines


def coverage_page() -> str:
    """Return every operation of the server with its method, command and key."""
    from qpi_tui.coverage import page

    return page(_HEAD)


def surface_file() -> str:
    """Return the data that `--help` and the completion use."""
    from qpi_tui.cli.surface_writer import made

    return made()


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/keys.md": keys_page,
    "docs/reference/commands.md": commands_page,
    "docs/reference/configuration.md": config_page,
    "docs/reference/coverage.md": coverage_page,
    "docs/reference/errors.md": errors_page,
    "docs/reference/filters.md": filters_page,
    "docs/reference/views.md": views_page,
    "qpi_tui/cli/surface.json": surface_file,
}


def main(words: list[str]) -> int:
    """Write the pages, or with `--check` list those that differ (exit code 1)."""
    different = []
    for name, make in PAGES.items():
        path = ROOT / name
        text = make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            different.append(name)
            if "--check" not in words:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if "--check" in words and different:
        sys.stderr.write(f"out of date: {', '.join(different)}; `python -m qpi_tui.docs` writes them\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
