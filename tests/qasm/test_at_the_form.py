"""Texts of the corpus in the submit form, by keys alone: pasted, rejected with line and remedy, corrected, sent,
run.
"""

from __future__ import annotations

from typing import Any

import httpx
from textual import events

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.screens.submit import CircuitText
from tests.conftest import NewQpu
from tests.qasm.test_corpus import TAKEN, text_of
from tests.tui.helpers import NARROW, Person, at_console


def jobs_of(client: httpx.Client) -> list[dict[str, Any]]:
    """Return a user's jobs, newest first."""
    items: list[dict[str, Any]] = client.get("/api/collections/quantum_jobs/records?sort=-created").json()["items"]
    return items


async def paste(person: Person, name: str) -> None:
    """Open the form, move to the text by keys, and paste a text of the corpus."""
    await person.act("jobs.submit")
    await person.sees("Submit a job")
    for _ in range(8):
        if isinstance(person.app.focused, CircuitText):
            break
        await person.press("tab")
    person.app.post_message(events.Paste(text_of(name)))
    await person.pilot.pause()


async def send(person: Person, client: httpx.Client, outcome: str, place: str) -> None:
    """Leave the text with Tab and press Enter: the job runs, and its result appears on its screen."""
    before = len(jobs_of(client))
    await person.press("tab", "enter", "enter")
    await person.until(lambda: len(jobs_of(client)) == before + 1)
    await person.until(lambda: jobs_of(client)[0]["status"] == "completed")
    assert jobs_of(client)[0]["results"]["counts"].get(outcome), place
    await person.act("table.open")
    await person.sees(f"{outcome} ", "100.0 %")
    await person.press("escape")


async def test_texts_are_rejected_corrected_and_run_by_keys(
    sandbox: Sandbox, new_qpu: NewQpu, user: Credentials, user_http: httpx.Client
) -> None:
    new_qpu(kind="qiskit_aer", num_qubits=20)
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await paste(person, "v3_semicolon_missing")
        await person.sees("(line 5): a semicolon is missing")
        await person.press("tab", "enter", "enter")
        assert jobs_of(user_http) == []
        # The remedy, typed on the line that the error names.
        await person.press("shift+tab", *["up"] * 3, "end", "semicolon")
        await person.sees("2 qubits, 2 bits, 1,024 shots on")
        await send(person, user_http, "11", "repaired")
        for name in ("v3_physical_qubits", "v2_head_licence_before"):
            (outcome,) = TAKEN[name]["outcomes"]
            await paste(person, name)
            await person.sees("2 bits, 1,024 shots on")
            await send(person, user_http, outcome, name)
