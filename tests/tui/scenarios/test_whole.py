"""At 80×24, the longest realistic names and texts can all be read in full by keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.domain.roles import Role
from qpi_tui.resources import registry
from qpi_tui.screens.job import JobScreen
from qpi_tui.widgets.dialogs import Dialog
from tests.tui import long_lab as long
from tests.tui.helpers import NARROW, Person, add_entry, at_console
from tests.tui.long_lab import LongLab

# Words that appear together on a page: fewer than two lines hold.
RUN = 5


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LongLab]:
    """Return the laboratory of long names."""
    with Sandbox(data=tmp_path_factory.mktemp("lab") / "data", worker=False, telemetry_interval=3600) as running:
        yield LongLab(running)


def squeezed(text: str) -> str:
    """Return a text without spaces and frames, so that wrapping does not matter."""
    return "".join(letter for letter in text if not letter.isspace() and letter not in "▎▌▁▂▃▄▅▆▇█▊│")


def box(person: Person) -> str:
    """Return what is on the screen, or in the dialog over it."""
    lines = person.screen.split("\n")
    top = person.app.screen
    if isinstance(top, Dialog):
        region = top.children[0].region
        lines = [line[region.x : region.right] for line in lines[region.y : region.bottom]]
    return squeezed("\n".join(lines))


async def reads(person: Person, down: str = "j", most: int = 60) -> list[str]:
    """Return what is visible from top to bottom, one page per key press."""
    pages = [box(person)]
    for _ in range(most):
        await person.press(down)
        await person.pilot.pause()
        page = box(person)
        if page == pages[-1]:
            break
        pages.append(page)
    return pages


def missing(pages: list[str], texts: list[str]) -> list[str]:
    """Return the texts that cannot be read in full: each group of words must appear together on a page."""
    return [text for text in texts if not all(any(part in page for page in pages) for part in _parts(text))]


def _parts(text: str) -> list[str]:
    words = text.split()
    return [squeezed("".join(words[at : at + RUN])) for at in range(max(len(words) - RUN + 1, 1))]


def in_other_words(place: str, key: str) -> bool:
    """Return columns whose detail shows the same in another form, or draws it larger."""
    return (place, key) in {
        ("telemetry", "trend"), ("telemetry", "state"), ("telemetry", "age"), ("users", "seconds"),
        ("requests", "balance"), ("announcements", "start_time"), ("announcements", "end_time"),
        ("tokens", "left"), ("tokens", "expires"), ("journal", "what"), ("journal", "at"), ("jobs", "size"),
        ("jobs", "cost"), ("jobs", "waited"), ("themes", "parts"), ("themes", "updated"),
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.ADMIN, Role.USER])
@pytest.mark.parametrize("place", [place for place in registry() if place != "overview"])
async def test_truncated_and_hidden_columns_are_in_the_detail(lab: LongLab, place: str, role: Role) -> None:
    if not registry()[place].visible(role):
        return
    who = lab.sandbox.admin if role is Role.ADMIN else lab.user
    async with at_console(lab.sandbox.url, role.value, who, screen=place, size=NARROW) as person:
        if place == "journal":
            for ok in (True, False):
                add_entry(
                    person.app.audit_log, long.EMAIL, "users.allocate", long.OTHER, ok, long.words(f"Outcome {ok}", 300)
                )
            person.app.screen.feed.forget()
            person.app.screen.feed.poke()
        if place == "slots":
            await person.press("v", *(["right_square_bracket"] if lab.in_next_week else []))
        if place == "requests" and role is Role.ADMIN:
            await person.act("requests.all")
        await person.until(lambda: person.app.screen.table.visible_records)
        if place == "doctor":
            # It measures again when the event stream opens, and then says other figures.
            await person.at_rest()
        lost, cut = [], 0
        table, home = person.app.screen.table, person.app.screen
        for record in list(table.visible_records):
            await person.move_to(record.id)
            unseen = table.unseen(record)
            cut += len(unseen)
            await person.press("enter")
            await person.until(lambda: person.app.screen is not home)
            if place == "jobs":
                await person.until(lambda: getattr(person.app.screen, "raw", None))
            pages = await reads(person)
            texts = [text.lstrip("✓✗●○…◆▲◐▶⊘ ") for key, text in unseen.items() if not in_other_words(place, key)]
            lost += [f"{record.id}: {text}" for text in missing(pages, texts)]
            await person.press("escape")
            await person.until(lambda: person.app.screen is home)
        assert cut or place in {"slots", "tokens"}, "nothing was too long: this proves nothing"
        assert lost == []


# Shown before a QPU stops: its drivers decide whether its jobs still start.
STOPS = ("stop only when its drivers are disabled", f"This disables {long.DRIVER} and {long.DRIVER}_monitor too")
# Screen, role, record, keys; then the text that must be readable in the dialog.
DIALOGS = [
    ("requests", "admin", "pending", ["a"], [long.EMAIL, "1 h 30 min", "cannot be undone"]),
    ("requests", "admin", "pending", ["asterisk", "a"], [long.EMAIL, long.OTHER, "3 h in all"]),
    ("requests", "admin", "pending", ["r"], [long.EMAIL]),
    ("requests", "admin", "pending", ["asterisk", "r"], [long.EMAIL, long.OTHER]),
    ("requests", "admin", "pending", ["r", "f2"], [f"{long.EMAIL} reads this.{long.REJECTED}"]),
    ("requests", "user", "pending", ["x"], [long.WHY]),
    ("users", "admin", "user", ["a"], [long.EMAIL]),
    ("users", "admin", "user", ["asterisk", "a", *"+2h"], [long.EMAIL, long.OTHER, "+2 h for each of"]),
    ("users", "admin", "user", ["asterisk", "a", *"+2h", "enter"], [long.EMAIL, long.OTHER, "36 h 17 min"]),
    ("qpus", "admin", "qpu", ["e"], [f"Enable {long.QPU}?", "1 queued", f"{long.DRIVER} must reconnect"]),
    ("qpus", "admin", "qpu", ["d"], [f"Disable {long.QPU}?", "0 running, 1 queued", *STOPS]),
    ("qpus", "admin", "qpu", ["asterisk", "m"], [long.QPU, "1 is queued", *STOPS, "so that maintenance lasts"]),
    ("qpus", "admin", "qpu", ["R"], [f"Rename {long.QPU}"]),
    ("drivers", "admin", "driver", ["d"], [f"Disable {long.DRIVER}?", f"and {long.QPU} goes offline"]),
    ("drivers", "admin", "driver", ["asterisk", "d"], [long.DRIVER, f"{long.DRIVER}_monitor reports readings"]),
    ("drivers", "admin", "driver", ["X"], [f"Delete {long.DRIVER}?", "cannot be undone"]),
    ("drivers", "admin", "driver", ["n", "d", "tab"], [long.QPU]),
    ("announcements", "admin", "notice", ["e"], ["Edit Title begins", f"{long.TITLE}: {long.TEXT}", long.EMAIL]),
    ("announcements", "admin", "notice", ["x"], [long.TITLE, long.EMAIL]),
    ("announcements", "admin", "notice", ["X"], [long.TITLE, "cannot be undone"]),
    ("tokens", "user", "", ["R"], [f"Rename {long.TOKEN}"]),
    ("tokens", "user", "", ["x"], [f"Revoke {long.TOKEN}?", "cannot be undone"]),
    ("jobs", "admin", "waits", ["x"], [long.QPU, long.EMAIL]),
    ("jobs", "user", "failed", ["R"], ["1 × 1,000", long.QPU]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "role", "record", "keys", "texts"),
    DIALOGS,
    ids=[f"{place}-{role}-{'-'.join(keys)}" for place, role, _, keys, _ in DIALOGS],
)
async def test_a_dialog_shows_the_full_name_of_its_record(
    lab: LongLab, place: str, role: str, record: str, keys: list[str], texts: list[str]
) -> None:
    who = lab.sandbox.admin if role == "admin" else lab.user
    async with at_console(lab.sandbox.url, role, who, screen=place, size=NARROW) as person:
        if record:
            await person.move_to(getattr(lab, record) if record != "user" else lab.user.id)
        for key in keys:
            await person.press(key)
            await person.pilot.pause()
        await person.until(lambda: isinstance(person.app.screen, Dialog))
        await person.pilot.pause()
        pages = await reads(person, "pagedown")
        assert missing(pages, texts) == [], person.screen
        # The way out is visible, however long the rest is.
        assert "(esc)]" in pages[0], person.screen
        await person.press("escape")
        assert person.app.audit_log.entries == []


async def test_an_announcement_can_be_read_in_full(lab: LongLab) -> None:
    async with at_console(lab.sandbox.url, "user", lab.user, screen="jobs", size=NARROW) as person:
        await person.sees("◆ Title begins", "… ? shows the full text")
        await person.act("app.help")
        await person.sees("Keys of")
        assert missing(await reads(person), [f"◆ {long.TITLE}: {long.TEXT} · until"]) == []
        await person.act("app.back")
        # Also in its list.
        await person.press("9")
        await person.until(lambda: person.app.screen.table.visible_records)
        await person.press("enter")
        await person.until(lambda: isinstance(person.app.screen, Dialog))
        assert missing(await reads(person), [long.TITLE, long.TEXT]) == []


async def test_truncated_header_lines_are_in_the_help(lab: LongLab) -> None:
    async with at_console(
        lab.sandbox.url, "user", lab.user, screen="qpus", size=NARROW, name=long.HOST, read_only=True
    ) as person:
        # The name is truncated, not the balance.
        await person.sees("… ● live  READ-ONLY  wilhelmina.ooster", "…  34 h 17 min")
        said = long.words("Notice", 400)
        person.app.say([(said, "")])
        await person.sees("Notice begins", "… ? shows the full text")
        await person.act("app.help")
        await person.sees("Keys of")
        wanted = [f"{long.HOST}  ● live   READ-ONLY  {long.EMAIL}  34 h 17 min", said]
        assert missing(await reads(person), wanted) == []


@pytest.mark.parametrize(("role", "start"), [(Role.ADMIN, "admin"), (Role.USER, "user")])
async def test_each_line_of_the_overview_opens_its_full_text(lab: LongLab, role: Role, start: str) -> None:
    who = lab.sandbox.admin if role is Role.ADMIN else lab.user
    async with at_console(lab.sandbox.url, role.value, who, screen="overview", size=NARROW) as person:
        await person.until(lambda: person.app.screen.table.visible_records)
        home = person.app.screen
        for line in list(home.table.visible_records):
            await person.move_to(line.id)
            await person.pilot.pause()
            # As it is now: a time in it may have changed meanwhile.
            text = next(each.text for each in home.table.visible_records if each.id == line.id)
            if squeezed(text) in box(person):
                continue
            # Too long for the lines below the list: it says so, and Enter shows the rest.
            assert "…" in person.screen
            await person.press("enter")
            await person.until(lambda: person.app.screen is not home)
            await person.ready()
            if isinstance(person.app.screen, JobScreen):
                # On a slow machine a job has waited for long enough to be a line.
                assert missing(await reads(person), [long.QPU]) == [], line
            else:
                await person.press("enter")
                await person.until(lambda: isinstance(person.app.screen, Dialog))
                assert missing(await reads(person), [long.TITLE, long.TEXT]) == [], line
            await person.press("escape")
            await person.press("1")
            await person.until(lambda: person.app.screen is home)


async def test_the_error_of_a_job_and_the_holder_of_a_slot_can_be_read_in_full(lab: LongLab) -> None:
    async with at_console(lab.sandbox.url, "admin", lab.sandbox.admin, screen="jobs", size=NARROW) as person:
        await person.move_to(lab.failed)
        await person.press("enter")
        await person.until(lambda: getattr(person.app.screen, "raw", None))
        assert missing(await reads(person), [long.ERROR, long.EMAIL, long.QPU]) == []
        await person.press("escape")
        await person.press("5")
        await person.ready()
        await person.act("slots.view")
        if lab.in_next_week:
            await person.press("right_square_bracket")
        await person.until(lambda: person.app.screen.table.visible_records)
        await person.act("table.top", "slots.view")
        grid = person.app.screen.grid
        await person.until(lambda: grid.slot_at_cursor)
        await person.press("enter")
        await person.until(lambda: isinstance(person.app.screen, Dialog))
        assert missing(await reads(person), [long.EMAIL]) == []


async def test_the_palette_shows_the_full_text_under_its_cursor(lab: LongLab) -> None:
    async with at_console(lab.sandbox.url, "admin", lab.sandbox.admin, screen="qpus", size=NARROW) as person:
        await person.press("colon")
        for typed, whole in (("wilhel", long.EMAIL), ("mk7", long.QPU)):
            await person.type(typed)
            await person.until(lambda whole=whole: squeezed(whole) in squeezed(person.screen))
            # The first match, whatever was typed before: a QPU comes before its jobs.
            table = person.app.screen.query_one("RecordTable")
            assert table.cursor_record.id == table.visible_records[0].id
            assert whole in table.cursor_record.what
            for _ in typed:
                await person.press("backspace")
