"""Keys that arrive faster than a screen opens: none is typed into a field that nobody opened."""

from __future__ import annotations

import pytest
from textual.events import Key

from qpi_sandbox import Sandbox
from qpi_tui.resources import registry
from qpi_tui.screens.key_queue import KeyQueue
from qpi_tui.screens.list_screen import ListScreen
from tests.conftest import NewQpu, NewUser
from tests.tui.helpers import at_console


@pytest.mark.parametrize("place", [place.id for place in registry().values()])
async def test_keys_pressed_while_a_screen_opens_do_not_filter_it(sandbox: Sandbox, place: str) -> None:
    first = "journal" if place != "journal" else "tokens"
    async with at_console(sandbox.url, "admin", sandbox.admin, screen=first) as person:
        person.app.go(place)
        for key in ("j", "j", "G"):
            person.app.simulate_key(key)
        await person.ready()
        screen = person.app.screen
        if isinstance(screen, ListScreen):
            assert screen.filtered_by == ""
            assert screen.table.filter_text == ""
            assert not screen.filter_bar.has_focus


async def test_text_right_after_the_filter_key_is_the_filter(sandbox: Sandbox) -> None:
    """All in one burst, as from the clipboard or over a slow line. `x` and `z` are keys themselves."""
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="jobs") as person:
        await person.ready()
        for letter in "/x/z":
            person.app.post_message(Key("slash" if letter == "/" else letter, letter))
        screen = person.app.screen
        assert isinstance(screen, ListScreen)
        await person.until(lambda: screen.filtered_by == "x/z")
        assert screen.table.filter_text == "x/z"


@pytest.mark.parametrize(
    ("place", "key", "field"),
    [
        ("drivers", "n", "#entry-name"),
        ("announcements", "n", "#entry-title"),
        ("users", "n", "#entry-email"),
        ("tokens", "n", "#entry-name"),
        ("qpus", "n", "#entry-name"),
        ("qpus", ":", "Input"),
    ],
)
async def test_text_right_after_the_key_of_a_form_is_in_its_first_field(
    sandbox: Sandbox, new_qpu: NewQpu, place: str, key: str, field: str
) -> None:
    """Elsewhere, `y` would send, `j` scroll and `2` leave."""
    new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen=place) as person:
        await person.ready()
        for letter in f"{key}yjx2k":
            person.app.post_message(Key("colon" if letter == ":" else letter, letter))
        await person.until(lambda: person.app.screen.query(field))
        await person.until(lambda: person.app.screen.query_one(field).value == "yjx2k")


@pytest.mark.parametrize(
    ("place", "action", "typed"),
    [
        ("users", "users.create", "mira@lab.example"),
        ("qpus", "qpus.register", "cold_one"),
        ("tokens", "tokens.create", "a script"),
        ("announcements", "announcements.create", "Cooling down"),
    ],
)
async def test_a_closed_form_keeps_its_draft(sandbox: Sandbox, place: str, action: str, typed: str) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen=place) as person:
        await person.ready()
        await person.act(action)
        await person.type(typed)
        await person.press("escape")
        await person.sees("Draft kept")
        await person.act(action)
        await person.sees(typed)
        # A field that was emptied stays empty.
        await person.press("ctrl+u", "escape")
        await person.act(action)
        await person.sees("Cancel")
        assert typed not in person.screen


async def test_a_secret_is_not_kept_in_a_draft(sandbox: Sandbox) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.ready()
        await person.act("users.create")
        await person.type("mira@lab.example")
        await person.press("tab")
        await person.type("a-password-1234")
        await person.press("escape")
        assert person.app.drafts == {"user": {"email": "mira@lab.example"}}
        await person.act("users.create")
        await person.sees("mira@lab.example")
        assert person.app.screen.query_one("#entry-password").value == ""


