"""The list of QPUs: its text, filters, order, renaming, deleting, undo, and read-only mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.actions import ACTIONS, in_areas
from qpi_tui.resources import registry
from qpi_tui.rows.decode import decode
from qpi_tui.rows.qpu_service import services_of, why_offline
from qpi_tui.rows.slot_holders import now_and_next
from qpi_tui.rows.slots import SlotRow
from tests.conftest import connect_driver, record, wait_for
from tests.tui.helpers import NARROW, Person, at_console
from tests.tui.scenarios.test_operators import submit


async def detail_of(person: Person, id: str) -> str:
    """Return the detail of a QPU, as shown on the screen, in one line."""
    await person.move_to(id)
    lines = person.app.screen.detail(person.app.screen.table.cursor_record)
    return " ".join("".join(text for text, _ in line) for line in lines)


async def test_name_state_qubits_queue_and_driver_are_filtered_and_sorted(
    sandbox: Sandbox, new_qpu: Any, user_http: httpx.Client
) -> None:
    small, large = new_qpu(online=False, num_qubits=2), new_qpu(online=False, num_qubits=200)
    for _ in range(3):
        submit(user_http, large["id"])
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=NARROW) as person:
        await person.act("table.filter")
        await person.type(large["name"])
        await person.press("enter")
        await person.sees("1 match", large["name"], "▲ on, offline", "200", "no driver")
        row = next(line for line in person.screen.splitlines() if "on, offline" in line)
        assert row.split()[-4:] == ["3", "now", "no", "driver"]
        await person.act("table.copy")
        assert person.app.clipboard == large["id"]
        await person.sees("sent to the terminal's clipboard")
        await person.act("table.copy_row")
        assert person.app.clipboard.split("\t")[0] == large["name"]
        await person.press("escape")
        await person.act("table.sort")
        await person.sees("Sort by", "3 Qubits")
        # Down to it, and once more to check that opening it lost nothing.
        await person.press("j", "j", "o", "enter")
        await person.until(lambda: person.app.screen.table.sort == ("qubits", False))
        await person.act("table.reverse")
        ids = [each.id for each in person.app.screen.table.visible_records]
        assert ids.index(large["id"]) < ids.index(small["id"])


async def test_an_enabled_qpu_that_is_offline_explains_why(
    sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client
) -> None:
    bare, new, off = new_qpu(online=False), new_qpu(online=False), new_qpu()
    body = {"name": "never_ran", "qpu": new["id"], "kind": "mock", "language": "python"}
    admin_http.post("/api/op/drivers/create", json=body).raise_for_status()
    toggled = {"id": off["driver"], "enabled": False}
    admin_http.post("/api/op/drivers/toggle", json=toggled).raise_for_status()
    wait_for(lambda: record(admin_http, "qpus", off["id"])["status"] == "offline", "the QPU to go offline")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
        assert "it has no driver" in await detail_of(person, bare["id"])
        assert "never_ran has never connected" in await detail_of(person, new["id"])
        assert "is disabled" in await detail_of(person, off["id"])


def test_a_lost_driver_shows_when_it_was_lost() -> None:
    qpu = {"id": "q", "name": "qpu_beta", "status": "offline", "enabled": True}
    seen = f"{datetime.now(UTC) - timedelta(minutes=3, seconds=5):%Y-%m-%d %H:%M:%S.000Z}"
    driver = {"id": "d", "name": "d_beta", "qpu": "q", "status": "offline", "enabled": True, "last_seen": seen}
    (service,) = services_of([qpu], [driver])
    assert why_offline(service).endswith("its driver d_beta was last seen 3 min ago.")


async def test_the_current_and_next_slot_holders_are_named(
    sandbox: Sandbox, new_qpu: Any, new_user: Any, admin_http: httpx.Client
) -> None:
    holder, following = new_user(), new_user()
    now = datetime.now(UTC)
    made = []
    for who, start, end in ((holder, -0.2, 0.5), (following, 0.5, 1.0)):
        body = {
            "start_time": (now + timedelta(hours=start)).isoformat(),
            "end_time": (now + timedelta(hours=end)).isoformat(),
            "booked_by": who.id,
        }
        answer = admin_http.post("/api/collections/time_slots/records", json=body)
        answer.raise_for_status()
        made.append(answer.json()["id"])
    try:
        qpu = new_qpu(online=False)
        async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
            said = await detail_of(person, qpu["id"])
            assert f"slot now {holder.identity}" in said
            assert f"then     {following.identity} from" in said
    finally:
        for id in made:
            admin_http.delete(f"/api/collections/time_slots/records/{id}").raise_for_status()


def test_free_time_between_slots_is_shown() -> None:
    now = datetime.now(UTC)

    def slot(who: str, start: float, end: float) -> SlotRow:
        dates = {"start_time": start, "end_time": end}
        record = {name: (now + timedelta(hours=hours)).isoformat() for name, hours in dates.items()}
        return decode(SlotRow, {**record, "id": who, "booked_by": who})

    assert now_and_next([]) == ("", "nobody in the next week")
    assert now_and_next([slot("me", -1, 1)], "me") == ("you", "free")
    holder, then = now_and_next([slot("me", -1, 1), slot("x", 2, 3)], "me")
    assert holder == "you"
    assert then.startswith("free until ")
    assert then.endswith("then another user")


async def test_a_qpu_is_renamed_and_deleted(sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client) -> None:
    qpu = new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=NARROW) as person:
        await person.move_to(qpu["id"])
        await person.act("qpus.rename")
        box = person.app.screen.query_one("#entry-name")
        box.value = ""
        await person.type(f"{qpu['name']}_new")
        await person.press("enter")
        await person.until(lambda: record(admin_http, "qpus", qpu["id"])["name"] == f"{qpu['name']}_new")
        await person.sees("is now")
        connect_driver(admin_http, qpu["id"], "mock", "in_the_way")
        await person.until(lambda: person.app.screen.table.cursor_record.drivers)
        await person.act("qpus.delete")
        await person.sees("cannot be deleted while it has drivers (in_the_way)")


async def test_disabling_is_undone_unless_it_changed_nothing(
    sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client
) -> None:
    on, off = new_qpu(online=False), new_qpu(online=False)
    admin_http.patch(f"/api/collections/qpus/records/{off['id']}", json={"enabled": False}).raise_for_status()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus") as person:
        for qpu in (on, off):
            await person.move_to(qpu["id"])
            await person.act("table.mark")
        await person.act("qpus.disable")
        await person.act("dialog.confirm")
        await person.sees("2 done")
        await person.press("escape")
        await person.sees("undo (10 s)")
        await person.act("app.undo", "dialog.confirm")
        await person.until(lambda: record(admin_http, "qpus", on["id"])["enabled"] is True)
        assert record(admin_http, "qpus", off["id"])["enabled"] is False


@pytest.mark.parametrize("place", [place.id for place in registry().values()])
async def test_in_read_only_mode_no_key_of_any_screen_changes_anything(
    sandbox: Sandbox, user: Credentials, place: str
) -> None:
    changing = [action for action in in_areas((place,)) if action.changes]
    role = "user" if all("admin" not in action.who for action in changing) else "admin"
    who = user if role == "user" else sandbox.admin
    async with at_console(sandbox.url, role, who, screen=place, size=NARROW, read_only=True) as person:
        await person.sees("READ-ONLY")
        for action in [*changing, ACTIONS["app.undo"]]:
            depth = len(person.app.screen_stack)
            await person.act(action.id)
            assert len(person.app.screen_stack) == depth, f"{action.id} opened something"
            if role in action.who:
                await person.sees("Read-only")
        assert person.app.audit_log.entries == []
        # The client behind it rejects changes as well.
        assert person.app.connection.client.read_only


@pytest.mark.parametrize("place", ["qpus", "drivers"])
async def test_every_word_of_the_status_strip_fits_80_columns(
    sandbox: Sandbox, new_qpu: Any, new_user: Any, admin_http: httpx.Client, place: str
) -> None:
    qpu = new_qpu(online=False, name="a_qpu_with_quite_a_long_name_in_the_second_laboratory")
    drivers = [
        connect_driver(admin_http, qpu["id"], "mock", f"driver_number_{n}_of_the_second_laboratory") for n in range(3)
    ]
    for id in drivers:
        admin_http.post("/api/op/drivers/toggle", json={"id": id, "enabled": False}).raise_for_status()
    wait_for(lambda: record(admin_http, "qpus", qpu["id"])["status"] == "offline", "the QPU to go offline")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen=place, size=NARROW) as person:
        await person.move_to(qpu["id"] if place == "qpus" else drivers[-1])
        screen = person.app.screen
        said = " ".join("".join(text for text, _ in line) for line in screen.brief(screen.table.cursor_record))
        assert len(said) > 160
        await person.until(lambda: not [word for word in said.split() if word not in squeezed(person.screen)])
        assert "▌" in person.screen
        assert "? help" in person.screen.splitlines()[-1]


def squeezed(screen: str) -> str:
    """Return the screen without line breaks, because a word longer than a line is continued on the next."""
    return "".join(line.strip() if len(line) > 78 else f"{line} " for line in screen.splitlines())


async def test_a_driver_last_seen_minutes_ago_is_given_as_the_reason(
    sandbox: Sandbox, new_qpu: Any, admin_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    made = admin_http.post(
        "/api/op/drivers/create", json={"name": "went_away", "qpu": qpu["id"], "kind": "mock", "language": "python"}
    )
    seen = f"{datetime.now(UTC) - timedelta(minutes=3, seconds=5):%Y-%m-%d %H:%M:%S.000Z}"
    body = {"last_seen": seen, "status": "offline"}
    admin_http.patch(f"/api/collections/drivers/records/{made.json()['id']}", json=body).raise_for_status()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=NARROW) as person:
        await person.move_to(qpu["id"])
        await person.sees("is enabled but offline: its driver went_away", "last seen 3 min ago")
