"""A complete QPI server on one machine: PocketBase, the server's rules, and a worker that dispatches and runs jobs."""

from __future__ import annotations

from qpi_sandbox.binary import SandboxError
from qpi_sandbox.credentials import Credentials
from qpi_sandbox.server import Sandbox

__all__ = ["Credentials", "Sandbox", "SandboxError"]
