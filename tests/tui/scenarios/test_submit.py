"""Submitting circuits: the Bell pair, a file, pasted text, parameters. Jobs that would fail are rejected before
sending.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from textual import events

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain.circuit_check import EXAMPLE
from tests.conftest import NewQpu, NewUser, connect_driver, record
from tests.tui.helpers import NARROW, Person, at_console
from tests.tui.scenarios.test_operators import BELL
from tests.waiting import wait_for

ROTATION = """OPENQASM 3.0;
include "stdgates.inc";
input float[64] theta;
qubit[1] q;
bit[1] c;
rx(theta) q[0];
c = measure q;
"""


def jobs_of(client: httpx.Client) -> list[dict[str, Any]]:
    """Return a user's jobs, newest first."""
    items: list[dict[str, Any]] = client.get("/api/collections/quantum_jobs/records?sort=-created").json()["items"]
    return items


async def form_for(person: Person, qpu: dict[str, Any]) -> Any:
    """Open the form, choose a QPU by keys, and return the form."""
    await person.act("jobs.submit")
    await person.sees("Submit a job")
    form = person.app.screen
    choice = form.query_one("#entry-qpu")
    choice.focus()
    for _ in choice.words:
        if choice.value == qpu["name"]:
            break
        await person.press("right")
    assert choice.value == qpu["name"]
    return form


async def test_a_qpu_with_only_monitors_is_not_offered(
    sandbox: Sandbox,
    qpu: dict[str, Any],
    new_qpu: NewQpu,
    user: Credentials,
    admin_http: httpx.Client,
) -> None:
    monitored = new_qpu(online=False)
    connect_driver(admin_http, monitored["id"], "bluefors_gen1")
    wait_for(lambda: record(admin_http, "qpus", monitored["id"])["status"] == "online", "the monitor to come online")
    async with at_console(sandbox.url, "user", user) as person:
        form = await form_for(person, qpu)
        assert monitored["name"] not in form.query_one("#entry-qpu").words


async def test_the_form_starts_empty_and_the_inserted_example_runs(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client
) -> None:
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        form = await form_for(person, qpu)
        assert form.values()["text"] == ""
        await person.sees("No circuit", "press F2")
        form.query_one("#entry-level").focus()
        await person.press("enter")
        assert jobs_of(user_http) == []
        await person.press("f2")
        await person.sees("// Example: a Bell pair", "2 qubits, 2 bits, 1,024 shots on", "balance 1 h")
        await person.sees("no job of about this size")
        form.query_one("#entry-shots").focus()
        form.query_one("#entry-shots").value = "0"
        await person.sees("Shots must be a whole number")
        await person.press("enter", "enter")
        assert jobs_of(user_http) == []
        form.query_one("#entry-shots").value = "2k"
        form.query_one("#entry-level").focus()
        await person.press("enter")
        await person.until(lambda: len(jobs_of(user_http)) == 1)
        sent = jobs_of(user_http)[0]
        assert sent["qpu_target"] == qpu["id"]
        assert (sent["payload"]["shots"], sent["payload"]["meas_level"]) == (2000, 2)
        assert "h q[0];" in sent["payload"]["circuits"][0]["circuit"]
        # The list opens with the cursor on the new job, and it runs.
        await person.until(lambda: person.app.screen.table.cursor_id == sent["id"])
        await person.sees("✓ done")


