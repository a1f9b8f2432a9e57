"""Commands and consoles signed in as the users of a world. Nothing on this machine is read or written."""

from __future__ import annotations

import os

import pytest

from qpi_sandbox import Credentials
from tests.cli.command import Command, as_
from tests.facts.world import PASSWORD, Person, World

FOLDERS = pytest.mark.usefixtures("folders")


def commands(world: World) -> Command:
    """Return commands signed in as the superuser."""
    return as_(world.server.url, world.server.admin, "admin")


def commands_of(person: Person) -> Command:
    """Return commands signed in as a user."""
    return as_(person.server.url, credentials(person), "user")


def credentials(person: Person) -> Credentials:
    """Return a user's credentials."""
    return Credentials(person.email, PASSWORD, person.id)


def new_token(person: Person) -> str:
    """Create an API token of a user."""
    return str(person.http.post("/api/tokens", json={"name": "script"}).json()["token"])


def commands_with_token(person: Person) -> Command:
    """Return commands with an API token of a user."""
    return Command({"QPI_URL": person.server.url, "QPI_ROLE": "token", "QPI_API_TOKEN": new_token(person)})


def named_by_environment() -> bool:
    """Whether the environment names a real server."""
    return bool(os.environ.get("QPI_TEST_URL"))
