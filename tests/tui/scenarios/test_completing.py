"""Tab in forms and filters completes paths and addresses, and accepts suggestions."""

from __future__ import annotations

from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.domain.driver_kinds import KINDS
from qpi_tui.files.complete_path import complete_path
from tests.conftest import NewQpu, NewUser
from tests.tui.helpers import Person, at_console


def value(person: Person, entry: str) -> str:
    """Return the text in a field of the form."""
    return str(person.app.screen.query_one(f"#entry-{entry}").value)


async def test_tab_completes_a_path_an_address_and_a_correction(
    sandbox: Sandbox, new_user: NewUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = new_user().identity
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "bell.csv").touch()
    (tmp_path / "sum.csv").touch()
    monkeypatch.chdir(tmp_path)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.ready()
        await person.act("users.import")
        await person.sees("tab completes")
        await person.type("su")
        await person.press("tab")
        assert value(person, "path") == "sub/"
        await person.press("tab")
        assert value(person, "path") == "sum.csv"
        # Labels of keys can be clicked.
        await person.click("tab completes")
        await person.until(lambda: value(person, "path") == "sub/")
        await person.click("tab completes")
        await person.until(lambda: value(person, "path") == "sum.csv")
        # Nothing more to complete: Tab moves to the next field.
        await person.type("x")
        await person.press("tab")
        await person.until(lambda: person.app.focused is not None and person.app.focused.id == "entry-unit")
        await person.press("escape")
        person.app.go("announcements")
        await person.ready()
        await person.act("announcements.create")
        await person.press("t", "tab", "tab", "tab", "tab")
        await person.type(who[:4])
        await person.press("tab")
        assert value(person, "to").startswith("person")
        await person.press(*["backspace"] * len(value(person, "to")))
        await person.type(who.replace("test", "tset"))
        await person.sees("Did you mean", "(tab takes it)")
        await person.press("tab")
        assert value(person, "to") == who
        await person.press("escape")
        person.app.go("users")
        await person.act("table.filter")
        await person.type("blance:>1 x")
        await person.sees("Did you mean balance:? (tab takes it)")
        await person.press("tab")
        await person.until(lambda: person.app.screen.filtered_by == "balance:>1 x")


async def test_a_qpu_is_found_by_part_of_its_name_and_tab_cycles(sandbox: Sandbox, new_qpu: NewQpu) -> None:
    first, second = new_qpu(online=False)["name"], new_qpu(online=False)["name"]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="drivers") as person:
        await person.act("drivers.register")
        await person.sees("or type its name")
        await person.type("fridge")
        await person.press("tab")
        for name in (first, second, first):
            await person.type(name)
            assert value(person, "qpu") == name
            # The arrow keys start over.
            await person.press("right", "left")
        await person.press("tab")
        await person.until(lambda: person.app.focused is not None and person.app.focused.id == "entry-kind")
        # A part from the middle; a mistyped character is rejected.
        await person.type("aero")
        await person.press("backspace")
        assert value(person, "kind") == "qiskit_aer"
        # The same single letter moves to the next match.
        await person.press("tab", "shift+tab")
        found = set()
        for _ in range(8):
            await person.press("q")
            found.add(value(person, "kind"))
        assert found == {kind for kind in KINDS if kind.startswith("q")}
        await person.press("tab")
        assert value(person, "qpu") == first


def test_paths_are_completed_while_typing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (".hidden", "one", "one two", "bad\x1bname"):
        (tmp_path / name).touch()
    (tmp_path / "open").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert complete_path("o") == ["one", "one two", "open/"]
    assert complete_path("~/op") == ["~/open/"]
    assert complete_path(f"{tmp_path}/.h") == [f"{tmp_path}/.hidden"]
    assert complete_path("") == ["one", "one two", "open/"]
    assert complete_path("b") == complete_path("nowhere/x") == complete_path("~x") == complete_path("\0") == []
