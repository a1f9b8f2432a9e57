"""Edits of announcements: create, edit, end, delete, dismiss."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.edits.edit import Edit, Facts, Unclear, ids
from qpi_tui.edits.outcome import Done, Outcome

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient as Client

Record = Mapping[str, object]


class CreateAnnouncement(Edit, frozen=True):
    """Create an announcement for everybody or one user; `target` is the title."""

    text: str
    start: datetime | None = None
    end: datetime | None = None
    to: str = ""
    to_words: str = ""

    kind: ClassVar[str] = "announcements.create"
    collection: ClassVar[str] = "notifications"
    once: ClassVar[bool] = True
    final: ClassVar[str] = "To undo, end or delete the announcement."

    async def before(self, client: Client) -> Facts:
        """Note the existing announcements."""
        return {"there": [str(each["id"]) for each in await client.list_notifications()]}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Create it."""
        made = await client.create_notification(self.target, self.text, self.start or now(), self.end, self.to or None)
        return self._done(made)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """Check for a new one with this title and text."""
        before = ids(facts.get("there"))
        for each in await client.list_notifications():
            new = each["id"] not in before and each["id"] not in known
            if new and each.get("title") == self.target and each.get("description") == self.text:
                return self._done(each)
        return None

    def _done(self, made: Record) -> Done:
        return Done(f"announced to {self.to_words or 'everybody'}", made, id=str(made["id"]))


class EditAnnouncement(Edit, frozen=True):
    """Edit an announcement. None leaves a field unchanged; `no_start` and `no_end` remove a date.

    `target` is the title. Unchanged fields are not sent, because the displayed text may be sanitized or rounded.
    """

    announcement: str
    title: str | None = None
    text: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    to: str | None = None
    no_start: bool = False
    no_end: bool = False

    kind: ClassVar[str] = "announcements.edit"
    collection: ClassVar[str] = "notifications"

    @property
    def sent(self) -> dict[str, str | datetime]:
        """What is sent, by the names of the server's fields."""
        fields: dict[str, str | datetime | None] = {
            "title": self.title,
            "description": self.text,
            "start_time": "" if self.no_start else self.start,
            "end_time": "" if self.no_end else self.end,
            "target_user": self.to,
        }
        return {name: value for name, value in fields.items() if value is not None}

    async def before(self, client: Client) -> Facts:
        """Keep the current values, for the undo."""
        old = await _find(client, self.announcement)
        names = {"title": "title", "description": "text", "start_time": "start", "end_time": "end"}
        facts = {own: str(old.get(name) or "") for name, own in names.items() if name in self.sent}
        return {**facts, "to": str(old.get("target_users") or "")} if "target_user" in self.sent else facts

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Edit it."""
        if not self.sent:
            return Done("is restored")
        lenient: Any = client
        return self._done(await lenient.update_notification(self.announcement, **self.sent), facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when the record has the wanted values."""
        is_now = await _find(client, self.announcement)
        names = {**{name: name for name in self.sent}, "target_user": "target_users"}
        same = all(_same(is_now.get(names[name]), value) for name, value in self.sent.items())
        return self._done(is_now, facts) if same else None

    def _done(self, record: Record, facts: Facts) -> Done:
        def date(name: str) -> datetime | None:
            return parse_date(facts.get(name))

        def text(name: str) -> str | None:
            return str(facts[name]) if name in facts else None

        back = EditAnnouncement(
            target=self.title or self.target,
            announcement=self.announcement,
            title=text("title"),
            text=text("text"),
            start=date("start"),
            end=date("end"),
            to=text("to"),
            no_start="start" in facts and date("start") is None,
            no_end="end" in facts and date("end") is None,
        )
        return Done("changed", record, back if facts else None)


class EndAnnouncement(Edit, frozen=True):
    """End an announcement now, or show it again until `end`."""

    announcement: str
    over: bool = True
    end: datetime | None = None

    kind: ClassVar[str] = "announcements.end"
    collection: ClassVar[str] = "notifications"

    async def before(self, client: Client) -> Facts:
        """Note the current end."""
        return {"end": str((await _find(client, self.announcement)).get("end_time") or "")}

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Set its end."""
        end: datetime | str = now() if self.over else self.end or ""
        return self._done(await client.update_notification(self.announcement, end_time=end), facts)

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is over, or no longer."""
        is_now = await _find(client, self.announcement)
        return self._done(is_now, facts) if ended(is_now) == self.over else None

    def _done(self, record: Record, facts: Facts) -> Done:
        end = parse_date(facts.get("end"))
        back = EndAnnouncement(target=self.target, announcement=self.announcement, over=not self.over, end=end)
        return Done("ended" if self.over else "is shown again", record, back)


class DeleteAnnouncement(Edit, frozen=True):
    """Delete an announcement, for everybody."""

    announcement: str

    kind: ClassVar[str] = "announcements.delete"
    collection: ClassVar[str] = "notifications"
    final: ClassVar[str] = "This cannot be undone."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Delete it."""
        await client.delete_notification(self.announcement)
        return Done("deleted")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when it is gone."""
        return Done("deleted") if await _gone(client, self.announcement) else None


class DismissAnnouncement(Edit, frozen=True):
    """Dismiss an announcement for the signed-in user."""

    announcement: str

    kind: ClassVar[str] = "announcements.dismiss"
    collection: ClassVar[str] = "notifications"
    final: ClassVar[str] = "This cannot be undone."

    async def send(self, client: Client, facts: Facts) -> Outcome:
        """Dismiss it."""
        await client.dismiss_notification(self.announcement)
        return Done("dismissed")

    async def check(self, client: Client, facts: Facts, known: Collection[str] = ()) -> Outcome | None:
        """It is done when the list does not have it."""
        return Done("dismissed") if await _gone(client, self.announcement) else None


def ended(record: Record) -> bool:
    """Whether an announcement is over."""
    end = parse_date(record.get("end_time"))
    return end is not None and end <= now()


def _same(value: object, wanted: str | datetime) -> bool:
    if isinstance(wanted, datetime):
        found = parse_date(value)
        return found is not None and abs((found - wanted).total_seconds()) < 1
    return str(value or "") == wanted


async def _gone(client: Client, id: str) -> bool:
    return not any(each["id"] == id for each in await client.list_notifications())


async def _find(client: Client, id: str) -> Record:
    for each in await client.list_notifications():
        if each["id"] == id:
            return each
    raise Unclear("Somebody else deleted it.")
