"""Harmless keys of vim, k9s and lazydocker do what their users expect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import sign_in, wait_for
from tests.tui.helpers import NARROW, Person, at_console
from tests.tui.scenarios.test_operators import submit


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a laboratory with two hundred jobs that are never run."""
    with Sandbox(data=tmp_path_factory.mktemp("lab"), seed=1, jobs=200, worker=False) as running:
        yield running


def row(person: Person) -> int:
    """Return the cursor's row in the list."""
    table = person.app.screen.table
    return [record.id for record in table.visible_records].index(table.cursor_id)


async def test_keys_scroll_by_half_pages_pages_and_to_the_ends(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=NARROW) as person:
        await person.until(lambda: len(person.app.screen.table.visible_records) >= 200)
        await person.press("g", "g")
        await person.until(lambda: row(person) == 0)
        await person.press("ctrl+d")
        await person.until(lambda: row(person) > 0)
        half = row(person)
        await person.press("ctrl+u", "ctrl+f")
        await person.until(lambda: row(person) in (2 * half, 2 * half + 1))
        await person.press("ctrl+b")
        await person.until(lambda: row(person) == 0)
        await person.press("G")
        await person.until(lambda: row(person) == len(person.app.screen.table.visible_records) - 1)


@pytest.mark.parametrize(
    ("typed", "place"),
    [("jobs", "jobs"), ("job", "jobs"), ("qpus", "qpus"), ("slots", "slots"), ("users", "users"),
     ("drivers", "drivers"), ("telemetry", "telemetry"), ("announcem", "announcements"), ("journal", "journal"),
     ("overview", "overview"), ("tokens", "tokens")],
)  # fmt: skip
async def test_the_name_of_a_screen_in_the_palette_opens_it(lab: Sandbox, typed: str, place: str) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="requests", size=NARROW) as person:
        await person.press("colon")
        await person.type(typed)
        # Matching records arrive later and do not displace it.
        await person.until(lambda: person.app.screen.query_one("RecordTable").cursor_id == f"go.{place}")
        await person.press("enter")
        await person.until(lambda: person.app.current_place == place)


async def test_q_in_the_palette_quits(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, size=NARROW) as person:
        await person.press("colon", "q", "enter")
        await person.until(lambda: not person.app.is_running)


async def test_tab_cycles_through_the_screens(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        for key, place in (("tab", "jobs"), ("shift+tab", "qpus")):
            await person.press(key)
            await person.until(lambda place=place: person.app.current_place == place)


async def test_a_job_scrolls_by_pages_and_ctrl_k_asks_before_it_cancels(lab: Sandbox) -> None:
    # The latest jobs depend on the hour: use one with counts, whose page is longer than ten lines.
    with httpx.Client(base_url=lab.url, headers={"Authorization": sign_in(lab.url, lab.admin, "_superusers")}) as http:
        query = {"filter": "status = 'completed'", "perPage": 200, "fields": "id,results"}
        jobs = http.get("/api/collections/quantum_jobs/records", params=query).raise_for_status().json()["items"]
    counted = next(job["id"] for job in jobs if (job["results"] or {}).get("counts"))
    async with at_console(lab.url, "admin", lab.admin, screen="jobs", size=(80, 10)) as person:
        await person.press("slash")
        await person.type(f"status:completed {counted}")
        await person.press("enter")
        await person.until(lambda: person.app.screen.table.cursor_id == counted)
        await person.press("enter")
        await person.sees("counts, ")
        page = person.app.screen.query_one("#job")
        await person.until(lambda: page.max_scroll_y > 1)
        await person.press("ctrl+d")
        await person.until(lambda: page.scroll_y > 0)
        await person.press("ctrl+u")
        await person.until(lambda: page.scroll_y == 0)
        await person.press("ctrl+f")
        await person.until(lambda: page.scroll_y > 0)
        await person.press("ctrl+b")
        await person.until(lambda: page.scroll_y == 0)
        await person.press("v")
        await person.until(lambda: hasattr(person.app.screen, "view"))
        await person.press("asterisk")
        top = person.app.screen.view.line.path
        for there, back in (("ctrl+d", "ctrl+u"), ("ctrl+f", "ctrl+b")):
            await person.press(there)
            await person.until(lambda: person.app.screen.view.line.path != top)
            await person.press(back)
            await person.until(lambda: person.app.screen.view.line.path == top)
        await person.press("escape", "escape", "escape", "slash")
        await person.type("status:pending")
        await person.press("enter", "ctrl+k")
        await person.sees("Cancel this job?")
        await person.press("escape")


async def test_running_a_job_again_opens_the_new_job_in_its_place(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client
) -> None:
    qpu = new_qpu()
    old = submit(user_http, qpu["id"], shots=123)
    wait_for(lambda: user_http.get(f"/api/jobs/{old}").json()["status"] == "completed", "the job to be over")
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await person.move_to(old)
        await person.act("table.open")
        await person.sees(f"job {old}", "counts, ")
        await person.act("job.again")
        await person.sees("Run this job again?")
        await person.act("dialog.confirm")
        await person.sees("submitted again as")
        await person.until(lambda: getattr(getattr(person.app.screen, "record", None), "id", old) != old)
        new = person.app.screen.record.id
        await person.sees(f"job {new}", qpu["name"], "1 × 123", "completed")
        await person.act("app.back")
        await person.until(lambda: person.app.screen is not None and hasattr(person.app.screen, "table"))
        assert len(user_http.get("/api/collections/quantum_jobs/records").json()["items"]) == 2


async def test_a_long_notice_is_fully_visible_and_a_short_one_shifts_nothing(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", size=NARROW) as person:
        before = person.app.screen.table.size.height
        await person.act("table.copy")
        await person.sees("sent to the terminal's clipboard")
        assert person.app.screen.table.size.height == before
        words = " ".join(f"word{n}" for n in range(20))
        person.app.screen.tell(words)
        await person.until(lambda: "word19" in person.screen)
        assert all(f"word{n}" in person.screen for n in range(20))
        assert person.app.screen.table.size.height == before - 1
        assert "? help" in person.screen.splitlines()[-1]
        person.app.screen.tell(" ".join(f"word{n}" for n in range(90)))
        await person.until(lambda: person.app.screen.table.size.height == before - 2)
        await person.sees("…")
        await person.act("table.copy")
        await person.until(lambda: person.app.screen.table.size.height == before)
