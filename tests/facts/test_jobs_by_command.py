"""Facts of jobs, results, QPUs and drivers through the commands."""

from __future__ import annotations

import pytest

from tests.cli.command import Command
from tests.conftest import wait_for
from tests.facts.facts import by_command
from tests.facts.machine import FOLDERS, commands, commands_of
from tests.facts.server import Driver
from tests.facts.world import BELL, HEAD, Person, World

pytestmark = FOLDERS


@pytest.fixture(scope="module")
def mock(either: World) -> Driver:
    return either.driver()


@pytest.fixture(scope="module")
def aer(either: World) -> Driver:
    return either.driver(kind="qiskit_aer")


@pytest.fixture(scope="module")
def ann(either: World) -> Person:
    return either.person()


@pytest.fixture
def admin(either: World) -> Command:
    return commands(either)


@pytest.fixture
def shell(ann: Person) -> Command:
    """Return Ann's commands."""
    return commands_of(ann)


def name_of(world: World, qpu: str) -> str:
    return str(world.get("qpus", qpu)["name"])


def submit(shell: Command, qpu: str, circuit: str = BELL, *words: str) -> str:
    """Submit with the command and return the job's id."""
    return shell.ok("jobs", "submit", "-", "--qpu", qpu, "--shots", "20", "--yes", *words, stdin=circuit).out.strip()


@by_command("jobs.running", "jobs.statuses", "jobs.target", "jobs.charge", "stream.hello")
def test_a_job_submitted_by_qpu_name_is_followed_to_its_result(either: World, mock: Driver) -> None:
    ann = either.person(60)
    shell = commands_of(ann)
    job = submit(shell, name_of(either, mock.qpu))
    watched = shell.ok("jobs", "watch", job, "--timeout", str(ann.server.patience))
    assert "completed" in watched.out + watched.err
    assert "✓ done" in shell.ok("jobs", "list").out
    assert float(shell.ok("whoami", "--json").json["qpu_seconds"]) < 60
    unknown = shell("jobs", "submit", "-", "--qpu", "no-such-qpu", "--yes", stdin=BELL)
    assert unknown.code == 5
    assert "There is no QPU 'no-such-qpu'" in unknown.err


@by_command("jobs.no-target")
def test_a_job_without_a_target_is_reported_as_never_running(ann: Person, shell: Command, admin: Command) -> None:
    job = ann.submit("")
    assert "▲ no QPU" in shell.ok("jobs", "list").out
    assert "never runs. Cancel it" in shell.ok("jobs", "show", job).out
    found = {each["id"]: each for each in admin("doctor", "--json").json["findings"]}
    assert job in found["lost_jobs"]["evidence"] or "without a target" in found["lost_jobs"]["evidence"]
    shell.ok("jobs", "cancel", job, "--yes")


@by_command("jobs.unchecked")
@pytest.mark.parametrize(
    ("words", "circuit", "said"),
    [
        (("--shots", "-1"), BELL, "shots must be a whole number"),
        ((), HEAD, "declares no qubits"),
        (("--meas-level", "7"), BELL, "--meas-level"),
        (("--meas-return", "all"), BELL, "--meas-return"),
    ],
)
def test_input_that_the_server_would_accept_unchecked_is_rejected(
    either: World, mock: Driver, ann: Person, shell: Command, words: tuple[str, ...], circuit: str, said: str
) -> None:
    answer = shell("jobs", "submit", "-", "--qpu", mock.qpu, "--yes", *words, stdin=circuit)
    assert answer.code == 2
    assert said in answer.err


@by_command("jobs.no-balance", "jobs.too-dear")
def test_an_insufficient_balance_is_reported_and_a_job_over_the_balance_is_free(either: World, mock: Driver) -> None:
    poor, almost = either.person(0), either.person(0.0001)
    answer = commands_of(poor)("jobs", "submit", "-", "--qpu", mock.qpu, "--yes", stdin=BELL)
    assert answer.code == 1
    assert "Insufficient QPU seconds balance" in answer.err
    shell = commands_of(almost)
    assert almost.finished(submit(shell, mock.qpu))["status"] == "completed"
    assert float(shell.ok("whoami", "--json").json["qpu_seconds"]) == 0.0001


