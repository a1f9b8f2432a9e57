"""The worker's calls to the server: the private routes of `pb_hooks/worker.pb.js`, and the public ones for users."""

from __future__ import annotations

import json
from typing import Any

import httpx

from qpi_sandbox.worker.settings import WorkerSettings


class WorkerApi:
    """Asks and reports, over one connection pool. Safe to use from several threads."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._http = httpx.Client(base_url=settings.url, timeout=30.0, trust_env=False)
        self._key = {"X-Sandbox-Key": settings.key}

    def schedule(self) -> dict[str, Any]:
        """Return everything to decide on, see `lib/worker.js`."""
        answer = self._http.get("/api/sandbox/schedule", headers=self._key)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def claim(self, job: str, driver: str) -> dict[str, Any] | None:
        """Mark a pending job as running and return its payload; None where it is not pending any more."""
        answer = self._post(f"jobs/{job}/claim", {"node": driver})
        if answer.status_code == httpx.codes.CONFLICT:
            return None
        answer.raise_for_status()
        payload: dict[str, Any] = answer.json()["payload"]
        return payload

    def finish(self, job: str, driver: str, results: str) -> bool:
        """Bring a job's results, JSON text; False where the driver is not connected any more.

        They go as text: the server's JavaScript would put the keys of counts in an order of its own.
        """
        return self._post(f"jobs/{job}/finish", {"node": driver, "results": results}).status_code == httpx.codes.OK

    def put_back(self, job: str, updated: str) -> bool:
        """Make a job pending again that has been running since `updated`."""
        return self._post(f"jobs/{job}/back", {"updated": updated}).status_code == httpx.codes.OK

    def attach(self, driver: str) -> None:
        """Report that a driver's connection has opened."""
        self._post(f"nodes/{driver}/attach", {})

    def detach(self, driver: str) -> None:
        """Report that a driver's connection has closed."""
        self._post(f"nodes/{driver}/detach", {})

    def start(self, driver: str) -> None:
        """Restart a driver's process, as a service manager would."""
        self._post(f"nodes/{driver}/start", {})

    def reading(self, driver: str, qpu: str, ts: str, payload: dict[str, Any]) -> None:
        """Store one reading of a cryostat."""
        self._post("readings", {"driver": driver, "qpu": qpu, "ts": ts, "payload": payload})

    def sign_in(self, identity: str, password: str) -> tuple[str, str]:
        """Sign in as a user; return the session's token and the user's id."""
        body = {"identity": identity, "password": password}
        answer = self._http.post("/api/collections/users/auth-with-password", json=body)
        answer.raise_for_status()
        return answer.json()["token"], answer.json()["record"]["id"]

    def as_user(self, token: str, path: str, body: dict[str, Any]) -> httpx.Response:
        """Send what a user would."""
        return self._http.post(path, json=body, headers={"Authorization": token})

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self._http.post(
            f"/api/sandbox/{path}", content=json.dumps(body), headers={**self._key, "Content-Type": "application/json"}
        )
