"""The tutorials: every step is pressed and typed as written, and shows what the page says."""

from __future__ import annotations

import re

import pytest

from qpi_sandbox import Sandbox
from tests.docs.steps import FOLDER, follow, steps
from tests.tui.helpers import at_console

ROLES = {"user.md": "user", "administrator.md": "admin", "operator.md": "admin"}


# Before the operator's tutorial, which takes a QPU out of service.
def test_the_code_for_programmers_runs(demo: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    text = (FOLDER / "programmer.md").read_text(encoding="utf-8")
    who = demo.users[0]
    names = {"url": demo.url, "email": who.identity, "password": who.password}
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    for block in blocks:
        exec(compile(block, "programmer.md", "exec"), names)  # noqa: S102  # our own page
    assert "shots" in capsys.readouterr().out


@pytest.mark.parametrize("page", ROLES)
async def test_every_step_of_a_tutorial_works(page: str, demo: Sandbox) -> None:
    who = demo.admin if ROLES[page] == "admin" else demo.users[0]
    done = 0
    async with at_console(demo.url, ROLES[page], who) as person:
        for step in steps(page):
            try:
                await follow(person, step)
            except AssertionError as error:
                raise AssertionError(f"{page}, step {step.number}: {step.text}\n{error}") from None
            done += 1
    assert done >= 8
