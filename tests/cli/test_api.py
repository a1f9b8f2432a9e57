"""`qpi-tui api`: send any request to the server, and only to that server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.cli.command import Command
from tests.conftest import NewUser
from tests.faults.lab import Elsewhere

USERS = "/api/collections/users/records"


def test_api_reads_fields_and_all_pages(admin: Command, new_user: NewUser) -> None:
    made = {new_user(name="by api").id for _ in range(3)}
    answer = admin.ok("api", "GET", USERS, "--field", "filter=name='by api'", "-f", "perPage=2").json
    assert (len(answer["items"]), answer["totalItems"]) == (2, 3)
    all_of_them = ("api", "GET", USERS, "-f", "filter=name='by api'", "-f", "perPage=2", "--paginate")
    assert {user["id"] for user in admin.ok(*all_of_them).json} == made
    ids = admin.ok(*all_of_them, "--jq", ".[] | .id, .qpu_seconds").out.split()
    assert set(ids) == made | {"3600"}
    assert admin.ok("api", "GET", "/api/jobs", "--paginate").json == []
    assert admin("api", "GET", "/api/health", "--paginate").code == 1


def test_api_asks_before_a_write_and_logs_only_the_path(
    admin: Command, user: Credentials, admin_http: httpx.Client, tmp_path: Path
) -> None:
    path = f"{USERS}/{user.id}"
    asked = admin("api", "PATCH", path, "-f", "name=Api")
    assert asked.code == 2
    assert f"Send PATCH {path}?" in asked.err
    assert "Would send PATCH" in admin.ok("api", "PATCH", path, "-f", "name=Api", "--dry-run").err
    changed = admin.ok(
        "api", "PATCH", path, "-f", "qpu_seconds=7.5", "-f", "verified=true", "--raw-field", "name=12", "-y"
    )
    assert (changed.json["qpu_seconds"], changed.json["verified"], changed.json["name"]) == (7.5, True, "12")
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"name": "of a file"}))
    admin.ok("api", "PATCH", path, "--input", str(body), "--yes")
    assert admin.ok("api", "PATCH", path, "--input", "-", "--yes", stdin='{"name": "read"}').json["name"] == "read"
    note = tmp_path / "note.txt"
    note.write_text("long")
    assert admin.ok("api", "PATCH", path, "-f", f"name=@{note}", "--yes").json["name"] == "long"
    logged = admin.ok("audit-log", "--json").json
    assert {f"PATCH {path}"} == {entry["target"] for entry in logged}
    assert "of a file" not in json.dumps(logged)
    assert admin.ok("api", "DELETE", path, "-y").out == ""
    assert admin("api", "GET", path).code == 5


def test_credentials_are_sent_to_no_other_host(admin: Command, sandbox: Sandbox) -> None:
    elsewhere = Elsewhere()
    try:
        other = f"http://127.0.0.1:{elsewhere.port}"
        for path in (
            f"{other}/api/health",
            f"//127.0.0.1:{elsewhere.port}/api/health",
            f"@127.0.0.1:{elsewhere.port}/",
        ):
            refused = admin("api", "GET", path)
            assert refused.code == 2
            assert "no other host" in refused.err
        # Here the server's base URL includes a path.
        assert admin.ok("api", "GET", f"{sandbox.url}/api/health").json["code"] == 200
        with Sandbox(worker=False, faults=[f"redirect={elsewhere.port},route=GET /api/health"]) as spoilt:
            sent = admin("api", "GET", "/api/health", QPI_URL=spoilt.url, QPI_PASSWORD=spoilt.admin.password)
            assert sent.code == 3
            assert "redirects /api/health (status" in sent.err
        assert elsewhere.came == []
    finally:
        elsewhere.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("GET", "/api/health", "-f", "novalue"), "is not NAME=VALUE"),
        (("GET", "/api/health", "--jq", "..["), "--jq: "),
        (("POST", "/api/x", "--paginate"), "use it with GET"),
        (("GET", "/api/health", "--input", "-"), "whole body"),
        (("POST", "/api/x", "--input", "/nonexistent/x.json"), "There is no file"),
    ],
)
def test_invalid_input_is_rejected_before_anything_is_sent(nobody: Command, words: tuple[str, ...], said: str) -> None:
    answer = nobody("api", *words)
    assert answer.code == 2
    assert said in answer.err


def test_missing_jq_names_what_to_install(nobody: Command) -> None:
    with patch.dict(sys.modules, {"jq": None}):
        answer = nobody("api", "GET", "/api/health", "--jq", ".")
    assert answer.code == 1
    assert "pip install 'qpi-tui[jq]'" in answer.err


def test_unknown_and_forbidden_paths_have_their_exit_codes(admin: Command, person: Command) -> None:
    assert admin("api", "GET", "/api/nothing-here").code == 3
    assert person("api", "GET", "/api/settings").code == 4
    assert admin("api", "POST", USERS, "--yes", "--read-only").code == 4
