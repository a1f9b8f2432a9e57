"""Every public name of the client is documented: what it is, its arguments, what it returns and what it raises."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest

import qpi_client
from qpi_client import compat, provider, records, results
from qpi_client.results import CircuitResult, JobResults

# Common request failures are documented for each method of a client except these.
NOTHING_TO_RAISE = {"sign_out", "close", "aclose", "collection"}
CLIENTS = (qpi_client.QPIClient, qpi_client.AsyncQPIClient, qpi_client.Collection, qpi_client.AsyncCollection)


def ours(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).startswith("qpi_client")


def public() -> Iterator[tuple[str, Any]]:
    """Return every public class and function, by name."""
    for name in qpi_client.__all__:
        yield f"qpi_client.{name}", getattr(qpi_client, name)
    for module in (provider, compat, records, results):
        for name, thing in vars(module).items():
            here = getattr(thing, "__module__", "").startswith(module.__name__)
            if not name.startswith("_") and here and (inspect.isclass(thing) or inspect.isfunction(thing)):
                yield f"{module.__name__}.{name}", thing


CLASSES = sorted(
    {thing: name for name, thing in public() if inspect.isclass(thing) and ours(thing)}.items(),
    key=lambda each: each[1],
)
FUNCTIONS = {name: thing for name, thing in public() if inspect.isfunction(thing)}


def members(cls: type) -> Iterator[tuple[str, Any]]:
    """Return what a class of this package, or a base of this package, defines, without what it inherits from
    elsewhere.
    """
    for name in dir(cls):
        if name.startswith("_"):
            continue
        owner = next(base for base in cls.__mro__ if name in vars(base))
        if ours(owner):
            yield name, inspect.getattr_static(cls, name)


def section(text: str, title: str) -> str:
    found = re.search(rf"^{title}:\n((?:^[ ]+.*\n?|^\n)+)", text, re.MULTILINE)
    return found[1] if found else ""


def faults(name: str, function: Any) -> Iterator[str]:
    """Yield what is missing from a function's docstring."""
    text = inspect.getdoc(function)
    if not text:
        yield f"{name}: no docstring"
        return
    if not re.match(r"[A-Z`].*[.)]\n?", text.partition("\n\n")[0] + "\n"):
        yield f"{name}: the summary is not a sentence"
    signature = inspect.signature(function)
    described = section(text, "Args")
    for parameter in list(signature.parameters.values()):
        if parameter.name not in ("self", "cls") and not re.search(
            rf"^    \*{{0,2}}{parameter.name}: .", described, re.MULTILINE
        ):
            yield f"{name}: no word on {parameter.name}"
    if signature.return_annotation not in ("None", None) and not section(text, "Returns"):
        yield f"{name}: no word on what it returns"


@pytest.mark.parametrize(("cls", "name"), CLASSES, ids=[name for _, name in CLASSES])
def test_every_class_has_a_complete_docstring(cls: type, name: str) -> None:
    missing: list[str] = []
    # Not inspect.getdoc: a subclass needs a docstring of its own.
    text = cls.__doc__ or ""
    if not text or text.startswith(f"{cls.__name__}("):
        missing.append(f"{name}: no docstring")
    for member, thing in members(cls):
        where = f"{name}.{member}"
        if isinstance(thing, (property, cached_property)):
            if not inspect.getdoc(thing):
                missing.append(f"{where}: no docstring")
        elif isinstance(thing, (classmethod, staticmethod)) or inspect.isfunction(thing):
            missing += faults(where, getattr(cls, member))
            doc = inspect.getdoc(getattr(cls, member)) or ""
            if cls in CLIENTS and member not in NOTHING_TO_RAISE and not section(doc, "Raises"):
                missing.append(f"{where}: no word on what it raises")
    if dataclasses.is_dataclass(cls):
        described = section(inspect.cleandoc(text), "Attributes") + section(inspect.cleandoc(text), "Args")
        for each in dataclasses.fields(cls):
            if f"    {each.name}: " not in described:
                missing.append(f"{name}: no word on {each.name}")
    elif "__init__" in vars(cls) and not issubclass(cls, BaseException):
        missing += faults(f"{name}()", cls.__init__)
    elif issubclass(cls, BaseException) and "__init__" in vars(cls):
        code = inspect.getsource(cls.__init__)
        for attribute in re.findall(r"self\.(\w+) = ", code):
            if attribute not in text:
                missing.append(f"{name}: no word on {attribute}")
    assert missing == []


@pytest.mark.parametrize(("cls", "name"), CLASSES, ids=[name for _, name in CLASSES])
def test_type_hints_of_a_class_resolve(cls: type, name: str) -> None:
    """`typing.get_type_hints`, which frameworks and documentation tools use, finds every name."""
    assert typing.get_type_hints(cls) is not None
    for member, thing in members(cls):
        function = thing.fget if isinstance(thing, property) else getattr(cls, member)
        if inspect.isfunction(function):
            hints = typing.get_type_hints(function)
            assert set(hints) == {*inspect.signature(function).parameters, "return"} - {"self", "cls"}, member
    if "__init__" in vars(cls):
        assert "return" in typing.get_type_hints(cls.__init__) or dataclasses.is_dataclass(cls)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_has_a_complete_docstring(name: str) -> None:
    assert list(faults(name, FUNCTIONS[name])) == []


def test_record_docstrings_explain_unobvious_keys() -> None:
    """A record's docstring says what a time, an amount or a text that may be empty contains."""
    for cls, words in (
        (records.Job, ("payload", "results")),
        (records.JobRow, ("UTC", "duration", "seconds", "finished_at", "empty")),
        (records.User, ("qpu_seconds", "seconds")),
        (records.TimeRequest, ("seconds", "handled_by")),
        (records.Token, ("expires_at", "UTC")),
        (records.Reading, ("ts", "RFC 3339", "unit")),
    ):
        assert all(word in (cls.__doc__ or "") for word in words), cls


def test_result_docstrings_state_their_shapes() -> None:
    assert "[shot][qubit]" in (CircuitResult.__doc__ or "")
    assert JobResults.__doc__
