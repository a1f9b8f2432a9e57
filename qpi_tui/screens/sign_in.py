"""Signing in: the server, the role, the credentials. Opens over whatever was shown and comes back to it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import Worker

from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.session.connection import allowed_roles, connect, passwords_off, sign_in_failed, unencrypted
from qpi_tui.session.known_servers import CertificatePrompt, adopted, move, transport_for
from qpi_tui.settings.accounts import Credential, Kind, SignIn, server_of
from qpi_tui.widgets.lines import assemble
from qpi_tui.widgets.modal import Modal

if TYPE_CHECKING:
    from qpi_tui.ports import SignInShell
    from qpi_tui.settings.config import Settings

_log = logging.getLogger(__name__)

_ROLES = ((Role.USER, "user"), (Role.ADMIN, "administrator"), (Role.TOKEN, "API token"))
_SWITCHED_OFF = {
    Role.USER: "This server has switched off passwords for users. With an API token its jobs, QPUs and drivers open.",
    Role.ADMIN: "This server has switched off passwords for administrators: nothing is administered from here.",
}
_OPEN = {
    True: " A user's password or an API token opens the rest.",
    False: " An API token opens jobs, QPUs and drivers.",
}
_SECRETS = {Role.USER: "password", Role.ADMIN: "password", Role.TOKEN: "API token"}


class RolePicker(Static, can_focus=True):
    """The roles that the server lets in, on one line; the arrows and space choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space,l", "turn(1)", show=False),
        Binding("left,h", "turn(-1)", show=False),
        Binding("enter", "done", show=False),
    ]

    class Changed(Message):
        """Another role was chosen."""

    class Submitted(Message):
        """Enter was pressed on the role."""

    def __init__(self, role: Role) -> None:
        super().__init__(id="role")
        self.role = role
        self._offered = [each for each, _ in _ROLES]

    def on_mount(self) -> None:
        """Show the choice."""
        self._paint()

    def action_turn(self, step: int) -> None:
        """The next role, or the one before."""
        roles = self._offered
        self.choose(roles[(roles.index(self.role) + step) % len(roles)])

    def offer(self, roles: Collection[Role]) -> None:
        """Offer these only, an API token always; who had chosen another has the first one."""
        self._offered = [role for role, _ in _ROLES if role in roles or role is Role.TOKEN]
        self.choose(self.role if self.role in self._offered else self._offered[0])

    def choose(self, role: Role) -> None:
        """Take this role."""
        self.role = role
        self._paint()
        self.post_message(self.Changed())

    def action_done(self) -> None:
        """On to the next line."""
        self.post_message(self.Submitted())

    def on_click(self, event: events.Click) -> None:
        """Take the role under the mouse."""
        x = 0
        for role, word in self._words():
            x += len(word) + 5
            if event.x < x:
                self.choose(role)
                return

    def _paint(self) -> None:
        parts = [
            (f"{'●' if role is self.role else '○'} {word}   ", "bold" if role is self.role else "")
            for role, word in self._words()
        ]
        self.update(assemble(parts))

    def _words(self) -> list[tuple[Role, str]]:
        return [(role, word) for role, word in _ROLES if role in self._offered]


