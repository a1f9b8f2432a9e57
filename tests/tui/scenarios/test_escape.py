"""Esc goes back one step from wherever a key led: every dialog, form, page, filter and jump."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.actions import in_areas
from qpi_tui.domain.roles import Role
from qpi_tui.resources import first_screen, registry
from tests.tui.helpers import NARROW, Person, at_console

# These quit, or are not a step.
_NONE = {
    "app.quit",
    "app.back",
    "app.redraw",
    "app.refresh",
    "app.undo",
}


def areas_of(place: str, role: Role) -> tuple[str, ...]:
    """Return whose actions are pressed: what every screen has is the same for all roles, and tested as one."""
    shared = role is Role.ADMIN or place == first_screen(role)
    return (place, "table", "app") if shared else (place,)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a laboratory with records of every kind and no activity."""
    with Sandbox(data=tmp_path_factory.mktemp("lab"), seed=1, jobs=40, worker=False) as running:
        yield running


async def came_back(person: Person, place: str, depth: int, action: str) -> None:
    """Wait until the previous screen is on top again."""
    try:
        await person.until(lambda: person.app.current_place == place and len(person.app.screen_stack) == depth)
    except AssertionError as error:
        raise AssertionError(f"esc after {action}: {error}") from None


async def settled(person: Person) -> None:
    """Wait until the effect of the last action is on the screen. Another period of usage is read first."""
    screen = person.app.screen
    if hasattr(screen, "reading"):
        await person.until(
            lambda: screen.feed.health.mood == "fresh" and not screen.reading and screen.feed._to_paint is None
        )


@pytest.mark.parametrize("role", [Role.ADMIN, Role.USER])
@pytest.mark.parametrize("place", list(registry()))
async def test_one_esc_closes_what_a_key_opened(lab: Sandbox, place: str, role: Role) -> None:
    if not registry()[place].visible(role):
        return
    who = lab.admin if role is Role.ADMIN else lab.users[0]
    async with at_console(lab.url, role.value, who, screen=place, size=NARROW) as person:
        opened = set()
        for action in in_areas(areas_of(place, role)):
            if role not in action.who or action.id in _NONE:
                continue
            await settled(person)
            depth, cursor = len(person.app.screen_stack), person.app.screen.table.cursor_id
            await person.act(action.id)
            if len(person.app.screen_stack) > depth:
                opened.add(action.id)
                await person.act("app.back")
            elif person.app.current_place != place:
                opened.add(action.id)
                await person.ready()
                await person.act("app.back")
            else:
                await person.press("escape", "escape", "escape")
                continue
            await came_back(person, place, depth, action.id)
            assert person.app.screen.table.cursor_id == cursor, action.id
        assert {"app.help", "app.palette"} <= opened or "app" not in areas_of(place, role)
        assert person.app.audit_log.entries == []


async def test_usage_keeps_its_rows_and_cursor_while_it_is_reloaded(
    lab: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="usage", size=NARROW) as person:
        await settled(person)
        await person.act("usage.by", "table.down")
        usage, cursor = person.app.screen, person.app.screen.table.cursor_id
        await person.act("table.open")
        await person.until(lambda: len(person.app.screen_stack) > 1)
        reads = usage.feed.reads

        async def unanswered(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr("qpi_tui.screens.usage.read_usage_async", unanswered)
        monkeypatch.setattr("qpi_tui.screens.usage.PATIENCE", 0.0)
        await person.act("app.back")
        usage.feed.poke()
        await person.until(lambda: usage.feed.reads > reads and not usage.feed._reading)
        await person.pilot.pause()
        assert (person.app.current_place, usage.table.cursor_id) == ("usage", cursor)
        assert cursor is not None


async def test_a_filter_marks_and_the_json_of_a_job_are_separate_steps(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=NARROW) as person:
        table = person.app.screen.table
        await person.act("table.mark", "table.filter")
        await person.type("status:completed")
        await person.press("enter", "enter")
        await person.until(lambda: getattr(person.app.screen, "raw", None))
        await person.act("job.json")
        await person.until(lambda: hasattr(person.app.screen, "view"))
        await person.act("json.search")
        await person.type("shots")
        await person.press("enter")
        depth = len(person.app.screen_stack)
        assert depth == 3
        await person.press("escape")
        assert len(person.app.screen_stack) == depth
        assert not person.app.screen.query_one("#filter").display
        await person.press("escape")
        await person.until(lambda: len(person.app.screen_stack) == 2)
        await person.press("escape")
        await person.until(lambda: len(person.app.screen_stack) == 1)
        assert person.app.screen.query_one("#filter").value == "status:completed"
        await person.press("escape")
        assert person.app.screen.query_one("#filter").value == ""
        assert len(table.marks) == 1
        await person.press("escape")
        assert not table.marks


async def test_esc_at_sign_in_returns_to_a_signed_in_screen(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        person.app.sign_in_flow.ask("Sign in again.")
        await person.sees("sign in", "Sign in again.")
        await person.press("escape")
        await person.sees("Qubits")
        assert person.app.is_running


@pytest.mark.parametrize("role", [Role.ADMIN, Role.USER])
@pytest.mark.parametrize("place", list(registry()))
async def test_keys_typed_ahead_confirm_no_dialog(lab: Sandbox, place: str, role: Role) -> None:
    """Every dialog of a change, on the first line: no key that could be meant for something else confirms it."""
    if not registry()[place].visible(role):
        return
    who = lab.admin if role is Role.ADMIN else lab.users[0]
    async with at_console(lab.url, role.value, who, screen=place, size=NARROW) as person:
        for action in in_areas(areas_of(place, role)):
            asks = action.changes or action.id in {"app.sign_out", "app.dismiss"}
            if not asks or role not in action.who or action.id in {*_NONE, "jobs.submit", "slots.book"}:
                continue
            depth = len(person.app.screen_stack)
            for key in (person.app.keys.of(action.id)[0], "enter", "space", "enter"):
                person.app.simulate_key(key)
            await person.pilot.pause()
            await person.until(lambda: not person.app.key_queue.busy)
            await person.pilot.pause()
            assert [entry for entry in person.app.audit_log.entries if entry.outcome != "is restored"] == [], action.id
            assert person.app.connection is not None, action.id
            await person.press("escape")
            if len(person.app.screen_stack) > depth:
                await person.press("escape")
            await came_back(person, place, depth, action.id)
