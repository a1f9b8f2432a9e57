"""Sentences for command lines that cannot be parsed: unknown options, missing, superfluous and invalid values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from cyclopts import exceptions as library

from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.cli.surface import surface
from qpi_tui.resources import registry

_OPTION = re.compile(r"(--[a-zA-Z][\w-]*|-[a-zA-Z])(=.*)?", re.DOTALL)
_ALWAYS = {"--help", "-h", "--version", "-V"}
# The words behind the user are another command, which is parsed by itself.
_WRAPS_A_COMMAND = "users look-as"
_BOUND = re.compile(r"Must be (>=|<=|>|<|a multiple of) (.*?)\.?$")
_BOUNDS = {">=": "at least", "<=": "at most", ">": "greater than", "<": "less than", "a multiple of": "a multiple of"}
_KINDS: Mapping[Any, str] = {int: "a whole number", float: "a number", Path: "a path", str: "a text"}
_NUMBERS = ("no", "one", "two", "three", "four")


def refuse_unknown_options(words: Sequence[str], path: str) -> None:
    """Raise a `Problem` for an option that the command does not have, before anything else is said about the words.

    Args:
        words: The command line, with options and values joined by `=` where the value starts with a hyphen.
        path: The command, as words of them.
    """
    options = surface().get(path, {}).get("options")
    behind = words[len(path.split()) :]
    groups = surface().get(path, {}).get("commands")
    if options is None or (groups and behind and not behind[0].startswith("-") and behind[0] not in groups):
        # Another command, which may be one that was added while the program runs.
        return
    rest = iter(behind)
    for word in rest:
        if word == "--" or (path == _WRAPS_A_COMMAND and not word.startswith("-")):
            return
        name = word.partition("=")[0]
        if options.get(word, False) is not False:
            next(rest, None)
        elif _OPTION.fullmatch(word) and _spelled(name) not in options and name not in _ALWAYS:
            raise Problem(f"{unknown_option(name, options)} {see_help(path)}", USAGE)


def unknown_option(name: str, options: Mapping[str, Any]) -> str:
    """Return the sentences for an unknown option, with the known one that is nearest to it."""
    near = difflib.get_close_matches(_spelled(name), options, n=1)
    return f"Unknown option {name}." + (f" Did you mean {near[0]}?" if near else "")


def see_help(path: str) -> str:
    """Return the sentence that names the help of a command."""
    return f"`{' '.join(['qpi-tui', *path.split(), '--help'])}` shows how to use it."


def sentence(error: library.CycloptsError, words: Sequence[str], path: str) -> str:
    """Return an error of the command-line library in our words."""
    word = next(iter(words[len(path.split()) :]), "")
    if word and not word.startswith("-") and surface().get(path, {}).get("commands"):
        return _command(word, path)
    found = next((SENTENCES[kind] for kind in type(error).__mro__ if kind in SENTENCES), None)
    said = found(error, path) if found is not None else ""
    said = said or " ".join(str(error).split())
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _spelled(name: str) -> str:
    """Return an option as the library compares it."""
    return name if not name.startswith("--") else name.replace("_", "-")


def _name(error: Any) -> str:
    """Return the option as it was typed, or the name of a positional argument."""
    token = getattr(error, "token", None)
    typed = getattr(error, "keyword", None) or getattr(token, "keyword", None)
    if typed or error.argument is None:
        return typed or "this value"
    typed = next((each.keyword for each in reversed(error.argument.tokens) if each.keyword), None)
    return str(typed or _shown(error.argument))


def _shown(argument: Any) -> str:
    """Return an argument's name: `--qpu`, or `WHICH` for one that has a place."""
    return str(argument.name if argument.index is None else argument.name.lstrip("-").upper())


def _missing(error: Any, path: str) -> str:
    argument = error.argument
    typed = error.keyword or next((each.keyword for each in reversed(argument.tokens) if each.keyword), None)
    if typed:
        count = argument.token_count()[0]
        return f"{typed} needs {'a value' if count <= 1 else f'{count} values'}.{_example(path)}"
    shown, help = _shown(argument), argument.parameter.help or ""
    about = f" ({help})" if argument.index is not None and help not in ("", shown.lower()) else ""
    return f"{shown} is required{about}.{_example(path)}"


def _example(path: str) -> str:
    """Return the example of a command's help, or nothing."""
    lines = str(surface().get(path, {}).get("help", "")).splitlines()
    first = next((number for number, line in enumerate(lines) if line.startswith("Example: ")), None)
    if first is None:
        return ""
    last = next((number for number in range(first, len(lines)) if not lines[number].strip()), len(lines))
    example = " ".join(line.strip() for line in lines[first:last]).removeprefix("Example: ")
    return f" For example: `{example}`."


