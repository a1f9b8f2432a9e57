"""The environment of child processes: the current server, and no secret of another one."""

from __future__ import annotations

from collections.abc import Mapping

from qpi_tui.settings.accounts import Kind, SignIn
from qpi_tui.settings.config import Settings, without_account

_SECRETS = {"QPI_PASSWORD": Kind.PASSWORD, "QPI_API_TOKEN": Kind.API_TOKEN}


def child_environment(
    environment: Mapping[str, str], settings: Settings, sign_in: SignIn, started_with: Settings
) -> dict[str, str]:
    """Return the environment for a program, in which `qpi-tui` uses the shown server and account.

    A secret in the environment stays only for the account that it was read for at the start. The console adds no
    secret: no session and no typed password.

    Args:
        environment: The console's own environment.
        settings: Those of the shown server.
        sign_in: The signed-in account.
        started_with: The settings that the console was started with.
    """
    made = without_account(environment)
    made |= {"QPI_ROLE": sign_in.role.value, "QPI_IDENTITY": sign_in.identity, "QPI_URL": sign_in.url}
    if settings.name:
        # Its certificate is the profile's.
        made["QPI_PROFILE"] = settings.name
    for name, value in settings.transport.items():
        if name in ("ca_file", "fingerprint"):
            made[f"QPI_{name.upper()}"] = str(value)
    if settings.read_only:
        made["QPI_READ_ONLY"] = "1"
    mine = started_with.sign_in
    if mine.account == sign_in.account:
        for name, kind in _SECRETS.items():
            found = mine.credential(kind)
            if found is not None and environment.get(name) == found.reveal_to(sign_in.account):
                made[name] = environment[name]
    return {name: value for name, value in made.items() if value}