@by_command("jobs.cancel", "jobs.dates")
def test_own_open_jobs_are_cancelled_and_others_are_not_found(either: World, ann: Person, shell: Command) -> None:
    job, other = ann.submit(either.qpu()), either.person()
    refused = commands_of(other)("jobs", "cancel", job, "--yes")
    assert refused.code == 5
    assert "you may not see it" in refused.err
    assert "cancelled" in shell.ok("jobs", "cancel", job, "--yes").out
    shown = shell.ok("jobs", "show", job).out
    assert "finished" not in shown
    assert "Took" not in shown
    assert commands(either)("jobs", "cancel", ann.submit(either.qpu()), "--yes").code == 0


@by_command("jobs.cancelled-completes", "jobs.timeout")
def test_cancelling_a_running_job_warns_that_it_may_still_complete(either: World, ann: Person, shell: Command) -> None:
    job = ann.submit(either.qpu())
    either.patch("quantum_jobs", job, status="running").raise_for_status()
    asked = shell("jobs", "cancel", job, "--dry-run")
    assert "a running job may still complete and be charged" in asked.err
    # The job timeout puts it back: it is queued again, and nothing else is reported.
    either.patch("quantum_jobs", job, status="pending").raise_for_status()
    assert "… waits" in shell.ok("jobs", "list").out
    shell.ok("jobs", "cancel", job, "--yes")


@by_command("jobs.failed")
def test_a_failed_job_prints_the_error_and_has_an_exit_code(ann: Person, mock: Driver, shell: Command) -> None:
    job = ann.submit(mock.qpu, "OPENQASM 3.0;\nnonsense;\n")
    ann.finished(job)
    answer = shell("jobs", "result", job)
    assert answer.code == 10
    assert answer.err.startswith("✗ ")


@by_command("results.counts", "results.several")
def test_counts_are_drawn_as_one_histogram_per_circuit(aer: Driver, shell: Command, ann: Person) -> None:
    x = f"{HEAD}qubit[2] q;\nbit[2] c;\nx q[0];\nc = measure q;\n"
    job = submit(shell, aer.qpu, x)
    ann.finished(job)
    lines = shell.ok("jobs", "result", job).out.splitlines()
    # Bit 0 is rightmost, and states that did not occur are not drawn.
    assert [line.split()[0] for line in lines] == ["01"]
    assert "100" in lines[0]
    several = ann.submit(aer.qpu, circuits=[{"circuit": x}, {"circuit": BELL}])
    ann.finished(several)
    assert "circuit 2 of 2" in shell.ok("jobs", "result", several).out


@by_command("results.wide")
def test_more_than_fourteen_bits_cause_a_warning(either: World, shell: Command) -> None:
    if either.server.generation == "v0.0":
        pytest.skip("v0.0 does not lose them")
    wide = f"{HEAD}qubit[15] q;\nbit[15] c;\nc = measure q;\n"
    answer = shell.ok("jobs", "submit", "-", "--qpu", either.qpu(), "--yes", stdin=wide)
    assert "15 classical bits. Servers lose results of more than 14" in answer.err
    shell.ok("jobs", "cancel", answer.out.strip(), "--yes")


@by_command("results.iq")
def test_level_one_results_are_printed_as_rows_of_points(ann: Person, mock: Driver, shell: Command) -> None:
    job = submit(shell, mock.qpu, BELL, "--meas-level", "1", "--meas-return", "avg")
    assert ann.finished(job)["status"] == "completed"
    rows = shell.ok("jobs", "result", job).out.splitlines()
    assert rows[0] == "shot,qubit,i,q"
    assert len(rows) == 3


@by_command("results.raw")
def test_a_circuit_without_measurement_is_rejected(mock: Driver, shell: Command) -> None:
    answer = shell("jobs", "submit", "-", "--qpu", mock.qpu, "--yes", stdin=f"{HEAD}qubit q;\nh q;\n")
    assert answer.code == 2
    assert "measures nothing" in answer.err


