"""Edits of requests for QPU time: create, approve, reject, withdraw."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.domain.durations import duration
from qpi_tui.edits.edit import Edit, Facts, Stop, ids, number
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.edits.runner import handled
from qpi_tui.edits.users import AllocateTime

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

Record = Mapping[str, object]


class ApproveRequest(Edit, frozen=True):
    """Approve a request: the server credits the user."""

    request: str
    user: str
    seconds: float

    kind: ClassVar[str] = "requests.approve"
    collection: ClassVar[str] = "qpu_time_requests"
    # Two approvals at the same moment may credit twice (v0.1.2).
    once: ClassVar[bool] = True

    async def before(self, client: Client) -> Facts:
        """Stop if it is already decided."""
        return await _pending(client, self.request)

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Approve it, and read the new balance."""
        from qpi_client import QPIError

        record = await client.update_time_request(self.request, "approved")
        said = f"{duration(self.seconds)} credited"
        try:
            user = await client.get_user(self.user)
        except QPIError:
            # The approval is done: the balance is only for display.
            return self._done(said, record)
        return self._done(f"{said}, now {duration(number(user.get('qpu_seconds')))}", record)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """The request is approved by the signed-in account."""
        record = await client.get_time_request(self.request)
        if _ours(client, record, "approved"):
            return self._done(f"{duration(self.seconds)} credited", record)
        return _handled_since(record)

    def _done(self, said: str, record: Record) -> Done:
        back = TakeBack(target=self.target, user=self.user, op="take", seconds=self.seconds)
        return Done(said, record, back)


class TakeBack(AllocateTime, frozen=True):
    """Take the seconds of an approved request back from the balance; the request stays approved."""

    kind: ClassVar[str] = "requests.take-back"

    @property
    def action(self) -> str:
        """The log records it as a change of the balance."""
        return "users.allocate"

    @property
    def offer(self) -> str:
        """The label of the undo key."""
        return f"take {duration(self.seconds)} back from the balance"

    @property
    def offer_many(self) -> str:
        """The label for several."""
        return "take the seconds back from the balances"

    def _undo(self, before: float) -> None:
        return None


class RejectRequest(Edit, frozen=True):
    """Reject a request, with a reason that the user reads."""

    request: str
    seconds: float
    reason: str

    kind: ClassVar[str] = "requests.reject"
    collection: ClassVar[str] = "qpu_time_requests"
    final: ClassVar[str] = "Rejecting cannot be undone."

    async def before(self, client: Client) -> Facts:
        """Stop if it is already decided."""
        return await _pending(client, self.request)

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Reject it."""
        record = await client.update_time_request(self.request, "rejected", self.reason)
        return Done(f"{duration(self.seconds)} rejected", record)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """The request is rejected by the signed-in account."""
        record = await client.get_time_request(self.request)
        if _ours(client, record, "rejected"):
            return Done(f"{duration(self.seconds)} rejected", record)
        return _handled_since(record)


class CreateRequest(Edit, frozen=True):
    """Request QPU time."""

    seconds: float
    reason: str

    kind: ClassVar[str] = "requests.create"
    collection: ClassVar[str] = "qpu_time_requests"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "To undo, withdraw the request while it is pending."

    async def before(self, client: Client) -> Facts:
        """Note the existing requests: they have no dates."""
        return {"there": [str(record["id"]) for record in await client.list_time_requests(status="pending")]}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Create it."""
        return self._done(await client.create_time_request(self.seconds, self.reason or None))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when a pending request like it is new."""
        before = ids(facts.get("there"))
        for record in await client.list_time_requests():
            id, same = str(record["id"]), number(record.get("seconds")) == self.seconds
            if (
                same
                and id not in before
                and id not in known
                and str(record.get("requested_reason") or "") == self.reason
            ):
                return self._done(record)
        return None

    def _done(self, record: Record) -> Done:
        said = f"requested {duration(self.seconds)}; an administrator decides"
        return Done(said, record, id=str(record.get("id") or ""))


class WithdrawRequest(Edit, frozen=True):
    """Withdraw a pending request of one's own."""

    request: str

    kind: ClassVar[str] = "requests.withdraw"
    collection: ClassVar[str] = "qpu_time_requests"
    final: ClassVar[str] = "To undo, request the time again."

    async def before(self, client: Client) -> Facts:
        """Stop if it is already decided."""
        return await _pending(client, self.request)

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Withdraw it."""
        await client.withdraw_time_request(self.request)
        return Done("withdrawn")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is gone."""
        from qpi_client import NotFound

        try:
            return _handled_since(await client.get_time_request(self.request))
        except NotFound:
            return Done("withdrawn")


async def _pending(client: Client, request: str) -> Facts:
    record = await client.get_time_request(request)
    if record.get("status") != "pending":
        raise Stop(handled(record))
    return {}


def _ours(client: Client, record: Record, status: str) -> bool:
    session = client.session
    mine = session.user_id if session is not None else ""
    return record.get("status") == status and record.get("handled_by") in ("", None, mine)


def _handled_since(record: Record) -> Outcome | None:
    return None if record.get("status") == "pending" else handled(record)
