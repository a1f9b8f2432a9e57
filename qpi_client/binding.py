"""Turn calls, written once as generators, into methods of both clients.

Type checkers get the parameters through `ParamSpec`. `inspect.signature`, `typing.get_type_hints` and `help` get the
call's docstring, its annotations without the context, and the method's return type in place of the generator's.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from types import FunctionType
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
    first, *others = call.__code__.co_varnames
    # `inspect.signature` reads the wrapped function, and only when somebody asks: the signatures of all methods take
    # more than a millisecond at each import of the client.
    code = call.__code__.replace(co_varnames=("self", *others))
    shown = FunctionType(code, call.__globals__, call.__name__, call.__defaults__, call.__closure__)
    shown.__kwdefaults__ = call.__kwdefaults__
    hints = {name: hint for name, hint in call.__annotations__.items() if name not in (first, "return")}
    # Annotations are text: "Call[Record]" becomes "Record".
    item = str(call.__annotations__.get("return", "")).partition("[")[2].removesuffix("]")
    shown.__annotations__ = {**hints, "return": returns.format(item)}
    functools.update_wrapper(method, shown)
    # `get_type_hints` evaluates text in the call's module, which may not import the generator types.
    kind = _GENERATORS.get(returns.partition("[")[0])
    hint: Any = item
    if kind is not None:
        hint = kind[item, None, None] if kind is Generator else kind[item, None]  # type: ignore[misc]
    method.__annotations__ = {**hints, "return": hint}
    return method
