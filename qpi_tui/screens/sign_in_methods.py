"""The other sign-in methods of the sign-in screen: a provider, a code by mail, a second factor, a new password."""

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
    """The sign-in screen, as the other methods are given it."""

    @property
    def app(self) -> App[Any]:
        """The console."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings of the server that is signed in to."""
        ...

    @property
    def factor(self) -> str | None:
        """The id of the first factor, where a second one is wanted."""
        ...

    @property
    def offered(self) -> list[tuple[str, str]]:
        """The methods that are offered."""
        ...

    def use_factor(self, mfa_id: str) -> None:
        """The first factor was accepted."""

    def typed(self) -> SignIn:
        """Who signs in where, as it is typed."""
        ...

    def say(self, sentence: str, *, error: bool = True) -> None:
        """Say how it goes."""

    def point_at(self, id: str) -> None:
        """What is missing: the line `identity`, `secret` or `methods`."""

    def attempt(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what esc gives up waiting for."""

    def sign_in_as(self, sign_in: SignIn) -> None:
        """Sign in with a password."""

    def arrived(self, sign_in: SignIn, transport: Mapping[str, Any], connection: Connection) -> None:
        """Somebody is signed in."""

    def trust(self) -> None:
        """Trust the certificate that was shown."""


def offered_methods(methods: SignInMethods, role: Role) -> list[tuple[str, str]]:
    """What the line of other methods offers to a role: ids and words."""
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
    """Show the address of a provider, and go on with whoever signs in there."""
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
    """The sign-in of who came in: a provider says who that is."""
    session = connection.client.session
    return replace(sign_in, identity=session.identity) if session is not None else sign_in


# -- codes and second factors -----------------------------------------------------------------------------------------


async def send_code(screen: AsksSignIn, sign_in: SignIn) -> None:
    """Have a code sent, and ask for it."""
    if not sign_in.identity:
        screen.say(_NO_IDENTITY)
        screen.point_at("identity")
        return
    collection = COLLECTIONS[sign_in.role]
    transport = transport_for(screen.settings, sign_in.url)
    screen.say("Asking for a code…", error=False)
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
    """Ask for the code that came by mail; a wrong one can be typed again."""
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
            screen.say("No code was given. Choose a way to go on.", error=False)
        elif isinstance(came[0], Connection):
            screen.arrived(as_signed_in(sign_in, came[0]), transport, came[0])
        else:
            carry_on(screen, sign_in, came[0])

    second = "Password accepted. The server also asks for a one-time code. " if factor else ""
    note = f"{second}A code is on its way to {clean(sign_in.identity, 120)}, if there is such an account."
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
    """A new password that was typed twice. Raises `ValueError` with the sentence."""
    if len(values["new"]) < _SHORTEST:
        raise ValueError(f"A password has at least {_SHORTEST} characters.")
    if values["new"] != values["again"]:
        raise ValueError("The new password and its repetition differ.")
    return values["new"]


NEW_PASSWORD = (
    Entry("new", "new password", secret=True),
    Entry("again", "new password, once more", secret=True),
)


def reset_password(screen: AsksSignIn) -> None:
    """Have a mail sent that replaces a forgotten password, then ask for what it brought."""
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
        return [("A mail with a link is sent there, if there is such an account.", "")]

    def check_new(values: dict[str, str]) -> Sequence[Part]:
        if not values["link"].strip():
            raise ValueError("Paste the link from the mail, or only its token.")
        new_password(values)
        return [("The password is replaced. All sessions of the account end.", "")]

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
    """Ask for a new account, where the server lets people sign up; then sign in with it."""
    url, transport = screen.typed().url, transport_for(screen.settings, screen.typed().url)
    screen.say("Asking the server…", error=False)
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
        return [(f"An account on {clean(normal_url(url), 80)}. QPU time is given by its administrators.", "")]

    async def act(values: dict[str, str]) -> Outcome:
        edit = SignUp(target=values["email"].strip(), name=values["name"].strip(), password=values["new"])
        return await _asked(anonymously(url, lambda client: edit.send(client, {}), **transport))

    def closed(values: dict[str, str] | None) -> None:
        if values is not None:
            screen.sign_in_as(SignIn(url, Role.USER, values["email"].strip(), values["new"]))

    entries = [Entry("email", "e-mail", value=screen.typed().identity), Entry("name", "name"), *NEW_PASSWORD]
    screen.app.push_screen(Form("Sign up", entries, confirm="Create", check=check, act=act), closed)


async def _asked(call: Any) -> Outcome:
    """The outcome of a request, or why it failed."""
    try:
        answer = await call
    except Exception as error:
        _log.debug("a request about an account failed", exc_info=True)
        return Refused(explain(error), error)
    return answer if isinstance(answer, Refused) else Done("")
