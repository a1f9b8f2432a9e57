"""View the server as a user, read-only, and return to the administrator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qpi_tui.domain.roles import Role
from qpi_tui.session.connection import connect
from qpi_tui.settings.accounts import SignIn

if TYPE_CHECKING:
    from qpi_tui.ports import SignInShell
    from qpi_tui.session.connection import Connection
    from qpi_tui.settings.config import Settings

# Seconds until the user's session expires.
LASTS = 3600


@dataclass(frozen=True)
class Behind:
    """The administrator behind a user's view."""

    connection: Connection
    sign_in: SignIn
    settings: Settings


async def look_as(console: SignInShell, user: str, email: str) -> None:
    """Get a session of a user, and show what the user sees, read-only.

    Raises:
        QPIError: The server gives no session. The administrator stays signed in.
    """
    admin = console.connection
    if admin is None:
        return
    answer = await admin.client.impersonate_user(user, seconds=LASTS)
    sign_in = SignIn(admin.client.base_url, Role.USER, email, session=answer["token"])
    del answer
    settings = replace(console.settings, read_only=True)
    connection = await connect(sign_in, read_only=True, **settings.transport)
    connection.behind = Behind(admin, console.sign_in, console.settings)
    _show(console, connection, sign_in.without_secrets(), settings)


async def come_back(console: SignInShell, said: str = "") -> None:
    """Return to the administrator, and say why."""
    connection = console.connection
    if connection is None or connection.behind is None:
        return
    behind, connection.behind = connection.behind, None
    _show(console, behind.connection, behind.sign_in, behind.settings)
    if said:
        console.say([("▲ ", "$text-warning"), (said, "")])
    await connection.close()


def _show(console: SignInShell, connection: Connection, sign_in: SignIn, settings: Settings) -> None:
    from qpi_tui.domain import clock

    console.connection, console.sign_in, console.settings = connection, sign_in, settings
    clock.follow(lambda: connection.client.clock_offset)
    console.connected(first=False)
    console.follow(first=False)