def _unused(error: Any, path: str) -> str:
    spare = error.unused_tokens or []
    places = list(_places(error))
    word = f"{spare[0]!r}" if spare else "a word"
    if not places:
        return f"{path or 'qpi-tui'} takes options only, not {word}."
    said = _NUMBERS[len(places)] if len(places) < len(_NUMBERS) else str(len(places))
    group = path.partition(" ")[0]
    # `WHO` is a record of the group; what else there is has a name that says what it is.
    record = registry()[group].noun[0] if group in registry() else "name"
    one = record if places[0] in ("WHO", "WHICH") else places[0]
    kind = one if len(places) == 1 else f"words ({' '.join(places)})"
    return f"{path} takes {said} {kind}, not {len(places) + len(spare)}. {word} is too many."


def _places(error: Any) -> Iterator[str]:
    """Yield the names of the positional arguments of the command."""
    from qpi_tui.cli.commands import app
    from qpi_tui.cli.common import PLAIN

    node = app
    for word in error.command_chain or ():
        node = node[word]
    for argument in node.assemble_argument_collection(default_parameter=PLAIN):
        if argument.index is not None:
            yield _shown(argument)


def _coerced(error: Any, path: str) -> str:
    name, token, kind = _name(error), error.token, error.target_type
    if token is None or kind is None:
        return f"{name}: {error.msg}" if error.msg else f"{name} has an invalid value."
    value = f"not {token.value!r}"
    kinds = [each for each in get_args(kind) if each is not type(None)] if get_origin(kind) is not Literal else []
    kind = kinds[0] if len(kinds) == 1 and get_origin(kind) is not tuple else kind
    if get_origin(kind) is Literal:
        choices = [str(each) for each in get_args(kind) if each != ""]
        near = difflib.get_close_matches(token.value, choices, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        return f"{name} must be {_either(choices)}, {value}.{hint}"
    if kind is bool:
        return f"{name} is a switch and takes no value, {value}."
    wanted = _KINDS.get(kind) or f"of the type {getattr(kind, '__name__', kind)}"
    return f"{name} must be {wanted}, {value}."


def _either(choices: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))


def _invalid(error: Any, path: str) -> str:
    said = " ".join(error.exception_message.split())
    if error.argument is None:
        return said
    value = error.value if any(error.value == each.value for each in error.argument.tokens) else None
    typed = str(value) if value is not None else next((each.value for each in error.argument.tokens), "")
    bound = _BOUND.fullmatch(said)
    if bound is None:
        return f"{_name(error)} is {typed!r}: {said}"
    return f"{_name(error)} must be {_BOUNDS[bound[1]]} {bound[2]}, not {typed}."


def _amount(error: Any, path: str) -> str:
    few = error.actual_count < error.min_required
    limit = f"at least {error.min_required}" if few else f"at most {error.max_allowed}"
    return f"{_name(error)} takes {limit} values, not {error.actual_count}."


def _order(error: Any, path: str) -> str:
    before = error.prior_positional_or_keyword_supplied_as_keyword_arguments
    given = next((each.tokens[0].keyword for each in before if each.tokens), "an option")
    return f"{error.token!r} has no place behind {given}. Give both as options, or both without their names."


def _command(word: str, path: str) -> str:
    commands = surface()[path]["commands"]
    near = difflib.get_close_matches(word, commands, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(commands)}."
    return f"Unknown command {' '.join([*path.split(), word])!r}. {hint}"


def _option(error: Any, path: str) -> str:
    name = error.token.keyword or error.token.value
    return unknown_option(name.partition("=")[0], surface().get(path, {}).get("options", {}))


SENTENCES: Mapping[type[library.CycloptsError], Callable[[Any, str], str]] = {
    library.UnknownCommandError: lambda error, path: _command((error.unused_tokens or [""])[0], path),
    library.UnknownOptionError: _option,
    library.MissingArgumentError: _missing,
    library.UnusedCliTokensError: _unused,
    library.CoercionError: _coerced,
    library.ValidationError: _invalid,
    library.ConsumeMultipleError: _amount,
    library.RepeatArgumentError: lambda error, path: f"{_name(error)} is given more than once. Give it once.",
    library.RequiresEqualsError: lambda error, path: f"{_name(error)} needs a value: {_name(error)}=VALUE.",
    library.ArgumentOrderError: _order,
    library.MixedArgumentError: lambda error, path: f"{_name(error)} is given both by name and by place. Give it once.",
    library.CombinedShortOptionError: lambda error, path: "Write short options apart: `-y -w`, not `-yw`.",
    library.TokenizationError: lambda error, path: "The command line cannot be read. Check its quotes.",
}
"""A function for each error of the library."""
