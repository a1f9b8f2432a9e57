"""`jobs`: submit, list, show, cancel, print and export results, and exit codes by outcome."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from qiskit import QuantumCircuit, qasm3
from qiskit.circuit import Parameter, ParameterVector
from qiskit_aer import AerSimulator

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain.clock import parse_date
from tests.cli.command import Command
from tests.tui.scenarios.test_results import stored
from tests.tui.scenarios.test_waiting import recorded_as_online

BELL = """OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
c = measure q;
"""
BROKEN = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[1] q;\nbit[1] c;\nnosuchgate q[0];\nc = measure q;\n'


def submit(person: Command, qpu: str, source: str = BELL, *more: str) -> str:
    return person.ok("jobs", "submit", "-", "--qpu", qpu, "--shots", "100", *more, stdin=source).out.strip()


@pytest.fixture
def done(person: Command, qpu: dict[str, Any]) -> str:
    """Return the id of a completed job."""
    id = submit(person, qpu["name"])
    person.ok("jobs", "watch", id, "--timeout", "30")
    return id


def test_submit_with_watch_prints_the_result(person: Command, qpu: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "bell.qasm"
    file.write_text(BELL)
    answer = person.ok("jobs", "submit", str(file), "--qpu", qpu["name"], "--shots", "200", "--watch")
    assert "completed" in answer.out
    assert "%" in answer.out
    assert {line.split()[0] for line in answer.out.splitlines() if "%" in line} <= {"00", "11"}


def test_the_list_shows_circuits_and_shots(
    person: Command, admin: Command, sandbox: Sandbox, qpu: dict[str, Any]
) -> None:
    person.ok("jobs", "submit", "-", "--qpu", qpu["name"], "--shots", "1200", stdin=BELL)
    token = person.ok("tokens", "create", "script", "--json").json["token"]
    by_token = Command({"QPI_URL": sandbox.url, "QPI_API_TOKEN": token})
    for who in (person, admin, by_token):
        assert "1 × 1,200" in who.ok("jobs", "list").out
        job = next(each for each in who.ok("jobs", "list", "--json").json if each["shots"] == 1200)
        assert job["circuits"] == 1
        assert "payload" not in job


def test_the_list_is_printed_in_every_output_format(person: Command, done: str) -> None:
    assert done in person.ok("jobs", "list").out
    assert "✓ done" in person.ok("jobs", "list").out
    assert [each["id"] for each in person.ok("jobs", "list", "--status", "completed", "--json").json] == [done]
    assert person.ok("jobs", "list", "--status", "pending", "--json").json == []
    rows = list(csv.DictReader(io.StringIO(person.ok("jobs", "list", "--csv").out)))
    assert rows[0]["status"] == "completed"
    assert person.ok("jobs", "list", "--since", "1h", "--template", "{status}").out == "completed\n"


def test_the_list_is_filtered_by_two_statuses(person: Command, done: str) -> None:
    found = person.ok("jobs", "list", "--status", "completed", "--status", "failed", "--json").json
    assert [each["id"] for each in found] == [done]


def test_show_prints_a_job_as_text_and_json(person: Command, done: str) -> None:
    shown = person.ok("jobs", "show", done)
    assert "completed" in shown.out
    assert "shots" in shown.out
    record = person.ok("jobs", "show", done, "--json").json
    assert record["payload"]["shots"] == 100
    assert sum(record["results"]["counts"].values()) == 100


def test_results_are_printed_in_every_output_format(person: Command, done: str) -> None:
    told = person.ok("jobs", "result", done, "--json").json
    assert sum(told["circuits"][0]["counts"].values()) == 100
    rows = list(csv.DictReader(io.StringIO(person.ok("jobs", "result", done, "--csv").out)))
    assert sum(int(row["count"]) for row in rows) == 100
    assert person.ok("jobs", "result", done, "--jsonl").lines[0]["id"] == done
    assert person.ok("jobs", "result", done, "--template", "{job} {shots}").out.startswith(done)


def test_one_unknown_job_among_two_is_a_partial_failure(person: Command, done: str) -> None:
    answer = person("jobs", "result", done, "nosuchjob000000", "--json")
    assert answer.code == 6
    assert "nosuchjob000000" in answer.err


def test_a_failed_job_exits_with_10(person: Command, qpu: dict[str, Any], user_http: httpx.Client) -> None:
    body = {"circuits": [{"circuit": BROKEN}], "shots": 100, "qpu_target": qpu["id"]}
    id = str(user_http.post("/api/jobs", json=body).raise_for_status().json()["id"])
    answer = person("jobs", "watch", id, "--timeout", "30")
    assert answer.code == 10
    assert "nosuchgate" in answer.err
    assert person("jobs", "result", id).code == 10
    assert "nosuchgate" in person("jobs", "result", id, "--json").json["error"]


def test_a_cancelled_job_exits_with_11_and_is_cancelled_once(person: Command, admin: Command, new_qpu: Any) -> None:
    idle = new_qpu(online=False)
    id = submit(person, idle["id"])
    done = person.ok("jobs", "cancel", id, "--yes", "--json").json
    assert done[0]["outcome"] == "cancelled"
    assert person("jobs", "watch", id).code == 11
    again = person("jobs", "cancel", id, "--yes")
    assert again.code == 1
    assert "It is cancelled" in again.err


def test_an_administrator_cancels_the_job_of_any_user(person: Command, admin: Command, new_qpu: Any) -> None:
    id = submit(person, new_qpu(online=False)["id"])
    assert admin("jobs", "cancel", id, "nosuchjob000000", "--yes").code == 6
    assert person.ok("jobs", "show", id, "--json").json["status"] == "cancelled"


def test_a_watch_that_times_out_exits_with_12(person: Command, new_qpu: Any) -> None:
    id = submit(person, new_qpu(online=False)["id"])
    answer = person("jobs", "watch", id, "--timeout", "0.3")
    assert answer.code == 12
    assert "The job continues" in answer.err


def test_a_submission_is_validated_before_it_is_sent(person: Command, qpu: dict[str, Any], tmp_path: Path) -> None:
    assert person("jobs", "submit", "-", "--qpu", qpu["name"], stdin="").code == 2
    assert person("jobs", "submit", "-", "--qpu", qpu["name"], "--shots", "0", stdin=BELL).code == 2
    assert person("jobs", "submit", "-", "--qpu", "no_such_qpu", stdin=BELL).code == 5
    assert person("jobs", "submit", str(tmp_path / "none.qasm"), "--qpu", qpu["name"]).code == 1
    assert person("jobs", "submit", "--qpu", qpu["name"]).code == 2
    assert person.ok("jobs", "list", "--json").json == []


def test_a_dry_run_of_a_submission_sends_nothing(person: Command, qpu: dict[str, Any]) -> None:
    answer = person.ok("jobs", "submit", "-", "--qpu", qpu["name"], "--dry-run", stdin=BELL)
    assert "Would submit" in answer.err
    assert person.ok("jobs", "list", "--json").json == []


def test_an_insufficient_balance_is_reported(admin: Command, person: Command, user: Any, qpu: dict[str, Any]) -> None:
    admin.ok("users", "allocate", user.identity, "=0", "--yes")
    answer = person("jobs", "submit", "-", "--qpu", qpu["name"], stdin=BELL)
    assert answer.code == 1
    assert "nsufficient" in answer.err


def test_results_and_lists_are_exported_to_files(person: Command, done: str, tmp_path: Path) -> None:
    table, whole, listed = tmp_path / "one.csv", tmp_path / "one.json", tmp_path / "all.csv"
    person.ok("jobs", "export", done, "--to", str(table))
    assert sum(int(row["count"]) for row in csv.DictReader(table.open())) == 100
    person.ok("jobs", "export", done, "--to", str(whole))
    assert json.loads(whole.read_text())[0]["id"] == done
    person.ok("jobs", "export", "--to", str(listed))
    chosen = tmp_path / "chosen.csv"
    person.ok("jobs", "export", "--filter", f"id:{done}", "--to", str(chosen))
    assert [line.split(",")[0] for line in chosen.read_text().splitlines()[1:]] == [done]
    assert [row["id"] for row in csv.DictReader(listed.open())] == [done]
    before = table.read_text()
    assert person("jobs", "export", done, "--to", str(table)).code == 2
    assert table.read_text() == before
    assert person("jobs", "export", done, "--to", str(tmp_path / "one.xml")).code == 2


def test_an_unknown_job_is_not_found(person: Command) -> None:
    for words in (("show",), ("watch",), ("result",)):
        answer = person("jobs", *words, "nosuchjob000000")
        assert answer.code == 5
        assert "nosuchjob000000" in answer.err


def test_the_job_of_another_user_is_not_found(person: Command, done: str, new_user: Any, sandbox: Any) -> None:
    from tests.cli.command import as_

    other = as_(sandbox.url, new_user(), "user")
    assert other("jobs", "show", done).code == 5


def test_again_resubmits_the_same_job(person: Command, qpu: dict[str, Any]) -> None:
    first = person.ok("jobs", "submit", "-", "--qpu", qpu["name"], "--shots", "55", "--meas-level", "0", stdin=BELL)
    id = first.out.strip()
    rehearsal = person.ok("jobs", "again", id, "--dry-run")
    assert "1 circuit, 55 shots" in rehearsal.out
    assert person("jobs", "again", id).code == 2
    answer = person.ok("jobs", "again", id, "--yes", "--json").json[0]
    new = person.ok("jobs", "show", answer["record"]["id"], "--json").json
    assert new["id"] != id
    old = person.ok("jobs", "show", id, "--json").json
    # Level 0 must be kept: it is a setting, not a missing value.
    assert new["payload"] == old["payload"]
    assert new["payload"]["meas_level"] == 0
    assert len(person.ok("jobs", "list", "--json").json) == 2
    missing = person("jobs", "again", "no-such-job-0000", "--yes")
    assert missing.code != 0
    assert "There is no job" in missing.err


def test_parameter_values_are_validated_and_sent(person: Command, qpu: dict[str, Any]) -> None:
    source = BELL.replace("h q[0];", "rx(theta) q[0];").replace("qubit[2]", "input float[64] theta;\nqubit[2]")
    wrong = person("jobs", "submit", "-", "--qpu", qpu["name"], "--values", "0.5 0.7", stdin=source)
    assert wrong.code == 2
    assert "Standard input (line 3) has 1 parameter, in this order: theta; 2 values were given." in wrong.err
    id = submit(person, qpu["name"], source, "--values", "-0.5; pi/2")
    payload = person.ok("jobs", "show", id, "--json").json["payload"]
    assert [round(values[0], 4) for values in payload["circuits"][0]["parameter_values"]] == [-0.5, 1.5708]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("OPENQASM 3.0;\ninput float theta;\nqubit[1] q;\nbit[1] c;\nc = measure q;\n", "give a value for theta"),
        ("OPENQASM 3.0;\nqubit[2] q;\n", "measures nothing"),
        ("\nqubit[1] q;\nh q[0];", "Standard input (line 3): gate 'h' is not defined. Include \"stdgates.inc\""),
        (
            'OPENQASM 2;\ninclude "qelib1.inc";\nqreg q[1];\ncreg c[1];\nx q[0]\nmeasure q -> c;',
            "(line 6): a semicolon",
        ),
        ("", "it is empty"),
    ],
)
def test_a_job_that_is_certain_to_fail_is_not_sent(
    person: Command, qpu: dict[str, Any], source: str, said: str
) -> None:
    refused = person("jobs", "submit", "-", "--qpu", qpu["name"], stdin=source)
    assert refused.code == 2
    assert said in refused.err
    assert person.ok("jobs", "list", "--json").json == []


def test_results_too_large_for_the_server_are_rejected(person: Command, qpu: dict[str, Any], tmp_path: Path) -> None:
    wide = tmp_path / "wide.qasm"
    wide.write_text("OPENQASM 3.0;\nqubit[12] q;\nbit[12] c;\nc = measure q;\n")
    words = ("jobs", "submit", *[str(wide)] * 16, "--qpu", qpu["name"], "--dry-run")
    refused = person(*words)
    assert refused.code == 2
    assert "The results may take 1.2 MiB" in refused.err
    assert "Add --each" in refused.err
    assert "Would submit 16 circuits" in person.ok(*words, "--each").err
    sweep = BELL.replace("h q[0];", "rx(a) q[0];").replace("qubit[2]", "input float a;\nqubit[2]")
    many = person("jobs", "submit", "-", "--qpu", qpu["name"], "--values", "; ".join(["0.5"] * 20_000), stdin=sweep)
    assert (many.code, "fewer sets of values" in many.err) == (2, True)
    wider = wide.read_text().replace("12", "15")
    bits = person("jobs", "submit", "-", "--qpu", qpu["name"], "--dry-run", stdin=wider)
    assert (bits.code, "(line 3) measures 15 classical bits" in bits.err) == (2, True)
    person.ok("jobs", "submit", "-", "--qpu", qpu["name"], "--dry-run", "--max-classical-bits", "15", stdin=wider)


def test_values_are_assigned_to_parameters_in_qiskit_order(person: Command, qpu: dict[str, Any]) -> None:
    # A vector of more than ten elements, and names of which one is a prefix of another.
    names = [*ParameterVector("x", 11), *map(Parameter, ("a10", "a2", "θ", "Z"))]
    circuit = QuantumCircuit(4, 4)
    for number, parameter in enumerate(names, 1):
        # Rotate by π the qubits that spell the number.
        for qubit in range(4):
            if number >> qubit & 1:
                circuit.rx(parameter, qubit)
    circuit.measure(range(4), range(4))
    order = list(circuit.parameters)
    assert [parameter.name for parameter in order][:4] == ["Z", "a10", "a2", "x[0]"]
    text = qasm3.dumps(circuit)
    assert text.count("\ninput ") == len(order)
    # One run per parameter, in which only that parameter is π.
    sets = [" ".join("pi" if other is one else "0" for other in order) for one in order]
    id = submit(person, qpu["name"], text, "--values", "; ".join(sets))
    assert person("jobs", "watch", id, "--json").code == 0
    results = person.ok("jobs", "show", id, "--json").json["results"]["circuit_results"]
    read = [{int(bits, 2) for bits, count in entry["counts"].items() if count} for entry in results]
    assert read == [{names.index(parameter) + 1} for parameter in order]
    # The order that Qiskit itself uses.
    for one, found in zip(order, read, strict=True):
        bound = circuit.assign_parameters([math.pi if other is one else 0.0 for other in order])
        counts = AerSimulator().run(bound, shots=20).result().get_counts()
        assert {int(bits, 2) for bits in counts} == found
    short = person("jobs", "submit", "-", "--qpu", qpu["name"], "--values", "1", stdin=text)
    assert short.code == 2
    assert "has 15 parameters, in this order: Z, a10, a2, x[0], x[1], x[2]" in short.err
    assert "x[9], x[10], θ" in short.err


def test_a_filtered_list_is_written_to_a_file(person: Command, done: str, qpu: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "failed.json"
    person.ok("jobs", "export", "--status", "failed", "--to", str(file))
    assert json.loads(file.read_text()) == []
    person.ok("jobs", "export", "--qpu", qpu["name"], "--since", "1h", "--to", str(tmp_path / "all.json"))
    assert [job["id"] for job in json.loads((tmp_path / "all.json").read_text())] == [done]
    both = person("jobs", "export", done, "--status", "failed", "--to", str(tmp_path / "no.json"))
    assert both.code == 2
    assert "not both" in both.err


def test_a_histogram_is_drawn_in_plain_ascii(person: Command, done: str) -> None:
    blocks, plain = person.ok("jobs", "result", done).out, person.ok("jobs", "result", done, QPI_ASCII="1").out
    assert "█" in blocks
    assert plain.isascii()
    assert "####" in plain


def test_show_estimates_the_start_of_a_queued_job(
    person: Command, admin: Command, new_qpu: Any, admin_http: httpx.Client, user: Credentials, user_http: httpx.Client
) -> None:
    qpu = new_qpu(online=False)
    first, second = submit(person, qpu["name"]), submit(person, qpu["name"])
    assert "has no driver" in person.ok("jobs", "show", second).out
    assert "has no driver" in person.ok("jobs", "show", second, "--json").json["estimated_start"]["reason"]
    recorded_as_online(admin_http, qpu)
    assert "not estimated: no run on this QPU known, 5 are needed" in admin.ok("jobs", "show", second).out
    moment = datetime.now(UTC)
    for run in range(6):
        ended = moment - timedelta(minutes=10 * run + 1)
        stored(admin_http, user, qpu["id"], {"counts": {"1": 5}}, duration=90.0, finished_at=f"{ended:%F %T.000Z}")
    basis = "1 job ahead, last 6 runs took 1 min 30 s each (median)"
    assert f"in about 1–2 min · {basis}" in admin.ok("jobs", "show", second).out
    told = admin.ok("jobs", "show", second, "--json").json["estimated_start"]
    starts = [(parse_date(told[end]) or moment) - moment for end in ("earliest", "latest")]
    assert timedelta(seconds=80) < starts[0] < starts[1] < timedelta(seconds=180)
    assert (told["basis"], told["reason"], told["counts_other_users"]) == (basis, "", True)
    own = person.ok("jobs", "show", second, "--json").json["estimated_start"]
    assert own["counts_other_users"] is False
    assert own["basis"].startswith("1 job of yours ahead")
    assert "estimated_start" not in person.ok("jobs", "show", _cancelled(person, first), "--json").json


def _cancelled(person: Command, id: str) -> str:
    person.ok("jobs", "cancel", id, "--yes")
    return id
