"""Users and their records: balances, requests, slots, announcements, tokens."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.facts.facts import fact
from tests.facts.world import RECORDS, Person, World

SANDBOX = not os.environ.get("QPI_TEST_URL")
REQUESTS, SLOTS, NOTICES = (RECORDS.format(name) for name in ("qpu_time_requests", "time_slots", "notifications"))


@pytest.fixture(scope="module")
def ann(world: World) -> Person:
    return world.person()


@pytest.fixture(scope="module")
def bob(world: World) -> Person:
    return world.person()


def request_time(person: Person, **body: Any) -> httpx.Response:
    sent = {"user": person.id, "status": "pending", "seconds": 60, "requested_reason": "facts", **body}
    return person.http.post(REQUESTS, json={key: value for key, value in sent.items() if value is not None})


@fact("users.seconds")
def test_the_server_adds_relative_amounts_to_a_balance(world: World, ann: Person) -> None:
    assert world.patch("users", ann.id, qpu_seconds=10.25).json()["qpu_seconds"] == 10.25
    assert world.patch("users", ann.id, **{"qpu_seconds+": 5}).json()["qpu_seconds"] == 15.25
    assert world.patch("users", ann.id, **{"qpu_seconds-": 0.25}).json()["qpu_seconds"] == 15
    assert world.patch("users", ann.id, qpu_seconds=-1).status_code == 400
    assert world.patch("users", ann.id, qpu_seconds="plenty").json()["qpu_seconds"] == 0
    world.patch("users", ann.id, qpu_seconds=3600).raise_for_status()


@fact("users.delete")
def test_a_user_can_be_deleted_after_slots_and_tokens(world: World, bob: Person) -> None:
    gone = world.person()
    job = gone.submit(world.qpu())
    request = request_time(gone).json()["id"]
    token = gone.http.post("/api/tokens", json={"name": "x"}).json()["id"]
    notice = world.create("notifications", title=world.name("n"), description="x", target_users=gone.id)
    shown = NOTICES + "/" + notice["id"]
    assert bob.http.get(shown).status_code == 404
    path = f"{RECORDS.format('users')}/{gone.id}"
    assert world.admin.delete(path).status_code == 400
    world.admin.delete(f"{RECORDS.format('api_tokens')}/{token}").raise_for_status()
    assert world.admin.delete(path).status_code == 204
    assert world.get("quantum_jobs", job)["user_id"] == ""
    assert world.get("qpu_time_requests", request)["user"] == ""
    assert world.patch("qpu_time_requests", request, status="approved").status_code >= 400
    # An announcement for one deleted user becomes visible to everybody.
    assert bob.http.get(shown).status_code == 200
    for collection, id in (("notifications", notice["id"]), ("qpu_time_requests", request), ("quantum_jobs", job)):
        world.admin.delete(f"{RECORDS.format(collection)}/{id}").raise_for_status()


@fact("users.address", "users.impersonate")
def test_changing_the_address_ends_all_sessions(world: World) -> None:
    ann = world.person()
    path = f"/api/collections/users/impersonate/{ann.id}"
    token = world.admin.post(path, json={"duration": 600}).json()["token"]
    guest = world.server.client({"Authorization": token})
    assert guest.post("/api/collections/users/auth-refresh").json()["token"] == token
    assert ann.http.post(path, json={"duration": 600}).status_code == 403
    world.patch("users", ann.id, email=f"new.{ann.email}", verified=True).raise_for_status()
    for client in (guest, ann.http):
        assert client.post("/api/collections/users/auth-refresh").status_code == 401
    guest.close()


@fact("users.self-credit")
def test_users_can_credit_themselves_on_a_real_server(ann: Person) -> None:
    answer = ann.http.patch(f"{RECORDS.format('users')}/{ann.id}", json={"qpu_seconds": 4000})
    assert answer.status_code == (403 if SANDBOX else 200)


@fact("requests.create")
def test_a_request_must_be_for_oneself_and_pending(ann: Person, bob: Person) -> None:
    assert request_time(ann).status_code == 200
    for wrong in ({"user": None}, {"status": None}, {"status": "approved"}, {"user": bob.id}):
        assert request_time(ann, **wrong).status_code == 400


@fact("requests.order")
def test_requests_have_no_dates(ann: Person) -> None:
    made = [request_time(ann).json()["id"] for _ in range(2)]
    assert ann.http.get(REQUESTS, params={"sort": "created"}).status_code == 400
    listed = ann.http.get(REQUESTS, params={"sort": "-@rowid"}).json()["items"]
    assert [each["id"] for each in listed[:2]] == made[::-1]
    assert "created" not in listed[0]


@fact("requests.approve", "requests.handled-by")
def test_approving_credits_once(world: World) -> None:
    ann = world.person(0)
    request = request_time(ann, seconds=90).json()["id"]
    assert world.patch("qpu_time_requests", request, seconds=900).status_code == 400
    approved = world.patch("qpu_time_requests", request, status="approved").json()
    assert ann.balance() == 90
    me = world.admin.post("/api/collections/_superusers/auth-refresh").json()["record"]["id"]
    assert approved["handled_by"] == me
    expanded = world.admin.get(f"{REQUESTS}/{request}", params={"expand": "handled_by"}).json()
    assert "handled_by" not in expanded.get("expand", {})
    assert world.patch("qpu_time_requests", request, status="approved").status_code == 200
    assert ann.balance() == 90
    assert world.patch("qpu_time_requests", request, status="rejected").status_code == 400


@fact("requests.race")
@pytest.mark.sandbox_only  # a real server may credit twice or once, so there is nothing to check
def test_simultaneous_approvals_credit_once_on_the_sandbox(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ann = world.person(0)
    for _ in range(10):
        request = request_time(ann, seconds=1).json()["id"]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda id: world.patch("qpu_time_requests", id, status="approved"), [request] * 2))
    assert ann.balance() == 10


@fact("requests.withdraw")
def test_a_request_is_withdrawn_while_it_is_pending(world: World, ann: Person, bob: Person) -> None:
    pending, decided = request_time(ann).json()["id"], request_time(ann).json()["id"]
    world.patch("qpu_time_requests", decided, status="rejected").raise_for_status()
    assert bob.http.delete(f"{REQUESTS}/{pending}").status_code == 404
    assert ann.http.delete(f"{REQUESTS}/{pending}").status_code == 204
    assert ann.http.delete(f"{REQUESTS}/{decided}").status_code == 404


def hours(world: World, first: float, last: float) -> dict[str, str]:
    """Return the times of a slot, years ahead, that no other run of these tests has booked."""
    day = datetime(2060, 1, 1, tzinfo=UTC) + timedelta(days=int(world.name("x").split("_")[1][:4], 16))
    start, end = day + timedelta(hours=first), day + timedelta(hours=last)
    return {"start_time": start.isoformat(), "end_time": end.isoformat()}


def book(client: httpx.Client, who: Person, times: dict[str, str]) -> httpx.Response:
    return client.post(SLOTS, json={**times, "booked_by": who.id})


@fact("slots.shape", "slots.others")
def test_slots_do_not_overlap(world: World, ann: Person, bob: Person) -> None:
    first = book(ann.http, ann, hours(world, 10, 11))
    assert first.status_code == 200
    assert "qpu" not in first.json()
    assert book(ann.http, ann, hours(world, 11, 12)).status_code == 200  # back to back
    assert book(ann.http, ann, hours(world, 14, 13)).status_code == 400
    refused = book(bob.http, bob, hours(world, 10.5, 11.5))
    assert (refused.status_code, "overlap" in refused.json()["message"]) == (400, True)
    by_superuser = book(world.admin, bob, hours(world, 10.5, 11.5))
    assert by_superuser.status_code == 400
    assert book(world.admin, bob, hours(world, 15, 16)).json()["booked_by"] == bob.id
    assert book(ann.http, bob, hours(world, 17, 18)).status_code in (200, 400)  # no one can book for another user
    for slot in ann.http.get(SLOTS, params={"filter": f"booked_by = '{bob.id}'"}).json()["items"]:
        assert slot["start_time"] != hours(world, 17, 18)["start_time"]


@fact("slots.past")
def test_only_superusers_book_in_the_past(world: World, ann: Person) -> None:
    day = datetime(2001, 1, 1, tzinfo=UTC) + timedelta(hours=int.from_bytes(os.urandom(3)) % 60_000)
    times = {"start_time": day.isoformat(), "end_time": (day + timedelta(minutes=30)).isoformat()}
    assert book(ann.http, ann, times).status_code == 400
    made = book(world.admin, ann, times)
    assert made.status_code == 200
    path = f"{SLOTS}/{made.json()['id']}"
    later = {"end_time": (day + timedelta(minutes=40)).isoformat()}
    assert ann.http.patch(path, json=later).status_code == 400
    assert ann.http.delete(path).status_code == 400
    assert world.admin.patch(path, json=later).status_code == 200
    assert world.admin.delete(path).status_code == 204


@fact("slots.names")
def test_other_users_names_do_not_expand(world: World, ann: Person, bob: Person) -> None:
    slot = book(world.admin, bob, hours(world, 20, 21)).json()["id"]
    seen = ann.http.get(f"{SLOTS}/{slot}", params={"expand": "booked_by"}).json()
    assert seen["booked_by"] == bob.id
    assert not seen.get("expand")
    whole = world.admin.get(f"{SLOTS}/{slot}", params={"expand": "booked_by"}).json()
    assert whole["expand"]["booked_by"]["email"] == bob.email


@fact("notices.see")
def test_users_see_current_announcements_for_them(world: World, ann: Person, bob: Person) -> None:
    made = {
        name: world.create("notifications", title=name, **body)["id"]
        for name, body in {
            "for all": {}, "for ann": {"target_users": ann.id}, "later": {"start_time": "2090-01-01 00:00:00Z"},
            "over": {"end_time": "2020-01-01 00:00:00Z"},
        }.items()
    }  # fmt: skip

    def seen(client: httpx.Client) -> set[str]:
        ids = {each["id"] for each in client.get(NOTICES, params={"perPage": 1000}).json()["items"]}
        return {name for name, id in made.items() if id in ids}

    assert seen(ann.http) == {"for all", "for ann"}
    assert seen(bob.http) == {"for all"}
    assert seen(world.admin) == set(made)
    for id in made.values():
        world.admin.delete(f"{NOTICES}/{id}").raise_for_status()


@fact("notices.dismiss")
def test_on_a_real_server_a_second_dismissal_undoes_the_first(world: World, ann: Person, bob: Person) -> None:
    notice = world.create("notifications", title="dismissed")["id"]

    def sees(person: Person) -> bool:
        return person.http.get(f"{NOTICES}/{notice}").status_code == 200

    for person in (ann, bob):
        assert person.http.post(f"/api/notifications/{notice}/dismiss", json={}).status_code == 200
    assert world.get("notifications", notice)["dismissed_by"] == bob.id
    assert (sees(ann), sees(bob)) == (not SANDBOX, False)
    world.admin.delete(f"{NOTICES}/{notice}").raise_for_status()


@fact("tokens.once")
def test_a_token_is_shown_once(ann: Person) -> None:
    made = ann.http.post("/api/tokens", json={"name": "once", "expires_at": "2090-01-01T00:00:00Z"}).json()
    assert made["token"]
    for shown in (ann.http.get(f"/api/tokens/{made['id']}").json(), *ann.http.get("/api/tokens").json()):
        assert not shown.get("token")
    assert ann.http.get(f"/api/tokens/{made['id']}").json()["expires_at"].startswith("2090-01-01")


@fact("tokens.expiry")
def test_the_expiry_of_a_token_can_be_changed(ann: Person) -> None:
    made = ann.http.post("/api/tokens", json={"name": "soon", "expires_at": "2091-01-01T00:00:00Z"}).json()["id"]
    for sent, kept in (
        ({"name": "later"}, "2091-01-01 00:00:00.000Z"),
        ({"expires_at": None}, "2091-01-01 00:00:00.000Z"),
        ({"expires_at": "2092-01-01T00:00:00Z"}, "2092-01-01 00:00:00.000Z"),
        ({"expires_at": "next Tuesday"}, None),
    ):
        assert ann.http.patch(f"/api/tokens/{made}", json=sent).json().get("expires_at") == kept, sent


@fact("tokens.bad-date")
def test_an_unparsable_expiry_is_dropped(ann: Person) -> None:
    made = ann.http.post("/api/tokens", json={"name": "soon", "expires_at": "next Tuesday"})
    assert made.status_code == 201
    assert not made.json().get("expires_at")
