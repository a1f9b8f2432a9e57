"""The other sign-in methods of the sign-in screen: provider, code by mail, second factor, new password."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.account import CLOSED, SignUp
from qpi_tui.edits.outcome import Done, Outcome, Refused
from qpi_tui.session.connection import COLLECTIONS, Connection, anonymously, connect, explain
from qpi_tui.session.known_servers import transport_for
from qpi_tui.session.sign_in_methods import SignInMethods
from qpi_tui.settings.accounts import SignIn, normal_url
from qpi_tui.widgets.form import Entry, Form

if TYPE_CHECKING:
    from textual.app import App

    from qpi_client import AsyncQPIClient, MFARequired
    from qpi_tui.settings.config import Settings

_log = logging.getLogger(__name__)

PROVIDER, CODE, RESET, SIGN_UP, TRUST = "provider:", "code", "reset", "sign-up", "trust"
TRUST_IT = (TRUST, "trust this certificate")
_SHORTEST = 8
_NO_IDENTITY = "Type the e-mail address of the account first."


class AsksSignIn(Protocol):
    """The port of the other methods to the sign-in screen."""

    @property
    def app(self) -> App[Any]:
        """The console."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings of the typed server."""
        ...

    @property
    def factor(self) -> str | None:
        """The id of the first factor, if a second one is needed."""
        ...

    @property
    def offered(self) -> list[tuple[str, str]]:
        """The offered methods."""
        ...

    def use_factor(self, mfa_id: str) -> None:
        """The first factor was accepted."""

    def typed(self) -> SignIn:
        """Return the typed server and account."""
        ...

    def say(self, sentence: str, *, error: bool = True) -> None:
        """Show the progress or an error."""

    def point_at(self, id: str) -> None:
        """Return the first missing line: `identity`, `secret` or `methods`."""

    def attempt(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a task that esc cancels."""

    def sign_in_as(self, sign_in: SignIn) -> None:
        """Sign in with a password."""

    def arrived(self, sign_in: SignIn, transport: Mapping[str, Any], connection: Connection) -> None:
        """Signed in."""

    def trust(self) -> None:
        """Trust the shown certificate."""


def offered_methods(methods: SignInMethods, role: Role) -> list[tuple[str, str]]:
    """Return the methods of the line for a role: ids and labels."""
    if role is Role.TOKEN:
        return []
    found = [(f"{PROVIDER}{each.name}", each.title) for each in methods.providers]
    if methods.codes:
        found.append((CODE, "code by mail"))
    if methods.password:
        found.append((RESET, "forgot password"))
    if methods.password and role is Role.USER:
        found.append((SIGN_UP, "sign up"))
    return found


def take(screen: AsksSignIn, method: str) -> None:
    """Sign in by the chosen method."""
    if not screen.typed().url:
        screen.say(screen.typed().missing)
    elif method == TRUST:
        screen.trust()
    elif method.startswith(PROVIDER):
        by_provider(screen, method.removeprefix(PROVIDER))
    elif method == CODE:
        screen.attempt(send_code(screen, screen.typed()))
    elif method == RESET:
        reset_password(screen)
    else:
        screen.attempt(sign_up(screen))


# -- a provider -------------------------------------------------------------------------------------------------------


def by_provider(screen: AsksSignIn, name: str) -> None:
    """Show a provider's address, and continue with the account that signs in there."""
    from qpi_tui.screens.provider_sign_in import LASTS, ProviderScreen

    sign_in = screen.typed().without_secrets()
    transport = transport_for(screen.settings, sign_in.url)
    collection, factor = COLLECTIONS[sign_in.role], screen.factor
    title = next((words for method, words in screen.offered if method == f"{PROVIDER}{name}"), clean(name, 32))

    async def begin(show: Any) -> Connection:
        async def enter(client: AsyncQPIClient) -> None:
            await client.auth_with_oauth2(name, open_url=show, collection=collection, mfa_id=factor, timeout=LASTS)

        return await connect(sign_in, read_only=screen.settings.read_only, enter=enter, **transport)

    def came(result: Connection | MFARequired | None) -> None:
        if result is None:
            screen.say("Cancelled.", error=False)
        elif isinstance(result, Connection):
            screen.arrived(as_signed_in(sign_in, result), transport, result)
        else:
            carry_on(screen, sign_in, result)

    screen.app.push_screen(ProviderScreen(title, begin), came)


def as_signed_in(sign_in: SignIn, connection: Connection) -> SignIn:
    """Return the sign-in of the account that the provider names."""
    session = connection.client.session
    return replace(sign_in, identity=session.identity) if session is not None else sign_in


# -- codes and second factors -----------------------------------------------------------------------------------------


async def send_code(screen: AsksSignIn, sign_in: SignIn) -> None:
    """Request a code, and ask for it."""
    if not sign_in.identity:
        screen.say(_NO_IDENTITY)
        screen.point_at("identity")
        return
    collection = COLLECTIONS[sign_in.role]
    transport = transport_for(screen.settings, sign_in.url)
    screen.say("Requesting a code…", error=False)
    try:
        sent = await anonymously(
            sign_in.url, lambda client: client.request_otp(sign_in.identity, collection), **transport
        )
    except Exception as error:
        _log.debug("a code could not be asked for", exc_info=True)
        screen.say(explain(error))
        return
    screen.say("", error=False)
    ask_code(screen, sign_in, sent["otpId"])


def ask_code(screen: AsksSignIn, sign_in: SignIn, otp_id: str) -> None:
    """Ask for the code from the mail; a wrong one can be typed again."""
    transport = transport_for(screen.settings, sign_in.url)
    factor = screen.factor
    came: list[Connection | MFARequired] = []

    def check(values: dict[str, str]) -> Sequence[Part]:
        if not values["code"].strip():
            raise ValueError("Type the code from the mail.")
        return [("", "")]

    async def act(values: dict[str, str]) -> Outcome:
        from qpi_client import BadRequest, MFARequired

        async def enter(client: AsyncQPIClient) -> None:
            code = values["code"].strip()
            await client.auth_with_otp(otp_id, code, COLLECTIONS[sign_in.role], mfa_id=factor)

        try:
            came.append(await connect(sign_in, read_only=screen.settings.read_only, enter=enter, **transport))
        except MFARequired as wanted:
            came.append(wanted)
        except BadRequest as error:
            return Refused(f"The code is wrong or has expired. {explain(error)} Esc goes back for another one.", error)
        except Exception as error:
            _log.debug("the sign-in by a code failed", exc_info=True)
            return Refused(explain(error), error)
        return Done("signed in")

    def closed(values: dict[str, str] | None) -> None:
        if values is None or not came:
            screen.say("No code given. Choose a sign-in method.", error=False)
        elif isinstance(came[0], Connection):
            screen.arrived(as_signed_in(sign_in, came[0]), transport, came[0])
        else:
            carry_on(screen, sign_in, came[0])

    second = "Password accepted. The server also asks for a one-time code. " if factor else ""
    note = f"{second}A code was sent to {clean(sign_in.identity, 120)}, if that account exists."
    form = Form(
        "Code by mail", [Entry("code", "code")], confirm="Sign in", check=check, act=act, note=[(note, "$text-muted")]
    )
    screen.app.push_screen(form, closed)


def carry_on(screen: AsksSignIn, sign_in: SignIn, wanted: MFARequired) -> None:
    """The first factor was accepted: continue with the second."""
    screen.use_factor(wanted.mfa_id)
    if "otp" in wanted.methods and sign_in.identity:
        screen.attempt(send_code(screen, sign_in))
    elif "password" in wanted.methods:
        screen.say("First factor accepted. The server also asks for the password: type it.", error=False)
        screen.point_at("secret")
    elif "oauth2" in wanted.methods:
        screen.say("First factor accepted. The server also asks for a provider: choose it below.", error=False)
        screen.point_at("methods")
    else:
        screen.say("First factor accepted, but the server asks for a second one that cannot be given here.")


# -- passwords and accounts -------------------------------------------------------------------------------------------


def new_password(values: dict[str, str]) -> str:
    """Return the new password that was typed twice. Raises `ValueError` with a message."""
    if len(values["new"]) < _SHORTEST:
        raise ValueError(f"A password has at least {_SHORTEST} characters.")
    if values["new"] != values["again"]:
        raise ValueError("The new passwords do not match.")
    return values["new"]


NEW_PASSWORD = (
    Entry("new", "new password", secret=True),
    Entry("again", "repeat the new password", secret=True),
)


def reset_password(screen: AsksSignIn) -> None:
    """Request a mail to replace a forgotten password, then ask for its token."""
    sign_in = screen.typed()
    collection, transport = COLLECTIONS[sign_in.role], transport_for(screen.settings, sign_in.url)

    async def ask(values: dict[str, str]) -> Outcome:
        address = values["email"].strip()
        return await _asked(
            anonymously(sign_in.url, lambda c: c.request_password_reset(address, collection), **transport)
        )

    async def confirm(values: dict[str, str]) -> Outcome:
        password, link = new_password(values), values["link"].strip()
        return await _asked(
            anonymously(sign_in.url, lambda c: c.confirm_password_reset(link, password, collection), **transport)
        )

    def check_address(values: dict[str, str]) -> Sequence[Part]:
        if "@" not in values["email"]:
            raise ValueError("Type the e-mail address of the account.")
        return [("A mail with a link is sent there, if that account exists.", "")]

    def check_new(values: dict[str, str]) -> Sequence[Part]:
        if not values["link"].strip():
            raise ValueError("Paste the link from the mail, or only its token.")
        new_password(values)
        return [("Replaces the password and ends all sessions of the account.", "")]

    def asked(values: dict[str, str] | None) -> None:
        if values is None:
            return
        entries = [Entry("link", "link or token from the mail", secret=True), *NEW_PASSWORD]
        form = Form("New password", entries, confirm="Change", check=check_new, act=confirm)
        screen.app.push_screen(form, confirmed)

    def confirmed(values: dict[str, str] | None) -> None:
        if values is not None:
            screen.say("Password changed. Sign in with it.", error=False)
            screen.point_at("secret")

    entries = [Entry("email", "e-mail", value=sign_in.identity)]
    form = Form("Forgotten password", entries, confirm="Send", check=check_address, act=ask)
    screen.app.push_screen(form, asked)


async def sign_up(screen: AsksSignIn) -> None:
    """Ask for a new account, if the server allows sign-up; then sign in with it."""
    url, transport = screen.typed().url, transport_for(screen.settings, screen.typed().url)
    screen.say("Contacting the server…", error=False)
    try:
        allowed = await anonymously(url, lambda client: client.can_sign_up(), **transport)
    except Exception as error:
        _log.debug("the server does not say whether one may sign up", exc_info=True)
        screen.say(explain(error))
        return
    screen.say("" if allowed else CLOSED, error=not allowed)
    if not allowed:
        return

    def check(values: dict[str, str]) -> Sequence[Part]:
        if "@" not in values["email"]:
            raise ValueError("Type your e-mail address.")
        new_password(values)
        return [(f"An account on {clean(normal_url(url), 80)}. Its administrators grant QPU time.", "")]

    async def act(values: dict[str, str]) -> Outcome:
        edit = SignUp(target=values["email"].strip(), name=values["name"].strip(), password=values["new"])
        return await _asked(anonymously(url, lambda client: edit.send(client, {}), **transport))

    def closed(values: dict[str, str] | None) -> None:
        if values is not None:
            screen.sign_in_as(SignIn(url, Role.USER, values["email"].strip(), values["new"]))

    entries = [Entry("email", "e-mail", value=screen.typed().identity), Entry("name", "name"), *NEW_PASSWORD]
    screen.app.push_screen(Form("Sign up", entries, confirm="Create", check=check, act=act), closed)


async def _asked(call: Any) -> Outcome:
    """Return the outcome of a request, or why it failed."""
    try:
        answer = await call
    except Exception as error:
        _log.debug("a request about an account failed", exc_info=True)
        return Refused(explain(error), error)
    return answer if isinstance(answer, Refused) else Done("")
