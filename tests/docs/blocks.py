"""The code blocks of the pages, and what they refer to."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qpi_tui.docs import PAGES as GENERATED

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
_FENCED = re.compile(r"^(?P<fence>```+)(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
# A first line such as `# ~/.config/lab.env, mode 0600` names the file that the block shows.
_FILE = re.compile(r"# (?P<file>crontab|[~/][^\s,]+)")
_OPERATORS = set("|&;<>()")


def name(page: Path) -> str:
    """Return the path of a page below the checkout."""
    return page.relative_to(ROOT).as_posix()


def is_generated(page: Path) -> bool:
    """Whether `python -m qpi_tui.docs` writes the page."""
    return name(page) in GENERATED


@dataclass(frozen=True)
class Block:
    """A fenced block: its page and line, its language, its text, and the file it shows, if any."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def file(self) -> str:
        """Return the path of the file that the block shows, or an empty string."""
        found = _FILE.match(self.text)
        return found["file"] if found else ""

    @property
    def place(self) -> str:
        """Return the page and the line, for messages."""
        return f"{name(self.page)}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """Return the commands of a block in the shell: one a line, with continued lines joined."""
        if self.language not in {"sh", "console"}:
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        prompt = "$ " if self.language == "console" else ""
        return [line.removeprefix(prompt) for line in lines if line.startswith(prompt) and line.strip()]


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found["language"], found["text"])
        for found in _FENCED.finditer(text)
    ]


def words_of(command: str) -> list[str]:
    """Return the words of a command, with the shell's operators as words of their own and without its comment."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def needs_shell(command: str) -> bool:
    """Whether only a shell can run a command: it has operators, or a path below the home folder."""
    return any(_OPERATORS & set(word[:1]) or word[0] in "~$" for word in words_of(command) if word)


def arguments(command: str) -> Iterator[list[str]]:
    """Yield the words after each `qpi-tui` of a command."""
    part: list[str] = []
    for word in [*words_of(command), ";"]:
        if word and set(word) <= _OPERATORS:
            programs = [number for number, each in enumerate(part) if each.rpartition("/")[2] == "qpi-tui"]
            # Except the package of this name.
            if programs and "install" not in part:
                yield part[programs[0] + 1 :]
            part = []
        else:
            part.append(word)


def mentioned(page: Path) -> Iterator[str]:
    """Yield the commands that the text of a page mentions: `qpi-tui …` between backquotes."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    yield from re.findall(r"(?<!`)`(qpi-tui [^`]+)`", text)
