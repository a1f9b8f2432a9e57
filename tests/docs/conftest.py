"""A lab with the data of the demo, for the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qpi_sandbox import Sandbox


@pytest.fixture(scope="module")
def demo() -> Iterator[Sandbox]:
    """Return the demo lab that readers of the pages have."""
    with Sandbox(seed=1) as sandbox:
        yield sandbox
