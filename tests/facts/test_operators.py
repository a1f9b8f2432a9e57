"""What operators do through the commands and the console: what stops dispatch to a QPU, and what resumes it."""

from __future__ import annotations

import pytest

from tests.cli.command import Command
from tests.conftest import wait_for
from tests.facts.facts import by_command, by_console
from tests.facts.machine import FOLDERS, commands
from tests.facts.server import Driver
from tests.facts.world import PASSWORD, Person, World
from tests.tui.helpers import WIDE, at_console

GENERATIONS = ("world", "older")
pytestmark = FOLDERS


@pytest.fixture(params=GENERATIONS)
def lab(request: pytest.FixtureRequest) -> World:
    """Return users and QPUs on a server of either generation."""
    world: World = request.getfixturevalue(request.param)
    return world


def name_of(world: World, driver: Driver) -> str:
    return str(world.get("qpus", driver.qpu)["name"])


def dispatchers_looked(world: World, ann: Person, other: Driver) -> None:
    """Wait until the dispatchers have polled for jobs several times."""
    for _ in range(3):
        ann.finished(ann.submit(other.qpu))


def reconnects(world: World, driver: Driver) -> int:
    """Request a connection as a starting driver does, and return the status of the response."""
    if world.server.generation == "v0.0":
        body = {"name": driver.name, "access_token": driver.token, "executor_type": driver.kind}
        return world.nobody.post("/api/op/qpus/connect", json=body).status_code
    return world.nobody.post("/api/op/drivers/connect", json={"token": driver.token}).status_code


@by_command("drivers.toggle", "dispatch.older-record", "dispatch.maintenance")
@pytest.mark.parametrize("command", ["stop", "maintenance"])
def test_a_qpu_taken_out_of_service_by_a_command_starts_no_jobs(lab: World, command: str) -> None:
    driver, other, ann, admin = lab.driver(), lab.driver(), lab.person(), commands(lab)
    name = name_of(lab, driver)
    said = admin.ok("qpus", command, name, "--yes", "--wait").out
    if lab.server.generation == "v0.0":
        assert "Stop its driver process by hand" in said
    else:
        assert f"{driver.name} disabled" in said
    expected = ("maintenance" if command == "maintenance" else "offline", "Jobs stay queued until it is started")
    job = ann.submit(driver.qpu)
    dispatchers_looked(lab, ann, other)
    assert ann.status(job) == "pending"
    assert lab.status(driver.qpu) == expected[0]
    # A restarted driver process is rejected, so the QPU stays out of service.
    assert reconnects(lab, driver) == 403
    dispatchers_looked(lab, ann, other)
    assert (ann.status(job), lab.status(driver.qpu)) == ("pending", expected[0])
    shown = admin.ok("qpus", "show", name).out
    assert expected[1] in shown
    assert "attention" not in shown
    # Put it back into service.
    said = admin.ok("qpus", "start", name, "--yes").out
    if lab.server.generation == "v0.1":
        assert f"{driver.name} must reconnect: restart its process" in said
        if lab.server.sandbox is None:
            lab.server.processes.pop(driver.id).kill()
        lab.server.start_driver(lab.admin, driver)
    assert ann.finished(job)["status"] == "completed"
    admin.ok("qpus", "start", name, "--yes", "--wait", "--timeout", "60")
    assert lab.status(driver.qpu) == "online"


@by_command("dispatch.blind")
def test_drivers_kept_enabled_still_get_jobs_with_a_warning(world: World) -> None:
    driver, ann, admin = world.driver(), world.person(), commands(world)
    name = name_of(world, driver)
    assert "Jobs still start" in admin.ok("qpus", "stop", name, "--keep-drivers", "--yes").out
    assert ann.finished(ann.submit(driver.qpu))["status"] == "completed"
    listed = admin.ok("qpus", "list")
    assert "▲ off, jobs" in listed.out
    assert f"{name} is disabled, but jobs still start: its driver {driver.name} is connected." in listed.err
    found = {each["id"]: each for each in admin("doctor", "--json").json["findings"]}
    assert found[f"served/{driver.qpu}"]["severity"] == "severe"
    # Enabled again, the server would leave it offline although its driver is connected.
    assert "is online" in admin.ok("qpus", "start", name, "--yes").out
    assert world.status(driver.qpu) == "online"


