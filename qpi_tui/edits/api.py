"""An arbitrary request that changes something."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.edits.edit import Edit, Facts, Unclear
from qpi_tui.edits.outcome import Done, Outcome

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client


class SendRequest(Edit, frozen=True):
    """Send a request; `target` is its method and path. The body may contain a secret, so it is not logged."""

    method: str
    path: str
    query: dict[str, str] = {}  # noqa: RUF012  # msgspec copies it
    body: object = None

    kind: ClassVar[str] = "api.request"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "This cannot be undone here."
    unlogged: ClassVar[frozenset[str]] = frozenset({"query", "body"})

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Send it, once."""
        return Done("sent", {"answer": await client.request(self.method, self.path, query=self.query, body=self.body)})

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """The effect of the request is unknown, so it cannot be verified."""
        raise Unclear("It is unknown whether the server made the change. Check before you send it again.")
