"""`--watch` on a list: new and changed records follow, as lines on a pipe and as a redrawn table on a terminal."""

from __future__ import annotations

import json

from tests.cli.command import Command
from tests.cli.process import running
from tests.cli.terminal import at_terminal
from tests.conftest import NewQpu, NewUser


def test_a_watched_list_prints_what_changes_and_nothing_else(admin: Command, new_qpu: NewQpu) -> None:
    kept, changed = new_qpu(online=False), new_qpu(online=False)
    words = ("qpus", "list", "--watch", "-o", "json", "--filter", f"id:{kept['id']},{changed['id']}")
    with running(*words, environment=admin.environment) as watch:
        watch.until(lambda: len(watch.lines) == 2, "both QPUs")
        new_qpu(online=False)
        admin.ok("qpus", "disable", changed["name"], "--yes")
        watch.until(lambda: len(watch.lines) > 2, "the change")
        found = [json.loads(line) for line in watch.lines[2:]]
        assert {each["id"] for each in found} == {changed["id"]}
        assert found[-1]["enabled"] is False
        assert watch.interrupt() == 130


def test_watched_telemetry_prints_each_new_reading(admin: Command, new_cryostat: str) -> None:
    (first, *_) = admin.ok("telemetry", "--qpu", new_cryostat, "--json").json
    words = ("telemetry", "--qpu", new_cryostat, "--watch", "-o", "json", "--filter", f"channel:{first['channel']}")
    with running(*words, environment=admin.environment) as watch:
        watch.until(lambda: len(watch.lines) >= 3, "two new readings")
        found = [json.loads(line) for line in watch.lines]
        assert {each["channel"] for each in found} == {first["channel"]}
        moments = [each["ts"] for each in found]
        assert moments == sorted(set(moments))
        assert watch.interrupt() == 130


def test_a_watched_ledger_prints_a_new_credit(admin: Command, new_user: NewUser) -> None:
    user = new_user(seconds=7200)
    words = ("users", "ledger", user.identity, "--watch", "-o", "json", "--filter", "kind:credit")
    with running(*words, environment=admin.environment) as ledger:
        admin.ok("users", "allocate", user.identity, "+1h", "--yes")
        ledger.until(lambda: len(ledger.lines) == 1, "the credit")
        assert json.loads(ledger.lines[0])["seconds"] == 3600
        assert ledger.interrupt() == 130


def test_booking_a_free_span_updates_the_watched_list(admin: Command, new_user: NewUser) -> None:
    user = new_user(seconds=7200)
    words = ("slots", "free", "--length", "25m", "--since", "2093-03-03", "--limit", "1")
    with running(*words, "--watch", "-o", "name", environment=admin.environment) as free:
        free.until(lambda: len(free.lines) == 1, "the first free time")
        admin.ok("slots", "book", free.lines[0], "--for", user.identity, "--yes")
        free.until(lambda: len(free.lines) == 2, "the one after it")
        assert free.lines[0] < free.lines[1]
        assert free.interrupt() == 130


def test_the_table_is_redrawn_on_a_terminal(admin: Command, new_qpu: NewQpu) -> None:
    qpu = new_qpu(online=False)
    with at_terminal("qpus", "list", "-w", "--filter", qpu["name"], **admin.environment) as terminal:
        terminal.reads(qpu["name"])
        terminal.reads("on, offline")
        admin.ok("qpus", "disable", qpu["name"], "--yes")
        terminal.reads("\x1b[H")
        terminal.reads("○ off")
        # Nothing of the previous table is left below it.
        terminal.reads("\x1b[J")
