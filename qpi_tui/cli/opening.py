"""`qpi-tui`, `demo`, `sandbox`, `keys`: open the console, and try it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from qpi_tui.cli.common import OUTPUT, SERVER, Output, Server
from qpi_tui.cli.output import show_records, write
from qpi_tui.cli.problems import FAILED, Problem, as_usage

Screen = Annotated[str, Parameter(help="screen to open: requests, users, qpus, slots, jobs …")]
Refresh = Annotated[
    float | None, Parameter(help="seconds between reads if the server sends no change events (QPI_REFRESH; 2)")
]
Theme = Annotated[str | None, Parameter(help="a theme of Textual, or your own (QPI_THEME)")]
Slow = Annotated[bool, Parameter(help="for slow lines: fewer frames, no mouse (QPI_SLOW)")]
Ascii = Annotated[bool, Parameter(help="draw in plain ASCII (QPI_ASCII)", negative=())]


def console(
    *,
    screen: Screen = "",
    refresh: Refresh = None,
    theme: Theme = None,
    slow: Slow = False,
    ascii: Ascii = False,
    server: Server = SERVER,
) -> int:
    """Open the console on a server.

    QPI_URL, QPI_ROLE (admin or user), QPI_IDENTITY, QPI_PASSWORD and QPI_API_TOKEN fill in the sign-in.
    """
    from qpi_tui.cli.console import open_console

    return open_console(
        server.url,
        profile=server.profile,
        screen=screen,
        refresh=refresh,
        read_only=server.read_only,
        theme=theme,
        slow=slow or None,
        ascii=ascii or None,
    )


def demo(
    *,
    role: Annotated[Literal["admin", "user"], Parameter(name="--as", help="role in the demo")] = "admin",
    screen: Screen = "",
    refresh: Refresh = None,
    theme: Theme = None,
    ascii: Ascii = False,
    seed: Annotated[int, Parameter(help="seed of the demo data")] = 1,
) -> int:
    """Start a sandbox with demo data and open the console on it.

    Example: qpi-tui demo --as user
    """
    from qpi_tui.cli.console import open_demo

    return open_demo(role, screen=screen, refresh=refresh, theme=theme, ascii=ascii or None, seed=seed)


def sandbox(
    *,
    port: Annotated[int, Parameter(help="port; 0 for any free port")] = 0,
    data: Annotated[Path | None, Parameter(help="keep the data in this folder")] = None,
    json: Annotated[bool, Parameter(help="print the address and the sign-ins as one line of JSON")] = False,
    seed: Annotated[int | None, Parameter(help="seed of the demo data")] = 1,
    empty: Annotated[bool, Parameter(name="--no-seed", help="create only the administrator")] = False,
    seed_jobs: Annotated[int, Parameter(help="how many jobs")] = 300,
    seed_users: Annotated[int, Parameter(help="how many users")] = 40,
    live: Annotated[bool, Parameter(help="keep submitting jobs", negative="--no-live")] = True,
    generation: Annotated[Literal["v0.0", "v0.1"], Parameter(help="generation of the server")] = "v0.1",
    indexes: Annotated[bool, Parameter(help="add indexes to the jobs (a real server has none)", negative=())] = False,
    sso: Annotated[bool, Parameter(help="run an identity provider for users", negative=())] = False,
    mail: Annotated[
        bool, Parameter(help="send mail, kept in the folder: one-time passwords, second factors", negative=())
    ] = False,
    job_timeout: Annotated[float, Parameter(help="seconds after which a running job goes back to pending")] = 20.0,
    driver_restart: Annotated[
        float | None,
        Parameter(help="seconds until an ended driver restarts (15 with --live, otherwise never)"),
    ] = None,
    reconnect: Annotated[
        bool, Parameter(help="whether drivers reconnect when --data is served again", negative="--no-reconnect")
    ] = True,
    fault: Annotated[
        tuple[str, ...], Parameter(help="inject a fault, such as `latency=2` or `429,p=0.1` (repeatable)")
    ] = (),
    fault_seed: Annotated[int, Parameter(help="seed of the faults' random numbers")] = 0,
    listen: Annotated[str, Parameter(help="address to listen on; needs a password in the environment")] = "",
) -> int:
    """Run a complete orchestrator on this machine until interrupted.

    Example: qpi-tui sandbox --port 8090 --json
    """
    try:
        from qpi_sandbox.serve import serve
    except ImportError as error:
        from qpi_tui.cli.console import missing_sandbox

        raise Problem(missing_sandbox(error), FAILED) from None
    return serve(
        port=port,
        data=data,
        as_json=json,
        seed=None if empty else seed,
        seed_jobs=seed_jobs,
        seed_users=seed_users,
        live=live,
        generation=generation,
        indexes=indexes,
        sso=sso,
        mail=mail,
        job_timeout=job_timeout,
        driver_restart=driver_restart,
        reconnect=reconnect,
        faults=fault,
        fault_seed=fault_seed,
        listen=listen,
    )


def keys(*, output: Output = OUTPUT) -> int:
    """Print every action and its key, as configured.

    Example: qpi-tui keys --json
    """
    from qpi_tui.actions import ACTIONS, Keys, key_word
    from qpi_tui.cli.sources import settings_for
    from qpi_tui.domain.columns import Column

    with as_usage():
        settings = settings_for()
        table = Keys(settings.keys)
    own = {command.id: command for command in settings.commands}
    if output.json:
        write(json.dumps(table.table() | {id: command.key for id, command in own.items()}, indent=1) + "\n")
        return 0
    rows = [{"id": id, "key": table.word(id), "what": action.help} for id, action in ACTIONS.items()]
    rows += [{"id": id, "key": key_word(command.key), "what": command.label} for id, command in own.items()]
    columns = [
        Column("key", "Key", 12, lambda record: str(record["key"])),
        Column("id", "Action", 24, lambda record: str(record["id"])),
        Column("what", "Description", 30, lambda record: str(record["what"]), flex=True),
    ]
    show_records(rows, columns, output)
    return 0
