"""Delivery of change events: each role subscribes to each collection and record, and gets only what its rules
permit.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import wait_for
from tests.contract.realtime import Stream, opened
from tests.sandbox.rules import ROLES
from tests.sandbox.test_who_may import CHANGES, OWN, Tell, World, may, rules_of, world

__all__ = ["world"]

Event = tuple[str, str, str]


class Heard:
    """What one role's stream has delivered so far."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        name, self.hello = stream.next()
        assert name == "PB_CONNECT"
        self.events: list[tuple[str, Any]] = []

    def all(self) -> list[tuple[str, Any]]:
        """Return everything, including what has arrived since."""
        while not self._stream.events.empty():
            self.events.append(self._stream.events.get())
        return self.events

    def told(self) -> set[Event]:
        """Return topic, action and record of each."""
        return {(topic.partition("?")[0], data["action"], data["record"]["id"]) for topic, data in self.all()}


@pytest.fixture
def heard(world: World) -> Iterator[dict[str, Heard]]:
    with ExitStack() as stack:
        yield {role: Heard(stack.enter_context(opened(world.sandbox.url))) for role in ROLES}


def subscribe(world: World, role: str, to: Heard, topics: list[str]) -> None:
    body = {"clientId": to.hello["clientId"], "subscriptions": topics}
    world.clients[role].post("/api/realtime", json=body).raise_for_status()


def made(world: World, name: str, whose: str) -> dict[str, Any]:
    """Create a record of a collection, owned by one of the two users if it has an owner."""
    body = world.body(name)
    owned = {key: world.ids[whose] for key in ("user", "user_id", "booked_by") if key in body}
    return world.make(name, **{**body, **owned})


def test_change_events_are_delivered_exactly_as_the_rules_permit(
    world: World, heard: dict[str, Heard], record_property: Tell
) -> None:
    rules = {name: rule for name, rule in rules_of(world).items() if name not in OWN}
    before = [(name, made(world, name, whose)) for name in rules for whose in ("user", "other")]
    # Each user's own record as well, which is only updated.
    people = "/api/collections/users/records"
    own = [("users", world.admin.get(f"{people}/{world.ids[who]}").json()) for who in ("user", "other")]
    known = [*before, *own]
    for role in ROLES:
        topics = [f"{name}/*" for name in rules] + [f"{name}/{record['id']}" for name, record in known]
        subscribe(world, role, heard[role], topics)
    due: dict[str, set[Event]] = {role: set() for role in ROLES}

    def note(name: str, action: str, record: dict[str, Any], *, single: bool = True) -> None:
        for role in ROLES:
            if may(role, rules[name]["listRule"], record, world):
                due[role].add((f"{name}/*", action, record["id"]))
            if single and may(role, rules[name]["viewRule"], record, world):
                due[role].add((f"{name}/{record['id']}", action, record["id"]))

    for (name, record), action in itertools.product(known, ("update", "delete")):
        path = f"/api/collections/{name}/records/{record['id']}"
        if action == "update" and (change := CHANGES.get(name)):
            if name == "_superusers":
                change = {"email": f"changed{next(world.numbers)}@test.example"}
            answer = world.admin.patch(path, json=change)
            assert answer.status_code == 200, answer.text
            note(name, action, answer.json())
        elif action == "delete" and (name, record) not in own:
            now_is = world.admin.get(path).json()
            world.admin.delete(path).raise_for_status()
            note(name, action, now_is)
    for name, whose in itertools.product(rules, ("user", "other")):
        note(name, "create", made(world, name, whose), single=False)
    # Events that arrive after the last one for everybody have had enough time.
    for _ in range(2):
        last = world["qpus"]["id"]
        wait_for(
            lambda last=last: all(("qpus/*", "create", last) in each.told() for each in heard.values()), "the last"
        )
    ids = {record["id"] for _, record in known} | {id for events in due.values() for _, _, id in events}
    for role in ROLES:
        wait_for(lambda role=role: due[role] <= heard[role].told(), f"what {role} is to be told")
        more = {event for event in heard[role].told() if event[2] in ids} - due[role]
        assert not more, f"{role} was told of {sorted(more)[:5]}"
        for topic, data in heard[role].all():
            name, _, single = topic.partition("?")[0].partition("/")
            rule = rules[name]["listRule" if single == "*" else "viewRule"]
            assert may(role, rule, data["record"], world), f"{role} was told of {topic}: {data}"
            # An administrator's events contain the digests of tokens, as lists do.
            hidden = {"password", "tokenKey", *(["token"] if role != "admin" else [])} & data["record"].keys()
            assert not hidden, f"{role} was told {hidden} of {topic}"
    tried = sum(len(events) for events in due.values())
    assert tried > 100
    assert all(due[role] for role in ROLES)
    # Each role gets each event or does not.
    changes = {event[1:] for events in due.values() for event in events}
    record_property("who is told what: role × change of a record, as the rules say", len(ROLES) * len(changes))
