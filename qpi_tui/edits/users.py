"""Edits of users: create one, change a balance."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from qpi_tui.domain.durations import duration
from qpi_tui.edits.edit import Edit, Facts, Stop, Unclear, number
from qpi_tui.edits.outcome import Done, Outcome, Refused

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

Op = Literal["add", "take", "set"]
# Balances are floats, summed on the server.
_SAME = 1e-6


class AllocateTime(Edit, frozen=True):
    """Add seconds to a user's balance, take some, or set it.

    Adding and taking are increments on the server, so concurrent changes are not lost.
    """

    user: str
    op: Op
    seconds: float

    kind: ClassVar[str] = "users.allocate"
    collection: ClassVar[str] = "users"
    _SIGNS: ClassVar[Mapping[str, str]] = {"add": "+", "take": "-", "set": "="}

    @property
    def once(self) -> bool:  # type: ignore[override]  # setting the balance twice is setting it once
        """Whether sending it twice counts twice."""
        return self.op != "set"

    @property
    def words(self) -> str:
        """`+2 h`, `−30 min`, `=1 h`."""
        return {"add": "+", "take": "−", "set": "="}[self.op] + duration(self.seconds)

    @property
    def command(self) -> str:
        """`users allocate ID -3600`."""
        return f"users allocate {self.user} {self._SIGNS[self.op]}{self.seconds:.10g}"

    async def before(self, client: Client) -> Facts:
        """Read the balance; stop if it is less than the amount to take."""
        balance = balance_of(await client.get_user(self.user))
        if self.op == "take" and balance < self.seconds:
            raise Stop(Refused(f"Only {duration(balance)} left. `=0` takes everything."))
        return {"balance": balance}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Change the balance."""
        if self.op == "set":
            user = await client.allocate_qpu_time(self.user, self.seconds)
        elif self.op == "add":
            user = await client.add_qpu_time(self.user, self.seconds)
        else:
            user = await client.take_qpu_time(self.user, self.seconds)
        return self._done(user, facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check whether the balance changed by the amount."""
        user = await client.get_user(self.user)
        before, now = number(facts.get("balance")), balance_of(user)
        wanted = {"add": before + self.seconds, "take": before - self.seconds, "set": self.seconds}[self.op]
        if abs(now - wanted) < _SAME:
            return self._done(user, facts)
        if self.op != "set" and abs(now - before) >= _SAME:
            raise Unclear(
                f"The balance was {duration(before)} and is {duration(now)} now: something else changed it too. "
                "Look at it before you try again."
            )
        return None

    def _done(self, user: Mapping[str, object], facts: Facts) -> Done:
        said = f"{self.words}, now {duration(balance_of(user))}"
        return Done(said, user, self._undo(number(facts.get("balance"))))

    def _undo(self, before: float) -> AllocateTime | None:
        """Undo with increments, which preserves concurrent changes of the balance."""
        given = {"add": self.seconds, "take": -self.seconds, "set": self.seconds - before}[self.op]
        if not given:
            return None
        op: Op = "take" if given > 0 else "add"
        return AllocateTime(target=self.target, user=self.user, op=op, seconds=abs(given))


class CreateUser(Edit, frozen=True):
    """Create a user; `target` is the e-mail address. The password is never logged."""

    name: str = ""
    password: str = ""
    seconds: float | None = None

    kind: ClassVar[str] = "users.create"
    collection: ClassVar[str] = "users"
    final: ClassVar[str] = "To undo, delete the user."
    unlogged: ClassVar[frozenset[str]] = frozenset({"password"})

    @property
    def key(self) -> str:
        """An address is created once."""
        return f"{self.kind} {self.target}"

    async def before(self, client: Client) -> Facts:
        """Stop if the address is taken."""
        if await self._find(client) is not None:
            raise Stop(Refused(f"A user {self.target} exists already."))
        return {}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Create the user."""
        user = await client.create_user(self.target, self.password, self.name, qpu_seconds=self.seconds)
        return Done("created", user, id=str(user["id"]))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when the address is known."""
        user = await self._find(client)
        return None if user is None else Done("created", user, id=str(user["id"]))

    async def _find(self, client: Client) -> Mapping[str, object] | None:
        from qpi_client import NotFound

        try:
            return await client.get_user(self.target)
        except NotFound:
            return None


def balance_of(user: Mapping[str, object]) -> float:
    """Return a user's QPU seconds."""
    return number(user.get("qpu_seconds"))
