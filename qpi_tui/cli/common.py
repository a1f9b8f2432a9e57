"""Parameters that all commands share: server, account, output format, confirmation."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from qpi_tui.cli.problems import INTERRUPTED, USAGE, Problem
from qpi_tui.domain.sanitize import clean

_SERVER = Group("Server", sort_key=80)
_OUTPUT = Group("Output", sort_key=81)
_CHANGES = Group("Changes", sort_key=82)
_FORMATS = ("json", "jsonl", "csv", "template")
PLAIN = Parameter(negative=(), show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class Server:
    """The server and the account."""

    url: Annotated[str, Parameter(group=_SERVER, help="the server's address (QPI_URL)")] = ""
    profile: Annotated[str, Parameter(group=_SERVER, help="a profile of the configuration (QPI_PROFILE)")] = ""
    read_only: Annotated[bool, Parameter(group=_SERVER, help="refuse every change (QPI_READ_ONLY)")] = False
    # `cli.run` reads it before any command is loaded.
    debug: Annotated[str, Parameter(group=_SERVER, help="append a debug log to this file (QPI_DEBUG)")] = ""


@Parameter(name="*")
@dataclass(frozen=True)
class Output:
    """The output format."""

    json: Annotated[bool, Parameter(group=_OUTPUT, help="print one JSON array or object")] = False
    jsonl: Annotated[bool, Parameter(group=_OUTPUT, help="print one JSON object per line")] = False
    csv: Annotated[bool, Parameter(group=_OUTPUT, help="print comma-separated values")] = False
    template: Annotated[str, Parameter(group=_OUTPUT, help="template for each record, such as '{id} {status}'")] = ""

    def __post_init__(self) -> None:
        """Reject more than one format."""
        if sum((self.json, self.jsonl, self.csv, bool(self.template))) > 1:
            raise Problem("Choose one of --json, --jsonl, --csv and --template.", USAGE)

    @property
    def plain(self) -> bool:
        """Return whether the output is for people."""
        return not (self.json or self.jsonl or self.csv or self.template)


@Parameter(name="*")
@dataclass(frozen=True)
class FilteredOutput(Output):
    """The records of a list without a screen to print, and the output format."""

    filter: Annotated[str, Parameter(group=_OUTPUT, help="show only matches, as with the console's `/`")] = ""
    watch: Annotated[
        bool, Parameter(group=_OUTPUT, name=["--watch", "-w"], help="print what changes, until Ctrl+C")
    ] = False
    form: Annotated[
        Literal["", "json", "yaml", "csv", "wide", "name"],
        Parameter(
            group=_OUTPUT,
            name=["--output", "-o"],
            show_choices=False,
            help="json, yaml, csv, wide (no column cut or left out), name",
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Return the format, from either kind of option."""
        # A copy has the format of `-o json` twice.
        if self.form and any(getattr(self, name) for name in _FORMATS if name != self.form):
            raise Problem("Choose one of --output, --json, --jsonl, --csv and --template.", USAGE)
        if self.form in ("json", "csv"):
            object.__setattr__(self, self.form, True)
        super().__post_init__()

    @property
    def plain(self) -> bool:
        """Return whether the output is for people."""
        return super().plain and self.form in ("", "wide")


@Parameter(name="*")
@dataclass(frozen=True)
class ListOutput(FilteredOutput):
    """The records of a screen's list to print, and the output format."""

    view: Annotated[str, Parameter(group=_OUTPUT, help="use filter, columns and order of a view")] = ""


@Parameter(name="*")
@dataclass(frozen=True)
class Change:
    """Whether to ask before a change, or to print it only."""

    yes: Annotated[bool, Parameter(group=_CHANGES, name=["--yes", "-y"], help="do not ask for confirmation")] = False
    dry_run: Annotated[bool, Parameter(group=_CHANGES, help="print what would change; change nothing")] = False


@Parameter(name="*")
@dataclass(frozen=True)
class BulkChange(Change):
    """The same for a change of several targets, which can be interrupted."""

    resume: Annotated[bool, Parameter(group=_CHANGES, help="continue the last unfinished run; skip what it did")] = (
        False
    )


SERVER, OUTPUT, CHANGE, BULK = Server(), Output(), Change(), BulkChange()
LIST, FILTERED = ListOutput(), FilteredOutput()


def several(help: str) -> Parameter:
    """Return the words, with `-` replaced by standard input."""
    return Parameter(help=help, allow_leading_hyphen=True)


def group(name: str, help: str) -> App:
    """Return a command group."""
    return App(name=name, help=help, help_format="plaintext", default_parameter=PLAIN)


def read_words(words: Sequence[str], *, what: str = "names or ids") -> list[str]:
    """Return names or ids, each once; `-` reads them from standard input, separated by blanks or lines."""
    found: list[str] = []
    for word in words:
        if word.startswith("-") and word != "-":
            raise Problem(f"Unknown option {word}.", USAGE)
        found += sys.stdin.read().split() if word == "-" else [word]
    if not found:
        raise Problem(f"No target given: name {what}, or `-` to read them from standard input.", USAGE)
    return list(dict.fromkeys(found))


def ask(question: str, change: Change) -> None:
    """Ask on the terminal; without one, raise a `Problem` that says what to add. "No" is a `Problem` too."""
    if change.yes:
        return
    question = clean(question, 4000)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Problem(f"{question} Commands do not ask without a terminal: add --yes to confirm.", USAGE)
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Problem("Nothing was changed.", INTERRUPTED)


def ask_for(prompt: str, option: str) -> str:
    """Ask for a word on the terminal; without one, say which option gives it."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        asked = prompt if prompt.endswith(".") else f"{prompt}?"
        raise Problem(f"{asked} Commands do not ask without a terminal: give {option}.", USAGE)
    sys.stderr.write(f"{prompt.removesuffix('.')}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def secret(prompt: str, variable: str = "QPI_PASSWORD", *, not_for: str = "", way_out: str = "") -> str:
    """Read a secret without echo, or from an environment variable. Never from an argument: other users see those.

    Args:
        prompt: What to ask for.
        variable: The variable.
        not_for: Another account that the environment's secret belongs to.
        way_out: What to change in the environment, so that the secret is for this account.
    """
    given = os.environ.get(variable, "")
    if given and not not_for:
        return given
    if not sys.stdin.isatty():
        if given:
            raise Problem(f"{prompt}? {variable} is for {not_for}. If it is for this account, {way_out}.", USAGE)
        raise Problem(f"{prompt}? Commands ask for it on a terminal only: set {variable}.", USAGE)
    return getpass.getpass(f"{prompt}: ", stream=sys.stderr)
