"""The worker's line to the server: the private routes of pb_hooks/worker.pb.js, and the public ones for live users."""

from __future__ import annotations

import json
from typing import Any

import httpx

from qpi_sandbox.worker.settings import WorkerSettings


class Desk:
    """Asks and reports; one connection pool, safe to use from several threads."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._http = httpx.Client(base_url=settings.url, timeout=30.0, trust_env=False)
        self._key = {"X-Sandbox-Key": settings.key}

    def schedule(self) -> dict[str, Any]:
        """Everything to decide on, see `lib/worker.js`."""
        answer = self._http.get("/api/sandbox/schedule", headers=self._key)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def claim(self, job: str) -> dict[str, Any] | None:
        """Make a pending job running; None where it is not ours to have."""
        answer = self._post(f"jobs/{job}/claim", {})
        if answer.status_code == httpx.codes.CONFLICT:
            return None
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def finish(self, job: str, status: str, results: Any, duration: float) -> bool:
        """Bring a job's outcome; False where it is no longer running."""
        # The results go as text: the server's JavaScript would put the keys of counts in an order of its own.
        told = {"status": status, "results": json.dumps(results), "duration": duration}
        return self._post(f"jobs/{job}/finish", told).status_code == httpx.codes.OK

    def put_back(self, job: str, updated: str) -> bool:
        """Make a running job pending again, if it is still the run that began at `updated`."""
        return self._post(f"jobs/{job}/back", {"updated": updated}).status_code == httpx.codes.OK

    def online(self, node: str) -> None:
        """Report a driver (v0.0: a QPU) as there."""
        self._post(f"nodes/{node}/online", {})

    def reading(self, driver: str, qpu: str, ts: str, payload: dict[str, Any]) -> None:
        """Store one reading of a cryostat."""
        self._post("readings", {"driver": driver, "qpu": qpu, "ts": ts, "payload": payload})

    def sign_in(self, identity: str, password: str) -> tuple[str, str]:
        """Sign in as a user; give the session's token and the user's id."""
        body = {"identity": identity, "password": password}
        answer = self._http.post("/api/collections/users/auth-with-password", json=body)
        answer.raise_for_status()
        return answer.json()["token"], answer.json()["record"]["id"]

    def as_user(self, token: str, path: str, body: dict[str, Any]) -> httpx.Response:
        """Send what a user would."""
        return self._http.post(path, json=body, headers={"Authorization": token})

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self._http.post(f"/api/sandbox/{path}", json=body, headers=self._key)
