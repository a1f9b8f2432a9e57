"""What the snapshots share: a lab whose data and clock stand still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from qpi_sandbox import Sandbox
from qpi_tui import clock

MOMENT = datetime(2026, 11, 23, 10, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def still_lab() -> Iterator[Sandbox]:
    """The demo's lab at a fixed moment; nothing happens in it."""
    with Sandbox(seed=1, now=MOMENT, worker=False, user_password="a-password-1234", admin_password="admin12345") as lab:
        yield lab


@pytest.fixture(autouse=True)
def _still_clock() -> Iterator[None]:
    clock.set_clock(lambda: MOMENT)
    yield
    clock.set_clock(None)
