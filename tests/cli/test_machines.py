"""`qpus`, `drivers` and `telemetry`."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from qpi_sandbox import Sandbox
from qpi_sandbox.cryostat import FAILING
from tests.cli.command import Command

_numbers = itertools.count()


def fresh(admin: Command) -> str:
    name = f"cli_qpu_{next(_numbers)}"
    admin.ok("qpus", "register", name, "--qubits", "5", "--json")
    return name


def test_qpus_are_listed_and_shown(admin: Command, qpu: dict[str, Any]) -> None:
    answer = admin.ok("qpus", "list")
    row = next(line for line in answer.out.splitlines() if qpu["id"] in line)
    assert "● online" in row
    assert qpu["id"] in [each["id"] for each in admin.ok("qpus", "list", "--json").json]
    shown = admin.ok("qpus", "show", qpu["name"])
    assert "online" in shown.out
    assert admin("qpus", "show", "no_such_qpu").code == 5


def test_json_contains_the_records_as_sent_by_the_server(admin: Command, qpu: dict[str, Any]) -> None:
    found = next(each for each in admin.ok("qpus", "list", "--json").json if each["id"] == qpu["id"])
    assert "_" not in found


def test_a_qpu_is_taken_out_of_service_and_back(admin: Command, qpu: dict[str, Any]) -> None:
    name, id = qpu["name"], qpu["id"]
    rehearsed = admin.ok("qpus", "disable", name, "--dry-run")
    assert "0 running, 0 queued" in rehearsed.out
    admin.ok("qpus", "disable", id, "--yes")
    assert admin.ok("qpus", "show", id, "--json").json["enabled"] is False
    answer = admin("qpus", "enable", name, "no_such_qpu", "--yes", "--json")
    assert answer.code == 6
    assert answer.json[0]["record"]["enabled"] is True
    admin.ok("qpus", "maintenance", name, "--yes")
    assert admin.ok("qpus", "show", id, "--json").json["status"] == "maintenance"
    admin.ok("qpus", "maintenance", name, "--end", "--yes")
    assert admin.ok("qpus", "show", id, "--json").json["status"] != "maintenance"


def test_a_qpu_is_renamed_and_deleted(admin: Command) -> None:
    name = fresh(admin)
    admin.ok("qpus", "rename", name, f"{name}_new", "--yes")
    assert admin("qpus", "show", name).code == 5
    admin.ok("qpus", "delete", f"{name}_new", "--yes")
    assert admin("qpus", "show", f"{name}_new").code == 5


def test_two_qpus_of_the_same_name_are_distinguished_by_id(admin: Command) -> None:
    name = fresh(admin)
    second = admin.ok("qpus", "register", name, "--json")
    assert "already" in second.err
    answer = admin("qpus", "rename", name, "other", "--yes")
    assert answer.code == 2
    assert second.json["id"] in answer.err
    admin.ok("qpus", "rename", second.json["id"], f"{name}_b", "--yes")


def test_a_qpu_that_has_a_driver_is_not_deleted(admin: Command) -> None:
    name = fresh(admin)
    made = admin.ok("drivers", "register", f"{name}_drv", "--qpu", name, "--kind", "mock", "--json").json
    assert made["token"]
    answer = admin("qpus", "delete", name, "--yes")
    assert answer.code == 1
    assert f"{name}_drv" in answer.err
    admin.ok("drivers", "delete", f"{name}_drv", "--yes")
    admin.ok("qpus", "delete", name, "--yes")


def test_drivers_are_registered_listed_and_disabled(admin: Command) -> None:
    name = fresh(admin)
    shown = admin.ok("drivers", "register", f"{name}_d", "--qpu", name, "--kind", "mock")
    assert "token" in shown.out
    assert "Shown only once" in shown.err
    listed = admin.ok("drivers", "list", "--qpu", name)
    assert f"{name}_d" in listed.out
    admin.ok("drivers", "disable", f"{name}_d", "--yes")
    assert admin.ok("drivers", "list", "--qpu", name, "--json").json[0]["enabled"] is False
    admin.ok("drivers", "enable", f"{name}_d", "--yes")
    assert admin.ok("drivers", "list", "--qpu", name, "--json").json[0]["enabled"] is True
    assert admin("drivers", "delete", "no_such_driver", "--yes").code == 5
    assert admin("drivers", "register", "x", "--qpu", name, "--kind", "custom").code == 2
    assert admin("drivers", "register", "x", "--qpu", name, "--kind", "steam").code == 2


def test_users_cannot_change_qpus_or_drivers(person: Command, qpu: dict[str, Any]) -> None:
    assert qpu["id"] in person.ok("qpus", "list", "--csv").out
    for words in (("qpus", "disable", qpu["id"], "--yes"), ("drivers", "disable", qpu["driver"], "--yes")):
        assert person(*words).code == 4


def test_telemetry_is_printed_by_channel_and_raw(admin: Command, new_cryostat: str) -> None:
    answer = admin.ok("telemetry", "--qpu", new_cryostat)
    assert "Channel" in answer.out.splitlines()[0]
    channels = admin.ok("telemetry", "--qpu", new_cryostat, "--json").json
    assert {"channel", "value", "unit", "status", "ts"} <= channels[0].keys()
    raw = admin.ok("telemetry", "--qpu", new_cryostat, "--raw", "--csv")
    assert raw.out.splitlines()[0].startswith("id,channel,ts,value")
    assert admin("telemetry", "--qpu", "no_such_qpu").code == 5
    assert admin("telemetry", "--since", "whenever").code == 2


def test_telemetry_accepts_a_filter_a_view_and_limits(admin: Command, new_cryostat: str, folders: Path) -> None:
    words = ("telemetry", "--qpu", new_cryostat)
    every = admin.ok(*words, "--json").json
    # This gauge fails for one minute in ten.
    name = next(each["channel"] for each in every if each["channel"] != FAILING)
    found = admin.ok(*words, "--filter", f'channel:"{name}"', "--json").json
    assert found
    assert len(found) < len(every)
    assert all(name in each["channel"] for each in found)
    raw = admin.ok(*words, "--filter", f'channel:"{name}"', "--raw", "--jsonl").out.splitlines()
    assert all(name in json.loads(line)["channel"] for line in raw)
    wrong = admin(*words, "--filter", "chanel:x")
    assert (wrong.code, "Did you mean channel:?" in wrong.err) == (2, True)
    folder = folders / "config" / "qpi-tui"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "views.toml").write_text(
        "[cold]\nlist = 'telemetry'\nfilter = 'unit:K'\ncolumns = ['value', 'channel']\nsort = '-channel'\n"
    )
    shown = admin.ok(*words, "--view", "cold").out.splitlines()
    assert shown[0].split() == ["Value", "Channel"]
    kelvin = sorted((each["channel"] for each in every if "K" in each["unit"]), reverse=True)
    assert [line.split(maxsplit=1)[1] for line in shown[1:]] == kelvin

    def bad() -> set[str]:
        return {each["channel"] for each in admin.ok(*words, "--filter", "state:bad", "--json").json} - {FAILING}

    assert bad() == set()
    (folder / "config.toml").write_text(f'[thresholds]\n"{name}" = {{ max = -1e9 }}\n')
    assert bad() == {name}
    assert "too high" in admin.ok(*words, "--filter", "state:bad").out


def test_an_unreachable_server_exits_with_3(sandbox: Sandbox, admin: Command) -> None:
    answer = admin("qpus", "list", QPI_URL="http://127.0.0.1:9")
    assert answer.code == 3
    assert "127.0.0.1:9" in answer.err