class SignInScreen(Modal[None]):
    """Asks until somebody is signed in, or leaves the program. What was typed stays through every refusal."""

    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    SignInScreen { align: center middle; background: $background; }
    SignInScreen > Vertical { width: 66; max-width: 96%; height: auto; }
    SignInScreen #title { text-style: bold; color: $text-primary; margin-bottom: 1; }
    SignInScreen .label { color: $text-muted; height: 1; }
    SignInScreen Input { border: none; height: 1; background: $boost; padding: 0 1; margin-bottom: 1; }
    SignInScreen Input:focus { background: $primary 30%; }
    SignInScreen #role { height: 1; margin-bottom: 1; padding: 0 1; }
    SignInScreen #role:focus { background: $primary 30%; }
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
        doubt: Exception | None = None,
    ) -> None:
        super().__init__()
        self._sign_in = sign_in
        self._message, self._wrong = message, error
        self._elsewhere = settings
        self._attempt: Worker[None] | None = None
        self._certificate, self._doubt = doubt, CertificatePrompt()
        self._asked = ""
        # The server and the kind of secret that the line of the secret is typed for, once it was sent.
        self._sent_to: tuple[str, Kind] | None = None

    @property
    def console(self) -> SignInShell:
        """The console, by what signing in needs of it."""
        return cast("SignInShell", self.app)

    def compose(self) -> ComposeResult:
        """A column of lines."""
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
            yield Static(Content(self._message), id="said", classes="" if self._wrong else "calm")
            yield Static(Content("enter sign in   tab next line   esc leave"), id="hint")

    @staticmethod
    def _box(id: str, value: str, placeholder: str, *, secret: bool = False) -> Input:
        box = Input(value, placeholder, password=secret, id=id, select_on_focus=False, compact=True)
        box.cursor_blink = False
        return box

    def on_mount(self) -> None:
        """Begin at the first line that is empty."""
        self._role_changed()
        empty = [box for box in self.query(Input) if not box.value and box.display]
        self.set_focus(empty[0] if empty else self.query_one("#secret", Input))
        self._ask_ways()
        if self._certificate is not None:
            sign_in, transport = self._sign_in, transport_for(self._settings, self._sign_in.url)
            self.run_worker(self._doubt_certificate(sign_in, transport, self._certificate), exit_on_error=False)

    @property
    def _settings(self) -> Settings:
        """The settings of the server that is signed in to."""
        return self._elsewhere or self.console.settings

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """The address is typed: learn whom that server lets in."""
        if event.input.id == "url":
            self._ask_ways()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Warn of an address that anybody on the way can read along with, before the password is sent there."""
        if event.input.id == "url":
            host = unencrypted(event.value)
            line = self.query_one("#bare", Static)
            line.display = bool(host)
            line.update(Content(f"▲ http:// is not encrypted: whoever is on the way to {host} reads the password."))
            self._bind_secret()
        elif event.input.id == "identity":
            self._bind_secret()

    def on_role_picker_changed(self) -> None:
        """Ask for what the role needs."""
        self._role_changed()

    def on_role_picker_submitted(self) -> None:
        """Enter on the role: on."""
        self.focus_next()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: on to the next empty line, or sign in."""
        event.stop()
        sign_in = self._typed()
        if sign_in.missing:
            empty = [box for box in self.query(Input) if not box.value and box.display]
            if empty and empty[0] is not event.input:
                self.set_focus(empty[0])
            else:
                self._say(sign_in.missing)
        elif self._attempt is None:
            self._sent_to = (server_of(sign_in.url), self._kind())
            self._say("Signing in…", error=False)
            self._attempt = self.run_worker(self._try(sign_in), exit_on_error=False)

    def _ask_ways(self) -> None:
        url = self._typed().url
        if url and url != self._asked:
            self._asked = url
            self.run_worker(self._learn_ways(url), exit_on_error=False)

    async def _learn_ways(self, url: str) -> None:
        """Offer only what the server has switched on; where it does not say, everything."""
        transport = transport_for(self._settings, url)
        open_to, wrong = await allowed_roles(url, **transport)
        if not self.is_mounted or url != self._typed().url:
            return
        if wrong:
            self._say(wrong)
        picker = self.query_one(RolePicker)
        chosen = picker.role
        picker.offer(open_to)
        if picker.role is not chosen:
            more = _OPEN[Role.USER in open_to] if chosen is Role.ADMIN else ""
            self._say(_SWITCHED_OFF[chosen] + more)

    def action_leave(self) -> None:
        """Back to what is behind while somebody is still signed in there, else out of the program.

        While an answer is awaited: give up waiting for it.
        """
        if self._attempt is not None:
            attempt, self._attempt = self._attempt, None
            attempt.cancel()
            self._say("Cancelled.", error=False)
        elif self.console.connection is None:
            self.console.exit(0)
        else:
            if self._elsewhere is not None:
                here = self.console.settings.name or server_of(self.console.sign_in.url).rpartition("/")[2]
                self.console.say([(f"Still on {clean(here, 60)}.", "$text-muted")])
            self.dismiss(None)

    def _role_changed(self) -> None:
        role = self.query_one(RolePicker).role
        with_name = role is not Role.TOKEN
        self.query_one("#identity").display = with_name
        self.query_one("#identity-label").display = with_name
        self.query_one("#secret-label", Static).update(Content(_SECRETS[role]))
        self._bind_secret()

    def _kind(self) -> Kind:
        return Kind.API_TOKEN if self.query_one(RolePicker).role is Role.TOKEN else Kind.PASSWORD

    def _bind_secret(self) -> None:
        """What was sent to one server is not sent to the next one that is typed: it is typed again for that one."""
        box, url = self.query_one("#secret", Input), self._typed().url
        if self._sent_to is not None and self._sent_to != (server_of(url), self._kind()) and box.value:
            box.value, self._sent_to = "", None
            self._say("Another server or role: type its secret.", error=False)
        known = self._known()
        box.placeholder = f"the {known.kind.value} that was given" if known is not None else ""

    def _known(self) -> Credential | None:
        """A credential that this screen was opened with, where it is for the account that is typed."""
        typed = self._typed()
        return next(
            (each for each in self._sign_in.credentials if each.account == typed.account and each.kind is self._kind()),
            None,
        )

    def _typed(self) -> SignIn:
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
        from qpi_client import CertificateMismatch

        try:
            settings = self._settings
            transport = self._doubt.settle(sign_in.url, transport_for(settings, sign_in.url))
            connection = await connect(sign_in, read_only=settings.read_only, **transport)
        except CertificateMismatch as error:
            await self._doubt_certificate(sign_in, transport, error)
            return
        except Exception as error:
            _log.debug("the sign-in failed", exc_info=True)
            self._say(sign_in_failed(error, sign_in.role))
            if passwords_off(error):
                # Since the address was typed: offer what is left.
                self._asked = ""
                self._ask_ways()
            return
        finally:
            self._attempt = None
        self._sent_to = None
        self.query_one("#secret", Input).value = ""
        target = adopted(settings, sign_in, transport)
        self.dismiss(None)
        # Not this screen's work: that ends with the screen.
        self.console.run_worker(move(self.console, target, sign_in, connection), exit_on_error=False)

    async def _doubt_certificate(self, sign_in: SignIn, transport: Mapping[str, Any], error: Exception) -> None:
        """Show the fingerprint of a private certificate; one that changed is refused."""
        if "ca_file" in transport:
            self._say(sign_in_failed(error, sign_in.role))
            return
        try:
            self._say(await self._doubt.ask(sign_in.url, transport, error))
        except Exception:
            _log.debug("the root certificate could not be read", exc_info=True)
            # There is no root certificate to show: the first error says what is wrong.
            self._say(sign_in_failed(error, sign_in.role))

    def _say(self, sentence: str, *, error: bool = True) -> None:
        line = self.query_one("#said", Static)
        line.set_class(not error, "calm")
        line.update(Content(sentence))
