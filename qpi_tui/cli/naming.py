"""Names of what a server holds, for completion: `[word, what it is]` pairs."""

from __future__ import annotations

from typing import Any

from qpi_tui.cli.common import Server
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.domain import facts
from qpi_tui.domain.sanitize import clean

_MOST = 200


def ask_names(kind: str, profile: str = "", url: str = "") -> list[tuple[str, str]]:
    """The names of one kind that this account may see."""
    with signed_in(Server(url, profile, read_only=True)) as signed:
        found = _read(signed, kind)[:_MOST]
    return [(clean(word, 200), clean(what, 60)) for word, what in found if word and not set(word) & set(" \t\n")]


def _read(signed: Signed, kind: str) -> list[tuple[str, str]]:
    client = signed.client
    if kind == "qpus":
        return [(_word(dict(each), each.get("name")), facts.qpu_state(each)) for each in client.list_all_qpus()]
    if kind == "users":
        return [
            (_word(dict(each), facts.user_name(dict(each))), str(each.get("name") or ""))
            for each in client.list_users()
        ]
    if kind == "jobs":
        return [(each["id"], str(each.get("status"))) for each in client.list_jobs(limit=50, everyone=signed.admin)]
    if kind == "requests":
        return [(each["id"], facts.who(each)) for each in client.list_time_requests(status="pending")]
    if kind == "slots":
        return [(each["id"], str(each.get("start_time"))) for each in client.list_time_slots()]
    lists: dict[str, Any] = {
        "drivers": client.list_drivers,
        "tokens": client.list_tokens,
        "announcements": client.list_notifications,
    }
    return [
        (_word(dict(each), each.get("name")), str(each.get("title") or each.get("kind") or ""))
        for each in lists[kind]()
    ]


def _word(record: dict[str, Any], name: object) -> str:
    """The name, where a shell takes it for one word as it is; else the id."""
    word = str(name or "")
    return word if word.isprintable() and word and " " not in word else str(record["id"])
