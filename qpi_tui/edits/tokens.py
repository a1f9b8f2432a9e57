"""Edits of API tokens: create, rename, revoke."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.domain.parse_time import said as time_words
from qpi_tui.edits.edit import Edit, Facts, Stop, Unclear, ids
from qpi_tui.edits.outcome import Done, Outcome, Refused

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client


class CreateToken(Edit, frozen=True):
    """Create an API token; `target` is its name. The record of the outcome holds its secret, once."""

    expires: datetime | None = None

    kind: ClassVar[str] = "tokens.create"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "To undo, revoke the token."

    async def before(self, client: Client) -> Facts:
        """Note the existing tokens."""
        return {"there": [str(token["id"]) for token in await client.list_tokens()]}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Create it, and compare the expiry: the server silently drops one that it cannot parse."""
        token = await client.create_token(self.target, self.expires)
        until = parse_date(token.get("expires_at"))
        said = f"created, until {time_words(until, 'it is revoked')}"
        if (until is None) != (self.expires is None):
            said = "created, but the server did not keep the expiry. Revoke it if that matters"
        return Done(said, token, id=str(token["id"]))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when a token of the name is new; its secret is lost then."""
        before = ids(facts.get("there"))
        for token in await client.list_tokens():
            if token.get("name") == self.target and token["id"] not in before and token["id"] not in known:
                said = "created, but its secret was lost with the answer. Revoke it and create another"
                return Done(said, id=str(token["id"]))
        return None


class RenameToken(Edit, frozen=True):
    """Rename an API token; `target` is its old name."""

    token: str
    name: str

    kind: ClassVar[str] = "tokens.rename"

    @property
    def command(self) -> str:
        """`tokens rename ID NAME`."""
        return f"tokens rename {self.token} {shlex.quote(self.name)}"

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Rename it."""
        return self._done(await client.rename_token(self.token, self.name))

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it has the new name."""
        token = await _find(client, self.token)
        if token is None:
            raise Unclear("Somebody else revoked it.")
        return self._done(token) if token.get("name") == self.name else None

    def _done(self, token: Mapping[str, object]) -> Done:
        name = str(token.get("name") or self.name)
        return Done(f"is now {name}", token, RenameToken(target=name, token=self.token, name=self.target))


class SetTokenExpiry(Edit, frozen=True):
    """Change when an API token expires; `target` is its name. None is never."""

    token: str
    expires: datetime | None = None

    kind: ClassVar[str] = "tokens.expiry"

    async def before(self, client: Client) -> Facts:
        """Note the current expiry."""
        token = await _find(client, self.token)
        if token is None:
            raise Stop(Refused("Somebody else revoked it."))
        return {"expires": str(token.get("expires_at") or "")}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Change it, and compare: the server silently treats an expiry that it cannot parse as never."""
        token = await client.set_token_expiry(self.token, self.expires)
        if (parse_date(token.get("expires_at")) is None) != (self.expires is None):
            return Refused("The server did not keep the expiry. Revoke the token if that matters.")
        return self._done(token, facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check the expiry; servers keep milliseconds."""
        token = await _find(client, self.token)
        if token is None:
            raise Unclear("Somebody else revoked it.")
        until = parse_date(token.get("expires_at"))
        if until is None or self.expires is None:
            same = until is self.expires
        else:
            same = abs((until - self.expires).total_seconds()) < 1
        return self._done(token, facts) if same else None

    def _done(self, token: Mapping[str, object], facts: Facts) -> Done:
        before = parse_date(facts.get("expires"))
        # An expired token cannot be restored: a server accepts no expiry in the past.
        undoable = before != self.expires and (before is None or before > now())
        back = SetTokenExpiry(target=self.target, token=self.token, expires=before) if undoable else None
        return Done(f"ends {time_words(parse_date(token.get('expires_at')), 'when it is revoked')}", token, back)


class RevokeToken(Edit, frozen=True):
    """Revoke an API token: what uses it stops working."""

    token: str

    kind: ClassVar[str] = "tokens.revoke"
    final: ClassVar[str] = "This cannot be undone."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Revoke it."""
        await client.revoke_token(self.token)
        return Done("revoked")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is gone."""
        return Done("revoked") if await _find(client, self.token) is None else None


async def _find(client: Client, id: str) -> Mapping[str, object] | None:
    return next((token for token in await client.list_tokens() if token["id"] == id), None)