@by_command("dispatch.dead")
def test_wait_returns_when_the_last_job_has_ended(world: World) -> None:
    ann, admin = world.person(), commands(world)
    for _ in range(5):
        driver = world.register(world.qpu())
        world.server.connect_only(driver)
        job = ann.submit(driver.qpu)
        ann.running(job)
        name = name_of(world, driver)
        given_up = admin("qpus", "stop", name, "--yes", "--wait", "--timeout", "0.2")
        listed = admin.ok("qpus", "list").out
        # On a busy machine the commands may take longer than the job timeout.
        if given_up.code and "▲" in listed:
            break
    assert given_up.code == 12
    assert f"Waiting for {name} (1 running)" in given_up.err
    assert "▲" in listed
    done = admin.ok("qpus", "stop", name, "--yes", "--wait", "--timeout", str(world.server.patience))
    assert "No job is running on these QPUs." in done.err
    assert ann.status(job) == "pending"


@by_command("dispatch.monitor")
def test_a_monitor_takes_jobs_with_and_without_another_driver(world: World) -> None:
    driver, admin = world.driver(), commands(world)
    monitor = world.register(driver.qpu, "bluefors_gen1")
    world.server.start_driver(world.admin, monitor)
    said = admin.ok("qpus", "list").err
    assert f"The monitor {monitor.name} takes jobs of {name_of(world, driver)} and loses them" in said
    found = {each["id"]: each for each in admin("doctor", "--json").json["findings"]}
    assert found[f"monitor/{driver.qpu}"]["severity"] == "severe"
    alone = world.register(world.qpu(), "bluefors_gen1")
    world.server.start_driver(world.admin, alone)
    name = name_of(world, alone)
    assert f"{name} has only monitors ({alone.name}): no job completes there." in admin.ok("qpus", "list").err
    ann = world.person()
    user = Command(
        {"QPI_URL": world.server.url, "QPI_ROLE": "user", "QPI_IDENTITY": ann.email, "QPI_PASSWORD": PASSWORD}
    )
    refused = user(
        "jobs", "submit", "-", "--qpu", name, "--yes", stdin="OPENQASM 3.0;\nqubit q;\nbit c;\nc = measure q;\n"
    )
    assert refused.code == 1
    assert "has only monitors" in refused.err


@by_console("drivers.toggle", "dispatch.older-record")
async def test_the_console_stops_a_qpu_and_undo_restores_it(lab: World) -> None:
    driver, other, ann = lab.driver(), lab.driver(), lab.person()
    server = lab.server
    async with at_console(server.url, "admin", server.admin, screen="qpus", size=WIDE) as person:
        await person.move_to(driver.qpu)
        await person.act("qpus.disable")
        await person.sees("0 jobs are running, 0 are queued.")
        if server.generation == "v0.1":
            await person.sees("jobs stop only when its drivers are disabled", f"This disables {driver.name} too.")
        else:
            await person.sees("The server cannot stop a driver process.")
        await person.act("dialog.confirm")
        await person.sees("is disabled", "undo (10 s)")
        await person.act("app.undo", "dialog.confirm")
        await person.until(lambda: lab.get("qpus", driver.qpu)["enabled"] is True)
        if server.generation == "v0.1":
            await person.until(lambda: lab.get("drivers", driver.id)["enabled"] is True)
            await person.sees("not online as before", f"{driver.name} must reconnect")
        else:
            await person.until(lambda: lab.status(driver.qpu) == "online")
            assert ann.finished(ann.submit(driver.qpu))["status"] == "completed"
    assert ann.finished(ann.submit(other.qpu))["status"] == "completed"


@by_console("dispatch.blind")
async def test_a_job_still_running_on_a_qpu_out_of_service_is_a_warning(world: World) -> None:
    driver, ann, server = world.register(world.qpu()), world.person(), world.server
    server.connect_only(driver)
    world.toggle_qpu(driver.qpu, False)
    name = name_of(world, driver)
    async with at_console(server.url, "admin", server.admin, screen="overview", size=WIDE) as person:
        await person.ready()
        # A real server has other QPUs, and more lines than fit.
        await person.act("table.filter")
        await person.type(name)
        await person.press("enter")
        job = ann.submit(driver.qpu)
        ann.running(job)
        await person.sees(f"{name} is disabled, but 1 job is running there")
        await person.act("go.qpus")
        await person.move_to(driver.qpu)
        await person.sees("▲ off, jobs")
        ann.http.post(f"/api/jobs/{job}/cancel").raise_for_status()
        await person.sees_not("1 job is running there")
        await person.act("go.overview")
        await person.sees_not(f"{name} is disabled, but")
    wait_for(lambda: ann.status(job) == "cancelled", "the job to be cancelled")