@by_command("results.hex", "results.any")
@pytest.mark.parametrize(
    ("results", "said"),
    [
        ({"hex_counts": {"0x1": 4}, "counts": {"01": 4}, "shots": 4}, "01"),
        ({"anything": [1, {"else": None}]}, "The driver returned no outcomes"),
    ],
)
def test_results_of_any_shape_are_printed(
    either: World, ann: Person, shell: Command, results: dict[str, object], said: str
) -> None:
    job = ann.submit(either.qpu())
    either.patch("quantum_jobs", job, status="completed", results=results).raise_for_status()
    answer = shell("jobs", "result", job)
    assert said in answer.out + answer.err
    assert shell.ok("jobs", "result", job, "--json").json


@by_command("qpus.fields", "qpus.list", "qpus.disable", "qpus.enable", "dispatch.status")
def test_all_qpus_are_listed_with_state_and_reason(either: World, mock: Driver, admin: Command, shell: Command) -> None:
    qpu = either.qpu()
    name = name_of(either, qpu)
    listed = {each["name"] for each in shell.ok("qpus", "list", "--json").json}
    assert {name, name_of(either, mock.qpu)} <= listed
    assert "queue" in shell.ok("qpus", "show", name).out
    said = admin.ok("qpus", "stop", name, "--yes").out
    assert "is disabled" in said
    assert "Jobs" in admin.ok("qpus", "show", name).out or "disabled" in admin.ok("qpus", "show", name).out
    assert admin.ok("qpus", "start", name, "--yes").out.startswith("✓")
    assert either.get("qpus", qpu)["enabled"] is True


@by_command("qpus.delete", "drivers.kinds", "drivers.create", "drivers.enable", "session.anonymous")
def test_a_driver_is_registered_once_and_its_qpu_cannot_be_deleted(
    either: World, admin: Command, shell: Command
) -> None:
    if either.server.generation == "v0.0":
        assert "this server has generation v0.0" in admin("drivers", "list").err
        return
    qpu = either.qpu()
    name, driver = name_of(either, qpu), either.name("drv")
    made = admin.ok("drivers", "register", driver, "--qpu", name, "--kind", "qiskit_aer")
    token = next(line.split()[-1] for line in made.out.splitlines() if line.startswith("token"))
    assert "Shown only once" in made.err
    # Everybody can see drivers, nobody their tokens.
    listed = shell.ok("drivers", "list").out
    assert driver in listed
    assert token not in listed
    wrong = admin("drivers", "register", driver, "--qpu", name, "--kind", "teleporter")
    assert wrong.code == 2
    assert "bluefors_gen1" in wrong.err
    assert admin("drivers", "register", driver, "--qpu", "no-such-qpu", "--kind", "mock").code == 5
    refused = admin("qpus", "delete", name, "--yes")
    assert refused.code == 1
    assert f"It has drivers ({driver}). Delete them first." in refused.err
    assert "must" in admin.ok("drivers", "enable", driver, "--yes").out + admin("drivers", "enable", "--help").out
    admin.ok("drivers", "delete", driver, "--yes")


@by_command("dispatch.monitor-only", "telemetry.readings")
def test_the_readings_of_a_monitor_are_printed_and_it_runs_no_job(
    either: World, admin: Command, shell: Command
) -> None:
    if either.server.generation == "v0.0":
        pytest.skip("v0.0 has no monitors")
    monitor = either.driver(kind="bluefors_gen1")
    name = name_of(either, monitor.qpu)
    refused = shell("jobs", "submit", "-", "--qpu", name, "--yes", stdin=BELL)
    assert refused.code == 1
    assert "has only monitors" in refused.err
    wait_for(lambda: monitor.name in admin.ok("telemetry").out, "a reading of the monitor")


@by_command("qpus.older", "dispatch.older")
def test_the_older_generation_has_no_drivers(older: World) -> None:
    admin, qpu = commands(older), older.qpu()
    answer = admin("drivers", "list")
    assert answer.code != 0
    assert "v0.0" in answer.err
    listed = admin.ok("qpus", "list").out
    assert older.get("qpus", qpu)["name"] in listed
    assert "driver" not in admin.ok("qpus", "show", qpu).out
    assert "access_token" not in admin.ok("qpus", "list", "--json").out
