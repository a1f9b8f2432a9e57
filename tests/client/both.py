"""Both clients behind one blocking interface, so that one test covers both."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from typing import Any

from qpi_client import AsyncQPIClient, QPIClient

KINDS = {"blocking": QPIClient, "awaited": AsyncQPIClient}


class Both:
    """A client of either kind. Every method call is run to completion."""

    def __init__(self, kind: str, *args: Any, **options: Any) -> None:
        self.kind = kind
        self.runner = asyncio.Runner() if kind == "awaited" else None
        self.client: Any = KINDS[kind](*args, **options)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.client, name)
        if self.runner is None or not callable(found):
            return found
        return lambda *args, **kwargs: self.wait(found(*args, **kwargs))

    def wait(self, outcome: Any) -> Any:
        """Return the result of a coroutine, all items of an async iterator, or any other value unchanged."""
        assert self.runner is not None
        if inspect.iscoroutine(outcome):
            return self.runner.run(outcome)
        if isinstance(outcome, AsyncIterator):
            return self._items(outcome)
        return outcome

    def _items(self, items: AsyncIterator[Any]) -> Any:
        assert self.runner is not None

        async def following() -> Any:
            return await anext(items)

        async def ending() -> None:
            await items.aclose()  # type: ignore[attr-defined]  # asynchronous generators have it

        try:
            while True:
                try:
                    yield self.runner.run(following())
                except StopAsyncIteration:
                    return
        finally:
            self.runner.run(ending())

    def __enter__(self) -> Both:
        return self

    def __exit__(self, *_: object) -> None:
        if self.runner is None:
            self.client.close()
        else:
            self.runner.run(self.client.aclose())
            self.runner.close()