@pytest.mark.parametrize(("key", "typed", "painted"), [("L", "L", 1), ("ctrl+l", "", 2)])
async def test_the_redraw_key_works_while_typing_unless_it_is_a_letter(
    sandbox: Sandbox, key: str, typed: str, painted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="jobs", keys={"app.redraw": key}) as person:
        count = []
        monkeypatch.setattr(person.app, "forget_frames", lambda: count.append(1))
        await person.press(key)
        await person.press("slash", key)
        screen = person.app.screen
        assert isinstance(screen, ListScreen)
        await person.until(lambda: screen.filter_bar.has_focus and screen.filtered_by == typed)
        assert len(count) == painted


async def test_the_key_of_a_screen_is_typed_into_an_open_filter(sandbox: Sandbox) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        screen = person.app.screen
        assert isinstance(screen, ListScreen)
        await person.press("slash")
        await person.until(lambda: screen.filter_bar.has_focus)
        await person.press("4")
        await person.until(lambda: screen.filtered_by == "4")
        assert person.app.current_place == "users"


async def test_keys_typed_ahead_reach_the_screens_that_they_open(sandbox: Sandbox, new_qpu: NewQpu) -> None:
    """All in one burst: to the drivers and on to the QPUs, where a filter is typed."""
    name = new_qpu()["name"]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests") as person:
        for letter in f"73/{name}":
            person.app.post_message(Key("slash" if letter == "/" else letter, letter))
        await person.until(lambda: person.app.current_place == "qpus")
        screen = person.app.screen
        assert isinstance(screen, ListScreen)
        await person.until(lambda: screen.filtered_by == name)
        await person.until(lambda: [each.name for each in screen.table.visible_records] == [name])


BURSTS = (
    ("enter", "q"),
    ("enter", "escape"),
    ("enter", "escape", "j"),
    ("question_mark", "q", "j", "j"),
    ("question_mark", "escape", "j", "question_mark", "escape", "j"),
    ("n", "x", "escape", "j"),
    ("slash", "p", "enter", "j", "enter", "q", "escape"),
    ("colon", "escape", "j", "enter", "q"),
    ("o", "escape", "enter", "escape", "j", "j"),
)


@pytest.fixture
def handed_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the keys as they are delivered."""
    keys: list[str] = []
    hand_out = KeyQueue._hand_out

    async def noted(queue: KeyQueue, event: Key) -> None:
        await hand_out(queue, event)
        keys.append(event.key)

    monkeypatch.setattr(KeyQueue, "_hand_out", noted)
    return keys


@pytest.mark.parametrize("keys", BURSTS, ids=" ".join)
async def test_keys_in_one_burst_work_as_if_typed_one_by_one(
    sandbox: Sandbox, new_user: NewUser, handed_out: list[str], keys: tuple[str, ...]
) -> None:
    """`q` closes a detail that Enter opened, even if both arrive at once. No key after Esc is lost."""
    if keys == BURSTS[0]:
        for number in range(3):
            new_user(name=f"Person {number}")
    ends = []
    for at_once in (False, True):
        async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
            await person.act("table.top")
            table = person.app.screen.table
            handed_out.clear()
            for number, key in enumerate(keys, 1):
                letter = {"slash": "/", "colon": ":", "question_mark": "?", "enter": "\r"}.get(key, key)
                person.app.post_message(Key(key, letter if len(letter) == 1 else None))
                if not at_once or number == len(keys):
                    await person.until(
                        lambda number=number: len(handed_out) == number and not person.app.key_queue.busy
                    )
                    await person.pilot.pause()
            assert handed_out == [*keys]
            assert person.app.return_code is None
            ends.append((len(person.app.screen_stack), table.cursor_id, table.filter_text))
    assert ends[0] == ends[1]


async def test_keys_after_a_form_key_wait_for_the_form(sandbox: Sandbox, new_user: NewUser) -> None:
    """Booking for a user reads the users first; meanwhile `j`, `x` and `2` would act on the week."""
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="slots") as person:
        await person.ready()
        for letter in "bjx2":
            person.app.post_message(Key(letter, letter))
        await person.until(lambda: person.app.screen.query("#entry-when"))
        await person.until(lambda: person.app.screen.query_one("#entry-when").value.endswith("jx2"))
        assert person.app.current_place == "slots"
