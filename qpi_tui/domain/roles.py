"""Roles of a session."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The permissions of a session: a superuser is an `ADMIN`; `TOKEN` is an API token without a session."""

    ADMIN = "admin"
    USER = "user"
    TOKEN = "token"  # noqa: S105  # the name of a role, not a secret


EVERYBODY = frozenset(Role)
SESSIONS = frozenset({Role.ADMIN, Role.USER})
ADMINS = frozenset({Role.ADMIN})
USERS = frozenset({Role.USER})
SUBMITTERS = frozenset({Role.USER, Role.TOKEN, Role.ADMIN})
