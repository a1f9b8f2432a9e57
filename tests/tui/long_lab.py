"""A laboratory in which every name and text has the greatest length found in practice, for narrow terminals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from qpi_client import QPIClient
from qpi_sandbox import Credentials, Sandbox
from tests.conftest import sign_in
from tests.tui.scenarios.test_results import stored


def words(about: str, length: int) -> str:
    """Return a sentence of about this many characters that occurs once, so that a truncated end is noticeable."""
    said, number = f"{about} begins", 0
    while len(said) < length - 20:
        number += 1
        said += f" word{number}"
    return f"{said} and ends, {about}."


EMAIL = "wilhelmina.oosterhout@physics.lab.example"
NAME = "Wilhelmina Konstantina van der Oosterhout"
OTHER = "bartholomeus.longstreet@physics.lab.example"
QPU = "qpu_transmon_north_wing_cryostat_two_mk7"
DRIVER = "drv_transmon_north_wing_cryostat_two_mk7"
HOST = "control-rack-seven.north-wing.lab.example"
TOKEN = "night calibration of the north wing, 2026"
TITLE = words("Title", 90)
TEXT = words("Announcement", 400)
WHY = words("Reason", 300)
REJECTED = words("Rejection", 300)
ERROR = words("Failure", 300)
CHANNEL = "north_wing.cryostat_two.mixing_chamber_pl"


class LongLab:
    """Creates it on a running sandbox. `user` requests time, owns the jobs and slots, and receives the
    announcement.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        head = {"Authorization": sign_in(sandbox.url, sandbox.admin, "_superusers")}
        with httpx.Client(base_url=sandbox.url, headers=head, timeout=20) as http:
            self._http = http
            self.user = self._person(EMAIL, NAME)
            self.other = self._person(OTHER, "Bartholomeus Longstreet the Younger")
            self.qpu = self._post("/api/op/qpus/create", {"name": QPU, "num_qubits": 20, "enabled": True})
            self._drivers()
            self.pending = self._asks(self.user, WHY)
            self.second = self._asks(self.other, words("Second", 300))
            self.rejected = self._asks(self.user, words("Before", 300))
            with QPIClient(sandbox.url) as client:
                client.auth_with_password(sandbox.admin.identity, sandbox.admin.password, collection="_superusers")
                client.update_time_request(self.rejected, "rejected", REJECTED)
                client.create_token(TOKEN, datetime.now(UTC) + timedelta(days=30))
                client.create_time_slot(*_hours(0, 2), booked_by=self.user.id)
                client.create_time_slot(*_hours(3, 5), booked_by=self.other.id)
            with QPIClient(sandbox.url) as client:
                client.auth_with_password(EMAIL, self.user.password)
                client.create_token(TOKEN, datetime.now(UTC) + timedelta(days=30))
            self.failed = stored(http, self.user, self.qpu, {"error": ERROR}, status="failed")
            payload = {"circuits": [{"circuit": "OPENQASM 3.0;\nqubit q;\n"}], "shots": 10, "qpu_target": self.qpu}
            self.waits = self._record("quantum_jobs", user_id=self.user.id, qpu_target=self.qpu, status="pending",
                                      payload=payload)  # fmt: skip
            self.notice = self._record("notifications", title=TITLE, description=TEXT, target_users=self.user.id,
                                       end_time=(datetime.now(UTC) + timedelta(days=2)).isoformat())  # fmt: skip
            self._record("themes", name=words("Theme", 60), site_name=words("Site", 60), custom_css="p {}", tokens={})
            http.post("/api/backups", json={"name": f"{'long-' * 20}name.zip"}).raise_for_status()
            readings = {CHANNEL: {"value": 0.012, "unit": "kelvin", "status": words("Status", 60)}}
            self._record("events", type="CryostatReading", driver=self.monitor, qpu=self.qpu,
                         ts=datetime.now(UTC).isoformat(), payload={"readings": readings})  # fmt: skip

    @property
    def in_next_week(self) -> bool:
        """Whether the slots, which start in a day, are in the next week."""
        return datetime.now(UTC).weekday() == 6

    def _post(self, path: str, body: dict[str, Any]) -> str:
        answer = self._http.post(path, json=body)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def _record(self, collection: str, **body: Any) -> str:
        return self._post(f"/api/collections/{collection}/records", body)

    def _person(self, email: str, name: str) -> Credentials:
        password = "a-password-1234"
        id = self._record("users", email=email, password=password, passwordConfirm=password, name=name,
                          emailVisibility=True, qpu_seconds=123456)  # fmt: skip
        return Credentials(email, password, id)

    def _drivers(self) -> None:
        body = {"name": DRIVER, "qpu": self.qpu, "kind": "qiskit_aer", "language": "typescript"}
        self.driver = self._post("/api/op/drivers/create", body)
        body = {"name": f"{DRIVER}_monitor", "qpu": self.qpu, "kind": "bluefors_gen1", "language": "python"}
        self.monitor = self._post("/api/op/drivers/create", body)
        told = {"host": HOST, "version": "2026.11.0-rc.1+north"}
        self._http.patch(f"/api/collections/drivers/records/{self.driver}", json=told).raise_for_status()

    def _asks(self, who: Credentials, reason: str) -> str:
        head = {"Authorization": sign_in(self.sandbox.url, who)}
        body = {"user": who.id, "status": "pending", "seconds": 5400, "requested_reason": reason}
        answer = httpx.post(f"{self.sandbox.url}/api/collections/qpu_time_requests/records", json=body, headers=head)
        answer.raise_for_status()
        return str(answer.json()["id"])


def _hours(first: int, last: int) -> tuple[datetime, datetime]:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    return start + timedelta(hours=first), start + timedelta(hours=last)
