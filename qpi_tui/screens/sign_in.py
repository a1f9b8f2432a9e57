"""Sign-in: server, role, credentials. Opens above the current screen and returns to it."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker

from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.screens import sign_in_methods
from qpi_tui.screens.private_certificate import PrivateCertificate
from qpi_tui.session.connection import (
    COLLECTIONS,
    connect,
    learn_methods,
    passwords_off,
    sign_in_failed,
    unencrypted,
)
from qpi_tui.session.known_servers import adopted, move, transport_for
from qpi_tui.session.sign_in_methods import SignInMethods, offered
from qpi_tui.settings.accounts import Credential, Kind, SignIn, server_of
from qpi_tui.widgets.method_picker import MethodPicker
from qpi_tui.widgets.modal import Modal
from qpi_tui.widgets.role_picker import RolePicker

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient
    from qpi_tui.ports import SignInShell
    from qpi_tui.session.connection import Connection
    from qpi_tui.settings.config import Settings

_log = logging.getLogger(__name__)

_SWITCHED_OFF = {
    Role.USER: "This server does not let users sign in with a password. An API token gives access to "
    "jobs, QPUs and drivers.",
    Role.ADMIN: "This server does not let administrators sign in with a password.",
}
_OPEN = {
    True: " Sign in as a user, or use an API token.",
    False: " An API token gives access to jobs, QPUs and drivers.",
}
_SECRETS = {Role.USER: "password", Role.ADMIN: "password", Role.TOKEN: "API token"}


class SignInScreen(Modal[None]):
    """Asks until somebody is signed in, or quits. Typed text survives every rejection."""

    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    SignInScreen { align: center middle; background: $background; }
    SignInScreen > Vertical { width: 66; max-width: 96%; height: auto; max-height: 100%; overflow-y: auto;
        scrollbar-size: 1 1; }
    SignInScreen #title { text-style: bold; color: $text-primary; margin-bottom: 1; }
    SignInScreen .label { color: $text-muted; height: 1; }
    SignInScreen Input { border: none; height: 1; background: $boost; padding: 0 1; margin-bottom: 1; }
    SignInScreen Input:focus { background: $primary 30%; }
    SignInScreen #role { height: 1; margin-bottom: 1; padding: 0 1; }
    SignInScreen #role:focus { background: $primary 30%; }
    SignInScreen #methods-label { visibility: hidden; }
    SignInScreen #methods { visibility: hidden; }
    SignInScreen #methods-label.offered, SignInScreen #methods.offered { visibility: visible; }
    SignInScreen #said { height: auto; min-height: 2; color: $text-error; }
    SignInScreen #said.calm { color: $text-muted; }
    SignInScreen #bare { color: $text-warning; height: auto; margin-bottom: 1; display: none; }
    SignInScreen #hint { color: $text-muted; height: 1; }
    """

    def __init__(
        self,
        sign_in: SignIn,
        message: str = "",
        *,
        error: bool = True,
        settings: Settings | None = None,
        cause: Exception | None = None,
    ) -> None:
        super().__init__()
        self._sign_in = sign_in
        self._message, self._wrong = message, error
        self._elsewhere = settings
        self._attempt: Worker[None] | None = None
        self._unfinished, self._certificate = cause, PrivateCertificate(self)
        self._asked = ""
        # The server's sign-in methods for each role; empty until they are known.
        self._methods: Mapping[Role, SignInMethods] = {}
        # The accepted first factor: its id, for its server and role.
        self._factor: tuple[str, Role, str] | None = None
        # The server and the kind of secret that the secret line is for, once it was sent.
        self._sent_to: tuple[str, Kind] | None = None

    @property
    def console(self) -> SignInShell:
        """The port to the console."""
        return cast("SignInShell", self.app)

    def compose(self) -> ComposeResult:
        """Compose the column of lines."""
        sign_in = self._sign_in
        with Vertical():
            name = self._elsewhere.name if self._elsewhere is not None else ""
            yield Static(Content(f"QPI  sign in to {clean(name, 40)}" if name else "QPI  sign in"), id="title")
            yield Static(Content("server"), classes="label")
            yield self._box("url", sign_in.url, "https://lab.example.org")
            yield Static("", id="bare")
            yield Static(Content("role  (← → to choose)"), classes="label")
            yield RolePicker(sign_in.role)
            yield Static(Content("e-mail"), classes="label", id="identity-label")
            yield self._box("identity", sign_in.identity, "you@lab.example.org")
            yield Static(Content("password"), classes="label", id="secret-label")
            yield self._box("secret", "", "", secret=True)
            yield Static(Content("or  (← → to choose, enter)"), classes="label", id="methods-label")
            yield MethodPicker()
            yield Static(Content(self._message), id="said", classes="" if self._wrong else "calm")
            yield Static(Content("enter sign in   tab next line   esc leave"), id="hint")

    @staticmethod
    def _box(id: str, value: str, placeholder: str, *, secret: bool = False) -> Input:
        box = Input(value, placeholder, password=secret, id=id, select_on_focus=False, compact=True)
        box.cursor_blink = False
        return box

    def on_mount(self) -> None:
        """Focus the first empty line."""
        self._role_changed()
        empty = [box for box in self.query(Input) if not box.value and box.display]
        self.set_focus(empty[0] if empty else self.query_one("#secret", Input))
        self._ask_methods()
        if self._unfinished is not None:
            self._finish(self._sign_in, self._unfinished)

    def _finish(self, sign_in: SignIn, error: Exception) -> None:
        """Continue the background sign-in's finding: a certificate to trust, or a second factor."""
        from qpi_client import MFARequired

        if isinstance(error, MFARequired):
            sign_in_methods.carry_on(self, sign_in, error)
        else:
            transport = transport_for(self.settings, sign_in.url)
            self.run_worker(self._certificate.ask(sign_in, transport, error), exit_on_error=False)

    @property
    def settings(self) -> Settings:
        """The settings of the typed server."""
        return self._elsewhere or self.console.settings

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """The address is typed: read its sign-in methods."""
        if event.input.id == "url":
            self._ask_methods()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Warn of an unencrypted address before the password is sent."""
        if event.input.id == "url":
            host = unencrypted(event.value)
            line = self.query_one("#bare", Static)
            line.display = bool(host)
            line.update(Content(f"▲ http:// is not encrypted: others on the network to {host} can read the password."))
            self._bind_secret()
        elif event.input.id == "identity":
            self._bind_secret()

    def on_role_picker_changed(self) -> None:
        """Adapt the lines to the role."""
        self._role_changed()

    def on_role_picker_submitted(self) -> None:
        """Enter on the role: go to the next line."""
        self.focus_next()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: go to the next empty line, or sign in."""
        event.stop()
        sign_in = self.typed()
        if sign_in.missing and not self.query_one("#secret").display and sign_in.url:
            # No password is accepted: go to the other methods.
            self.point_at("methods")
        elif sign_in.missing:
            empty = [box for box in self.query(Input) if not box.value and box.display]
            if empty and empty[0] is not event.input:
                self.set_focus(empty[0])
            else:
                self.say(sign_in.missing)
        else:
            self.sign_in_as(sign_in)

    def sign_in_as(self, sign_in: SignIn) -> None:
        """Sign in with a password or a token."""
        if self._attempt is None:
            self._sent_to = (server_of(sign_in.url), self._kind())
            self.say("Signing in…", error=False)
            self.attempt(self._try(sign_in))

    def attempt(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a task that esc cancels, unless one is running."""
        if self._attempt is not None:
            work.close()
            return

        async def attempting() -> None:
            try:
                await work
            finally:
                self._attempt = None

        self._attempt = self.run_worker(attempting(), exit_on_error=False)

    def on_method_picker_chosen(self, event: MethodPicker.Chosen) -> None:
        """Enter on another method: sign in with it."""
        if self._attempt is None:
            sign_in_methods.take(self, event.method)

    def point_at(self, id: str) -> None:
        """Return the first missing line: `identity`, `secret` or `methods`."""
        self.set_focus(self.query_one(f"#{id}"))

    def _ask_methods(self) -> None:
        url = self.typed().url
        if url and url != self._asked:
            self._asked = url
            self.run_worker(self._learn_methods(url), exit_on_error=False)

    async def _learn_methods(self, url: str) -> None:
        """Offer only what the server enables; passwords for everybody if it does not say."""
        transport = transport_for(self.settings, url)
        methods, wrong = await learn_methods(url, **transport)
        if not self.is_mounted or url != self.typed().url:
            return
        self._methods = methods
        if wrong is not None:
            await self._certificate.offer(url, transport, wrong)
            if not self.is_mounted or url != self.typed().url:
                return
        open_to = {role for role in COLLECTIONS if self._lets_in(role)}
        picker = self.query_one(RolePicker)
        chosen = picker.role
        picker.offer(open_to)
        if picker.role is not chosen:
            more = _OPEN[Role.USER in open_to] if chosen is Role.ADMIN else ""
            self.say(_SWITCHED_OFF[chosen] + more)
        self._role_changed()

    def trust(self) -> None:
        """Trust the shown certificate, and read the sign-in methods."""
        if self._certificate.trust():
            self._asked = ""
            self._ask_methods()

    def _lets_in(self, role: Role) -> bool:
        methods = offered(self._methods, role)
        return methods.password or methods.codes or bool(methods.providers)

    @property
    def offered(self) -> list[tuple[str, str]]:
        """The other methods for the role."""
        if not self._methods and self._certificate.offers(self.typed().url):
            return [sign_in_methods.TRUST_IT]
        role = self.query_one(RolePicker).role
        return sign_in_methods.offered_methods(offered(self._methods, role), role) if self._methods else []

    def action_leave(self) -> None:
        """Return to the screen below if its account is still signed in, otherwise quit.

        While a request is in progress: cancel it.
        """
        if self._attempt is not None:
            attempt, self._attempt = self._attempt, None
            attempt.cancel()
            self.say("Cancelled.", error=False)
        elif self.console.connection is None:
            self.console.exit(0)
        else:
            if self._elsewhere is not None:
                here = self.console.settings.name or server_of(self.console.sign_in.url).rpartition("/")[2]
                self.console.say([(f"Still on {clean(here, 60)}.", "$text-muted")])
            self.dismiss(None)

    def _role_changed(self) -> None:
        role = self.query_one(RolePicker).role
        methods = offered(self._methods, role)
        with_secret = role is Role.TOKEN or methods.password
        with_name = role is not Role.TOKEN and (methods.password or methods.codes)
        for line in (self.query_one("#secret"), self.query_one("#secret-label")):
            line.display = with_secret
        self.query_one(MethodPicker).offer(self.offered)
        for line in (self.query_one("#methods"), self.query_one("#methods-label")):
            line.set_class(bool(self.offered), "offered")
        if not with_secret and self.focused in (None, self.query_one("#secret")):
            self.point_at("methods")
        self.query_one("#identity").display = with_name
        self.query_one("#identity-label").display = with_name
        self.query_one("#secret-label", Static).update(Content(_SECRETS[role]))
        self._bind_secret()

    def _kind(self) -> Kind:
        return Kind.API_TOKEN if self.query_one(RolePicker).role is Role.TOKEN else Kind.PASSWORD

    def _bind_secret(self) -> None:
        """Do not send a secret to another server than it was typed for: ask for it again."""
        box, url = self.query_one("#secret", Input), self.typed().url
        if self._sent_to is not None and self._sent_to != (server_of(url), self._kind()) and box.value:
            box.value, self._sent_to = "", None
            self.say("Another server or role: type its password or token.", error=False)
        known = self._known()
        box.placeholder = f"the {known.kind.value} that was given" if known is not None else ""

    def _known(self) -> Credential | None:
        """Return a credential that this screen was opened with, if it is for the typed account."""
        typed = self.typed()
        return next(
            (each for each in self._sign_in.credentials if each.account == typed.account and each.kind is self._kind()),
            None,
        )

    @property
    def factor(self) -> str | None:
        """Return the id of the first factor, if the typed server asks for a second one."""
        typed, known = self.typed(), self._factor
        return known[2] if known is not None and known[:2] == (server_of(typed.url), typed.role) else None

    def use_factor(self, mfa_id: str) -> None:
        """Store the id of an accepted first factor, for the second one."""
        typed = self.typed()
        self._factor = (server_of(typed.url), typed.role, mfa_id)

    def typed(self) -> SignIn:
        """Return the typed server and account."""
        role = self.query_one(RolePicker).role
        secret = self.query_one("#secret", Input).value
        return SignIn(
            url=self.query_one("#url", Input).value.strip(),
            role=role,
            identity=self.query_one("#identity", Input).value.strip(),
            password="" if role is Role.TOKEN else secret,
            api_token=secret.strip() if role is Role.TOKEN else "",
            credentials=() if secret else self._sign_in.credentials,
        )

    async def _try(self, sign_in: SignIn) -> None:
        from qpi_client import CertificateMismatch, MFARequired

        factor, collection = self.factor, COLLECTIONS.get(sign_in.role, "")

        async def enter(client: AsyncQPIClient) -> None:
            password = sign_in.secret_for(Kind.PASSWORD, client.base_url)
            await client.auth_with_password(sign_in.identity, password, collection, mfa_id=factor)

        second = enter if factor and sign_in.has(Kind.PASSWORD) else None
        try:
            settings = self.settings
            transport = self._certificate.settle(sign_in.url, transport_for(settings, sign_in.url))
            connection = await connect(sign_in, read_only=settings.read_only, enter=second, **transport)
        except CertificateMismatch as error:
            await self._certificate.ask(sign_in, transport, error)
        except MFARequired as wanted:
            self._attempt = None
            sign_in_methods.carry_on(self, sign_in, wanted)
        except Exception as error:
            _log.debug("the sign-in failed", exc_info=True)
            self.say(sign_in_failed(error, sign_in.role))
            if passwords_off(error) or not self._methods:
                # The address may have changed since: offer the remaining methods.
                self._asked = ""
                self._ask_methods()
        else:
            self.arrived(sign_in, transport, connection)

    def arrived(self, sign_in: SignIn, transport: Mapping[str, Any], connection: Connection) -> None:
        """Signed in: close, and show what the account may see."""
        self._sent_to = self._factor = None
        self.query_one("#secret", Input).value = ""
        target = adopted(self.settings, sign_in, transport)
        self.dismiss(None)
        # Not a task of this screen: those end with it.
        self.console.run_worker(move(self.console, target, sign_in, connection), exit_on_error=False)

    def say(self, sentence: str, *, error: bool = True) -> None:
        """Show the progress or an error."""
        line = self.query_one("#said", Static)
        line.set_class(not error, "calm")
        line.update(Content(sentence))
        if error and sentence:
            # On a short terminal it is below the visible lines.
            self.call_after_refresh(line.scroll_visible, animate=False)
