"""Run a command in this process and capture its outcome."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from qpi_sandbox import Credentials
from qpi_tui.cli import run
from tests.cli.parameters import read_parameters_once

read_parameters_once()


@dataclass(frozen=True)
class Answer:
    """The exit code, standard output and standard error of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return standard output parsed as JSON. Nothing else may be on it."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Return standard output parsed as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Command:
    """Run `qpi-tui` as an account. The environment supplies the credentials."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)

    def __call__(self, *words: str, stdin: str = "", **more: str) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        # Each command has a session of its own, as in a shell.
        with (
            patch.dict(os.environ, {**self.environment, **more}),
            patch("sys.stdin", io.StringIO(stdin)),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = run(words)
        return Answer(code, out.getvalue(), err.getvalue())

    def ok(self, *words: str, stdin: str = "", **more: str) -> Answer:
        """Run the command and require exit code 0."""
        answer = self(*words, stdin=stdin, **more)
        assert answer.code == 0, (words, answer)
        return answer


def as_(url: str, who: Credentials, role: str) -> Command:
    """Return a `Command` that is signed in as this account."""
    return Command({"QPI_URL": url, "QPI_ROLE": role, "QPI_IDENTITY": who.identity, "QPI_PASSWORD": who.password})
