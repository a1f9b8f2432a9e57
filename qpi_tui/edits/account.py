"""Edits of your own account: sign up, name, password, verification e-mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.edits.edit import Edit, Facts, Stop, Unclear
from qpi_tui.edits.outcome import Done, Outcome, Refused

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client


CLOSED = "This server does not let people sign up. Ask its administrator for an account."


class SignUp(Edit, frozen=True):
    """Sign up; `target` is the e-mail address. Works without signing in."""

    name: str = ""
    password: str = ""

    kind: ClassVar[str] = "account.create"
    final: ClassVar[str] = "An administrator can delete the account."
    unlogged: ClassVar[frozenset[str]] = frozenset({"password"})

    async def before(self, client: Client) -> Facts:
        """Stop if sign-up is closed on the server."""
        if not await client.can_sign_up():
            raise Stop(Refused(CLOSED))
        return {}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Create it. The server does not say whether the address is taken, or the rules do not fit."""
        from qpi_client import BadRequest, Forbidden

        try:
            user = await client.create_account(self.target, self.password, self.name)
        except Forbidden as error:
            return Refused(CLOSED, error)
        except BadRequest as error:
            return Refused(f"No account was created. {error}", error)
        return Done("account created", user, id=str(user["id"]))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check whether the password signs in to the account."""
        from qpi_client import BadRequest, MFARequired

        if not self.password:
            raise Unclear("It is unknown whether the account was created. Try to sign in with its password.")
        try:
            await client.auth_with_password(self.target, self.password)
            await client.sign_out()
        except MFARequired:
            return Done("account created")
        except BadRequest:
            return None
        return Done("account created")


class ChangeName(Edit, frozen=True):
    """Change your own name; `target` is the account."""

    name: str

    kind: ClassVar[str] = "account.name"
    collection: ClassVar[str] = "users"

    async def before(self, client: Client) -> Facts:
        """Note the current name."""
        return {"name": str(client.session.record.get("name") or "") if client.session is not None else ""}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Change it."""
        return self._done(await client.update_me(name=self.name), facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check whether the account has the name."""
        user = await client.refresh_session()
        return self._done(user, facts) if user.get("name", "") == self.name else None

    def _done(self, user: Mapping[str, object], facts: Facts) -> Done:
        before = facts.get("name")
        undo = ChangeName(target=self.target, name=before) if isinstance(before, str) else None
        return Done(f"is now called {self.name or 'nothing'}", user, undo)


class ChangePassword(Edit, frozen=True):
    """Change your own password. All sessions of the account end, and this one is renewed."""

    old: str = ""
    new: str = ""

    kind: ClassVar[str] = "account.password"
    final: ClassVar[str] = "The account's other sessions end."
    unlogged: ClassVar[frozenset[str]] = frozenset({"old", "new"})

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Change it; report a wrong old password."""
        from qpi_client import BadRequest, MFARequired

        try:
            await client.change_password(self.old, self.new)
        except MFARequired:
            return Done("password changed. Sign in again: the server asks for a second factor")
        except BadRequest as error:
            if "oldPassword" in error.fields or "authenticate" in error.message:
                return Refused("The current password is wrong. Nothing was changed.", error)
            raise
        return Done("password changed; other sessions of the account have ended")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check whether the new password signs in."""
        from qpi_client import BadRequest, MFARequired

        session = client.session
        if not self.new or session is None:
            raise Unclear("It is unknown whether the password was changed. Try the new one, then the old one.")
        try:
            await client.auth_with_password(session.identity, self.new, session.collection)
        except MFARequired:
            return Done("password changed. Sign in again: the server asks for a second factor")
        except BadRequest:
            return None
        return Done("password changed; other sessions of the account have ended")


class SendVerification(Edit, frozen=True):
    """Request a mail that verifies your address; `target` is the address."""

    kind: ClassVar[str] = "account.verify"
    final: ClassVar[str] = "A sent mail cannot be recalled."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Request it."""
        await client.request_verification(self.target)
        return Done("a mail with a link was sent; `qpi-tui verify` or the link confirms the address")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """The server does not tell; another mail does no harm."""
        return None
