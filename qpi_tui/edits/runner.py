"""Run an edit, and determine its outcome when the answer is lost.

The intent is in the audit log before the request is sent. A change whose answer is lost is checked on the server:
immediately, then in the background until it is settled. The same change tried again is checked first and sent only if
it was not made, so nothing is done twice. A change belongs to the account and server that it was asked for: once
another is signed in, nothing of it is sent or checked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qpi_tui.edits.edit import Edit, Facts, Ongoing, Stop, Unclear
from qpi_tui.edits.outcome import AlreadyHandled, Done, Outcome, Refused, Unknown
from qpi_tui.session.connection import explain, session_over

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient
    from qpi_tui.edits.audit_log import AuditLog, Intent
    from qpi_tui.edits.port import EditPort
    from qpi_tui.settings.accounts import Account

_debug = logging.getLogger(__name__)
# Seconds before each check that the user waits for, then between checks in the background.
FIRST_LOOKS = (0.3, 1.0)
LATER = 5.0
# A change that is not settled in this time, in seconds, is left to the next start.
GIVE_UP = 600.0
# A request that timed out may still be in flight: within this time, what would count twice is not sent again.
HOLD = 120.0
CHECKING = "Sent, answer unknown. Checking…"
NOT_SENT = "Not sent: another account or server was chosen meanwhile."
LEFT = "you left this account or server before it answered. The next start checks the outcome."


class Elsewhere(Exception):
    """Another account or server was chosen: there, the same id may be something else."""


@dataclass
class Unsettled:
    """A sent change without an answer: its start, and until when it is not sent again.

    `told`: the user knows that the server does not have it.
    """

    edit: Edit
    facts: Facts
    intent: Intent
    began: float
    held_until: float = 0.0
    told: bool = False


class EditRunner:
    """Runs every change of the console and of the commands."""

    def __init__(self, port: EditPort, log: AuditLog) -> None:
        self._port = port
        self._log = log
        # By account and edit, as are the edits that are being sent by their intent.
        self._open: dict[Hashable, Unsettled] = {}
        self._sending: dict[str, Hashable] = {}

    @property
    def intents(self) -> set[str]:
        """The ids of the intents that this run still works on."""
        return {*self._sending, *(open.intent.id for open in self._open.values())}

    @property
    def unanswered(self) -> list[str]:
        """Return messages about changes with unknown outcome."""
        said = []
        if self._sending:
            said.append("A change is being sent.")
        sending = set(self._sending.values())
        if lost := sum(key not in sending and not open.told for key, open in self._open.items()):
            what = "One change has" if lost == 1 else f"{lost} changes have"
            said.append(f"{what} no answer yet. The next start checks the outcome.")
        return said

    def forget(self) -> None:
        """The account signed out. Its intents stay open in the log until it signs in again."""
        self._open.clear()

    async def make(self, edit: Edit, *, action: str = "", batch: str = "") -> Outcome:
        """Make a change, and return the outcome.

        Args:
            edit: The change.
            action: The action for the log, if not the edit's own.
            batch: The id of its batch.
        """
        account = self._port.account
        outcome = await self._known(account, edit)
        facts: Facts = {}
        if outcome is None:
            try:
                facts = await edit.before(self._client(account))
                client = self._client(account)
            except Elsewhere:
                outcome = Refused(NOT_SENT)
            except Stop as stop:
                outcome = stop.outcome
            except Unclear as unclear:
                outcome = Refused(str(unclear))
            except Exception as error:
                _debug.debug("a precondition failed", exc_info=True)
                self._session_may_be_over(account, error)
                outcome = Refused(f"Not sent. {explain(error)}", error)
        if outcome is not None:
            self._log.note(account, edit, outcome, action=action, batch=batch)
            return outcome
        told = self._log.problem
        intent = self._log.begin(account, edit, facts, action=action, batch=batch)
        self._sending[intent.id] = (account, edit.key)
        try:
            outcome = await self._send(client, edit, facts, intent)
        finally:
            # If the user interrupts, the intent stays open: the next start checks it.
            del self._sending[intent.id]
        self._log.end(intent, outcome, key=edit.key)
        if self._log.problem != told and isinstance(outcome, Done):
            # Reported once: it is done, but not in the log.
            outcome = replace(outcome, said=f"{outcome.said}. {self._log.problem}")
        return outcome

    def _client(self, account: Account) -> AsyncQPIClient:
        """Return this account's client.

        Raises:
            Elsewhere: Another account, or nobody, is signed in now.
        """
        if self._port.account != account:
            raise Elsewhere
        return self._port.client

    def _session_may_be_over(self, account: Account, error: Exception) -> bool:
        """Whether the server no longer knows the account's session; if it is still the current one, ask again."""
        if not session_over(error):
            return False
        if self._port.account == account:
            self._port.session_lost(error)
        return True

    async def _send(self, client: AsyncQPIClient, edit: Edit, facts: Facts, intent: Intent) -> Outcome:
        asked: list[str] = []
        try:
            with self._port.watching(asked.append):
                return await edit.send(client, facts)
        except Exception as error:
            _debug.debug("a change raised", exc_info=True)
            from qpi_client import AlreadyHandled as Handled
            from qpi_client import ClientClosed

            if isinstance(error, Handled):
                return handled(error.record)
            changes = [method for method in asked if method != "GET"]
            if isinstance(error, ClientClosed):
                # The request may have reached the server.
                return Unknown(f"Sent, but {LEFT}", edit.key, error) if changes else Refused(NOT_SENT, error)
            if self._session_may_be_over(intent.account, error) and len(changes) < 2:
                return Refused(f"{explain(error)} Nothing was changed.", error)
            if not answer_lost(error):
                # What takes several requests may fail after the first.
                part = f" Part of it may have been changed: look at {edit.target}." if len(changes) > 1 else ""
                return Refused(f"{explain(error)}{part}", error)
            if asked and not changes:
                # The session was lost in a read before the change.
                return Refused(f"Not sent. {explain(error)}", error)
            return await self._settle(edit, facts, intent, error)

    async def _known(self, account: Account, edit: Edit) -> Outcome | None:
        """Return the outcome of an earlier attempt at the same change, if known."""
        key = (account, edit.key)
        earlier = self._open.get(key)
        if earlier is None:
            return None
        if time.monotonic() - earlier.began >= GIVE_UP:
            del self._open[key]
            return None
        self._port.progress("An earlier attempt had no answer. Checking first…")
        try:
            found = await earlier.edit.check(self._client(account), earlier.facts, self._log.made)
        except Unclear as unclear:
            self._close(key, Refused(str(unclear)))
            return Refused(f"Not sent. {unclear}")
        except Ongoing as ongoing:
            return Refused(f"Not sent again. {ongoing}")
        except Exception as error:
            _debug.debug("a check before a change failed", exc_info=True)
            self._session_may_be_over(account, error)
            return Refused(f"Not sent. {explain(error)}", error)
        if found is not None:
            found = _with(found, " (the first attempt arrived)")
            self._close(key, found)
            return found
        if (left := earlier.held_until - time.monotonic()) > 0:
            return Refused(f"Not sent again: the first attempt may still arrive. Checking continues for {left:.0f} s.")
        self._close(key, Refused("Not done."))
        return None

    async def _settle(self, edit: Edit, facts: Facts, intent: Intent, error: Exception) -> Outcome:
        """An answer was lost: check whether the change was made."""
        self._port.progress(CHECKING)
        account = intent.account
        key = (account, edit.key)
        open = self._open[key] = Unsettled(edit, facts, intent, time.monotonic())
        if edit.once and timed_out(error):
            open.held_until = time.monotonic() + HOLD
        seen, going, problem = False, "", error
        for pause in FIRST_LOOKS:
            await self._port.sleep(pause)
            try:
                found = await edit.check(self._client(account), facts, self._log.made)
            except Elsewhere:
                self._open.pop(key, None)
                return Unknown(f"Sent, but {LEFT}", edit.key, error)
            except Unclear as unclear:
                self._open.pop(key, None)
                return Refused(f"The answer was lost. {unclear}", error)
            except Ongoing as ongoing:
                going = str(ongoing)
                continue
            except Exception as again:
                _debug.debug("a change could not be looked up", exc_info=True)
                problem = again
                if self._session_may_be_over(account, again):
                    break
                continue
            seen, going = True, ""
            if found is not None:
                self._open.pop(key, None)
                return _with(found, " (answer lost, checked)")
        if seen and not going and not open.held_until:
            # Kept for the same change again, which is checked first.
            open.told = True
            return Refused("Not done: the answer was lost, and the server does not have the change. Try again.", error)
        said = f"Sent, but the answer was lost. The outcome will be checked. {explain(problem)}"
        if going:
            said = f"Sent, no answer yet. {going} Checking continues."
        elif seen:
            said = "Sent, no answer yet. The change may still come; checking continues."
        self._port.later(self._keep_looking(key))
        return Unknown(said, edit.key, problem)

    async def _keep_looking(self, key: Hashable) -> None:
        """Check in the background until it is settled, then report it."""
        while (open := self._open.get(key)) and time.monotonic() - open.began < GIVE_UP:
            await self._port.sleep(LATER)
            if self._open.get(key) is not open:
                return
            edit = open.edit
            try:
                found = await edit.check(self._client(open.intent.account), open.facts, self._log.made)
            except Elsewhere:
                # Its intent stays open in the log.
                del self._open[key]
                return
            except Unclear as unclear:
                found = Refused(f"The answer was lost. {unclear}")
            except Ongoing:
                open.began = time.monotonic()
                continue
            except Exception:
                # The feeds report the server's problem; this keeps checking.
                _debug.info("cannot check %s yet", edit.kind, exc_info=True)
                continue
            else:
                if found is None and time.monotonic() < open.held_until:
                    continue
                found = _with(found, " (checked)") if found else Refused("Not done. Try again. (checked)")
            if self._open.get(key) is open:
                self._close(key, found)
                self._port.settled(edit.target, edit.key, found)
            return

    def _close(self, key: Hashable, outcome: Outcome) -> None:
        open = self._open.pop(key, None)
        if open is not None:
            self._log.end(open.intent, outcome)


def handled(record: object) -> AlreadyHandled:
    """Return the outcome if somebody else was faster."""
    found = record if isinstance(record, dict) else {}
    status = str(found.get("status") or "handled")
    return AlreadyHandled(found, f"{status} meanwhile by somebody else; nothing was changed or credited")


def _with(outcome: Outcome, note: str) -> Outcome:
    return replace(outcome, said=f"{outcome.said}{note}") if isinstance(outcome, Done) else outcome


def answer_lost(error: BaseException) -> bool:
    """Return whether a change may have been made although no valid answer arrived."""
    from qpi_client import errors as e

    if isinstance(error, (e.ConnectFailed, e.CertificateMismatch)):
        return False
    return isinstance(error, (e.TransportError, e.ServerError))


def timed_out(error: BaseException) -> bool:
    """Whether the request may still be in flight: no answer in time, or a gateway timeout."""
    from qpi_client import errors as e

    if isinstance(error, e.SubmitUncertain):
        return error.__cause__ is not None and timed_out(error.__cause__)
    return isinstance(error, e.TimedOut) or (isinstance(error, e.ServerError) and error.status == 504)
