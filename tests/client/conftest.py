"""Both clients, connected to a server, and a server with scripted faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.client.both import KINDS, Both
from tests.client.faults import FaultServer

Open = Callable[..., Both]


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    """Return which client is under test."""
    return str(request.param)


@pytest.fixture
def connect(kind: str) -> Iterator[Open]:
    """Open a client of the kind under test: `connect(url, …)`. It is closed after the test."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(Both(kind, *args, **options))


@pytest.fixture
def signed_in(connect: Open, sandbox: Sandbox) -> Callable[[Credentials], Both]:
    """Open a client on the sandbox, signed in as this user."""

    def open_for(who: Credentials, **options: Any) -> Both:
        client = connect(sandbox.url, **options)
        client.auth_with_password(who.identity, who.password)
        return client

    return open_for


@pytest.fixture
def admin(connect: Open, sandbox: Sandbox) -> Both:
    """Return a client on the sandbox, signed in as its administrator."""
    client = connect(sandbox.url)
    client.auth_with_password(sandbox.admin.identity, sandbox.admin.password, "_superusers")
    return client


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    """Return a server whose responses the test scripts."""
    with FaultServer() as server:
        yield server