async def test_a_file_is_loaded_and_its_parameters_are_requested(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "rx.qasm"
    file.write_text(ROTATION)
    async with at_console(sandbox.url, "user", user) as person:
        form = await form_for(person, qpu)
        box = form.query_one("#entry-file")
        box.value = str(tmp_path / "nowhere.qasm")
        await person.sees("There is no file")
        box.value = str(file)
        await person.sees("rx(theta) q[0];", "give a value for theta")
        form.query_one("#entry-values").value = "0; 2*pi/2; nonsense"
        await person.sees("'nonsense' is not a number")
        form.query_one("#entry-values").value = "0; pi"
        await person.sees("2 sets × 1,024 shots")
        form.query_one("#entry-values").focus()
        await person.press("enter")
        await person.until(lambda: len(jobs_of(user_http)) == 1)
        sets = jobs_of(user_http)[0]["payload"]["circuits"][0]["parameter_values"]
        assert [round(values[0], 6) for values in sets] == [0, 3.141593]
        await person.sees("✓ done")
        await person.act("table.open")
        await person.sees("parameters 1: 0", "100.0 %")
        await person.act("job.next")
        await person.sees("parameters 2: 3.14159", "100.0 %")


async def test_openqasm_2_is_accepted_too(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client
) -> None:
    older = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nx q[1];\nmeasure q -> c;\n'
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        form = await form_for(person, qpu)
        form.query_one("#circuit-text").focus()
        person.app.post_message(events.Paste(older))
        form.query_one("#entry-shots").value = "50"
        await person.sees("2 qubits, 2 bits, 50 shots on")
        form.query_one("#entry-level").focus()
        await person.press("enter")
        await person.until(lambda: len(jobs_of(user_http)) == 1)
        await person.sees("✓ done")
        await person.act("table.open")
        await person.sees("10 ", "50", "100.0 %")
        await person.act("job.circuit")
        await person.sees("┤ X ├")


async def test_certain_failures_are_reported_and_a_paste_replaces_the_bell_pair(
    sandbox: Sandbox, new_qpu: Any, user: Credentials, user_http: httpx.Client
) -> None:
    small = new_qpu(num_qubits=2)
    async with at_console(sandbox.url, "user", user) as person:
        form = await form_for(person, small)
        text = form.query_one("#circuit-text")
        text.focus()
        await person.press("f2")
        person.app.post_message(events.Paste(BELL.replace("bit[2]", "bit[9]")))
        await person.sees("9 qubits and", "choose another QPU")
        assert text.text.count("OPENQASM") == 1
        for circuit, said in (
            ("", "No circuit"),
            ("OPENQASM 3;\nqubit[1] q;", "measures nothing"),
            ("OPENQASM 3.0;\nqubit[1] q;\n\nx q[0];\n", "line 4): gate 'x' is not defined. Include \"stdgates.inc\""),
            ("OPENQASM 4.0;\nqubit[1] q;", "OpenQASM 4.0 is unknown"),
            (BELL.replace("h q[0];", "h q[0]"), "a semicolon is missing"),
            ("OPENQASM 3.0;\nqubit[1] q;\n\x1b]52;c;x\x07", "control characters"),
        ):
            text.load_text(circuit)
            await person.sees(said)
        text.load_text(
            BELL.replace("bit[2] c;", "bit[1] a; bit[1] b;").replace("c = measure q;", "a[0] = measure q[0];")
        )
        await person.sees("2 qubits, 2 bits, 1,024 shots on")
        await person.press("f2")
        await person.sees("2 qubits, 2 bits")
        await person.press("escape")
        assert jobs_of(user_http) == []


async def test_without_a_balance_nothing_is_sent(sandbox: Sandbox, qpu: dict[str, Any], new_user: NewUser) -> None:
    poor = new_user(seconds=0)
    async with at_console(sandbox.url, "user", poor, size=NARROW) as person:
        await person.until(lambda: person.app.badges.balance is not None)
        await form_for(person, qpu)
        await person.press("f2")
        await person.sees("Your balance is 0")


async def test_the_draft_survives_closing_the_form(
    sandbox: Sandbox, qpu: dict[str, Any], new_qpu: Any, user: Credentials, user_http: httpx.Client, tmp_path: Path
) -> None:
    other, file = new_qpu(), tmp_path / "rx.qasm"
    file.write_text(ROTATION)
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        form = await form_for(person, other)
        form.query_one("#entry-file").value = str(file)
        await person.sees("rx(theta) q[0];")
        text = form.query_one("#circuit-text")
        text.load_text(text.text.replace("rx(theta)", "ry(theta)"))
        form.query_one("#entry-shots").value = "77"
        form.query_one("#entry-values").value = "0.25"
        await person.press("escape")
        await person.sees("Not sent. Draft kept: s returns to it")
        await person.act("jobs.submit")
        await person.sees("ry(theta) q[0];", "77 shots on", other["name"])
        form = person.app.screen
        form.query_one("#entry-values").focus()
        await person.press("enter")
        await person.until(lambda: len(jobs_of(user_http)) == 1)
        sent = jobs_of(user_http)[0]
        assert sent["qpu_target"] == other["id"]
        assert "ry(theta)" in sent["payload"]["circuits"][0]["circuit"]
        # What was sent is not suggested again; closing an untouched form shows no message.
        await person.until(lambda: person.app.screen is not form)
        await person.act("jobs.submit")
        await person.sees("Submit a job", "No circuit")
        await person.press("escape")
        await person.sees_not("Submit a job")
        assert "Not sent" not in person.screen


@pytest.mark.parametrize(
    "keys", [["name", "example"], ["example", "name"], ["read", "gone"], ["read", "name"], ["name", "closed"]]
)
async def test_a_missing_file_prevents_sending_in_any_order_of_input(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client, tmp_path: Path, keys: list[str]
) -> None:
    missing, there = tmp_path / "nowhere.qasm", tmp_path / "rx.qasm"
    there.write_text(BELL)
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        await form_for(person, qpu)
        for key in keys:
            form = person.app.screen
            box = form.query_one("#entry-file")
            if key == "name":
                box.value = str(missing)
            elif key == "example":
                form.query_one("#circuit-text").load_text(EXAMPLE)
            elif key == "read":
                box.value = str(there)
                await person.sees("2 qubits, 2 bits")
            elif key == "gone":
                there.unlink()
            else:
                # The draft is restored with the file name in it.
                form.query_one("#circuit-text").load_text(EXAMPLE)
                await person.pilot.pause()
                await person.press("escape")
                await person.act("jobs.submit")
                await person.sees("Submit a job")
            await person.pilot.pause()
        form = person.app.screen
        assert form.values()["file"]
        form.query_one("#entry-level").focus()
        await person.press("enter")
        await person.sees("There is no file")
        assert jobs_of(user_http) == []


async def test_two_enters_send_from_any_field(
    sandbox: Sandbox, qpu: dict[str, Any], user: Credentials, user_http: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "bell.qasm"
    file.write_text(BELL)
    async with at_console(sandbox.url, "user", user, size=NARROW) as person:
        form = await form_for(person, qpu)
        form.query_one("#entry-file").focus()
        await person.type(str(file))
        await person.press("enter")
        assert jobs_of(user_http) == []
        await person.press("enter")
        await person.until(lambda: len(jobs_of(user_http)) == 1)
