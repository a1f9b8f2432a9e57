"""How the account is signed in, and what the session may read and change, from the registries."""

from __future__ import annotations

import os

from qpi_tui.actions import ACTIONS, allowed
from qpi_tui.domain.roles import Role
from qpi_tui.resources import registry
from qpi_tui.session.credentials import account_of
from qpi_tui.session.remembered import RememberedServers
from qpi_tui.settings.accounts import Kind, SignIn, normal_url

# Areas of actions that belong to another resource.
_PARTS = {"job": "jobs", "journal": "audit_log"}


def how(sign_in: SignIn) -> str:
    """Return how the account is signed in, in words."""
    if sign_in.role is Role.TOKEN:
        return "API token"
    if sign_in.has(Kind.SESSION):
        kept = RememberedServers().method(account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity))
        return f"{kept or 'sign-in'}, session kept by login"
    return "password from the environment" if os.environ.get("QPI_PASSWORD") else "password"


def may(role: Role, *, read_only: bool = False) -> tuple[list[str], list[str]]:
    """Return what a role may read, and change there, by screen titles."""
    seen = [place for place in registry().values() if place.visible(role) and (place.collection or place.reader)]
    changed = {
        _PARTS.get(action.area, action.area)
        for action in ACTIONS.values()
        if action.changes and allowed(action, role, read_only=read_only)
    }
    return [place.id for place in seen], [place.id for place in seen if place.id in changed]
