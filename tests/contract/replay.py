"""Replay the recorded scenarios of one generation against a new sandbox, as the recorded accounts, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import sign_in
from tests.contract.compare import Names, compare

DATA = Path(__file__).parent / "data"
ADMIN_PASSWORD = "admin12345"
PEOPLE = {"alice": "alice-pass-1234", "bob": "bob-pass-1234"}
FORGED = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEyMzQ1Njc4OTAxMjM0NSJ9.c2lnbmF0dXJl"
# This one subscribes in the middle; tests/contract/test_realtime.py replays it.
REALTIME = "11-realtime"
LATER = (REALTIME, "12-job-results", "13-telemetry")


@dataclass
class Outcome:
    """The outcome of a replay: the number of exchanges, and each difference as scenario, note and line."""

    exchanges: int = 0
    differences: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def unequal(self) -> int:
        """Return how many exchanges differ somewhere."""
        return len({(scenario, note) for scenario, note, _ in self.differences})


def load(generation: str, scenario: str) -> list[dict[str, Any]]:
    """Load one recorded scenario."""
    result: list[dict[str, Any]] = json.loads((DATA / generation / f"{scenario}.json").read_text(encoding="utf-8"))
    return result


def scenarios(generation: str) -> list[str]:
    """Return the scenarios of a generation, in order."""
    return sorted(path.stem for path in (DATA / generation).glob("*.json"))


class Replay:
    """The replay of one generation. State carries over from scenario to scenario."""

    def __init__(self, sandbox: Sandbox, generation: str) -> None:
        self.sandbox = sandbox
        self.generation = generation
        self.outcome = Outcome()
        first_user = load(generation, "02-auth")[3]["answer"]["created"]
        recorded = datetime.fromisoformat(first_user.replace(" ", "T").replace("Z", "+00:00"))
        self.names = Names(datetime.now(UTC) - recorded)
        self.http = httpx.Client(base_url=sandbox.url, timeout=20)
        self._sessions: dict[str, str] = {}
        self._api_tokens: dict[str, str] = {}

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def run(self, scenario: str) -> None:
        """Replay one scenario of plain exchanges."""
        if scenario == "03-users":
            self._make_users()
        for exchange in load(self.generation, scenario):
            self.exchange(scenario, exchange)

    def exchange(self, scenario: str, recorded: dict[str, Any]) -> httpx.Response:
        """Send one recorded request and compare the answer."""
        answer = self.send(recorded)
        self.outcome.exchanges += 1
        found = self.differences(recorded, answer)
        self.outcome.differences += [(scenario, recorded["note"], line) for line in found]
        self._remember_token(recorded, answer)
        return answer

    def send(self, recorded: dict[str, Any]) -> httpx.Response:
        """Send a recorded request with current ids, tokens and times, as its recorded caller."""
        path = self.names.translate(recorded["path"])
        query = self.names.translate(recorded.get("query") or {})
        headers = self.headers(recorded["as"])
        if recorded.get("raw_body") is not None:
            headers["Content-Type"] = "application/json"
            return self.http.request(
                recorded["method"], path, params=query, content=recorded["raw_body"], headers=headers
            )
        body = recorded.get("body")
        content = {} if body is None else {"json": self.names.translate(body)}
        return self.http.request(recorded["method"], path, params=query, headers=headers, **content)

    def headers(self, who: str) -> dict[str, str]:
        """Return the headers that identify a recorded account."""
        if who == "anonymous":
            return {}
        if who == "forged":
            return {"Authorization": FORGED}
        if who == "bad-token":
            return {"X-API-Token": "qpi_" + "0" * 64}
        if who in ("alice-token", "expired-token"):
            return {"X-API-Token": self._api_tokens[who]}
        if who == "bearer":
            return {"Authorization": "Bearer " + self._session("alice")}
        return {"Authorization": self._session(who)}

    def differences(self, recorded: dict[str, Any], answer: httpx.Response) -> Iterator[str]:
        """Compare an answer with the recorded one, one line per difference."""
        if answer.status_code != recorded["status"]:
            yield f"status: {recorded['status']} recorded, {answer.status_code} now"
        for header, value in recorded["headers"].items():
            if answer.headers.get(header) != value:
                yield f"{header}: {value!r} recorded, {answer.headers.get(header)!r} now"
        if recorded.get("answer_text") is not None:
            yield from compare(recorded["answer_text"], answer.text, self.names)
        elif recorded.get("answer") is None:
            if answer.content:
                yield f"answer: none recorded, {answer.text[:120]!r} now"
        else:
            try:
                ours = answer.json()
            except ValueError:
                yield f"answer: JSON recorded, {answer.text[:120]!r} now"
                return
            yield from compare(recorded["answer"], self._cut(recorded, ours), self.names)
            counted = recorded.get("items_in_answer")
            items = ours.get("items", []) if isinstance(ours, dict) else ours
            if counted is not None and len(items) != counted:
                yield f"items: {counted} recorded, {len(items)} now"

    @staticmethod
    def _cut(recorded: dict[str, Any], ours: Any) -> Any:
        """Reduce a long page to what the recording kept of it."""
        if recorded.get("items_in_answer") is None:
            return ours
        kept = recorded["answer"]
        if isinstance(kept, dict) and isinstance(ours, dict):
            return {**ours, "items": ours.get("items", [])[: len(kept["items"])]}
        return ours[: len(kept)]

    def _session(self, who: str) -> str:
        if who not in self._sessions:
            if who == "admin":
                self._sessions[who] = sign_in(self.sandbox.url, self.sandbox.admin, "_superusers")
            else:
                person = Credentials(f"{who}@example.com", PEOPLE[who])
                self._sessions[who] = sign_in(self.sandbox.url, person)
        return self._sessions[who]

    def _remember_token(self, recorded: dict[str, Any], answer: httpx.Response) -> None:
        if recorded["path"] == "/api/tokens" and answer.status_code == 201:
            name = answer.json()["name"]
            known = {"laptop": "alice-token", "old": "expired-token"}.get(name)
            if known:
                self._api_tokens[known] = answer.json()["token"]

    def _make_users(self) -> None:
        """Create the 42 users that were created outside the recording."""
        for i in range(42):
            body = {
                "email": f"user{i:02}@example.com",
                "password": "user-pass-1234",
                "passwordConfirm": "user-pass-1234",
                "name": "" if i % 5 == 0 else f"User {i:02}",
                "emailVisibility": i % 3 != 0,
            }
            answer = self.http.post("/api/collections/users/records", json=body, headers=self.headers("admin"))
            answer.raise_for_status()
