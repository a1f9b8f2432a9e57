"""Every broad `except` of the three packages reraises or logs, so that no error is swallowed silently."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("qpi_client", "qpi_sandbox", "qpi_tui")
# It passes the error to the waiting thread, which raises it.
HANDED_OVER = {"qpi_client/provider/tracking.py"}


def broad_handlers(tree: ast.AST) -> Iterator[ast.ExceptHandler]:
    """Return every `except` that catches all exceptions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            names = {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)} if node.type else {"all"}
            if names & {"Exception", "BaseException", "all"}:
                yield node


def swallows(handler: ast.ExceptHandler) -> bool:
    """Whether it neither reraises nor logs with the traceback."""
    for node in ast.walk(handler):
        if isinstance(node, ast.Raise):
            return False
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            logs = node.func.attr in {"debug", "info", "warning"} and any(k.arg == "exc_info" for k in node.keywords)
            if logs or node.func.attr == "exception":
                return False
    return True


def test_no_broad_except_swallows_an_error_without_logging_it() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{handler.lineno}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in HANDED_OVER
        for handler in broad_handlers(ast.parse(path.read_text(encoding="utf-8")))
        if swallows(handler)
    ]
    assert found == []


def test_a_handler_that_swallows_is_detected() -> None:
    (handler,) = broad_handlers(ast.parse("try:\n    f()\nexcept Exception:\n    pass\n"))
    assert swallows(handler)
