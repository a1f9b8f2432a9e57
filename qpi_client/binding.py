"""Calls, written once as generators, made into the methods of both clients.

The parameters, and with them what an editor shows, are taken over by `ParamSpec`; names and docstrings by `wraps`; and
what `inspect` and `help` show is made from the call's own signature, without its first parameter's inner type.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from qpi_client.context import Context
from qpi_client.steps import Call, Emitting

if TYPE_CHECKING:
    from qpi_client.aio import AsyncQPIClient
    from qpi_client.client import QPIClient

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Callable[..., Any])


def blocking(call: Callable[Concatenate[Context, P], Call[T]]) -> Callable[Concatenate[QPIClient, P], T]:
    """A call as a method that waits for the result."""

    def method(self: QPIClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        self._ensure_open()
        return self._run(call(self._context, *args, **kwargs))

    return _dressed(method, call)


def awaited(
    call: Callable[Concatenate[Context, P], Call[T]],
) -> Callable[Concatenate[AsyncQPIClient, P], Coroutine[Any, Any, T]]:
    """A call as a method whose result is awaited."""

    async def method(self: AsyncQPIClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        self._ensure_open()
        return await self._run(call(self._context, *args, **kwargs))

    return _dressed(method, call)


def blocking_items(
    call: Callable[Concatenate[Context, P], Emitting[T]],
) -> Callable[Concatenate[QPIClient, P], Generator[T, None, None]]:
    """A call that emits, as a method that gives an iterator."""

    def method(self: QPIClient, /, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        self._ensure_open()
        return self._items(call(self._context, *args, **kwargs))

    return _dressed(method, call)


def awaited_items(
    call: Callable[Concatenate[Context, P], Emitting[T]],
) -> Callable[Concatenate[AsyncQPIClient, P], AsyncGenerator[T, None]]:
    """A call that emits, as a method that gives an asynchronous iterator."""

    def method(self: AsyncQPIClient, /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T, None]:
        self._ensure_open()
        return self._items(call(self._context, *args, **kwargs))

    return _dressed(method, call)


def _dressed(method: M, call: Callable[..., Any]) -> M:
    functools.update_wrapper(method, call)
    method.__signature__ = _signature(call)  # type: ignore[attr-defined]  # what inspect looks for
    return method


@functools.cache
def _signature(call: Callable[..., Any]) -> inspect.Signature:
    plain = inspect.signature(call)
    first, *others = plain.parameters.values()
    # With annotations as text, "Call[Record]" gives "Record".
    result = str(plain.return_annotation).partition("[")[2].removesuffix("]")
    return inspect.Signature(
        [first.replace(name="self", annotation=inspect.Parameter.empty), *others], return_annotation=result
    )
