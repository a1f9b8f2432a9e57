"""Sign a client in on the command line: with an identity provider, a one-time code, or a second factor."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from qpi_tui.cli.common import secret
from qpi_tui.cli.output import say, write
from qpi_tui.cli.problems import NOT_ALLOWED, USAGE, Problem
from qpi_tui.session.connection import COLLECTIONS
from qpi_tui.session.sign_in_methods import SignInMethods, methods_of
from qpi_tui.settings.accounts import Kind, SignIn

if TYPE_CHECKING:
    from qpi_client import MFARequired, QPIClient

CODE = "QPI_CODE"
# How often a code may be mistyped on a terminal.
_TRIES = 3
# Lines needed besides a QR code: the text above it, and the prompt.
_AROUND = 5


def by_provider(client: QPIClient, sign_in: SignIn, name: str, *, mfa_id: str | None = None) -> None:
    """Sign in with an identity provider: print the address, and wait."""
    collection = COLLECTIONS[sign_in.role]
    client.auth_with_oauth2(name, open_url=show_url, collection=collection, mfa_id=mfa_id)


def show_url(url: str) -> None:
    """Print the address: on a terminal as a link, with a QR code if it fits; otherwise alone."""
    if not sys.stdout.isatty():
        write(f"{url}\n")
        sys.stdout.flush()
        return
    size = shutil.get_terminal_size()
    say("Open this address in any browser, on any machine, and sign in there:")
    # The client passes only addresses in printable ASCII.
    linked = f"\x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\" if os.environ.get("TERM") != "dumb" else url
    write(f"\n{linked}\n\n{_qr(url, size.columns, size.lines)}")
    sys.stdout.flush()
    say("Waiting for the sign-in. It continues by itself; Ctrl+C cancels.")
    say("If you signed in and nothing happens here, cancel and run the command again.")


def _qr(url: str, columns: int, lines: int) -> str:
    """Return the QR code, light on dark whatever the terminal's colours are; nothing if it does not fit."""
    from qpi_tui.plots.qr_code import qr_lines

    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8" or os.environ.get("TERM") == "dumb":
        return ""
    rows = qr_lines(url, columns, lines - _AROUND)
    return "".join(f"\x1b[97;40m{row}\x1b[0m\n" for row in rows) + ("\n" if rows else "")


def by_code(client: QPIClient, sign_in: SignIn, email: str, *, mfa_id: str | None = None) -> None:
    """Sign in with a code from a mail."""
    from qpi_client import BadRequest

    collection = COLLECTIONS[sign_in.role]
    _ensure_typed()
    sent = client.request_otp(email, collection)
    say(f"A code was sent to {email}, if that account exists.")
    for left in range(_TRIES if sys.stdin.isatty() else 1, 0, -1):
        try:
            client.auth_with_otp(sent["otpId"], _typed_code(email), collection, mfa_id=mfa_id)
            return
        except BadRequest as error:
            if "different" in error.message:
                raise
            if left > 1:
                say("The code is wrong or has expired. Try again.")
    raise Problem("The code is wrong or has expired. Run the command again for a new one.", NOT_ALLOWED)


def _ensure_typed() -> None:
    """Check that the code can be typed before a mail is sent."""
    if sys.stdin.closed:
        raise Problem(f"Type the code on a terminal, or give it on standard input or in {CODE}.", USAGE)


def _typed_code(email: str) -> str:
    """Read the code from the environment, a terminal or a line of standard input. It works once, so it is echoed."""
    if given := os.environ.get(CODE, ""):
        return given
    if sys.stdin.isatty():
        sys.stderr.write(f"Code from the mail to {email}: ")
        sys.stderr.flush()
    line = sys.stdin.readline().strip()
    if not line:
        raise Problem(f"No code given. Type it, send it as a line of standard input, or set {CODE}.", USAGE)
    return line


def by_password(client: QPIClient, sign_in: SignIn, *, mfa_id: str | None = None) -> None:
    """Sign in with the given password."""
    password = sign_in.secret_for(Kind.PASSWORD, client.base_url)
    client.auth_with_password(sign_in.identity, password, COLLECTIONS[sign_in.role], mfa_id=mfa_id)


def second_factor(client: QPIClient, sign_in: SignIn, wanted: MFARequired) -> None:
    """Continue after the first factor: with a code, otherwise the password, otherwise the only provider."""
    factor = wanted.mfa_id
    if "otp" in wanted.methods and sign_in.identity:
        say("First factor accepted. The server also asks for a one-time code.")
        by_code(client, sign_in, sign_in.identity, mfa_id=factor)
    elif "password" in wanted.methods and sign_in.identity:
        say("First factor accepted. The server also asks for the password.")
        where = (sign_in.url, sign_in.role, sign_in.identity)
        given = SignIn(*where, password=secret(f"Password of {sign_in.identity}"))
        by_password(client, given, mfa_id=factor)
    elif "oauth2" in wanted.methods and (providers := methods(client, sign_in).providers):
        say(f"First factor accepted. The server also asks for {providers[0].title}.")
        by_provider(client, sign_in, providers[0].name, mfa_id=factor)
    else:
        raise Problem(
            "The server asks for a second factor that cannot be given here. Sign in with --otp or --provider and "
            "--identity, or ask its administrator.",
            NOT_ALLOWED,
        )


def methods(client: QPIClient, sign_in: SignIn) -> SignInMethods:
    """Return the sign-in methods of the role."""
    return methods_of(client.auth_methods(COLLECTIONS[sign_in.role]))


def other_methods(client: QPIClient, sign_in: SignIn) -> str:
    """Return the message for a server that accepts no passwords: the methods that it accepts."""
    found = methods(client, sign_in)
    options = [f"--provider {each.name}" for each in found.providers] + (["--otp EMAIL"] if found.codes else [])
    instead = " or ".join(f"`qpi-tui login {option}`" for option in options)
    return "This server does not accept passwords for this role." + (f" Use {instead}." if instead else "")
