"""The profile that a sign-in is stored in: never one of another account, unless that profile was named."""

from __future__ import annotations

import os
import re
import shlex
from itertools import chain, count

from qpi_tui.cli.sources import config
from qpi_tui.domain.roles import Role
from qpi_tui.session.remembered import RememberedServers
from qpi_tui.settings.accounts import Account, SignIn, server_of


def profile_for(sign_in: SignIn, named: str, current: str) -> str:
    """Return the name of the profile to store a sign-in in.

    Args:
        sign_in: The account.
        named: The profile that was asked for, of whatever account; empty if none was.
        current: The profile whose settings the sign-in used; empty if none.
    """
    if named:
        return named
    file, account = config(), sign_in.account
    host = server_of(sign_in.url).rpartition("/")[2]
    if _free(current or host, account):
        return current or host
    if own := next((name for name in file.names if account_of_profile(name) == account), ""):
        return own
    who = "token" if sign_in.role is Role.TOKEN else sign_in.identity.partition("@")[0]
    who = re.sub(r"[^\w.+-]+", "-", who).strip("-")
    first = f"{host}-{who}" if who else host
    names = chain((first, f"{first}-{sign_in.role.value}"), (f"{first}-{number}" for number in count(2)))
    return next(name for name in names if _free(name, account))


def account_of_profile(name: str) -> Account | None:
    """Return the account of a profile, or None if there is no such profile, or nobody has signed in to it."""
    file = config()
    profile = file.profile(name) if name in file.names else {}
    url, identity = str(profile.get("url") or ""), str(profile.get("identity") or "")
    role = Role(str(profile.get("role") or Role.USER.value))
    known = url and (identity or role is Role.TOKEN)
    return SignIn(url, role, identity).account if known else None


def keep_profile(sign_in: SignIn, name: str, current: str) -> str:
    """Store the account of a profile; return the sentences that name the profile. Raises `OSError`."""
    known, before, word = RememberedServers(), account_of_profile(name), shlex.quote(name)
    known.keep_profile(name, sign_in.url, sign_in.identity, sign_in.role.value, _ca_file(known, sign_in, name, current))
    now = account_of_profile(name)
    if now != sign_in.account:
        return f"Profile {word} is still {now}: the configuration file names that account."
    replaced = f"It replaces {before} in profile {word}. " if before not in (None, now) else ""
    if (os.environ.get("QPI_PROFILE", "") or config().default_profile) == name:
        return f"{replaced}Profile {word} is now the default; select it with --profile {word}."
    return f"{replaced}Select its profile with --profile {word}."


def _free(name: str, account: Account) -> bool:
    """Whether a profile may become this account's: it is new, this account's already, or of the server only."""
    file = config()
    if name not in file.names:
        return True
    url = str(file.profile(name).get("url") or "")
    return account_of_profile(name) in (None, account) and (not url or server_of(url) == account.server)


def _ca_file(known: RememberedServers, sign_in: SignIn, name: str, current: str) -> str:
    """Return the authority of the server if another profile, which the sign-in used, names one; pin a fingerprint."""
    file = config()
    used = file.profile(current) if current in file.names and current != name else {}
    if server_of(str(used.get("url") or "")) != server_of(sign_in.url):
        return ""
    if used.get("fingerprint") and not known.fingerprint(sign_in.url):
        known.trust(sign_in.url, str(used["fingerprint"]))
    return str(used.get("ca_file") or "")
