"""API tokens, for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from qpi_tui.domain.clock import local, now, parse_date
from qpi_tui.domain.parse_time import parse_moment, said
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.resources import tokens as columns
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.rows.tokens import TokenRow

FAR = timedelta(days=3660)
NEVER = "▲ It never expires: anyone who has it can use it until you revoke it."


class TokensScreen(ListScreen["TokenRow"]):
    """The API tokens of the signed-in user."""

    resource = columns.RESOURCE
    empty: ClassVar[str] = "No API tokens. n creates one."

    def summary(self) -> list[Part]:
        """Return how many, and which are expired."""
        gone = sum(1 for record in self.records if record.expired)
        forever = sum(1 for record in self.records if record.expires is None)
        parts: list[Part] = [(f"{len(self.records)} token{'' if len(self.records) == 1 else 's'}", "")]
        if gone:
            parts.append((f" · {gone} expired", "$text-error"))
        if forever:
            parts.append((f" · {forever} without expiry", "$text-warning"))
        return parts

    def detail(self, record: TokenRow) -> list[list[Part]]:
        """Name, expiry, creation."""
        expires, made = record.expires, parse_date(record.created)
        lines: list[list[Part]] = [
            [(record.label, "bold")],
            [("", "")],
            [("expires  ", "$text-muted"), (said(expires, "never"), "")],
            [("id       ", "$text-muted"), (record.id, "")],
        ]
        if made is not None:  # Servers keep no creation date.
            lines.insert(-1, [("made     ", "$text-muted"), (said(made, ""), "")])
        if record.expired:
            lines += [[("", "")], [("✗ Expired: the server rejects scripts that use it.", "$text-error")]]
        elif expires is None:
            lines += [[("", "")], [(NEVER, "$text-warning")]]
        return lines

    def do_create(self) -> None:
        """Create one; it is shown once."""
        from qpi_tui.edits.tokens import CreateToken
        from qpi_tui.widgets.form import Entry, Form
        from qpi_tui.widgets.handout import Handout

        names = {record.name for record in self.records}
        made: list[dict[str, Any]] = []

        def check(values: dict[str, str]) -> Sequence[Part]:
            name = _name(values["name"])
            expires = _end(values["expires"], empty=True)
            if expires is None:
                return [(NEVER, "$text-warning")]
            twice = " A token of that name exists already." if name in names else ""
            return [(f"{name} works until {said(expires, '')}.{twice}", "")]

        async def act(values: dict[str, str]) -> Outcome:
            from qpi_tui.edits.outcome import Done

            name = _name(values["name"])

            outcome = await self.make(CreateToken(target=name, expires=parse_moment(values["expires"], end=True)))
            if isinstance(outcome, Done) and outcome.record is not None:
                made.append(dict(outcome.record))
                self.point_at(outcome.id)
            return outcome

        def closed(values: dict[str, str] | None) -> None:
            if values is None:
                return
            self.feed.poke()
            if not made:
                self.tell(
                    f"{_name(values['name'])} was created, but its secret was lost with the answer. Revoke it (x)."
                )
                return
            name = _name(values["name"])
            until = said(parse_date(made[0].get("expires_at")), "it is revoked")
            note = f"Until {until}. Commands read it from QPI_API_TOKEN."
            self.app.push_screen(
                Handout(f"The token {name}", str(made.pop().get("token") or ""), note=note, name=f"qpi-token-{name}")
            )

        entries = [
            Entry("name", "name", placeholder="purpose, such as night-calibration"),
            Entry("expires", "until", value="90d", placeholder="30d, 2026-12-31 18:00, or never"),
        ]
        form = Form("New API token", entries, confirm="Create", check=check, act=act, kept="token")
        self.app.push_screen(form, closed)

    def do_rename(self) -> None:
        """Rename the token under the cursor."""
        from qpi_tui.edits.tokens import RenameToken
        from qpi_tui.widgets.form import Entry, Form

        record = self.table.cursor_record
        if record is None:
            return
        old = record.label

        def check(values: dict[str, str]) -> Sequence[Part]:
            if _name(values["name"]) == old:
                raise ValueError("That is already its name.")
            return [(f"{old} → {_name(values['name'])}; programs that use it keep working", "")]

        async def act(values: dict[str, str]) -> Outcome:
            outcome = await self.make(RenameToken(target=old, token=record.id, name=_name(values["name"])))
            if outcome.ok:
                self.console.say_outcome(old, outcome)
                self.feed.poke()
            return outcome

        form = Form(f"Rename {old}", [Entry("name", "name", value=old)], confirm="Rename", check=check, act=act)
        self.app.push_screen(form)

    def do_expiry(self) -> None:
        """Change the expiry of the token under the cursor."""
        from qpi_tui.edits.tokens import SetTokenExpiry
        from qpi_tui.widgets.form import Entry, Form

        record = self.table.cursor_record
        if record is None:
            return
        name = record.label

        def check(values: dict[str, str]) -> Sequence[Part]:
            expires = _end(values["expires"])
            if expires is None:
                return [(NEVER, "$text-warning")]
            return [(f"{name} works until {said(expires, '')}, not {said(record.expires, 'for ever')}.", "")]

        async def act(values: dict[str, str]) -> Outcome:
            outcome = await self.make(SetTokenExpiry(target=name, token=record.id, expires=_end(values["expires"])))
            if outcome.ok:
                self.console.say_outcome(name, outcome)
                self.feed.poke()
            return outcome

        entry = Entry("expires", "until", placeholder="30d, 2026-12-31 18:00, or never")
        form = Form(f"When {name} ends", [entry], confirm="Change", check=check, act=act)
        self.app.push_screen(form)

    def do_revoke(self) -> None:
        """Revoke one or all marked."""
        targets = self.targets()
        steps = [
            Step(
                record.id,
                record.label,
                [
                    (f"{pad(record.label, 28)} ", "bold"),
                    (f"until {said(record.expires, 'it is revoked')}", ""),
                ],
                partial(self._revoke, record),
            )
            for record in targets
        ]
        if steps:
            title = f"Revoke {steps[0].who}?" if len(steps) == 1 else f"Revoke {len(steps)} tokens?"
            note: list[Part] = [("Programs that use it stop working. This cannot be undone.", "")]
            self.do_batch(
                title, steps, confirm="Revoke", doing="Revoking", note=note, careful=True, after=self.unmark_done
            )

    async def _revoke(self, record: TokenRow) -> Outcome:
        from qpi_tui.edits.tokens import RevokeToken

        return await self.make(RevokeToken(target=record.label, token=record.id))


def _end(typed: str, *, empty: bool = False) -> datetime | None:
    """Return the expiry; None for never. `empty`: no text means never too."""
    if not typed.strip() and not empty:
        raise ValueError("Give an expiry, for example 30d, or never.")
    expires = parse_moment(typed, end=True)
    if expires is not None and expires <= now():
        raise ValueError(f"{local(expires):%a %-d %b %Y %H:%M} is in the past. Give a later expiry.")
    if expires is not None and expires > now() + FAR:
        raise ValueError("That is more than ten years away. For a token without expiry, type never.")
    return expires


def _name(typed: str) -> str:
    name = typed.strip()
    if not name:
        raise ValueError("Give it a name that says what uses it, such as night-calibration.")
    if len(name) > 200:
        raise ValueError(f"The name has {len(name):,} characters; the limit is 200.")
    return name
