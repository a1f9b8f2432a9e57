"""Turn calls, written once as generators, into methods of both clients.

Type checkers get the parameters through `ParamSpec`. `inspect.signature`, `typing.get_type_hints` and `help` get the
call's docstring, its annotations without the context, and the method's return type in place of the generator's.
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
    """Runs calls and blocks until they finish."""

    @property
    def _context(self) -> C_co: ...
    def _ensure_open(self) -> None: ...
    def _run(self, call: Call[T], /) -> T: ...
    def _items(self, call: Call[list[T]], /) -> Generator[T, None, None]: ...


class Awaited(Protocol[C_co]):
    """Runs awaited calls."""

    @property
    def _context(self) -> C_co: ...
    def _ensure_open(self) -> None: ...
    async def _run(self, call: Call[T], /) -> T: ...
    def _items(self, call: Call[list[T]], /) -> AsyncGenerator[T, None]: ...


def blocking(call: Callable[Concatenate[C, P], Call[T]]) -> Callable[Concatenate[Blocking[C], P], T]:
    """Turn a call into a blocking method."""

    def method(self: Blocking[C], /, *args: P.args, **kwargs: P.kwargs) -> T:
        running = _begun(call, self._context, args, kwargs)
        # Keeps passwords out of tracebacks that show local variables.
        del args, kwargs
        if isinstance(running, TypeError):
            raise running
        self._ensure_open()
        return self._run(running)

    return _with_signature(method, call, "{}")


def awaited(
    call: Callable[Concatenate[C, P], Call[T]],
) -> Callable[Concatenate[Awaited[C], P], Coroutine[Any, Any, T]]:
    """Turn a call into an awaited method."""

    async def method(self: Awaited[C], /, *args: P.args, **kwargs: P.kwargs) -> T:
        running = _begun(call, self._context, args, kwargs)
        # Keeps passwords out of tracebacks that show local variables.
        del args, kwargs
        if isinstance(running, TypeError):
            raise running
        self._ensure_open()
        return await self._run(running)

    return _with_signature(method, call, "{}")


def blocking_items(
    call: Callable[Concatenate[C, P], Emitting[T]],
) -> Callable[Concatenate[Blocking[C], P], Generator[T, None, None]]:
    """Turn an emitting call into a method that returns a generator."""

    def method(self: Blocking[C], /, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        running = _begun(call, self._context, args, kwargs)
        # Keeps passwords out of tracebacks that show local variables.
        del args, kwargs
        if isinstance(running, TypeError):
            raise running
        self._ensure_open()
        return self._items(running)

    return _with_signature(method, call, "Generator[{}, None, None]")


def awaited_items(
    call: Callable[Concatenate[C, P], Emitting[T]],
) -> Callable[Concatenate[Awaited[C], P], AsyncGenerator[T, None]]:
    """Turn an emitting call into a method that returns an asynchronous generator."""

    def method(self: Awaited[C], /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T, None]:
        running = _begun(call, self._context, args, kwargs)
        # Keeps passwords out of tracebacks that show local variables.
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
    """Return a call with its arguments, not started, or the argument error, to raise where no arguments are."""
    try:
        return call(ctx, *args, **kwargs)
    except TypeError as error:
        return error.with_traceback(None)


def _with_signature(method: M, call: Callable[..., Any], returns: str) -> M:
    """Give a method the signature and docstring of its call."""
    functools.update_wrapper(method, call)
    plain = _signature(call)
    # Annotations are text: "Call[Record]" becomes "Record".
    item = str(plain.return_annotation).partition("[")[2].removesuffix("]")
    shown = returns.format(item)
    method.__signature__ = plain.replace(return_annotation=shown)  # type: ignore[attr-defined]  # inspect looks for it
    # `get_type_hints` evaluates text in the call's module, which may not import the generator types.
    kind = _GENERATORS.get(shown.partition("[")[0])
    hint: Any = item
    if kind is not None:
        hint = kind[item, None, None] if kind is Generator else kind[item, None]  # type: ignore[misc]
    hints = {name: each.annotation for name, each in plain.parameters.items() if name != "self"}
    method.__annotations__ = {**hints, "return": hint}
    return method


@functools.cache
def _signature(call: Callable[..., Any]) -> inspect.Signature:
    """Return a call's signature with `self` in place of the context."""
    plain = inspect.signature(call)
    first, *others = plain.parameters.values()
    return plain.replace(parameters=[first.replace(name="self", annotation=inspect.Parameter.empty), *others])
