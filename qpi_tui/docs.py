"""The pages that are made from the program itself: `python -m qpi_tui.docs` writes them, `--check` only compares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from qpi_tui.actions import ACTIONS, key_word
from qpi_tui.domain.action import Action
from qpi_tui.domain.roles import ADMINS, EVERYBODY
from qpi_tui.resources import registry
from qpi_tui.settings.options import Option

ROOT = Path(__file__).resolve().parent.parent
_HEAD = "<!-- made by `python -m qpi_tui.docs` from the program itself -->\n\n"
# What is no resource: before the resources, behind the one named, and at the end.
_BEFORE = {"go": "Screens", "app": "Everywhere", "table": "Lists", "dialog": "Dialogs"}
_BEHIND = {"jobs": {"job": "One job", "json": "A job's JSON"}, "server": {"logs": "The server's log"}}
_AT_THE_END = {"handout": "A token that is shown once"}


def _areas() -> dict[str, str]:
    """The areas of actions in the order of the page, with their headings."""
    areas = dict(_BEFORE)
    for id, resource in registry().items():
        areas |= {id: resource.title, **_BEHIND.get(id, {})}
    return areas | _AT_THE_END


def keys_page() -> str:
    """Every action, its keys, who may."""
    lines = [_HEAD + "# Keys\n"]
    for area, heading in _areas().items():
        actions = [action for action in ACTIONS.values() if action.area == area]
        if actions:
            lines.append(f"\n## {heading}\n")
            lines.append("| key | what it does | id | who |\n|---|---|---|---|")
            lines += map(_row, actions)
    return "\n".join(lines) + "\n"


def _row(action: Action) -> str:
    keys = " ".join(f"`{key_word(key)}`" for key in action.keys)
    who = (
        "everybody" if action.who == EVERYBODY else "admins" if action.who == ADMINS else ", ".join(sorted(action.who))
    )
    return f"| {keys} | {action.help} | `{action.id}` | {who} |"


def commands_page() -> str:
    """Every command with its help, the forms of output, the exit codes."""
    import json

    from qpi_tui.cli.problems import CODES
    from qpi_tui.cli.surface import made

    surface = json.loads(made())
    lines = [_HEAD + "# Commands\n", _COMMANDS_INTRO, "## Exit codes\n", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in CODES.items()]
    for path, command in surface.items():
        lines.append(f"\n## `qpi-tui{' ' if path else ''}{path}`\n\n```text\n{_unboxed(command['help'])}```")
    return "\n".join(lines) + "\n"


def _unboxed(help: str) -> str:
    """The help without the frames that a terminal shows."""
    lines = []
    for line in help.splitlines():
        if line.startswith("╭"):
            lines.append(line.strip("╭╮─ ") + ":")
        elif not line.startswith("╰"):
            lines.append(line.removeprefix("│").removesuffix("│").rstrip())
    return "\n".join(lines).rstrip() + "\n"


def config_page() -> str:
    """Every setting, where it is allowed, and what else can be set."""
    from qpi_tui.settings.custom_commands import FIELDS as OF_COMMANDS
    from qpi_tui.settings.keymap import KEYSETS
    from qpi_tui.settings.options import PROFILE, TOP
    from qpi_tui.settings.themes import FIELDS

    lines = [_HEAD + "# Configuration\n", _CONFIG_INTRO, "\n## Settings for everything\n", *_options(TOP)]
    lines += ["\n## Profiles: `[profiles.NAME]`\n", _PROFILES, *_options(PROFILE)]
    lines += ["\n## Keys\n", _KEYS, "The set `vim` changes these:\n", "| id | keys |", "|---|---|"]
    lines += [
        f"| `{id}` | {' '.join(f'`{key_word(key)}`' for key in keys.split())} |" for id, keys in KEYSETS["vim"].items()
    ]
    lines += ["\n## Commands of your own: `[commands.NAME]`\n", _OWN_COMMANDS, "| field | |", "|---|---|"]
    lines += [f"| `{name}` | {said} |" for name, said in OF_COMMANDS.items()]
    lines += ["\n## Themes\n", _THEMES.replace("FIELDS", ", ".join(f"`{field}`" for field in FIELDS))]
    lines += ["\n## Sessions and secrets\n", _SECRETS]
    return "\n".join(lines) + "\n"


def filters_page() -> str:
    """The forms of a filter, and the fields of each list."""
    from qpi_tui.domain.filter_language import FORMS, TIMES

    lines = [_HEAD + "# Filters\n", _FILTERS_INTRO, "| typed | matches a line that |", "|---|---|"]
    lines += [f"| `{example}` | {means} |".replace("a|b", "a\\|b") for example, means in FORMS]
    lines += ["\n## Fields\n", "| list | fields |", "|---|---|"]
    for resource in registry().values():
        names = " ".join(f"`{name}`" for name in resource.language.names if name not in TIMES)
        lines.append(f"| {resource.title} | {names} |")
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """Every error of the client with its cause and its remedy, and every exit code."""
    from qpi_client.remedies import REMEDIES
    from qpi_tui.cli.problems import CODES, REMEDIES_OF_CODES

    lines = [_HEAD + "# Errors\n", _ERRORS_INTRO, "## Exit codes of commands\n"]
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
    """Every operation of the server, with its method, command and key."""
    from qpi_tui.coverage import page

    return page(_HEAD)


def surface_file() -> str:
    """What `--help` and the completion answer from."""
    from qpi_tui.cli.surface import made

    return made()


_COMMANDS_INTRO = """\
Every action of the console is also a command. Wherever a command takes records, you can give names, e-mail addresses or
ids, several at once; `-` reads them from standard input. `+2h` or `90` (seconds) adds time, `-30m` takes it, `=3600`
sets it.

