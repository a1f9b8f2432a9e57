"""Records that the palette finds by id or name, and objects of verbs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from qpi_tui.domain.clock import age
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.live.reads import WHOLE, read_rows
from qpi_tui.resources import registry
from qpi_tui.screens.palette_offers import Offer
from qpi_tui.screens.palette_verbs import Object
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.screens.base import ConsoleScreen
    from qpi_tui.screens.shell import Shell

PREFIX = "record:"
# Number of newest jobs; older ones are found on the jobs screen.
JOBS = 500
_SHOWN = {"qpus": "QPU {}", "users": "{}", "jobs": "job {}"}


class Source(NamedTuple):
    """A server whose records are found. Where several are shown: its number and its name."""

    connection: Connection
    at: int | None = None
    server: str = ""


def sources(console: Shell) -> list[Source]:
    """The server that is shown, or all of them."""
    servers = console.servers
    if servers is not None and servers.together:
        return [Source(connection, at, session.name) for at, session, connection in servers.signed_in]
    return [] if console.connection is None else [Source(console.connection)]


async def findable(found: Sequence[Source]) -> dict[str, Sequence[Object]]:
    """Return the records that match by name. Skip a list that cannot be read: the palette does not show its error."""
    admin = any(source.connection.role is Role.ADMIN for source in found)
    places = ["qpus", *(["users"] if admin else []), "jobs"]
    answers = await asyncio.gather(*[read_objects(found, place) for place in places], return_exceptions=True)
    return {
        place: answer for place, answer in zip(places, answers, strict=True) if not isinstance(answer, BaseException)
    }


async def read_objects(found: Sequence[Source], place: str) -> Sequence[Object]:
    """The records of a list that a verb can have; of several servers what those say that answer."""
    asked = [source for source in found if registry()[place].visible(source.connection.role)]
    answers = await asyncio.gather(*[_read(source, place) for source in asked], return_exceptions=True)
    failed = [answer for answer in answers if isinstance(answer, BaseException)]
    if failed and len(failed) == len(answers):
        raise failed[0]
    return [each for answer in answers if not isinstance(answer, BaseException) for each in answer]


async def _read(source: Source, place: str) -> list[Object]:
    """The records of one server, by the ids that they have on the screen."""
    connection, at, server = source
    rows: Sequence[Any] = await read_rows(connection.client, registry()[place], **_only(connection, place))
    made = [_MAKERS[place](row) for row in rows]
    if at is None:
        return made
    return [each._replace(id=f"{at}/{each.id}", name=clean(f"{each.name} on {server}", 160)) for each in made]


def record_offers(found: Mapping[str, Sequence[Object]]) -> list[Offer]:
    """Return the suggestion to go to a record."""
    return [
        Offer(
            f"{PREFIX}{place}:{each.id}",
            clean(_SHOWN[place].format(each.name), 120),
            place,
            words=each.words,
            run=partial(_go_to, place, each.id),
        )
        for place, objects in found.items()
        if place in _SHOWN
        for each in objects
    ]


def _go_to(place: str, id: str, screen: ConsoleScreen) -> None:
    screen.console.go_to(place, id)


def _only(connection: Connection, place: str) -> dict[str, Any]:
    """Return the query for a list."""
    if place == "users":
        return {"fields": ("id", "email", "name", "qpu_seconds"), "limit": WHOLE}
    if place == "jobs":
        fields = ("id", "status", "created", "qpu_target")
        return {"limit": JOBS, "everyone": connection.role is Role.ADMIN, "fields": fields}
    return {"status": "pending"} if place == "requests" else {}


def _job(job: JobRow) -> Object:
    name = job.qpu_target_record.name if job.qpu_target_record is not None else ""
    said = " ".join(part for part in (job.status, f"on {name}" if name else "", age(job.created)) if part)
    return Object(job.id, clean(f"{job.id}  {said}", 120))


def _request(request: Any) -> Object:
    from qpi_tui.domain.durations import duration

    user = request.user_record
    return Object(request.id, clean(f"{request.who}  {duration(request.seconds)}", 120), user.name if user else "")


def _user(user: Any) -> Object:
    return Object(user.id, clean(f"{user.label}{f', {user.name}' if user.name else ''}", 120))


def _named(attribute: str, row: Any) -> Object:
    return Object(row.id, clean(getattr(row, attribute) or row.id, 120))


_MAKERS: Mapping[str, Callable[[Any], Object]] = {
    "qpus": partial(_named, "label"),
    "users": _user,
    "jobs": _job,
    "requests": _request,
    "drivers": partial(_named, "label"),
    "tokens": partial(_named, "name"),
    "announcements": partial(_named, "title"),
}
