"""Edits of users besides QPU time: name and address, deletion, password reset e-mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.edits.edit import Edit, Facts, Stop, Unclear
from qpi_tui.edits.outcome import Done, Outcome, Refused
from qpi_tui.rows.decode import decode
from qpi_tui.rows.user_holdings import UserHoldings
from qpi_tui.rows.users import UserRow

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

_GONE = "Somebody else deleted it."


class EditUser(Edit, frozen=True):
    """Change a user's name, e-mail address or verification; `target` is the user. None leaves a field unchanged."""

    user: str
    name: str | None = None
    email: str | None = None
    verified: bool | None = None

    kind: ClassVar[str] = "users.edit"
    collection: ClassVar[str] = "users"

    async def before(self, client: Client) -> Facts:
        """Note the current values; stop if another user has the address."""
        user = await _find(client, self.user)
        if user is None:
            raise Stop(Refused(_GONE))
        if self.email is not None and self.email != user.get("email"):
            other = await _find(client, self.email)
            if other is not None and other.get("id") != self.user:
                raise Stop(Refused(f"A user {self.email} exists already."))
        return {name: user.get(name) for name in self._wanted()}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Change it."""
        user = await client.update_user(self.user, name=self.name, email=self.email, verified=self.verified)
        return self._done(user, facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it has all of the new values."""
        user = await _find(client, self.user)
        if user is None:
            raise Unclear(_GONE)
        same = all(user.get(name) == value for name, value in self._wanted().items())
        return self._done(user, facts) if same else None

    def _wanted(self) -> dict[str, object]:
        fields: dict[str, object] = {"name": self.name, "email": self.email, "verified": self.verified}
        return {name: value for name, value in fields.items() if value is not None}

    def _done(self, user: Mapping[str, object], facts: Facts) -> Done:
        old = {name: facts.get(name) for name, value in self._wanted().items() if facts.get(name) != value}
        said = [f"is now {self.email}, signed out everywhere"] if "email" in old else []
        if "name" in old:
            said.append(f"named {self.name}" if self.name else "without a name")
        if "verified" in old:
            said.append("verified" if self.verified else "not verified")
        return Done(", ".join(said) or "has these values already", user, self._back(old) if old else None)

    def _back(self, old: Mapping[str, object]) -> EditUser:
        verified = old.get("verified")
        return EditUser(
            target=self.email or self.target,
            user=self.user,
            name=str(old["name"] or "") if "name" in old else None,
            email=str(old["email"] or "") if "email" in old else None,
            verified=verified if isinstance(verified, bool) else None,
        )


class DeleteUser(Edit, frozen=True):
    """Delete a user with its slots, requests, tokens and announcements; pending jobs are cancelled, all jobs stay."""

    user: str

    kind: ClassVar[str] = "users.delete"
    collection: ClassVar[str] = "users"
    final: ClassVar[str] = "This cannot be undone."

    async def before(self, client: Client) -> Facts:
        """Reject the hidden record of a superuser; count the user's records."""
        user = await _find(client, self.user)
        if user is None:
            raise Stop(Refused(_GONE))
        if decode(UserRow, user).hidden:
            raise Stop(Refused("This is the hidden record of a superuser. The server creates it again."))
        return {"holdings": dict(await client.count_user_records(self.user))}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Delete all of it, the user last."""
        await client.delete_user(self.user)
        return self._done(facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check whether it is deleted. Parts that were deleted are found so on the next try."""
        return None if await _find(client, self.user) else self._done(facts)

    def _done(self, facts: Facts) -> Done:
        with_it = decode(UserHoldings, facts.get("holdings")).going
        return Done(f"deleted, with {with_it}" if with_it else "deleted")


class SendPasswordReset(Edit, frozen=True):
    """Have the server send a mail to choose a new password; `target` is the address."""

    kind: ClassVar[str] = "users.reset"
    final: ClassVar[str] = "The password stays valid until the link in the mail is used."

    async def before(self, client: Client) -> Facts:
        """Check the address: a server answers alike for unknown ones."""
        if await _find(client, self.target) is None:
            raise Stop(Refused(f"There is no user {self.target}."))
        return {}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Request it."""
        await client.request_password_reset(self.target)
        return Done("mail requested. It arrives if the server's mail works")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Request it again: the server does not tell, and sends at most one mail in two minutes."""
        return await self.send(client, facts)


async def _find(client: Client, who: str) -> Mapping[str, object] | None:
    from qpi_client import NotFound

    try:
        return await client.get_user(who)
    except NotFound:
        return None
