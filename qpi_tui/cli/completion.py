"""`qpi-tui completion`: the scripts that complete commands, options and names in a shell."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from qpi_tui.cli.output import write
from qpi_tui.cli.scripts import SCRIPTS


def completion(shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="shell")], /) -> int:
    """Print the completion for a shell: commands, options, and names of QPUs, users and jobs from the server.

    Example: qpi-tui completion bash > ~/.local/share/bash-completion/completions/qpi-tui
    """
    write(SCRIPTS[shell])
    return 0
