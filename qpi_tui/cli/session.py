"""`qpi-tui login`, `logout`, `whoami`: stored sessions, so that commands need no password."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from qpi_tui.cli.common import CHANGE, OUTPUT, SERVER, Change, Output, Server, ask, ask_for, secret
from qpi_tui.cli.output import say, show_record
from qpi_tui.cli.problems import FAILED, NO_CONNECTION, NOT_ALLOWED, USAGE, Problem
from qpi_tui.cli.sign_in_methods import by_code, by_password, by_provider, other_methods, second_factor
from qpi_tui.cli.sign_in_profiles import keep_profile, profile_for
from qpi_tui.cli.signing import open_client, problems, signed_in, warn_unencrypted
from qpi_tui.cli.sources import config, settings_for
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import Role
from qpi_tui.resources import registry
from qpi_tui.session.abilities import how, may
from qpi_tui.session.connection import passwords_off
from qpi_tui.session.credentials import CredentialStore, CredentialStoreError, account_of, password_of
from qpi_tui.session.remembered import RememberedServers
from qpi_tui.session.sign_in_methods import method_words
from qpi_tui.session.sources import with_pin
from qpi_tui.settings.accounts import Kind, SignIn, normal_url, server_of
from qpi_tui.settings.config import Settings, merge

if TYPE_CHECKING:
    from qpi_client import QPIClient

Profile = Annotated[str, Parameter(help="a profile of the configuration, or the name of a new one")]
Url = Annotated[str, Parameter(help="the server's address (QPI_URL)")]


def login(
    *,
    profile: Profile = "",
    url: Url = "",
    identity: Annotated[str, Parameter(help="the e-mail address of the account (QPI_IDENTITY)")] = "",
    role: Annotated[
        Literal["user", "admin", "token"] | None,
        Parameter(help="role to sign in with; default: the last role of this account, otherwise user"),
    ] = None,
    provider: Annotated[str, Parameter(help="sign in with this identity provider, in any browser")] = "",
    otp: Annotated[str, Parameter(help="sign in with a one-time code that is mailed to this address")] = "",
    keep_password: Annotated[bool, Parameter(help="store the password too, to renew the session")] = False,
    fingerprint: Annotated[str, Parameter(help="trust the private root certificate with this SHA-256")] = "",
    trust_new_certificate: Annotated[bool, Parameter(help="ask again about a certificate that changed")] = False,
    change: Change = CHANGE,
) -> int:
    """Sign in and store the session in the system's keyring or a private file.

    Prompts for the password, or reads it from QPI_PASSWORD; an API token from QPI_API_TOKEN; a one-time code from
    QPI_CODE or standard input. --provider prints the address to open, and the command continues by itself. If the
    server asks for a second factor, the command asks for it. For a private certificate, it shows the fingerprint first.
    Without --profile, a profile of another account stays as it is: the sign-in gets a profile of its own.

    Example: qpi-tui login --profile lab --url https://lab.example.org --identity anna@lab.example
    """
    settings, name = _settings(profile, url)
    sign_in = settings.sign_in
    if not sign_in.url:
        sign_in = replace(sign_in, url=ask_for("Server", "--url"))
    role_now = Role(role) if role else _role_for(sign_in, otp or identity, provider)
    sign_in = replace(sign_in, role=role_now, identity=identity or sign_in.identity)
    sign_in = _by_way(sign_in, provider, otp, role)
    if not sign_in.identity and sign_in.role is not Role.TOKEN and not provider:
        sign_in = replace(sign_in, identity=ask_for("E-mail", "--identity"))
    sign_in = replace(sign_in, url=normal_url(sign_in.url))
    settings = with_pin(replace(settings, sign_in=sign_in, read_only=False))
    settings = _trusted(settings, change, fingerprint, again=trust_new_certificate)
    # Before the password prompt.
    warn_unencrypted(sign_in.url)
    if not provider and not otp:
        sign_in = _with_secret(sign_in)
    settings = replace(settings, sign_in=sign_in)
    with problems(settings), open_client(settings) as client:
        method = _signed_in(client, sign_in, provider, otp)
        who = client.session.identity if client.session is not None else "API token"
        token = sign_in.secret_for(Kind.API_TOKEN, client.base_url)
        kept = token if sign_in.role is Role.TOKEN else client.session_token()
    if provider:
        sign_in = replace(sign_in, identity=who)
    name = profile_for(sign_in, profile or name, settings.name)
    said = _keep(sign_in, kept, keep_password=keep_password, name=name, current=settings.name, method=method)
    say(f"Signed in to {sign_in.url} as {who} ({sign_in.role.value}). {said}")
    return 0


def _role_for(sign_in: SignIn, who: str, provider: str) -> Role:
    """Return the role to use if none is given: the last one of this account on this server, not the profile's.

    Only users have identity providers. QPI_ROLE is for the account in QPI_IDENTITY, or for any account if that is not
    set.
    """
    if provider:
        return Role.USER
    if not who or who == sign_in.identity:
        return sign_in.role
    said = os.environ.get("QPI_ROLE", "") and not os.environ.get("QPI_IDENTITY", "")
    # A token has no identity; a named account has a password.
    if (said or not sign_in.identity) and sign_in.role is not Role.TOKEN:
        return sign_in.role
    server, file = server_of(sign_in.url), config()
    for profile in map(file.profile, file.names):
        if profile.get("identity") == who and server_of(str(profile.get("url", ""))) == server:
            return Role(str(profile.get("role") or Role.USER.value))
    # The profile may belong to another account now.
    before, url = RememberedServers(), normal_url(sign_in.url)
    signed_in_before = (role for role in (Role.USER, Role.ADMIN) if before.method(account_of(url, role.value, who)))
    return next(signed_in_before, Role.USER)


def _by_way(sign_in: SignIn, provider: str, otp: str, role: str | None) -> SignIn:
    """Return the identity if the sign-in method determines it."""
    if provider and otp:
        raise Problem("Choose one of --provider and --otp.", USAGE)
    if not provider and not otp:
        return sign_in
    if role == "token":
        raise Problem("An API token needs neither --provider nor --otp.", USAGE)
    # Neither method uses a token, whatever the configuration says.
    role_now = Role.USER if sign_in.role is Role.TOKEN else sign_in.role
    return replace(sign_in, role=role_now, identity=otp or sign_in.identity)


def _signed_in(client: QPIClient, sign_in: SignIn, provider: str, otp: str) -> str:
    """Sign a client in by the chosen method, and return a description of it."""
    from qpi_client import Forbidden, MFARequired

    if sign_in.role is Role.TOKEN:
        client.list_jobs(limit=1)
        return "API token"
    try:
        if provider:
            by_provider(client, sign_in, provider)
        elif otp:
            by_code(client, sign_in, otp)
        else:
            by_password(client, sign_in)
    except MFARequired as wanted:
        second_factor(client, sign_in, wanted)
    except Forbidden as error:
        if passwords_off(error):
            raise Problem(other_methods(client, sign_in), NOT_ALLOWED) from None
        raise
    first = "oauth2" if provider else "otp" if otp else "password"
    last = client.session.method if client.session is not None else first
    words = [method_words(first, provider), *([method_words(last)] if last != first else [])]
    return " and ".join(words)


def logout(*, profile: Profile = "", url: Url = "") -> int:
    """Delete the stored session and password.

    Example: qpi-tui logout --profile lab
    """
    settings = settings_for(profile, url)
    sign_in = settings.sign_in
    if not sign_in.url:
        raise Problem("Which server? Give --profile or --url.", USAGE)
    account = account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity)
    try:
        vault = CredentialStore()
        forgotten = vault.forget(account)
        vault.forget(password_of(account))
        known = RememberedServers()
        known.forget_profile(settings.name)
        known.forget_method(account)
    except (CredentialStoreError, OSError) as error:
        raise Problem(str(error), FAILED) from None
    say(f"Signed out of {sign_in.url}." if forgotten else f"Nobody was signed in to {sign_in.url}.")
    return 0


def whoami(*, server: Server = SERVER, output: Output = OUTPUT) -> int:
    """Print who is signed in, where, how, until when, what the session may do, and the balance.

    Example: qpi-tui whoami --json
    """
    with signed_in(server) as signed:
        client = signed.client
        session = client.session
        record = dict(session.record) if session is not None else {}
        if signed.role is Role.TOKEN:
            client.list_jobs(limit=1)
        until = session.expires_at if session is not None else None
        renewed = session is not None and session.renew_at is not None
        reads, changes = may(signed.role, read_only=client.read_only)
        told = {
            "server": client.base_url,
            "profile": signed.settings.name,
            "identity": signed.identity,
            "role": signed.role.value,
            "signed_in_by": how(signed.settings.sign_in),
            "id": signed.user_id,
            "name": str(record.get("name") or ""),
            "read_only": client.read_only,
            "expires_at": until.isoformat() if until is not None else "",
            "renewed": renewed,
            "may_read": reads,
            "may_change": changes,
            "qpu_seconds": record.get("qpu_seconds"),
        }
        shown = {key: value for key, value in told.items() if value not in ("", None, False) and key != "qpu_seconds"}
        lines = [(key.replace("_", " "), _words(value)) for key, value in shown.items()]
        if told["qpu_seconds"] is not None:
            balance = registry()["users"].decode(record).balance
            lines.append(("QPU time", f"{duration(balance)} ({balance:,.10g} s)"))
        show_record(told, lines, output)
    return 0


def _words(value: object) -> str:
    if value is True:
        return "yes"
    return ", ".join(map(str, value)) or "nothing" if isinstance(value, list) else str(value)


def _settings(profile: str, url: str) -> tuple[Settings, str]:
    """Return the settings to sign in with, and the name of a new profile. An unknown name is a new profile."""
    name = profile or os.environ.get("QPI_PROFILE", "")
    if not name or name in config().names:
        return settings_for(profile, url), ""
    # A new profile inherits nothing.
    url = normal_url(url or os.environ.get("QPI_URL", "") or ask_for("Server", "--url"))
    file = replace(config(), top={**config().top, "profile": ""}, current="")
    environment = {key: value for key, value in os.environ.items() if key != "QPI_PROFILE"}
    return with_pin(merge(file, environment, url=url)), name


def _with_secret(sign_in: SignIn) -> SignIn:
    where = (sign_in.url, sign_in.role, sign_in.identity)
    not_for, way_out = _strange(sign_in)
    if sign_in.role is Role.TOKEN:
        token = secret("API token", "QPI_API_TOKEN", not_for=not_for, way_out=way_out)
        return SignIn(*where, api_token=token)
    return SignIn(*where, password=secret(f"Password of {sign_in.identity}", not_for=not_for, way_out=way_out))


def _strange(sign_in: SignIn) -> tuple[str, str]:
    """Return the account that the environment names instead of this one, and what to change there; or nothing."""
    name, said, way_out = os.environ.get("QPI_PROFILE", ""), os.environ.get("QPI_URL", ""), ""
    if not said and name in config().names:
        said, way_out = str(config().profile(name).get("url", "")), "unset QPI_PROFILE, or "
    strange = [said] if said and server_of(said) != server_of(sign_in.url) else []
    fixes = [f"{way_out}set QPI_URL={sign_in.url}"] if strange else []
    for variable, mine in (("QPI_ROLE", sign_in.role.value), ("QPI_IDENTITY", sign_in.identity)):
        said = os.environ.get(variable, "")
        if said and said != mine:
            strange.append(said)
            fixes.append(f"set {variable}={mine}" if mine else f"unset {variable}")
    return ", ".join(strange), " and ".join(fixes)


def _trusted(settings: Settings, change: Change, given: str, *, again: bool) -> Settings:
    """Return the settings with a trusted certificate; ask if it is new."""
    import httpx

    from qpi_client import CertificateMismatch
    from qpi_tui.session.certificates import changed, offered_fingerprint, spelled

    url = settings.sign_in.url
    bare = replace(settings.sign_in, role=Role.USER)
    with problems(settings):
        try:
            with open_client(replace(settings, sign_in=bare)) as client:
                client.health()
            return settings
        except CertificateMismatch as error:
            if "ca_file" in settings.transport:
                raise
            cause = error
        try:
            offered = offered_fingerprint(url)
        except httpx.HTTPError as error:
            raise Problem(f"No connection to {url} ({error}).", NO_CONNECTION) from None
        known = str(settings.transport.get("fingerprint", ""))
        if known == offered:
            # The authority is trusted: something else is wrong, and the error says what.
            raise cause
        if known and not again:
            raise Problem(changed(url, known, offered), NO_CONNECTION)
        wanted = given.lower().removeprefix("sha256:").replace(":", "")
        if wanted and wanted != offered:
            raise Problem(
                f"The fingerprint of {url} is {spelled(offered)}, not the one given. Nothing was sent.", FAILED
            )
        if not wanted:
            say(f"{url} has a private certificate. The SHA-256 fingerprint of its root certificate is")
            say(f"  {spelled(offered)}")
            say("Compare it with the one that the administrator gives you.")
            if change.yes:
                raise Problem("To trust it without a terminal, add --fingerprint with its SHA-256.", USAGE)
            ask("Trust it from now on?", change)
        RememberedServers().trust(url, offered)
    return replace(settings, transport={**settings.transport, "fingerprint": offered})


def _keep(sign_in: SignIn, kept: str, *, keep_password: bool, name: str, current: str, method: str) -> str:
    """Store the session and its profile; return the sentences that say where."""
    if sign_in.role is Role.TOKEN and name != current:
        # A token has no identity; the one here is of the profile that was current.
        sign_in = replace(sign_in, identity="")
    account = account_of(sign_in.url, sign_in.role.value, sign_in.identity)
    try:
        vault = CredentialStore()
        vault.put(account, kept)
        if keep_password and (password := sign_in.secret_for(Kind.PASSWORD, sign_in.url)):
            vault.put(password_of(account), password)
        elif not keep_password:
            vault.forget(password_of(account))
        said = keep_profile(sign_in, name, current)
        RememberedServers().keep_method(account, method)
    except (CredentialStoreError, OSError) as error:
        raise Problem(str(error), FAILED) from None
    return f"{said} The session is kept in {vault.where}."
