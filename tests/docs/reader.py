"""A reader who does what a page says: writes its files, runs its commands in order, and answers what they ask."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from qpi_tui.cli.surface import surface
from tests.cli.command import Command
from tests.cli.lab import AS_USER
from tests.cli.process import Running, started
from tests.cli.terminal import in_terminal
from tests.docs import exceptions, files
from tests.docs.blocks import Block, arguments, needs_shell, words_of
from tests.docs.lab import PagesLab
from tests.signing_in import visit

# Commands that open the console are left once its header shows this.
LIVE = "live"
LEAVE = "\x11"  # ctrl+q
STOPPED = {0, 130, -signal.SIGINT}
# Folders of a whole machine are below the reader's own folder.
MACHINE = re.compile(r"(?<![\w.~/])/(?=(?:etc|opt|var)/)")
_OF_CONSOLE = {"", "demo"}
_ENDLESS = {"watch", "jobs tail", "sandbox"}


class Reader:
    """A person with a home, an account, and the laboratory that the page refers to.

    `url` is the server's address, `more` are further placeholders of the page with what they stand for.
    """

    def __init__(self, lab: PagesLab, folder: Path, url: str, more: Mapping[str, str]) -> None:
        self.lab, self.root, self.url = lab, folder, url
        self.home = folder / "home"
        self.calls = folder / "calls"
        (self.home / "qpi").mkdir(parents=True)
        (self.home / "qpi" / "bin").symlink_to(lab.folder / "bin")
        admin = lab.sandbox.admin
        # What pages write → what it is here.
        self._here = {
            **more,
            **dict.fromkeys(("https://lab.example.org", "https://north.example.org", "https://south.example.org"), url),
            **dict.fromkeys(("you@lab.example.org", "watch@lab.example", "ada@north.example"), admin.identity),
            "ada@south.example": admin.identity,
            "QPI_PASSWORD=…": f"QPI_PASSWORD={admin.password}",
        }
        self._accounts = {each.identity: each for each in (admin, *lab.people.values())}
        self._signed_in = False
        self._names: dict[str, Any] = {}
        self._write_config(f'[profiles.lab]\nurl = "{url}"\nidentity = "{admin.identity}"\nrole = "admin"\n')

    def do(self, block: Block) -> None:
        """Do what a block says."""
        text = self._localized(block.text)
        if block.language == "toml":
            self._configure(text)
        elif block.file:
            self._check_file(block.file, text)
        elif block.language == "python":
            exec(compile(text, block.place, "exec"), self._names)  # noqa: S102  # our own page
        elif block.language == "json":
            json.loads(text)
        elif block.language == "diff":
            client = self.lab.client()
            exec(compile(files.applied(text), block.place, "exec"), {"client": client})  # noqa: S102  # our own page
        for command in block.commands:
            try:
                self._run(self._localized(command))
            except AssertionError as error:
                raise AssertionError(f"{block.place}: {command}\n{error}") from None

    def write(self, block: Block) -> None:
        """Write the file that a block shows."""
        if block.file and block.file != "crontab":
            path = self._path(block.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._localized(block.text), encoding="utf-8")

    def environment(self, who: str = "") -> dict[str, str]:
        """Return the variables of the reader's shell, signed in as a person of the laboratory."""
        account = self.lab.command(who).environment if who else {}
        return {
            **{name: os.environ[name] for name in ("LANG", "LC_ALL", "GOGC", "GOMEMLIMIT") if name in os.environ},
            **account,
            **({"QPI_URL": self.url} if who else {}),
            "TERM": "xterm-256color",
            "TZ": "UTC",
            "HOME": str(self.home),
            "TMUX_TMPDIR": str(self.lab.sockets),
            "SCREENDIR": str(self.lab.sockets),
            "PATH": f"{self.lab.folder / 'bin'}:{os.environ['PATH']}",
            "QPI_KEYRING": "off",
            "STAND_INS": str(self.lab.folder / "bin"),
            "STAND_IN_LOG": str(self.calls),
        }

    def _run(self, command: str) -> None:
        """Run a command of the shell as its reader does."""
        parts = list(arguments(command))
        paths = [path_of(words) for words in parts]
        demo = " ".join(parts[0]) if "demo" in paths else ""
        if exceptions.not_run(command) or demo in self.lab.opened:
            return
        who = "anna" if AS_USER & set(paths) else "" if self._signed_in or "login" in paths else "admin"
        env = self.environment(who)
        if any(path in _OF_CONSOLE for path in paths) or "attach" in command:
            self._at_terminal(command, env, console=True)
            # A demo has a server of its own, so it is the same on every page.
            self.lab.opened |= {demo} - {""}
        elif any(path == "login" and "--provider" not in words for path, words in zip(paths, parts, strict=True)):
            self._at_terminal(command, env)
        elif any(map(is_endless, parts)):
            self._follow(command, env)
        elif any(map(asks, parts)):
            self._at_terminal(command, env)
        elif needs_shell(command) or words_of(command)[0] != "qpi-tui" or "login" in paths:
            self._follow(command, env, endless=False)
        else:
            answer = Command(env)(*words_of(command)[1:])
            assert answer.code == exit_code(command), answer
        self._signed_in |= "login" in paths

    def _at_terminal(self, command: str, env: Mapping[str, str], *, console: bool = False) -> None:
        """Run a command in a terminal, answer its questions, and leave the console once its first screen is there."""
        answers: list[tuple[str, Callable[[re.Match[str]], str]]] = [
            (r"\[y/N\] $", lambda _: "y"),
            (r"Type (\S+) to restore it: $", lambda asked: asked[1]),
            (r"Password of (\S+?)[ :]", lambda asked: self._accounts[asked[1]].password),
        ]
        with in_terminal(["bash", "-c", command], env) as terminal:
            seen = 0
            while terminal.more():
                new = terminal.text[seen:]
                for question, answer in answers:
                    if asked := re.search(question, new):
                        seen = len(terminal.text)
                        terminal.types(f"{answer(asked)}\n")
                if console and LIVE in new:
                    seen = len(terminal.text)
                    terminal.types(LEAVE)
            assert terminal.ends() == exit_code(command), terminal.text
            assert not console or seen, terminal.text

    def _follow(self, command: str | list[str], env: Mapping[str, str], *, endless: bool = True) -> None:
        """Run a command in a shell until it ends, or, if it is endless, until it has reported an event."""
        words = ["bash", "-c", command] if isinstance(command, str) else command
        program = re.search(r"--exec '?(\w+)", " ".join(words))
        with started(words, env) as process:
            process.until(lambda: self._over(process, endless, program and program[1]), "its end or an event")
            if endless:
                process.process.send_signal(signal.SIGINT)
            code = process.ends()
            expected = STOPPED if endless else {exit_code(" ".join(words))}
            assert code in expected, (code, process.lines, process.said)
            assert not any("Traceback" in line for line in process.said), process.said

    def _over(self, process: Running, endless: bool, program: str | None) -> bool:
        """Whether a command has ended or said enough. Until then, the laboratory goes on."""
        if process.process.poll() is not None:
            assert not endless, (process.lines, process.said)
            return True
        for line in process.lines:
            if line.startswith(self.lab.sandbox.sign_in.provider_url or "-"):
                process.lines.remove(line)
                visit(self.lab.sandbox, line, "anna@lab.example")
        if endless and process.lines and (program is None or program in self._called()):
            return True
        if (endless and not process.lines) or "--once" in str(process.process.args):
            self.lab.go_on()
        return False

    def _called(self) -> str:
        return self.calls.read_text() if self.calls.exists() else ""

    def _configure(self, text: str) -> None:
        """Use a configuration: check it, and run its custom commands on a record."""
        if files.are_views(text):
            (self._config.parent / "views.toml").write_text(text, encoding="utf-8")
        else:
            self._write_config(text)
            record = {"RECORD_NAME": "alpha", "RECORD_USER_EMAIL": "anna@lab.example"}
            for command in files.custom_commands(text):
                files.run("/bin/sh", "-c", command, env={**self.environment(), **record})
        answer = Command(self.environment())("config", "check")
        assert (answer.code, answer.err.count("OK")) == (0, 1), answer

    def _check_file(self, name: str, text: str) -> None:
        """Let the program that reads a file check it, and run what it starts."""
        env = self.environment()
        if name == "crontab":
            bare = {"HOME": str(self.home), "QPI_KEYRING": "off", "PATH": "/usr/bin:/bin"}
            for command in files.cron_commands(text):
                files.run("/bin/sh", "-c", command, env=bare)
            return
        file = self._path(name)
        if file.name == ".tmux.conf":
            files.check_tmux(file, env)
        elif file.name == ".screenrc":
            files.check_screen(file, env)
        elif file.suffix == ".env":
            assert files.read_env(file)["QPI_URL"] == self.url
        elif file.suffix == ".service":
            command, given = files.check_unit(file, env)
            self._follow(command, {**env, **given})

    def _write_config(self, text: str) -> None:
        self._config.parent.mkdir(parents=True, exist_ok=True)
        self._config.write_text(text, encoding="utf-8")

    @property
    def _config(self) -> Path:
        return self.home / ".config" / "qpi-tui" / "config.toml"

    def _path(self, name: str) -> Path:
        return self.home / name[2:] if name.startswith("~/") else self.root / name[1:]

    def _localized(self, text: str) -> str:
        """Replace what a page cannot know: addresses, accounts, secrets, and folders of a whole machine."""
        for theirs, ours in self._here.items():
            text = text.replace(theirs, ours)
        return MACHINE.sub(f"{self.root}/", text)


def path_of(words: list[str]) -> str:
    """Return the command that the words after `qpi-tui` begin with, or an empty string for the console."""
    known, path = surface(), ""
    for word in words:
        longer = f"{path} {word}".strip()
        if longer not in known:
            break
        path = longer
    return path


def asks(words: list[str]) -> bool:
    """Whether a command asks for confirmation."""
    path = path_of(words)
    return path != "login" and "--yes" in surface()[path]["options"] and not {"--yes", "--dry-run"} & set(words)


def is_endless(words: list[str]) -> bool:
    """Whether a command runs until it is stopped. A wait for one event ends by itself."""
    return (path_of(words) in _ENDLESS and "--once" not in words) or "--follow" in words


def exit_code(command: str) -> int:
    """Return the exit code that the comment of a command says it has here, or 0."""
    said = re.search(r"  # exit code (\d+)", command)
    return int(said[1]) if said else 0
