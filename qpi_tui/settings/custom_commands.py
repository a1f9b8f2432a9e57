"""Custom commands: `[commands.NAME]` of the configuration, a key that runs a program on a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from qpi_tui.domain.action import Action, action
from qpi_tui.resources import registry
from qpi_tui.settings.key_names import PUNCTUATION, key_problem

EVERYWHERE = "everywhere"
_OUTPUTS = ("pager", "notice", "none")
_TEXTS = ("key", "screen", "run", "label", "output")
_FLAGS = ("confirm", "background")
FIELDS: Mapping[str, str] = {
    "key": "The key. Printable keys only with `confirm`.",
    "screen": 'The screens where the key works, such as `"jobs"` or `"qpus drivers"`; `job` is one job in full, '
    "`everywhere` every screen.",
    "run": "The shell command to run. The record is in its environment as `$RECORD_ID`, `$RECORD_NAME` …",
    "label": "Its name in the help, the palette and the key line; default: NAME.",
    "confirm": "Ask before it runs; default: true.",
    "background": "Run it behind the console, with the record as JSON on standard input; else the terminal is its own "
    "until it ends.",
    "output": "What to do with its output in the background: `pager` (shown whole), `notice` (its last line) or "
    "`none`.",
}
"""Each field with its description, for the page."""


class CustomCommand(NamedTuple):
    """A custom command. `screens` are ids of resources, `job`, or `everywhere`."""

    name: str
    key: str
    screens: tuple[str, ...]
    run: str
    label: str
    confirm: bool = True
    background: bool = False
    output: str = "pager"

    @property
    def id(self) -> str:
        """The id, beside those of the actions."""
        return f"commands.{self.name}"

    def alive(self, areas: Sequence[str]) -> bool:
        """Whether it works on a screen with these areas."""
        return EVERYWHERE in self.screens or bool(set(self.screens) & set(areas))

    @property
    def actions(self) -> list[Action]:
        """Return it as actions, one for each of its areas, to compare its key with theirs."""
        areas = ["app" if screen == EVERYWHERE else screen for screen in self.screens]
        found = action(self.id, self.key, self.label, self.run)
        return [found._replace(area=area) for area in areas]


def read_commands(value: Any) -> dict[str, CustomCommand]:
    """Parse the commands of a configuration; raise `ValueError` with a sentence that names the command."""
    if not isinstance(value, Mapping):
        raise ValueError("must be tables: `[commands.NAME]`")
    return {str(name): _command(str(name), found) for name, found in value.items()}


def _command(name: str, found: Any) -> CustomCommand:
    if not isinstance(found, Mapping):
        raise ValueError(f"{name} must be a table: `[commands.{name}]`")
    for field, said in found.items():
        if field not in FIELDS:
            raise ValueError(f"{name}: unknown field {field!r}; the fields are {', '.join(FIELDS)}")
        if field in _TEXTS and not (isinstance(said, str) and said.strip()):
            raise ValueError(f"{name}: {field} must be text in quotes")
        if field in _FLAGS and not isinstance(said, bool):
            raise ValueError(f"{name}: {field} must be true or false")
    for field in ("key", "screen", "run"):
        if field not in found:
            raise ValueError(f"{name} has no {field}")
    made = CustomCommand(
        name=name,
        key=str(found["key"]).strip(),
        screens=tuple(str(found["screen"]).split()),
        run=str(found["run"]),
        label=str(found.get("label", name)),
        confirm=found.get("confirm", True),
        background=found.get("background", False),
        output=str(found.get("output", "pager")),
    )
    _check(made)
    return made


def _check(made: CustomCommand) -> None:
    """Reject a key that no terminal sends or that would act without confirmation, and an unknown screen."""
    import difflib

    if problem := key_problem(made.key):
        raise ValueError(f"{made.name}: {problem}")
    if not made.confirm and (len(made.key) == 1 or made.key == "space" or made.key in PUNCTUATION):
        raise ValueError(
            f"{made.name}: {made.key} is a printable key, which needs confirm = true. Or use a key such as f6"
        )
    if made.key in {"enter", "escape", "tab"}:
        raise ValueError(f"{made.name}: {made.key} is reserved on every screen")
    known = (*registry(), "job", EVERYWHERE)
    for screen in made.screens:
        if screen not in known:
            near = difflib.get_close_matches(screen, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the screens are {', '.join(known)}"
            raise ValueError(f"{made.name}: unknown screen {screen!r}; {hint}")
    if made.output not in _OUTPUTS:
        raise ValueError(f"{made.name}: output may be {', '.join(_OUTPUTS)}")
