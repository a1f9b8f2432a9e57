"""Answers as the types of `qpi_client.records`.

Answers are not validated against the types: a record with a missing key is still returned.
"""

from __future__ import annotations

from typing import TypeVar, cast

from qpi_client.context import Context
from qpi_client.exchange import fetch_dict
from qpi_client.paging import Pages, emitted, everything
from qpi_client.steps import Call, Emitting, Request

R = TypeVar("R")


def fetch_as(kind: type[R], ctx: Context, request: Request) -> Call[R]:
    """Send a request and return its answer as this type of object."""
    return cast("R", (yield from fetch_dict(ctx, request)))


def list_as(kind: type[R], ctx: Context, pages: Pages) -> Call[list[R]]:
    """Return all pages as one list of this type."""
    return cast("list[R]", (yield from everything(ctx, pages)))


def emit_as(kind: type[R], ctx: Context, pages: Pages) -> Emitting[R]:
    """Emit pages of this type."""
    return cast("list[R]", (yield from emitted(ctx, pages)))
