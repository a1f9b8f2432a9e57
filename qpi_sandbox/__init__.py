"""A whole QPI orchestrator on one machine: PocketBase, its rules, and a worker that runs the jobs."""

from __future__ import annotations

from qpi_sandbox.binary import SandboxError
from qpi_sandbox.credentials import Credentials
from qpi_sandbox.server import Sandbox

__all__ = ["Credentials", "Sandbox", "SandboxError"]