Data goes to standard output, everything else to standard error. The default output is a table that fits the terminal.
`--json` prints one array or object as the server sent it, `--jsonl` one object per line, `--csv` comma-separated
values, and `--template '{id} {status}'` any fields (`{expand.user.email}` for fields of related records). Output has no
colours in a pipe or with `NO_COLOR`.

`--dry-run` prints what would change. Commands ask before they change something for others or remove something; `--yes`
confirms. Without a terminal a command never prompts: it ends with exit code 2 and names the missing option.
"""
_CONFIG_INTRO = """\
`qpi-tui config path` prints where the file is: `config.toml` in the folder that the XDG rules give,
`~/.config/qpi-tui` on most machines. The program reads it and never writes it. The command line wins over the
environment, that over the profile, that over the file, that over the default. A setting that is not known is an
error that names file, line and the nearest known one; `qpi-tui config check` looks at everything, `qpi-tui
config show` says what is in force and why.

```toml
profile = "lab"
theme = "nord"

[profiles.lab]
url = "https://lab.example.org"
identity = "anna@lab.example"
role = "admin"
colour = "red"

[profiles.sandbox]
url = "http://127.0.0.1:8090"
read_only = true

[keys]
"requests.approve" = "A"

[thresholds]
"mapper.bf.tmc" = 0.1
```
"""
_PROFILES = """\
A profile is a server and an account. `--profile NAME` or `QPI_PROFILE` chooses one; in the console the palette
goes from one to another. `qpi-tui login --profile NAME` makes one that the file does not have; it is kept in
the data folder, and what the file says of the same name wins.
"""
_KEYS = """\
Any action can be moved by its id (`qpi-tui keys` lists them, and [keys.md](keys.md)); several keys are
separated by blanks and named as Textual names them: `a`, `A`, `ctrl+a`, `slash`, `f5`. Two actions of one
screen on one key are an error that names both. `keyset` is what `[keys]` starts from.
"""
_OWN_COMMANDS = """\
A command of your own is a key that runs a program on what is shown; see [Add commands of your
own](../how-to/own-commands.md). `qpi-tui config check` refuses a key that another action of the screen has, and a
screen that is not there.

```toml
[commands.ping]
key = "f6"
screen = "qpus"
run = 'ping -c 3 "$RECORD_NAME.lab.example.org"'
label = "Ping the QPU"
confirm = false
background = true
```
"""
_THEMES = """\
`theme` is one of Textual's (`textual-dark`, `textual-light`, `nord`, `gruvbox`, `dracula`, `tokyo-night`, …) or
the name of a file `themes/NAME.toml` beside the configuration. In it stand `dark = true` or `false`, colours as
`"#88c0d0"` or by name (FIELDS; `primary` must be there), and further colours of Textual in `[variables]`.
"""
_SECRETS = """\
`qpi-tui login` keeps the session in the system's keyring; where there is none, or with `QPI_KEYRING=off`, in a
file of mode 0600 in the data folder, which is refused when others can read it. The password is kept beside it
only with `--keep-password`. Passwords are never taken from the command line, where other users of the machine
could see them: they are asked for, or come from `QPI_PASSWORD` (`QPI_NEW_PASSWORD` for `users create`); API
tokens from `QPI_API_TOKEN`.

A credential belongs to one server (scheme, host and port), role and account. Those of the environment count for
the server that the environment names by `QPI_URL` or `QPI_PROFILE`, else for the default profile's server. With
`--profile` or `--url` for another server they are not sent, and a profile that is chosen in the console asks for
its own password.

A server with a private certificate shows the SHA-256 fingerprint of its root certificate at the first sign-in.
Once trusted it is pinned, in the data folder, and another certificate is refused; `qpi-tui login
--trust-new-certificate` asks anew.
"""

_FILTERS_INTRO = """\
After this page you can find any record of a list. The same language is understood by `/` on every list of the
console and by `--filter` of every `list` command. All parts of a filter must match.

    qpi-tui users list --filter 'balance:<10m !group' -o name

In the console, a part that cannot be read is underlined, and the line over the list says why. `tab` completes
fields and values, pressed again it offers the next one. `?` at the beginning of a word shows this list.
"""
_ERRORS_INTRO = """\
After this page you know what an error means and what to do about it. Every message of the console and of the
commands is a sentence that says both; this page lists the exit codes that scripts test, and the classes that
programs catch. All of them are `QPIError`. Those that come from talking to a server are `httpx.HTTPError` too.
"""

PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/keys.md": keys_page,
    "docs/reference/commands.md": commands_page,
    "docs/reference/configuration.md": config_page,
    "docs/reference/coverage.md": coverage_page,
    "docs/reference/errors.md": errors_page,
    "docs/reference/filters.md": filters_page,
    "qpi_tui/cli/surface.json": surface_file,
}


def main(words: list[str]) -> int:
    """Write the pages, or with `--check` say which differ (exit code 1)."""
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
