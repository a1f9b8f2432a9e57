"""What covers each fact: over plain HTTP, through the commands, at the console.

`python -m tests.facts.fact_coverage` writes the table.

A test in this folder names its facts. If another test of the project covers a fact, `COMMANDS` or `CONSOLE` names it.
If an interface does not apply, `WITHOUT` gives the reason. `test_complete.py` fails if neither does.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.facts.facts import FACTS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TABLE = HERE / "COVERAGE.md"
INTERFACES = {"fact": "http", "by_command": "command", "by_console": "console"}

_CLI, _TUI = "tests/cli/test_{}.py::{}", "tests/tui/scenarios/test_{}.py::{}"


def _cli(file: str, test: str) -> str:
    return _CLI.format(file, f"test_{test}")


def _tui(file: str, test: str) -> str:
    return _TUI.format(file, f"test_{test}")


COMMANDS: dict[str, str] = {
    "stream.idle": _cli("following", "tail_reports_an_outage_and_misses_no_change"),
    "session.forged": _cli("session", "without_a_stored_password_an_expired_session_is_reported"),
    "session.refresh": _cli("session", "a_stored_password_renews_an_expired_session"),
    "users.delete": _cli("users", "a_user_is_edited_and_deleted_with_dependent_records"),
    "users.address": _cli("users", "a_user_is_edited_and_deleted_with_dependent_records"),
    "users.impersonate": _cli("users", "an_administrator_views_the_lab_as_a_user"),
    "tokens.expiry": _cli("fields", "the_expiry_of_a_token_is_changed"),
    "auth.oauth2": _cli("sign_in_methods", "single_sign_on_prints_the_address_and_waits"),
    "auth.otp": _cli("sign_in_methods", "a_one_time_code_from_the_mail_signs_in"),
    "auth.mfa": _cli("sign_in_methods", "two_factors_are_a_password_and_then_a_code"),
    "auth.mails": _cli("sign_in_methods", "a_forgotten_password_is_reset_by_mail"),
}
"""Tests of the commands that cover a fact."""

CONSOLE: dict[str, str] = {
    "routes.bare-json": _tui("api_token", "a_token_shows_jobs_qpus_drivers_and_telemetry_only"),
    "errors.shape": _tui("admins", "a_reason_of_ten_thousand_characters_is_rejected_and_the_draft_is_kept"),
    "dates.format": _tui("calendar", "the_list_and_the_grid_agree_in_both_time_zones"),
    "stream.idle": "tests/tui/unit/test_event_stream.py::test_a_silent_stream_is_replaced_before_the_server_closes_it",
    "paths.unknown": _tui("sign_in", "an_unreachable_server_and_a_non_qpi_server_have_different_messages"),
    "session.forged": _tui("sign_in", "a_lost_session_opens_sign_in_over_the_screen"),
    "jobs.superuser": _tui("allocations", "the_hidden_user_of_a_superuser_is_labelled"),
    "jobs.unchecked": _tui("submit", "certain_failures_are_reported_and_a_paste_replaces_the_bell_pair"),
    "jobs.no-balance": _tui("submit", "without_a_balance_nothing_is_sent"),
    "jobs.cancel": _tui("users", "an_admin_cancels_the_job_of_a_user"),
    "jobs.no-index": _tui("doctor", "findings_are_shown_and_indexes_added"),
    "users.self-credit": _tui("doctor", "findings_are_shown_and_indexes_added"),
    "qpus.fields": _tui("registry", "name_state_qubits_queue_and_driver_are_filtered_and_sorted"),
    "qpus.list": _tui("registry", "an_enabled_qpu_that_is_offline_explains_why"),
    "qpus.disable": _tui("operators", "disabling_reports_queued_jobs_and_sends_the_desired_state"),
    "qpus.enable": _tui("operators", "disabling_reports_queued_jobs_and_sends_the_desired_state"),
    "qpus.delete": _tui("drivers", "a_driver_is_deleted_and_then_its_qpu"),
    "qpus.older": _tui("older_servers", "screens_that_the_server_lacks_are_absent"),
    "drivers.kinds": _tui("drivers", "a_custom_driver_lists_its_events"),
    "drivers.create": _tui("drivers", "the_token_is_shown_once_and_saved_to_a_private_file"),
    "drivers.enable": _tui("drivers", "disabling_a_driver_explains_the_effect_and_can_be_undone"),
    "dispatch.order": _tui("waiting", "the_slot_holder_goes_first_and_is_named"),
    "dispatch.maintenance": _tui("operators", "a_qpu_is_put_into_maintenance_and_back"),
    "requests.race": _tui("admins", "a_request_handled_meanwhile_is_reported_and_not_credited_twice"),
    "requests.withdraw": _tui("users", "a_user_requests_time_and_withdraws"),
    "slots.shape": _tui("users", "a_slot_is_booked_by_text_and_cancelled_and_overlap_is_rejected"),
    "slots.past": _tui("users", "a_past_time_is_rejected_before_it_is_sent"),
    "tokens.once": _tui("tokens", "a_token_is_created_shown_once_renamed_and_revoked"),
    "users.delete": "tests/faults/test_admin_actions.py::test_an_admin_action_is_performed_by_its_key",
    "users.address": "tests/faults/test_admin_actions.py::test_an_admin_action_is_performed_by_its_key",
    "tokens.expiry": "tests/faults/test_admin_actions.py::test_an_admin_action_is_performed_by_its_key",
    "telemetry.readings": _tui("telemetry", "a_failed_a_silent_and_a_high_channel_stand_out"),
    "auth.methods": _tui("sign_in_methods", "disabled_sign_in_methods_are_not_offered"),
    "auth.oauth2": _tui("signing_in", "single_sign_on_works_in_any_browser"),
    "auth.mails": _tui("signing_in", "a_forgotten_password_is_reset_by_mail"),
    "users.impersonate": _tui("look_as", "viewing_as_a_user_is_read_only_and_ended_with_a_key"),
    "themes.collection": _tui("administering", "a_theme_is_imported_from_a_folder_and_exported_to_one"),
    "auth.otp": _tui("sign_in_methods", "disabled_sign_in_methods_are_not_offered"),
    "auth.mfa": _tui("sign_in_methods", "a_correct_password_that_needs_a_second_factor_is_not_reported_as_wrong"),
    "results.unsupported": _tui("results", "registers_are_counted_separately"),
}
"""Tests of the console that cover a fact."""

_MONITORS = "The console derives what it shows about monitors from records: tests/tui/unit/test_qpu_service.py."
WITHOUT: dict[str, dict[str, str]] = {
    "session.refresh": {"console": "Not visible on the screen: tests/client/test_sessions.py."},
    "requests.race": {"command": "A command rereads a request before it approves it, like the console: one edit."},
    "dispatch.order": {"command": "No command shows the order of dispatch."},
    "dispatch.restart": {
        "command": "A server is restarted in the HTTP test only; `doctor` is in tests/tui/unit/test_doctor.py.",
        "console": "The messages are in tests/tui/unit/test_qpu_service.py.",
    },
    "dispatch.older": {"console": "On v0.0 the console shows the messages of the commands: one function."},
    "dispatch.monitor": {"console": _MONITORS},
    "dispatch.monitor-only": {"console": _MONITORS},
    "dispatch.dead": {"console": "A running job that is put back is covered by jobs.timeout."},
    "dispatch.status": {
        "console": "A status that contradicts the drivers is covered by tests/tui/unit/test_qpu_service.py."
    },
    "results.wide": {"console": "The form warns through the same check as the command: domain/circuit_check.py."},
    "results.unsupported": {"command": "Rejected circuits are tested in tests/qasm for all interfaces alike."},
    "themes.routes": {"console": "Themes only affect the dashboard."},
}
"""Interfaces that do not apply, each with the reason."""


def covered() -> dict[str, dict[str, list[str]]]:
    """Return for each fact and interface the tests that cover it."""
    found: dict[str, dict[str, list[str]]] = {
        name: {interface: [] for interface in INTERFACES.values()} for name in FACTS
    }
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for interface, name in _named(node):
                    found[name][interface].append(f"{file.name}::{node.name}")
    for interface, tests in (("command", COMMANDS), ("console", CONSOLE)):
        for name, test in tests.items():
            found[name][interface].append(test)
    return found


def _named(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[str, str]]:
    """Return the interfaces and facts that a test's decorators name."""
    return [
        (INTERFACES[mark.func.id], ast.literal_eval(name))
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id in INTERFACES
        for name in mark.args
    ]


def table() -> str:
    """Return the table as Markdown."""
    lines = [
        "# What covers each fact",
        "",
        "Written by `python -m tests.facts.fact_coverage`. Files without a folder are in `tests/facts`.",
        "",
        "| fact | over HTTP | through the commands | at the console |",
        "|---|---|---|---|",
    ]
    for name, interfaces in covered().items():
        cells = [_cell(tests, WITHOUT.get(name, {}).get(interface, "")) for interface, tests in interfaces.items()]
        lines.append(f"| `{name}`: {FACTS[name]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(tests: list[str], reason: str) -> str:
    return "<br>".join(f"`{test}`" for test in dict.fromkeys(tests)) or reason or "**missing**"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
