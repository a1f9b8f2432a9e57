"""The public surface of the package: two clients with the same methods, loaded quickly."""

from __future__ import annotations

import inspect
import json
import pydoc
import re
import subprocess
import sys
import typing
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Generator
from pathlib import Path
from typing import Any

import pytest

import qpi_client
from qpi_client import AsyncCollection, AsyncQPIClient, Collection, QPIClient, errors
from qpi_client.http import httpx
from qpi_client.records import User

HEAVY = ("qiskit", "numpy", "textual", "msgspec", "importlib.metadata")


def public(cls: type) -> dict[str, Any]:
    return {name: getattr(cls, name) for name in dir(cls) if not name.startswith("_")}


def test_both_clients_have_the_same_methods() -> None:
    blocking, awaited = public(QPIClient), public(AsyncQPIClient)
    assert set(awaited) - set(blocking) == {"aclose", "early"}
    assert set(blocking) <= set(awaited)
    own = {"close", "get_backend", "job", "collection"}
    assert QPIClient.collection.__doc__ == AsyncQPIClient.collection.__doc__
    names = ("list", "iterate", "page", "count", "get", "create", "update", "delete")
    for one, other in ((getattr(Collection, name), getattr(AsyncCollection, name)) for name in names):
        assert one.__doc__ == other.__doc__
        assert inspect.signature(one).parameters == inspect.signature(other).parameters
    assert (QPIClient.lists_resources, AsyncQPIClient.lists_resources) == (True, False)
    for name, method in blocking.items():
        if not callable(method):
            continue
        one, other = inspect.signature(method), inspect.signature(awaited[name])
        assert list(one.parameters.values()) == list(other.parameters.values()), name
        assert method.__doc__, name
        if name in own:
            continue
        assert method.__doc__ == awaited[name].__doc__, name
        if inspect.iscoroutinefunction(awaited[name]) or method is awaited[name]:
            assert one.return_annotation == other.return_annotation, name
        else:
            items = one.return_annotation.removeprefix("Generator[").removesuffix(", None, None]")
            assert other.return_annotation == f"AsyncGenerator[{items}, None]", name


def test_signatures_match_those_of_the_calls() -> None:
    shown = inspect.signature(QPIClient.submit_job)
    assert list(shown.parameters) == [
        "self", "circuits", "shots", "meas_level", "meas_return", "qpu_target", "besides",
    ]  # fmt: skip
    assert shown.return_annotation == "str"
    assert "ctx" not in str(shown)


def test_signatures_type_hints_and_help_are_accurate() -> None:
    """A method returns what its signature, its type hints and `help` say, for iterators too."""
    for cls, coroutines in ((QPIClient, False), (AsyncQPIClient, True)):
        for name, method in vars(cls).items():
            if not inspect.isfunction(method) or name.startswith("_"):
                continue
            hints = typing.get_type_hints(method)
            parameters = list(inspect.signature(method).parameters)
            assert parameters[0] == "self", name
            assert set(hints) == {*parameters[1:], "return"}, name
            origin = typing.get_origin(hints["return"])
            assert origin not in (Coroutine, Awaitable), f"an async def returns what is awaited: {name}"
            if inspect.isclass(origin) and issubclass(origin, (Generator, AsyncGenerator)):
                assert issubclass(origin, AsyncGenerator) is coroutines, name
                assert not inspect.iscoroutinefunction(method), name
    hints = typing.get_type_hints(QPIClient.iter_users)
    assert hints["return"] == Generator[User, None, None]
    assert typing.get_type_hints(AsyncQPIClient.iter_users)["return"] == AsyncGenerator[User, None]
    assert typing.get_type_hints(QPIClient.list_users)["return"] == list[User]
    page = pydoc.render_doc(AsyncQPIClient.iter_users, renderer=pydoc.plaintext)
    assert "iter_users(self, *, fields: 'Sequence[str] | None' = None) -> 'AsyncGenerator[User, None]'" in page
    assert "ctx" not in page


def test_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, json, qpi_client; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_every_public_name_is_exported() -> None:
    for name in qpi_client.__all__:
        assert getattr(qpi_client, name) is not None
    assert set(qpi_client.__all__) <= set(dir(qpi_client))
    with pytest.raises(AttributeError, match="nothing"):
        _ = qpi_client.nothing
    assert (Path(qpi_client.__file__).parent / "py.typed").exists()


def test_transport_errors_are_httpx_errors() -> None:
    mine = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, errors.QPIError)]
    before_sending = {
        "QPIError", "InvalidValue", "ReadOnly", "SessionRequired", "NotOnThisGeneration", "AmbiguousName",
        "ResultsUnavailable", "ClientClosed", "WrongEventLoop", "SignInFailed",
    }  # fmt: skip
    assert {cls.__name__ for cls in mine if not issubclass(cls, httpx.HTTPError)} == before_sending
    exported = set(qpi_client.__all__)
    assert {cls.__name__ for cls in mine} <= exported


@pytest.mark.parametrize("url", ["", "lab.example.org", "ftp://lab", "https://", "http://u:p@lab", "http://lab?x=1"])
@pytest.mark.parametrize("client", [QPIClient, AsyncQPIClient])
def test_an_invalid_address_is_a_value_error(client: Any, url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        client(url)


def test_the_trailing_slash_of_an_address_is_removed() -> None:
    assert QPIClient("http://lab.example.org/qpi/").base_url == "http://lab.example.org/qpi"


def test_only_one_module_imports_the_http_library() -> None:
    package = Path(qpi_client.__file__).parent
    found = [
        file.name
        for file in package.rglob("*.py")
        if re.search(r"^\s*(import|from) httpx2?\b|^\s*(import|from) httpcore2?\b", file.read_text(), re.MULTILINE)
    ]
    assert found == ["http.py"]
