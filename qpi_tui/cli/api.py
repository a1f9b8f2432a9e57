"""`qpi-tui api`: send any request to the server, signed in."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from cyclopts import Parameter

from qpi_tui.cli.changing import change_one
from qpi_tui.cli.common import CHANGE, SERVER, Change, Server, ask
from qpi_tui.cli.output import say, write
from qpi_tui.cli.problems import FAILED, USAGE, Problem
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.domain.sanitize import clean, clean_lines

Fields = Annotated[
    tuple[str, ...],
    Parameter(name=["--field", "-f"], help="NAME=VALUE; numbers, true, false, null and @FILE are converted"),
]
_LONGEST = 100_000
_PAGE = 500
_MOST_BYTES = 64 * 1024 * 1024
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}


def api(
    method: Annotated[Literal["GET", "POST", "PATCH", "PUT", "DELETE"], Parameter(help="the method")],
    path: Annotated[str, Parameter(help="a path on the server, such as /api/collections/users/records")],
    /,
    *,
    field: Fields = (),
    raw_field: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE; the value is always text")] = (),
    input: Annotated[
        Path | None, Parameter(help="JSON to send, from a file or from standard input (-)", allow_leading_hyphen=True)
    ] = None,
    paginate: Annotated[bool, Parameter(help="read all pages of a list, as one array", negative=())] = False,
    jq: Annotated[str, Parameter(help="filter the response with this jq expression")] = "",
    server: Server = SERVER,
    change: Change = CHANGE,
) -> int:
    """Send an authenticated request to the server and print the response as JSON.

    Fields go into the query of GET, and into the JSON body of other methods. Changes ask for confirmation and are in
    the audit log. Credentials go only to the server; redirects are not followed.

    Example: qpi-tui api GET /api/collections/users/records --field 'filter=verified=false' --paginate
    """
    fields = _fields(field, raw_field)
    if input is not None and (method == "GET" or fields):
        raise Problem("--input is the whole body: use it without --field, and not with GET.", USAGE)
    if paginate and method != "GET":
        raise Problem("--paginate reads the pages of a list: use it with GET only.", USAGE)
    body = _read_json(input) if input is not None else fields or None
    show = _writer(jq)
    with signed_in(server) as signed:
        if method == "GET":
            query = {name: _query_text(value) for name, value in fields.items()}
            show(_pages(signed, path, query) if paginate else signed.client.request("GET", path, query=query))
        elif change.dry_run:
            say(f"Would send {method} {path}{' with ' + json.dumps(body) if body is not None else ''}.")
        else:
            show(_changed(signed, method, path, body, change))
    return 0


app = api


def _changed(signed: Signed, method: str, path: str, body: object, change: Change) -> object:
    from qpi_tui.edits.api import SendRequest

    # Log only the path: a query may contain a secret.
    bare, _, query = path.partition("?")
    ask(f"Send {method} {bare}?", change)
    fields = dict(parse_qsl(query, keep_blank_values=True))
    edit = SendRequest(target=f"{method} {bare}", method=method, path=bare, query=fields, body=body)
    done = change_one(signed, edit)
    return (done.record or {}).get("answer")


def _pages(signed: Signed, path: str, query: dict[str, str]) -> list[object]:
    """Return all items of a list: page by page for a collection, by `limit` and `skip` for a custom route."""
    found: list[object] = []
    size = int(query["perPage"]) if query.get("perPage", "").isdecimal() else _PAGE
    first: Any = signed.client.request("GET", path, query={"perPage": size, "limit": size, **query})
    by_skip = isinstance(first, list)
    answer, number = first, 1
    while True:
        items = answer if by_skip else answer.get("items") if isinstance(answer, dict) else None
        if not isinstance(items, list):
            raise Problem("The response is not a list and has no pages. Omit --paginate.", FAILED)
        found += items
        number += 1
        if len(items) < (size if by_skip else _size_of(answer, size)) or not items:
            return found
        more: dict[str, str | int] = {"skip": len(found)} if by_skip else {"page": number}
        answer = signed.client.request("GET", path, query={"perPage": size, "limit": size, **query, **more})


def _size_of(answer: dict[str, Any], asked: int) -> int:
    """Return the server's page size, which may be smaller than requested."""
    told = answer.get("perPage")
    return told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else asked


def _fields(typed: Iterable[str], raw: Iterable[str]) -> dict[str, object]:
    words: list[tuple[str, Callable[[str], object]]] = [(word, _value) for word in typed]
    words += [(word, str) for word in raw]
    found: dict[str, object] = {}
    for word, read in words:
        name, equals, value = word.partition("=")
        if not name or not equals:
            raise Problem(f"{clean(word, 80)!r} is not NAME=VALUE.", USAGE)
        found[name] = read(value)
    return found


def _value(text: str) -> object:
    if text.startswith("@"):
        return _read_text(Path(text[1:]))
    if text in _WORDS:
        return _WORDS[text]
    try:
        number = json.loads(text)
    except ValueError:
        return text
    return number if isinstance(number, (int, float)) else text


def _query_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _read_text(path: Path) -> str:
    from qpi_tui.files.text_file import read_text

    try:
        return sys.stdin.read() if str(path) == "-" else read_text(path, most=_MOST_BYTES)
    except FileNotFoundError:
        raise Problem(f"There is no file {path}.", USAGE) from None
    except ValueError as error:
        raise Problem(str(error), USAGE) from None


def _read_json(path: Path) -> object:
    try:
        return json.loads(_read_text(path))
    except (ValueError, RecursionError) as error:
        raise Problem(f"{path} is not JSON: {error}", USAGE) from None


def _writer(expression: str) -> Callable[[object], None]:
    """Return the function that prints an answer. An invalid expression is rejected before anything is sent."""
    if not expression:
        return _write_whole
    try:
        import jq  # type: ignore[import-not-found]  # compiled, without stubs
    except ImportError:
        raise Problem("--jq needs the package jq. Install it: python3 -m pip install 'qpi-tui[jq]'", FAILED) from None
    try:
        program = jq.compile(expression)
    except ValueError as error:
        raise Problem(f"--jq: {' '.join(str(error).split())}", USAGE) from None

    def show(answer: object) -> None:
        try:
            for found in _results(program, answer):
                write(f"{clean_lines(found, limit=_LONGEST) if isinstance(found, str) else json.dumps(found)}\n")
        except ValueError as error:
            raise Problem(f"--jq: {' '.join(str(error).split())}", FAILED) from None

    return show


def _results(program: Any, answer: object) -> Iterator[object]:
    yield from program.input_value(answer)


def _write_whole(answer: object) -> None:
    if isinstance(answer, str):
        write(f"{clean_lines(answer, limit=_LONGEST)}\n")
    elif answer is not None:
        write(json.dumps(answer, indent=2) + "\n")
