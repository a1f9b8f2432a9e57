"""What the docs site needs of the package before it reads it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any


def on_startup(**_: Any) -> None:
    """Let the methods of the client be described by themselves, not by the calls that they are made of."""
    from qpi_client import AsyncQPIClient, QPIClient

    for cls in (QPIClient, AsyncQPIClient):
        for name, method in vars(cls).items():
            if inspect.isfunction(method):
                vars(method).pop("__wrapped__", None)
                method.__module__, method.__qualname__ = cls.__module__, f"{cls.__qualname__}.{name}"


def on_post_build(config: Any, **_: Any) -> None:
    """Fail if the reference lacks a method of the client."""
    from qpi_client import QPIClient

    page = (Path(config["site_dir"]) / "reference" / "client-api.html").read_text(encoding="utf-8")
    names = [name for name in vars(QPIClient) if not name.startswith("_") and name != "lists_resources"]
    if missing := [name for name in names if f'id="qpi_client.client.QPIClient.{name}"' not in page]:
        raise SystemExit(f"docs/reference/client-api.md lacks methods of QPIClient: {', '.join(missing)}")
    if "ctx:" in page:
        raise SystemExit("docs/reference/client-api.md shows the parameter that the clients fill in: ctx")
