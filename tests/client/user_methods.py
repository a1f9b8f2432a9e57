"""Methods of both clients for users."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qpi_client import (
    InvalidValue,
    NotFound,
)
from tests.client.scene import BELL, NUMBERS, Scene, method


@method(
    "list_users",
    "iter_users",
    "get_user",
    "create_user",
    "allocate_qpu_time",
    "add_qpu_time",
    "take_qpu_time",
)
def keeps_users(scene: Scene) -> None:
    email = f"made{next(NUMBERS)}.{scene.who.id}@test.example"
    made = scene.admin.create_user(email, "long-enough-1", 'O"Neil', qpu_seconds=10)
    assert made["qpu_seconds"] == 10
    assert scene.admin.get_user(email)["id"] == scene.admin.get_user(made["id"])["id"] == made["id"]
    assert scene.user.get_user(scene.who.id)["email"] == scene.who.identity
    assert scene.admin.allocate_qpu_time(made["id"], 100.5)["qpu_seconds"] == 100.5
    assert scene.admin.add_qpu_time(made["id"], 9.5)["qpu_seconds"] == 110
    assert scene.admin.take_qpu_time(made["id"], 10)["qpu_seconds"] == 100
    with pytest.raises(InvalidValue, match="100 s"):
        scene.admin.take_qpu_time(made["id"], 101)
    everybody = scene.admin.list_users(fields=["email"])
    assert {key for user in everybody for key in user} == {"id", "email"}
    assert {key for user in scene.admin.iter_users(fields=["email"]) for key in user} == {"id", "email"}
    assert email in {user["email"] for user in everybody}
    assert [user["id"] for user in scene.admin.iter_users()] == [user["id"] for user in everybody]
    assert [user["id"] for user in scene.user.list_users()] == [scene.who.id]


@method("update_user", "delete_user", "count_user_records", "impersonate_user", "request_password_reset", "delete_job")
def manages_users(scene: Scene) -> None:
    number = next(NUMBERS)
    made = scene.admin.create_user(f"gone{number}.{scene.who.identity}", "a-password-1234", name="Gone")
    id = made["id"]
    changed = scene.admin.update_user(id, name="Going", email=f"going{number}@test.example", verified=True)
    assert (changed["name"], changed["email"], changed["verified"]) == ("Going", f"going{number}@test.example", True)
    with pytest.raises(InvalidValue, match="Nothing to change"):
        scene.admin.update_user(id)
    scene.admin.request_password_reset(changed["email"])
    scene.admin.add_qpu_time(id, 60)
    taken = scene.admin.impersonate_user(id, seconds=600)
    assert scene.admin.session.is_superuser
    guest = scene.connect(scene.sandbox.url)
    assert guest.resume_session(taken["token"])["id"] == id
    assert guest.session.renew_at is None
    jobs = [guest.submit_job([{"circuit": BELL}], shots=8, qpu_target=scene.qpu["name"]) for _ in range(2)]
    guest.cancel_job(guest.submit_job([{"circuit": BELL}], shots=8, qpu_target=scene.qpu["name"]))
    for job in jobs:
        guest.wait_job(job, timeout=20)
    guest.create_token("a")
    guest.create_time_request(60)
    start = datetime.now(UTC) + timedelta(days=30, hours=2 * next(NUMBERS))
    guest.create_time_slot(start, start + timedelta(hours=1))
    notice = scene.admin.create_notification("For one", "only", target_user=id)
    held = scene.admin.count_user_records(id)
    ones = dict.fromkeys(("time_slots", "time_requests", "tokens", "announcements"), 1)
    assert held == {"jobs": 3, "pending_jobs": 0, **ones}
    scene.admin.delete_user(id)
    assert scene.admin.count_user_records(id) == dict.fromkeys(held, 0)
    # Nobody sees an announcement for a user that was deleted.
    assert notice["id"] not in {one["id"] for one in scene.admin.list_notifications()}
    # The jobs remain, without a user.
    assert scene.admin.get_job(jobs[0])["user_id"] == ""
    scene.admin.delete_job(jobs[0])
    with pytest.raises(NotFound):
        scene.admin.delete_job(jobs[0])
