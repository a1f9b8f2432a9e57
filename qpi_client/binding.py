"""Calls, written once as generators, made into the methods of both clients.

Type checkers get the parameters by `ParamSpec`. `inspect.signature`, `typing.get_type_hints` and `help` get the call's
own docstring, its annotations without the context, and what the method returns in place of the generator.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from qpi_client.steps import Call, Emitting

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)
M = TypeVar("M", bound=Callable[..., Any])


class Blocking(Protocol[C_co]):
    """What runs calls and waits for them."""

    @property
    def _context(self) -> C_co: ...
    def _ensure_open(self) -> None: ...
    def _run(self, call: Call[T], /) -> T: ...
    def _items(self, call: Call[list[T]], /) -> Generator[T, None, None]: ...


class Awaited(Protocol[C_co]):
    """What runs calls that are awaited."""

    @property
    def _context(self) -> C_co: ...
    def _ensure_open(self) -> None: ...
    async def _run(self, call: Call[T], /) -> T: ...
    def _items(self, call: Call[list[T]], /) -> AsyncGenerator[T, None]: ...


def blocking(call: Callable[Concatenate[C, P], Call[T]]) -> Callable[Concatenate[Blocking[C], P], T]:
    """Make a call into a method that waits for the result."""

    def method(self: Blocking[C], /, *args: P.args, **kwargs: P.kwargs) -> T:
        running = _begun(call, self._context, args, kwargs)
        # A traceback that shows local variables finds no password here.
        del args, kwargs
        if isinstance(running, TypeError):
            raise running
        self._ensure_open()
        return self._run(running)

    return _with_signature(method, call, "{}")


def awaited(
    call: Callable[Concatenate[C, P], Call[T]],
) -> Callable[Concatenate[Awaited[C], P], Coroutine[Any, Any, T]]:
    """Make a call into a method whose result is awaited."""

    async def method(self: Awaited[C], /, *args: P.args, **kwargs: P.kwargs) -> T:
        running = _begun(call, self._context, args, kwargs)
        # A traceback that shows local variables finds no password here.
        del args, kwargs
        if isinstance(running, TypeError):
            raise running
        self._ensure_open()
        return await self._run(running)

    return _with_signature(method, call, "{}")


def blocking_items(
    call: Callable[Concatenate[C, P], Emitting[T]],
) -> Callable[Concatenate[Blocking[C], P], Generator[T, None, None]]:
    """Make a call that emits into a method that returns a generator."""

    def method(self: Blocking[C], /, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        running = _begun(call, self._context, args, kwargs)
        # A traceback that shows local variables finds no password here.
        del args, kwargs
        if isinstance(running, TypeError):
            raise running
        self._ensure_open()
        return self._items(running)

    return _with_signature(method, call, "Generator[{}, None, None]")


def awaited_items(
    call: Callable[Concatenate[C, P], Emitting[T]],
) -> Callable[Concatenate[Awaited[C], P], AsyncGenerator[T, None]]:
    """Make a call that emits into a method that returns an asynchronous generator."""

    def method(self: Awaited[C], /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T, None]:
        running = _begun(call, self._context, args, kwargs)
        # A traceback that shows local variables finds no password here.
        del args, kwargs
        if isinstance(running, TypeError):
            raise running
        self._ensure_open()
        return self._items(running)

    return _with_signature(method, call, "AsyncGenerator[{}, None]")


_GENERATORS = {"Generator": Generator, "AsyncGenerator": AsyncGenerator}


def _begun(
    call: Callable[Concatenate[C, P], Call[T]], ctx: C, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Call[T] | TypeError:
    """Return a call with its arguments, not yet run, or what is wrong with them, to be raised where they are gone."""
    try:
        return call(ctx, *args, **kwargs)
    except TypeError as error:
        return error.with_traceback(None)


def _with_signature(method: M, call: Callable[..., Any], returns: str) -> M:
    """Give a method what a reader of the call should see."""
    functools.update_wrapper(method, call)
    plain = _signature(call)
    # With annotations as text, "Call[Record]" gives "Record".
    item = str(plain.return_annotation).partition("[")[2].removesuffix("]")
    shown = returns.format(item)
    method.__signature__ = plain.replace(return_annotation=shown)  # type: ignore[attr-defined]  # inspect looks for it
    # `get_type_hints` evaluates text in the call's module, which need not know the generators.
    kind = _GENERATORS.get(shown.partition("[")[0])
    hint: Any = item
    if kind is not None:
        hint = kind[item, None, None] if kind is Generator else kind[item, None]  # type: ignore[misc]
    hints = {name: each.annotation for name, each in plain.parameters.items() if name != "self"}
    method.__annotations__ = {**hints, "return": hint}
    return method


@functools.cache
def _signature(call: Callable[..., Any]) -> inspect.Signature:
    """A call's signature with `self` in place of the context."""
    plain = inspect.signature(call)
    first, *others = plain.parameters.values()
    return plain.replace(parameters=[first.replace(name="self", annotation=inspect.Parameter.empty), *others])
