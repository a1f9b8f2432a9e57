"""An administrator views the console as a user, read-only, and returns."""

from __future__ import annotations

from qpi_sandbox import Credentials, Sandbox
from tests.tui.helpers import at_console


async def test_viewing_as_a_user_is_read_only_and_ended_with_a_key(sandbox: Sandbox, user: Credentials) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.move_to(user.id)
        await person.act("users.look")
        await person.sees(f"Look as {user.identity}?", "S returns")
        await person.confirm()
        await person.sees(" AS ", user.identity, "READ-ONLY")
        await person.sees_not("6 Users")
        assert person.app.connection is not None
        assert person.app.connection.client.read_only
        # Records that the user may not see do not arrive as events either.
        changes = person.app.changes
        await person.until(lambda: changes.live and changes._connection is person.app.connection)
        await person.press("4")
        await person.ready()
        await person.act("app.sign_out")
        await person.sees("admin@example.com  admin", "6 Users")
        await person.sees_not("READ-ONLY")
        assert not person.app.connection.client.read_only
        await person.until(lambda: changes.live and changes._connection is person.app.connection)


async def test_viewing_as_a_user_ends_with_its_session(sandbox: Sandbox, user: Credentials, admin_http: object) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.move_to(user.id)
        await person.act("users.look")
        await person.confirm()
        await person.sees(" AS ", user.identity)
        # Another address ends every session of a user.
        path, body = f"/api/collections/users/records/{user.id}", {"email": f"new.{user.identity}"}
        admin_http.patch(path, json=body).raise_for_status()  # type: ignore[attr-defined]  # an httpx client
        # A screen that is not a list of a collection reports it at once.
        await person.press("0")
        await person.sees("You are back on your own account", "admin@example.com  admin")
