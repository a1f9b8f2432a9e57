"""Shared by the snapshots: a lab whose data and clock do not change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.domain import clock
from qpi_tui.domain.roles import Role
from qpi_tui.session.connection import Connection
from screenshots.make import MOMENT, started_long_ago, still_lab


@pytest.fixture(scope="session")
def labs() -> Iterator[dict[Role, Sandbox]]:
    """Return the demo lab at a fixed time, one for administrators and one for users, without activity."""
    with still_lab(Role.ADMIN) as admins, still_lab(Role.USER) as users:
        yield {Role.ADMIN: admins, Role.USER: users}


@pytest.fixture(autouse=True)
def _still_clock() -> Iterator[None]:
    clock.set_clock(lambda: MOMENT)
    before = Connection.server_started
    Connection.server_started = started_long_ago  # type: ignore[method-assign]
    yield
    clock.set_clock(None)
    Connection.server_started = before  # type: ignore[method-assign]
