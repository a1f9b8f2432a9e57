"""The page for contributors: its column works, and its files are those that `tests/invented` runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.domain.columns import Column
from qpi_tui.resources import users
from tests.tui.helpers import at_console

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "add-a-column.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r'^```python title="qpi_tui/(.*?)"\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL))


def test_the_files_on_the_page_are_the_tested_files() -> None:
    files = {path.relative_to(ROOT / "tests" / "invented"): path for path in ROOT.glob("tests/invented/*/*.py")}
    assert {name: text for name, text in BLOCKS.items() if "calibrations" in name} == {
        str(name): path.read_text(encoding="utf-8") for name, path in files.items()
    }


async def test_the_column_on_the_page_is_shown_and_can_be_filtered(
    demo: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    column = eval(BLOCKS["resources/users.py"], {"Column": Column})  # noqa: S307
    columns = [*users.COLUMNS, column]
    monkeypatch.setattr(users, "COLUMNS", columns)
    # The descriptor is frozen; its filter language is built from the columns on first use.
    monkeypatch.setitem(vars(users.RESOURCE), "columns", columns)
    vars(users.RESOURCE).pop("language", None)
    try:
        async with at_console(demo.url, "admin", demo.admin, screen="users") as person:
            who = demo.users[0].identity
            domain = who.partition("@")[2]
            await person.sees("Domain", domain)
            await person.press("slash")
            await person.type("domain:nowhere")
            await person.press("enter")
            await person.until(lambda: who not in person.screen)
    finally:
        vars(users.RESOURCE).pop("language", None)
