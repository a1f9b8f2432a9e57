"""Filtering any list: fields, mistakes, completion and help."""

from __future__ import annotations

from typing import Any

from qpi_sandbox import Sandbox
from tests.tui.helpers import at_console


async def test_a_field_is_compared_and_a_mistake_is_named(sandbox: Sandbox, new_user: Any) -> None:
    rich, poor = new_user(seconds=7200).identity, new_user(seconds=5).identity
    async with at_console(sandbox.url, "admin", sandbox.admin) as person:
        await person.press("6")
        await person.sees("QPU time")
        await person.ready()
        await person.press("slash")
        await person.type("balance:<10m")
        await person.until(lambda: {rich} & _shown(person) == set() and poor in _shown(person))
        await person.press(*["backspace"] * 12)
        await person.type("balnce:<1")
        await person.sees("Did you mean balance:?")
        line = person.app.screen.filter_bar.render_line(0)
        assert "".join(part.text for part in line if part.style and part.style.underline) == "balnce:<1"
        assert {rich, poor} <= _shown(person)
        await person.press("escape")
        await person.sees_not("Did you mean")


async def test_tab_completes_and_a_question_mark_shows_help(sandbox: Sandbox, new_user: Any) -> None:
    who = new_user(seconds=5).identity
    async with at_console(sandbox.url, "admin", sandbox.admin) as person:
        await person.press("6")
        await person.sees("QPU time")
        await person.ready()
        await person.press("slash")
        await person.type("bal")
        await person.press("tab")
        await person.sees("balance:")
        await person.press(*["backspace"] * 8)
        await person.press("question_mark")
        await person.sees("Filter Users", "balance:", "/^b.ll/", "id:")
        await person.press("escape")
        await person.type(f"who:{who[:-3]}")
        await person.press("tab")
        await person.sees(f"who:{who}")
        await person.until(lambda: _shown(person) == {who})


def _shown(person: Any) -> set[str]:
    return {row.email for row in person.app.screen.table.visible_records}
