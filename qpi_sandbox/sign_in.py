"""Services for other sign-in methods, on loopback: an identity provider (`--sso`) and a mail server (`--mail`).

They are the packages `oidc-provider-mock` and `aiosmtpd`. The provider signs in any account that is named to it, and
mail is stored in the folder of the sandbox instead of being delivered.
"""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import ExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from qpi_sandbox.binary import SandboxError

log = logging.getLogger("qpi_sandbox")

INSTALL = "Install them with: python3 -m pip install 'qpi-tui[sandbox]'"


class Mailbox:
    """Keeps the mail that a sandbox sends, as files in a folder. Handles messages for `aiosmtpd`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Save a message. The name is the one that `aiosmtpd` calls."""
        number = len(list(self._folder.glob("*.eml"))) + 1
        draft = self._folder / f"{number:04}.new"
        draft.write_bytes(envelope.content)
        draft.rename(draft.with_suffix(".eml"))
        return "250 OK"

    def messages(self) -> list[EmailMessage]:
        """Return all messages, oldest first."""
        found = []
        for file in sorted(self._folder.glob("*.eml")):
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
            found.append(message)
        return found


def refusals_with_state(app: Any) -> Any:
    """Return the WSGI application with `state` in the redirects that carry an error, as RFC 6749 section 4.1.2.1 asks.

    The provider omits it, so the program that waits for the sign-in would not notice a click on "Deny".
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        state = parse_qs(environ.get("QUERY_STRING", "")).get("state", [""])[0]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [(name, _with_state(name, value, state)) for name, value in headers], *more)

        return app(environ, start)

    return answer


def _with_state(name: str, value: str, state: str) -> str:
    told = parse_qs(urlsplit(value).query) if name.lower() == "location" else {}
    return f"{value}&state={quote(state, safe='')}" if state and "error" in told and "state" not in told else value


class SignInServers:
    """The identity provider and the mail server of one sandbox, in threads of this process."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.provider_url = ""
        self.mail_port = 0
        self.mailbox: Mailbox | None = None

    def start_provider(self, people: list[tuple[str, str]]) -> None:
        """Start the identity provider, which knows these people by e-mail address and name."""
        os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")  # plain HTTP, on loopback only
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        try:
            with warnings.catch_warnings(record=True):  # its dependencies warn whatever the filter says
                from oidc_provider_mock import User, run_server_in_thread
        except ImportError as error:
            raise SandboxError(f"The identity provider is not installed ({error.name} is missing). {INSTALL}") from None
        users = [
            User(sub=email, claims={"email": email, "email_verified": True, "name": name}) for email, name in people
        ]
        server = self._stack.enter_context(run_server_in_thread(user_claims=users))
        server.app = refusals_with_state(server.app)
        self.provider_url = f"http://localhost:{server.server_port}"

    def start_mail(self, folder: Path) -> None:
        """Start the mail server, which keeps what it gets in `folder`."""
        try:
            from aiosmtpd.controller import Controller
        except ImportError as error:
            raise SandboxError(f"The mail server is not installed ({error.name} is missing). {INSTALL}") from None
        self.mailbox = Mailbox(folder)

        class Anywhere(Controller):  # type: ignore[misc]  # the package has no types
            """Listens on any free port: one that was found before could be taken by another program meanwhile."""

            def _trigger_server(self) -> None:
                self.port = self.server.sockets[0].getsockname()[1]
                super()._trigger_server()

        controller = Anywhere(self.mailbox, hostname="127.0.0.1", port=0)
        controller.start()
        self.mail_port = controller.port
        self._stack.callback(controller.stop)

    def stop(self) -> None:
        """Stop both."""
        self._stack.close()
