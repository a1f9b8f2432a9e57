"""`qpi-tui password`, `signup`, `verify`, `account`: manage your own account."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from qpi_tui.cli.common import SERVER, Server, ask_for, group, secret
from qpi_tui.cli.edit_port import CommandPort, make
from qpi_tui.cli.output import say
from qpi_tui.cli.problems import FAILED, NOT_ALLOWED, USAGE, Problem
from qpi_tui.cli.signing import Signed, open_client, problems, signed_in, warn_unencrypted
from qpi_tui.cli.sources import settings_for
from qpi_tui.domain.roles import Role
from qpi_tui.edits.account import CLOSED, ChangeName, ChangePassword, SendVerification, SignUp
from qpi_tui.edits.audit_log import AuditLog
from qpi_tui.files.paths import audit_log_file
from qpi_tui.session.connection import COLLECTIONS
from qpi_tui.session.credentials import CredentialStore, CredentialStoreError, account_of, password_of
from qpi_tui.settings.accounts import Account, normal_url, server_of

if TYPE_CHECKING:
    from qpi_client import QPIClient
    from qpi_tui.edits.edit import Edit

password = group("password", "Change or reset your password.")
account = group("account", "Manage your own account.")

NEW, MAILED = "QPI_NEW_PASSWORD", "QPI_MAIL_TOKEN"
Email = Annotated[str, Parameter(help="the e-mail address of the account")]


@password.command
def change(*, server: Server = SERVER) -> int:
    """Change your password. The account's other sessions end; this session and its stored copy are renewed.

    Prompts for the current password, or reads it from QPI_PASSWORD; the new one from QPI_NEW_PASSWORD.

    Example: qpi-tui password change --profile lab
    """
    with signed_in(server) as signed:
        signed.need_session("change a password")
        old = secret("Current password")
        new = _new_password()
        _make(signed, ChangePassword(target=signed.identity, old=old, new=new))
        _keep_again(signed, new)
    return 0


@password.command
def reset(
    email: Email = "",
    /,
    *,
    role: Annotated[Literal["user", "admin"], Parameter(help="role of the account")] = "user",
    sent: Annotated[bool, Parameter(help="use the e-mail sent earlier; send no new one")] = False,
    server: Server = SERVER,
) -> int:
    """Replace a forgotten password. Sends a mail, then prompts for the link or token in it.

    Without a terminal, the token is read from QPI_MAIL_TOKEN and the new password from QPI_NEW_PASSWORD. If
    QPI_MAIL_TOKEN is not set, the command sends the mail and ends.

    Example: qpi-tui password reset anna@lab.example --url https://lab.example.org
    """
    collection = COLLECTIONS[Role(role)]
    with _anonymous(server) as (client, identity):
        address = email or identity or ("" if sent else ask_for("E-mail", "the address"))
        token = os.environ.get(MAILED, "")
        if not sent and not token:
            client.request_password_reset(address, collection)
            say(f"An e-mail was sent to {address}, if that account exists. Its link is valid for 30 minutes.")
            if not sys.stdin.isatty():
                say(f"Then: {MAILED}=… {NEW}=… qpi-tui password reset --sent")
                return 0
        token = token or secret("Link or token from the mail", MAILED)
        client.confirm_password_reset(token, _new_password(), collection)
    say("Password changed. All sessions of the account have ended. Sign in with `qpi-tui login`.")
    return 0


def signup(
    email: Email = "",
    /,
    *,
    name: Annotated[str, Parameter(help="display name")] = "",
    server: Server = SERVER,
) -> int:
    """Create your own account, where the server allows sign-up. Prompts for the password.

    Without a terminal the password is read from QPI_NEW_PASSWORD.

    Example: qpi-tui signup anna@lab.example --name "Anna A" --url https://lab.example.org
    """
    with _anonymous(server) as (client, _):
        if not client.can_sign_up():
            raise Problem(CLOSED, NOT_ALLOWED)
        address = email or ask_for("E-mail", "the address")
        port = CommandPort(client, Account(server_of(client.base_url), Role.USER, address), [])
        edit = SignUp(target=address, name=name, password=_new_password())
        log = AuditLog(audit_log_file())
        try:
            outcome = make(port, log, edit)
        finally:
            log.close()
        if not outcome.ok:
            raise Problem(outcome.said, FAILED)
    say(f"The account {address} is created. Sign in with `qpi-tui login --identity {address}`.")
    return 0


def verify(
    *,
    sent: Annotated[bool, Parameter(help="use the e-mail sent earlier; send no new one")] = False,
    server: Server = SERVER,
) -> int:
    """Verify your e-mail address. Sends a mail, then prompts for the link or token in it.

    Without a terminal, the token is read from QPI_MAIL_TOKEN. If it is not set, the command sends the mail and ends.

    Example: qpi-tui verify --profile lab
    """
    token = os.environ.get(MAILED, "")
    if not sent and not token:
        with signed_in(server) as signed:
            signed.need_session("verify an address")
            if signed.admin:
                raise Problem("An administrator's address needs no verification.", USAGE)
            _make(signed, SendVerification(target=signed.identity))
        if not sys.stdin.isatty():
            say(f"Then: {MAILED}=… qpi-tui verify --sent")
            return 0
    token = token or secret("Link or token from the mail", MAILED)
    with _anonymous(server) as (client, _):
        client.confirm_verification(token)
    say("Address verified.")
    return 0


@account.command
def rename(
    name: Annotated[str, Parameter(help="the new display name", allow_leading_hyphen=True)],
    /,
    *,
    server: Server = SERVER,
) -> int:
    """Change your own name.

    Example: qpi-tui account rename "Anna A"
    """
    with signed_in(server) as signed:
        signed.need_session("change a name")
        if signed.admin:
            raise Problem("An administrator has no name.", USAGE)
        _make(signed, ChangeName(target=signed.identity, name=name.strip()))
    return 0


def _make(signed: Signed, edit: Edit) -> None:
    """Change the signed-in account and print the outcome."""
    from qpi_client import QPIError
    from qpi_tui.edits.outcome import Refused

    outcome = signed.make(edit)
    if outcome.ok:
        say(f"{signed.identity}: {outcome.said}.")
    elif isinstance(outcome, Refused) and isinstance(outcome.error, QPIError) and "wrong" not in outcome.said:
        raise outcome.error
    else:
        raise Problem(outcome.said, FAILED)


def _keep_again(signed: Signed, new: str) -> None:
    """Store the session that started with the new password, and the password if it was stored before."""
    sign_in, client = signed.settings.sign_in, signed.client
    if client.session is None:
        return
    name = account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity)
    try:
        vault = CredentialStore()
        vault.replace(name, client.session_token())
        vault.replace(password_of(name), new)
    except CredentialStoreError as error:
        raise Problem(f"Password changed, but the new session could not be stored. {error}", FAILED) from None


@contextmanager
def _anonymous(server: Server) -> Iterator[tuple[QPIClient, str]]:
    """Return a client without credentials, and the address from the configuration."""
    settings = settings_for(server.profile, server.url, read_only=server.read_only)
    sign_in = settings.sign_in
    if not sign_in.url:
        raise Problem("Which server? Give --url, set QPI_URL, or run `qpi-tui login --profile NAME`.", USAGE)
    warn_unencrypted(sign_in.url)
    bare = replace(settings, sign_in=replace(sign_in.without_secrets(), role=Role.USER))
    with problems(settings), open_client(bare) as client:
        yield client, sign_in.identity


def _new_password() -> str:
    """Prompt for a new password twice."""
    given = secret("New password", NEW)
    if os.environ.get(NEW) is None and getpass.getpass("Repeat the new password: ", stream=sys.stderr) != given:
        raise Problem("The passwords do not match. Nothing was changed.", USAGE)
    return given
