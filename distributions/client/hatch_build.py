"""The package of the client, which in a checkout is in the repository's root, and in a source distribution is here."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientPackage(BuildHookInterface[Any]):
    """Adds `qpi_client` to what is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add it from where it is."""
        here = Path(self.root)
        root = here if (here / "qpi_client").is_dir() else here.parents[1]
        build_data["force_include"][str(root / "qpi_client")] = "qpi_client"
