"""The command line. Only the commands that open the console import Textual.

The command-line library takes longer to load than `--version` and `--help` should. Their answers come from
`surface.json`, which `python -m qpi_tui.docs` generates from the commands.
"""

from __future__ import annotations

import io
import os
import sys

from qpi_client.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = __version__
_HELP = ("--help", "-h")


def run(words: Sequence[str]) -> int:
    """Run a command line. Errors that the user can fix become one sentence on standard error."""
    from qpi_tui.cli import streams
    from qpi_tui.cli.console_options import console_options
    from qpi_tui.cli.problems import FAILED, FAULT, INTERRUPTED, USAGE, Problem

    words = list(words)
    streams.open_missing()
    _spell_out_letters()
    try:
        _refuse_bytes(words)
        _start_debug_log(words)
        words = _with_aliases(_with_globals_behind(words))
        quick = _quick(words)
        if quick is not None:
            streams.flush()
            return quick
        if (options := console_options(words)) is not None:
            # The console does not wait for the command-line library.
            from qpi_tui.cli.console import open_console

            return open_console(**options)
        return _command(_with_values(words))
    except Problem as problem:
        from qpi_tui.domain.sanitize import clean

        sys.stderr.write(f"qpi-tui: {clean(str(problem), 4000)}\n")
        return problem.code
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader closed the pipe. Write nothing at exit either.
        streams.give_up_output()
        return 0
    except OSError as error:
        # A full disk or a read-only file system is not a bug of the program.
        from qpi_tui.domain.sanitize import clean
        from qpi_tui.files.paths import NoHomeError

        if isinstance(error, NoHomeError):
            sys.stderr.write(f"qpi-tui: {error}\n")
            return USAGE
        reason = error.strerror or type(error).__name__
        if streams.about_output(error):
            streams.give_up_output()
            sys.stderr.write(f"qpi-tui: Standard output cannot be written: {reason}.\n")
        else:
            sys.stderr.write(f"qpi-tui: {clean(f'{error.filename}: {reason}' if error.filename else reason, 400)}.\n")
        return FAILED
    except Exception as error:
        import logging

        from qpi_tui.files import crash_report

        logging.getLogger(__name__).debug("the command failed by a fault of the program", exc_info=True)

        sys.stderr.write(f"qpi-tui: {crash_report.sentence(crash_report.report(error), error)}\n")
        return FAULT


def _spell_out_letters() -> None:
    """Make an ASCII-only output escape other characters instead of raising an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _refuse_bytes(words: list[str]) -> None:
    """Reject arguments that are not text."""
    from qpi_tui.cli.problems import USAGE, Problem

    for word in words:
        if not word.isascii() and any("\ud800" <= char <= "\udfff" for char in word):
            raise Problem(f"{word!r} is not text: it is not valid UTF-8.", USAGE)


def _start_debug_log(words: list[str]) -> None:
    """Turn on the debug log if requested; otherwise import nothing for it."""
    if "QPI_DEBUG" not in os.environ and not any(word.partition("=")[0] == "--debug" for word in words):
        return
    from qpi_tui.cli.problems import USAGE, Problem
    from qpi_tui.files import debug_log

    try:
        path = debug_log.requested(words)
        if path is None:
            return
        debug_log.start(path)
    except ValueError as error:
        raise Problem(f"--debug: {error}", USAGE) from None
    except OSError as error:
        raise Problem(f"The debug log cannot be written to {path}: {error.strerror}.", USAGE) from None


def _command(words: list[str]) -> int:
    from cyclopts import CycloptsError

    from qpi_tui.cli import streams
    from qpi_tui.cli.commands import imported
    from qpi_tui.cli.problems import USAGE, Problem
    from qpi_tui.cli.usage_errors import refuse_unknown_options, see_help, sentence
    from qpi_tui.startup import postpone_httpx, run_command

    postpone_httpx()
    path = _path(words).strip()
    # The library complains about a missing `--qpu` before it complains about `--qup`.
    refuse_unknown_options(words, path)
    app = imported(path.partition(" ")[0])
    run_command()
    try:
        result = app(words, result_action="return_value", exit_on_error=False, print_error=False)
        streams.flush()
    except CycloptsError as error:
        cause = error.__cause__
        if isinstance(cause, Problem):
            raise cause from None
        raise Problem(f"{sentence(error, words, path)} {see_help(path)}", USAGE) from None
    return int(result or 0)


def _quick(words: list[str]) -> int | None:
    """Answer requests that need no library; return None for everything else."""
    if words in (["--version"], ["-V"]):
        print(f"qpi-tui {VERSION}")  # noqa: T201  # the answer that was asked for
        return 0
    if words and words[0] == "_complete":
        from qpi_tui.cli.completing import complete

        return complete(words[1:])
    if len(words) == 2 and words[0] == "completion":
        from qpi_tui.cli.scripts import SCRIPTS

        if words[1] in SCRIPTS:
            sys.stdout.write(SCRIPTS[words[1]])
            return 0
    if words and words[-1] in _HELP:
        from qpi_tui.cli.surface import surface

        found = surface().get(" ".join(words[:-1]))
        if found is not None:
            sys.stdout.write(found["help"])
            return 0
    return None


def _with_globals_behind(words: list[str]) -> list[str]:
    """Move global options behind the command: `--profile lab jobs list` → `jobs list --profile lab`."""
    from qpi_tui.cli.global_options import behind_globals

    rest = behind_globals(words)
    if not rest or len(rest) == len(words) or rest[0].startswith("-"):
        return words
    moved = words[: len(words) - len(rest)]
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *moved, *rest[end:]]


def _with_values(words: list[str]) -> list[str]:
    """Join options and values: `--since -2h` → `--since=-2h`, unless the next word is an option."""
    from qpi_tui.cli.surface import surface

    options = surface().get(_path(words).strip(), {}).get("options", {})
    joined: list[str] = []
    rest = iter(words)
    for word in rest:
        joined.append(word)
        if word == "--":
            return [*joined, *rest]
        if options.get(word, False) is False:
            continue
        value = next(rest, None)
        if value is None:
            continue
        if value.startswith("-") and value.partition("=")[0] not in {*options, *_HELP, "-", "--"}:
            joined[-1] = f"{word}={value}"
        else:
            joined.append(value)
    return joined


# Verbs of other programs, and the commands that they stand for. The first one that the group has is used.
_ALIASES = {"ls": ("list",), "get": ("show", "list"), "rm": ("delete", "revoke", "cancel", "withdraw")}


def _with_aliases(words: list[str]) -> list[str]:
    """Replace verbs of other programs: `jobs ls` → `jobs list`, `tokens rm NAME` → `tokens revoke NAME`."""
    if len(words) < 2 or words[1] not in _ALIASES:
        return words
    from qpi_tui.cli.surface import surface

    commands = surface().get(words[0], {}).get("commands", [])
    if words[1] in commands:
        return words
    named = len(words) > 2 and not words[2].startswith("-")
    wanted = ("list",) if words[1] == "get" and not named else _ALIASES[words[1]]
    return next(([words[0], each, *words[2:]] for each in wanted if each in commands), words)


def _path(words: list[str]) -> str:
    from qpi_tui.cli.surface import surface

    known = surface()
    path: list[str] = []
    for word in words:
        if " ".join([*path, word]) not in known:
            break
        path.append(word)
    return " ".join([*path, ""])
