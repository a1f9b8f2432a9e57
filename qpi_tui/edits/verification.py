"""For each change, how to find out whether it was made: what to read, and what it says then.

Used only where the answer to the change was lost (`qpi_tui.edits.runner`). The client is taken when it is asked, since
somebody may have signed in again meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import now, parse_date
from qpi_tui.domain.durations import Amount, duration
from qpi_tui.domain.sanitize import clean
from qpi_tui.edits.runner import Unclear, Verification

if TYPE_CHECKING:
    from qpi_client import SubmitUncertain
    from qpi_tui.screens.base import ConsoleScreen
    from qpi_tui.session.connection import Connection

Record = dict[str, Any]
Read = Callable[[], Awaitable[Sequence[Any]]]


def gone(key: str, id: str, read: Read, said: str) -> Verification:
    """A record is deleted when the list has it no more."""

    async def see() -> str | None:
        return None if any(record["id"] == id for record in await read()) else said

    return Verification((key, id), see)


def changed(key: str, id: str, read: Read, wanted: Callable[[Any], bool], said: str) -> Verification:
    """A record is changed when the list shows it as wanted."""

    async def see() -> str | None:
        for record in await read():
            if record["id"] == id:
                return said if wanted(record) else None
        raise Unclear("it is gone: somebody deleted it.")

    return Verification((key, id, said), see)


def made(
    key: str, what: object, known: Collection[str], read: Read, wanted: Callable[[Any], bool], said: str
) -> Verification:
    """A record is made when the list has one as wanted that was not `known` before."""
    before = frozenset(known)

    async def see() -> str | None:
        return said if any(record["id"] not in before and wanted(record) for record in await read()) else None

    return Verification((key, what), see, once=True)


def handled(of: ConsoleScreen, request: Record, status: str, said: str) -> Verification:
    """A request is handled when it says so, and by whom: another's decision is not ours."""

    async def see() -> str | None:
        connection: Connection = of.connection
        now_is = await connection.client.get_time_request(request["id"])
        ours = now_is.get("handled_by") in ("", None, connection.user_id)
        return said if now_is.get("status") == status and ours else None

    return Verification(("requests", request["id"], status), see)


def balance(of: ConsoleScreen, user: str, amount: Amount) -> Verification:
    """Time is given or taken when the balance has moved by it; a total is set when it is there."""
    before: list[float] = []

    async def read() -> float:
        return facts.balance_of(await of.connection.client.get_user(user))

    async def note() -> None:
        before[:] = [await read()]

    async def see() -> str | None:
        is_now = await read()
        if amount.op == "set":
            return f"set, now {duration(is_now)}" if is_now == amount.seconds else None
        moved = is_now - before[0]
        wanted = amount.seconds if amount.op == "add" else -amount.seconds
        if abs(moved - wanted) < 1e-6:
            return f"done, now {duration(is_now)}"
        if moved:
            raise Unclear(
                f"the balance was {duration(before[0])} and is {duration(is_now)} now: something else changed it "
                "too, so look at it before trying again."
            )
        return None

    key = ("users.allocate", user, amount.op, amount.seconds)
    return Verification(key, see) if amount.op == "set" else Verification(key, see, note, once=True)


def user_made(of: ConsoleScreen, email: str) -> Verification:
    """A user is made when the address is known; one that was known before is no new user."""

    async def there() -> bool:
        from qpi_client import NotFound

        try:
            await of.connection.client.get_user(email)
        except NotFound:
            return False
        return True

    async def note() -> None:
        if await there():
            raise ValueError(f"There is a user {email} already.")

    async def see() -> str | None:
        return "created" if await there() else None

    return Verification(("users.create", email), see, note)


def slot_as(of: ConsoleScreen, start: datetime, end: datetime, said: str, *, id: str = "") -> Verification:
    """A slot is booked or moved when one stands at these times: no two overlap."""

    async def see() -> str | None:
        for slot in await of.connection.client.list_time_slots(start=start, end=end):
            same = (parse_date(slot.get("start_time")), parse_date(slot.get("end_time"))) == (start, end)
            if same and (not id or slot["id"] == id):
                return said
        return None

    return Verification(("slots", start, end, id), see)


def job_cancelled(of: ConsoleScreen, id: str) -> Verification:
    """A job is cancelled when it says so."""

    async def see() -> str | None:
        job = await of.connection.client.get_job(id, results=False)
        return "cancelled" if job.get("status") == "cancelled" else None

    return Verification(("jobs.cancel", id), see)


class Submission:
    """A job that is submitted here: `call` sends it, `look` finds it where the answer was lost; `id` once it is known.

    `key`: what is the same submission when it is tried again. `said`: the sentence for a job that is there.
    """

    def __init__(self, of: ConsoleScreen, key: Hashable, said: Callable[[str], str]) -> None:
        self._of = of
        self._said = said
        self._lost: SubmitUncertain | None = None
        self.id = ""
        self.look = Verification(key, self._see, once=True)

    async def call(self, **job: Any) -> str:
        """Submit, and say so."""
        from qpi_client import SubmitUncertain

        try:
            self.id = clean(await self._of.connection.client.submit_job(**job))
        except SubmitUncertain as error:
            self._lost = error
            raise
        return self._said(self.id)

    async def _see(self) -> str | None:
        from qpi_client import SubmitUncertain

        if self._lost is None:
            return None
        try:
            found = await self._of.connection.client.find_submission(self._lost)
        except SubmitUncertain as several:
            count = len(several.candidates)
            raise Unclear(f"there are {count} new jobs like it: look at your jobs before submitting again.") from None
        if found is None:
            return None
        self.id = clean(found)
        return self._said(self.id)


def ended(record: Any) -> bool:
    """Whether an announcement is over."""
    end = parse_date(record.get("end_time"))
    return end is not None and end <= now()
