"""No input crashes the program: any text in any field of any form, any option and any argument of any command.

The outcome is a value or an error message. The texts are drawn with a fixed seed, so a failure is reproducible.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from qpi_sandbox import Credentials
from qpi_tui.actions import ACTIONS
from qpi_tui.cli.problems import CODES, FAULT
from qpi_tui.cli.surface import surface
from qpi_tui.domain.roles import Role
from qpi_tui.widgets.form import Form
from tests.cli.command import Command, as_
from tests.cli.conftest import folders
from tests.hostile.server import Hostile, records_with, serve_hostile
from tests.tui.helpers import WIDE, at_console

__all__ = ["folders"]

ME = Credentials("me@test.example", "a-password-1234", "me0000000000000")
FULL = os.environ.get("QPI_TESTS_FULL")
# Texts that have crashed programs, or could: limits of calendars and numbers, other digits, options, paths, control
# characters.
SEEDS = (
    "9999-12-31", "0001-01-01", "9999-12-31 23:59", "0000-00-00", "9999-12-31 9-24", "-1", "1e999", "nan", "inf", "=0",
    "+", "-", "--", "=", "0", "9" * 400, "١٢:٠٠ 1h", "²", "½h", "1:99", "24:00", "fri 24:00 1h", "now now", "{", "{}",
    "{0}", "{id.__class__}", "{id!r:>9999999}", "%s", "\\", "'", '"', "`", "$(x)", "../../x", "~nobody/x", "~", "/",
    "/dev/null", ".", "\t", " ", "\u202e", "\u0300" * 40, "👩\u200d🔬", "ﷺ", "ß", "İ", "\x1b[2J", "\x00", "a\nb",
    "@", "a@b", "http://", "http://[", "https://x:99999", "x" * 5000, "1h" * 2000, "; DROP", "id = ''", "*", "[", "(?",
)  # fmt: skip
LETTERS = "0123456789-:+=.,/ hmsdTZ@{}[]()'\"\\%~*éß٣²½\u200d\u202e字🜁"


def texts(chance: random.Random, count: int) -> Iterator[str]:
    """Return some of the known texts, and some random combinations."""
    for _ in range(count):
        if chance.random() < 0.6:
            yield chance.choice(SEEDS)
        else:
            yield "".join(chance.choice(LETTERS) for _ in range(chance.randrange(1, 24)))


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with serve_hostile() as server:
        server.records = records_with([f"name {number}" for number in range(6)])
        yield server


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Send Ctrl+C to a command that follows without end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# Every command has these: the short form tries a few.
SHARED = {"--url", "--profile", "--debug", "--template"}
# A folder of any name would be written to.
WRITES = {"--man"}
# These start a server or the console, or wait for one on a terminal.
LONG = {"sandbox", "demo", "login"}
# Its argument is executed.
RUN = {"--exec"}
FOLLOWING = (["jobs", "tail"], ["jobs", "watch"], ["watch", "qpu"])


def lines(chance: random.Random) -> Iterator[list[str]]:
    """Return command lines with arbitrary text for each option with a value, and for the arguments of each command."""
    for path, command in surface().items():
        if not path or command["commands"] or path in LONG:
            continue
        options = [name for name, values in command["options"].items() if values is not False]
        needed = {"jobs submit": ["--qpu", "x"], "drivers register": ["--qpu", "x", "--kind", "mock"]}.get(path, [])
        if path.endswith("export"):
            needed = ["--to", "x.csv"]
        words = ["qpu" if path == "watch" else f"rec{0:012}"] if command["words"] else []
        for option in options:
            if option in WRITES | RUN:
                continue
            if option in SHARED and not FULL and chance.random() < 0.85:
                continue
            for text in texts(chance, 8 if FULL else 2):
                rest = [] if option in needed else needed
                yield [*path.split(), *words, *rest, f"{option}={text}"]
        if command["words"]:
            for _ in range(10 if FULL else 3):
                yield [*path.split(), *texts(chance, chance.randrange(1, 4)), *needed]


def sane(command: Command, line: list[str]) -> None:
    with interrupted_after(2.0 if line[:2] in FOLLOWING else 30.0):
        answer = command(*line)
    assert answer.code in CODES, (line, answer)
    assert answer.code != FAULT, (line, answer.err)
    for word in ("Traceback", "a bug in qpi-tui"):
        assert word not in answer.err, (line, answer.err)
    # An error prints a message. An exit code of 1 from the doctor is no error: its findings are its answer.
    findings = line[0] == "doctor" and answer.code == 1 and answer.out
    assert answer.code in {0, 130} or findings or len(answer.err.strip()) > 10, (line, answer)


@pytest.mark.usefixtures("loggers")
@pytest.mark.parametrize("role", ["admin", "user"])
def test_any_option_value_and_argument_is_handled(
    hostile: Hostile, role: str, folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    command = as_(hostile.url, ME, role)
    tried = 0
    for line in lines(random.Random(role)):  # noqa: S311  # no secret
        # Commands that users and administrators share are tested as one of them.
        if role == "user" and line[0] not in {"requests", "slots", "tokens", "jobs"}:
            continue
        sane(command, line)
        tried += 1
    assert tried > 100


def test_any_command_line_is_handled(hostile: Hostile, folders: Path) -> None:
    chance = random.Random(7)  # noqa: S311
    command = as_(hostile.url, ME, "user")
    paths = [path.split() for path, known in surface().items() if path and path not in LONG and known["words"]]
    for _ in range(400 if FULL else 60):
        sane(command, [*chance.choice(paths), *texts(chance, chance.randrange(0, 5))])


FORMS: list[tuple[str, str, str]] = [
    (role.value, action.area, action.id)
    for role in (Role.ADMIN, Role.USER)
    for action in ACTIONS.values()
    if role in action.who
    and action.area in {"requests", "users", "qpus", "slots", "announcements", "tokens", "drivers"}
]


@pytest.mark.parametrize("role", ["admin", "user"])
async def test_any_text_in_any_form_field_is_handled(
    hostile: Hostile, role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(role)  # noqa: S311
    opened: dict[str, int] = {}
    began = time.monotonic()
    async with at_console(hostile.url, role, ME, size=WIDE, frames=True) as person:
        for tab in [tab.id for tab in person.app.tabs()]:
            person.app.go(tab)
            await person.until(lambda tab=tab: person.app.current_place == tab)  # type: ignore[misc]
            for action in [id for who, area, id in FORMS if who == role and area == tab]:
                base = person.app.screen
                await person.act(action)
                await person.pilot.pause(0.05)
                form = person.app.screen
                if isinstance(form, Form):
                    opened[action] = await fill(person.pilot.pause, form, chance)
                    assert person.app.fault is None, action
                for _ in range(6):
                    if person.app.screen is base:
                        break
                    await person.press("escape")
                    await person.pilot.pause()
                assert person.app.is_running
                if person.app.screen is not base:
                    raise AssertionError(f"{action} does not close:\n{person.screen}")
    assert len(opened) >= (8 if role == "admin" else 3), opened
    assert sum(opened.values()) > (20 if role == "admin" else 12)
    assert time.monotonic() - began < 120


async def fill(pause: Callable[[], object], form: Form, chance: random.Random) -> int:
    """Type any text into each of its fields, let it be validated, and return the number of fields."""
    from textual.widgets import Input

    count = 0
    for box in form.query(Input):
        for text in [*texts(chance, 12 if FULL else 2), "9999-12-31", "0001-01-01"]:
            box.value = text
            count += 1
            await pause()  # type: ignore[misc]
    return count
