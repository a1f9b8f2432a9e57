"""The commands of `qpi-tui`. Each is thin: it reads its words and calls what does the work."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from qpi_tui.cli import VERSION
from qpi_tui.cli.problems import Problem

app = App(name="qpi-tui", version=VERSION, help="The console of a shared quantum computer.")


@app.default
def console(
    *,
    url: Annotated[str, Parameter(help="the server, such as https://lab.example.org (QPI_URL)")] = "",
    screen: Annotated[str, Parameter(help="open on this screen: requests, users, qpus, slots, jobs …")] = "",
    refresh: Annotated[float, Parameter(help="seconds between two reads where there are no change events")] = 2.0,
    read_only: Annotated[bool, Parameter(help="nothing can be changed (QPI_READ_ONLY)")] = False,
) -> int:
    """Open the console on a server.

    QPI_URL, QPI_ROLE (admin or user), QPI_IDENTITY, QPI_PASSWORD and QPI_API_TOKEN fill the sign-in.
    """
    from qpi_tui.cli.console import open_console

    return open_console(url, screen=screen, refresh=refresh, read_only=read_only)


@app.command
def demo(
    *,
    role: Annotated[Literal["admin", "user"], Parameter(name="--as", help="who you are in the demo")] = "admin",
    screen: Annotated[str, Parameter(help="open on this screen")] = "",
    refresh: Annotated[float, Parameter(help="seconds between two reads")] = 2.0,
    seed: Annotated[int, Parameter(help="which invented lab")] = 1,
) -> int:
    """Start an orchestrator with the data of a lab on this machine, and open the console on it."""
    from qpi_tui.cli.console import open_demo

    return open_demo(role, screen=screen, refresh=refresh, seed=seed)


@app.command
def sandbox(
    *,
    port: Annotated[int, Parameter(help="the port; 0 takes a free one")] = 0,
    data: Annotated[Path | None, Parameter(help="keep everything in this folder")] = None,
    json: Annotated[bool, Parameter(help="print the address and the sign-ins as one line of JSON")] = False,
    seed: Annotated[bool, Parameter(help="fill it with the data of a lab")] = True,
    seed_jobs: Annotated[int, Parameter(help="how many jobs")] = 300,
    seed_users: Annotated[int, Parameter(help="how many users")] = 40,
    generation: Annotated[Literal["v0.0", "v0.1"], Parameter(help="answer as this generation")] = "v0.1",
    fault: Annotated[
        list[str] | None, Parameter(help="a fault to play, such as `latency=2` or `429,p=0.1` (repeatable)")
    ] = None,
    listen: Annotated[str, Parameter(help="listen on this address; needs a password in the environment")] = "",
) -> int:
    """Serve a whole orchestrator on this machine until interrupted."""
    try:
        from qpi_sandbox import SandboxError
        from qpi_sandbox.serve import serve
    except ImportError as error:
        from qpi_tui.cli.console import missing_sandbox

        raise Problem(missing_sandbox(error)) from None
    try:
        return serve(
            port=port,
            data=data,
            as_json=json,
            seed=seed,
            seed_jobs=seed_jobs,
            seed_users=seed_users,
            generation=generation,
            faults=fault or [],
            listen=listen,
        )
    except SandboxError as error:
        raise Problem(str(error)) from None


@app.command
def keys(*, json_: Annotated[bool, Parameter(name="--json", help="action id → key, as JSON")] = False) -> int:
    """Print every action and its key."""
    from qpi_tui.actions import ACTIONS, Keys

    table = Keys()
    if json_:
        sys.stdout.write(json.dumps(table.table(), indent=1) + "\n")
    else:
        for id, action in ACTIONS.items():
            sys.stdout.write(f"{table.word(id):8} {id:24} {action.help}\n")
    return 0
