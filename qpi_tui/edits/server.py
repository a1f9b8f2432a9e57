"""Edits of the server itself: backups, and a test e-mail."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_tui.edits.edit import Edit, Facts, Ongoing, Unclear
from qpi_tui.edits.outcome import Done, Outcome

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client


class CreateBackup(Edit, frozen=True):
    """Create a backup of all data of the server; `target` is its name."""

    kind: ClassVar[str] = "server.backup"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "To undo, delete the backup."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Create it."""
        await client.create_backup(self.target)
        return Done("backup made", id=self.target)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check whether it is in the list. It appears there once the server has finished it."""
        # Asked first: a backup that ends between the two requests is in the list.
        busy = await _backing_up(client)
        if await _there(client, self.target):
            return Done("backup made", id=self.target)
        if busy:
            raise Ongoing("The server is still creating or restoring a backup.")
        return None


class DeleteBackup(Edit, frozen=True):
    """Delete a backup; `target` is its name."""

    kind: ClassVar[str] = "server.delete"
    final: ClassVar[str] = "This cannot be undone. Download it first to keep it."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Delete it."""
        await client.delete_backup(self.target)
        return Done("deleted")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is gone."""
        return None if await _there(client, self.target) else Done("deleted")


class RestoreBackup(Edit, frozen=True):
    """Replace all data of the server with a backup; `target` is its name."""

    kind: ClassVar[str] = "server.restore"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "Later changes are lost. This cannot be undone."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Restore it."""
        await client.restore_backup(self.target)
        return Done("restored: the server restarts, and drivers have to reconnect")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """The server's data does not show which backup it comes from."""
        raise Unclear("It is unknown whether it was restored. Check the server before you restore again.")


class SendTestMail(Edit, frozen=True):
    """Have the server send one of its mails; `target` is the address."""

    template: str = "verification"

    kind: ClassVar[str] = "server.mail"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "A sent mail cannot be recalled."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Send the mail. If the server's mail does not work, its error states why."""
        lenient: Any = client
        await lenient.send_test_email(self.target, self.template)
        return Done("letter sent")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """The server keeps no record of a mail."""
        raise Unclear("It is unknown whether the e-mail was sent. Check the mailbox before you send another.")


async def _backing_up(client: Client) -> bool:
    """Return whether the server is creating or restoring a backup. It refuses another one meanwhile."""
    answer = await client.request("GET", "/api/health")
    data = answer.get("data") if isinstance(answer, dict) else None
    return isinstance(data, dict) and data.get("canBackup") is False


async def _there(client: Client, name: str) -> bool:
    return any(backup.get("key") == name for backup in await client.list_backups())
