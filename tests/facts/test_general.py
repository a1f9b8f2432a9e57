"""The interface in general, and permissions."""

from __future__ import annotations

import base64
import json
import os
import time

import pytest

from tests.contract.realtime import opened
from tests.facts.facts import fact
from tests.facts.world import RECORDS, Person, World

JOBS = RECORDS.format("quantum_jobs")


@pytest.fixture(scope="module")
def ann(world: World) -> Person:
    """Return a user with 35 jobs."""
    ann = world.person()
    for _ in range(35):
        ann.submit("")
    return ann


def lifetime(token: str) -> float:
    """Return the seconds until a session expires."""
    part = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return float(claims["exp"]) - time.time()


@fact("lists.cut", "lists.pages")
def test_a_list_has_pages_of_thirty_by_default(ann: Person) -> None:
    cut = ann.http.get(JOBS).json()
    assert (len(cut["items"]), cut["totalItems"], cut["perPage"]) == (30, 35, 30)
    last = ann.http.get(JOBS, params={"page": 2, "perPage": 30, "sort": "created", "fields": "id,status"}).json()
    assert [sorted(item) for item in last["items"]] == [["id", "status"]] * 5
    assert ann.http.get(JOBS, params={"perPage": 5000}).json()["perPage"] == 1000
    without = ann.http.get(JOBS, params={"skipTotal": 1}).json()
    assert (without["totalItems"], len(without["items"])) == (-1, 30)
    found = ann.http.get(JOBS, params={"filter": f"id = '{last['items'][0]['id']}'", "expand": "user_id"}).json()
    assert found["items"][0]["expand"]["user_id"]["id"] == ann.id


@fact("routes.bare-json")
def test_custom_routes_return_bare_json(ann: Person) -> None:
    assert isinstance(ann.http.get("/api/jobs").json(), list)
    assert isinstance(ann.http.get("/api/qpus").json(), list)


@fact("errors.shape")
def test_errors_name_the_field(world: World) -> None:
    answer = world.admin.post(RECORDS.format("notifications"), json={"title": ""})
    told = answer.json()
    assert (answer.status_code, told["status"]) == (400, 400)
    assert isinstance(told["message"], str)
    assert set(told["data"]["title"]) == {"code", "message"}


@fact("dates.format")
def test_dates_are_written_with_a_space_and_rfc_3339_is_accepted(world: World) -> None:
    body = {"title": "dated", "end_time": "2090-01-02T03:04:05.678+01:00"}
    made = world.create("notifications", **body)
    assert made["end_time"] == "2090-01-02 02:04:05.678Z"
    assert made["created"].endswith("Z")
    assert "T" not in made["created"]


@fact("stream.hello")
def test_the_stream_sends_its_id_and_the_subscribed_events(world: World) -> None:
    with opened(world.server.url) as stream:
        name, data = stream.next()
        assert name == "PB_CONNECT"
        body = {"clientId": data["clientId"], "subscriptions": ["notifications/*"]}
        assert world.admin.post("/api/realtime", json=body).status_code == 204
        made = world.create("notifications", title="streamed")
        name, data = stream.next()
        assert (name, data["action"], data["record"]["id"]) == ("notifications/*", "create", made["id"])


@fact("stream.idle")
@pytest.mark.skipif(not os.environ.get("QPI_TEST_SLOW"), reason="takes five minutes; QPI_TEST_SLOW=1 tries it")
def test_an_idle_stream_is_closed_after_five_minutes(world: World) -> None:
    begun = time.monotonic()
    with world.server.client() as client, client.stream("GET", "/api/realtime", timeout=400) as answer:
        for _ in answer.iter_lines():
            pass
    assert 290 < time.monotonic() - begun < 330


@fact("paths.unknown")
def test_an_unknown_path_returns_an_html_page(world: World) -> None:
    answer = world.nobody.get("/api/no/such/thing")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


@fact("session.superuser", "jobs.own")
def test_a_superuser_session_sees_everything_and_lasts_a_day(world: World, ann: Person) -> None:
    assert 86_000 < lifetime(world.admin.headers["authorization"]) <= 86_400
    assert world.admin.get(JOBS, params={"filter": f"user_id = '{ann.id}'"}).json()["totalItems"] == 35


@fact("session.user", "jobs.own")
def test_a_user_session_sees_own_jobs_and_requests_and_all_slots_and_lasts_five_days(world: World, ann: Person) -> None:
    assert 431_000 < lifetime(ann.http.headers["authorization"]) <= 432_000
    bob = world.person()
    job = bob.submit("")
    request = bob.http.post(
        RECORDS.format("qpu_time_requests"), json={"user": bob.id, "status": "pending", "seconds": 60}
    ).json()["id"]
    times = {"start_time": "2087-05-05 10:00:00Z", "end_time": "2087-05-05 11:00:00Z"}
    slot = world.create("time_slots", **times, booked_by=bob.id)["id"]
    assert ann.http.get(f"{JOBS}/{job}").status_code == 404
    assert ann.http.get(f"{RECORDS.format('qpu_time_requests')}/{request}").status_code == 404
    assert ann.http.get(f"{RECORDS.format('time_slots')}/{slot}").status_code == 200
    assert bob.http.get(f"{JOBS}/{job}").status_code == 200
    assert [each["id"] for each in bob.http.get("/api/jobs").json()] == [job]
    world.admin.delete(f"{RECORDS.format('time_slots')}/{slot}")


@fact("jobs.own")
def test_own_jobs_accept_limit_skip_and_sort(ann: Person) -> None:
    every = ann.http.get("/api/jobs", params={"sort": "created"}).json()
    some = ann.http.get("/api/jobs", params={"sort": "created", "limit": 3, "skip": 2}).json()
    assert [each["id"] for each in some] == [each["id"] for each in every[2:5]]


@fact("session.token")
def test_a_token_can_read_custom_routes_only(ann: Person) -> None:
    with ann.token() as script:
        jobs = script.get("/api/jobs").json()
        assert len(jobs) == 35
        listed = script.get(JOBS)
        assert (listed.status_code, listed.json()["items"]) == (200, [])
        assert script.get(f"{JOBS}/{jobs[0]['id']}").status_code == 404


@fact("session.anonymous")
def test_everyone_sees_qpus_drivers_and_telemetry(world: World) -> None:
    world.register(world.qpu())
    for collection in ("qpus", "drivers"):
        assert world.nobody.get(RECORDS.format(collection)).json()["totalItems"] > 0
    assert world.nobody.get(RECORDS.format("events")).status_code == 200
    for collection in ("quantum_jobs", "users", "time_slots", "notifications"):
        assert world.nobody.get(RECORDS.format(collection)).json()["totalItems"] == 0


@fact("session.refresh")
def test_a_session_is_refreshed(ann: Person) -> None:
    answer = ann.http.post("/api/collections/users/auth-refresh")
    assert answer.status_code == 200
    assert ann.http.get(JOBS, headers={"Authorization": answer.json()["token"]}).json()["totalItems"] == 35


@fact("session.forged")
def test_a_forged_session_is_anonymous_on_collections(ann: Person) -> None:
    forged = {"Authorization": ann.http.headers["authorization"][:-4] + "AAAA"}
    assert ann.http.get("/api/jobs", headers=forged).status_code == 401
    listed = ann.http.get(JOBS, headers=forged)
    assert (listed.status_code, listed.json()["items"]) == (200, [])


@fact("server.version")
def test_the_version_is_for_superusers(world: World, ann: Person) -> None:
    assert world.admin.get("/api/op/version").json()["version"].startswith("v0.1")
    assert ann.http.get("/api/op/version").status_code == 403
