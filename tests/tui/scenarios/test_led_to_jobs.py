"""`v` on a user or a QPU opens its jobs, whatever was open before. A running job's duration counts by the second."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain.filter_language import exactly
from qpi_tui.resources.jobs import RESOURCE
from qpi_tui.screens.job import JobScreen
from tests.conftest import NewQpu, NewUser, sign_in
from tests.tui.helpers import WIDE, at_console

BELL = "OPENQASM 3.0;\nqubit[1] q;\nbit[1] c;\nc = measure q;\n"


def submit(sandbox: Sandbox, who: Credentials, qpu: str) -> str:
    body = {"circuits": [{"circuit": BELL}], "shots": 10, "qpu_target": qpu}
    head = {"Authorization": sign_in(sandbox.url, who)}
    answer = httpx.post(f"{sandbox.url}/api/jobs", json=body, headers=head).raise_for_status()
    return str(answer.json()["id"])


@pytest.mark.parametrize("before", ["a status", "a filter", "a job in full", "its result", "marks"])
async def test_the_jobs_are_shown_whatever_was_open_before(
    sandbox: Sandbox, new_user: NewUser, new_qpu: NewQpu, before: str, admin_http: httpx.Client
) -> None:
    qpu, other = new_qpu(online=False), new_qpu(online=False)
    mine, theirs = new_user(), new_user()
    jobs = [submit(sandbox, mine, qpu["id"]), submit(sandbox, theirs, other["id"])]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="jobs", size=WIDE) as person:
        await person.move_to(jobs[1])
        if before == "a status":
            for _ in range(4):
                await person.act("jobs.status")
        elif before == "a filter":
            await person.act("table.filter")
            await person.type("status:failed nobody")
            await person.press("enter")
        elif before == "marks":
            await person.act("table.mark")
        else:
            await person.act("table.open")
            await person.until(lambda: isinstance(person.app.screen, JobScreen))
            if before == "its result":
                await person.press("v")
        for place, id, action in (("users", mine.id, "users.jobs"), ("qpus", qpu["id"], "qpus.jobs")):
            person.app.go(place)
            await person.ready()
            await person.move_to(id)
            await person.act(action)
            await person.until(lambda: person.app.current_place == "jobs" and hasattr(person.app.screen, "table"))
            await person.until(lambda: [row.id for row in person.app.screen.table.visible_records] == [jobs[0]])


def test_only_jobs_of_exactly_that_user_are_shown() -> None:
    def job(user: str, qpu: str) -> Any:
        return RESOURCE.decode({
            "id": user,
            "user_id": user, "qpu_target": qpu, "created": "2026-11-01 10:00:00.000Z",
            "expand": {"user_id": {"email": user}, "qpu_target": {"name": qpu}},
        })  # fmt: skip

    anna, joanna = job("anna@lab.example", "alpha"), job("joanna@lab.example", "alpha 2")
    for text, both in (("user:anna@lab.example", True), (exactly("user", "anna@lab.example"), False)):
        test = RESOURCE.language.parse(text).test
        assert test is not None
        assert (test(anna), test(joanna)) == (True, both)
    for name, found in (("alpha", anna), ("alpha 2", joanna)):
        test = RESOURCE.language.parse(exactly("qpu", name)).test
        assert test is not None
        assert test(found)
        assert not test(joanna if found is anna else anna)
    assert RESOURCE.language.parse('since:"fri 9:00" word').mistake is None
    assert RESOURCE.language.parse('since:"fri 9:00" word').words == "word"


async def test_the_duration_of_a_running_job_counts_by_the_second(
    sandbox: Sandbox, user: Credentials, new_qpu: NewQpu, admin_http: httpx.Client
) -> None:
    id = submit(sandbox, user, new_qpu(online=False)["id"])
    admin_http.patch(f"/api/collections/quantum_jobs/records/{id}", json={"status": "running"}).raise_for_status()
    async with at_console(sandbox.url, "user", user, screen="jobs", size=WIDE) as person:
        await person.move_to(id)
        await person.act("table.open")
        await person.until(lambda: isinstance(person.app.screen, JobScreen))
        seen: list[int] = []

        def counted() -> bool:
            found = re.search(r"running (\d+) s", person.screen)
            if found and int(found[1]) not in seen:
                seen.append(int(found[1]))
            return len(seen) >= 4

        await person.until(counted, within=8)
        # No second is skipped.
        assert seen == list(range(seen[0], seen[0] + len(seen)))


async def test_a_job_on_a_qpu_without_a_driver_explains_it(
    sandbox: Sandbox, user: Credentials, new_qpu: NewQpu
) -> None:
    qpu = new_qpu(online=False)
    id = submit(sandbox, user, qpu["id"])
    async with at_console(sandbox.url, "user", user, screen="jobs", size=WIDE) as person:
        await person.move_to(id)
        await person.sees("○ no driver", f"{qpu['name']} has no driver. Jobs stay queued")
        assert "QPU off" not in person.screen
