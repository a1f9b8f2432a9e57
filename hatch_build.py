"""The metadata that depends on where the repository is: URLs, and absolute links in README.md.

The address comes from `QPI_REPOSITORY`, from GitHub's own variables, or from the Git remote `origin`. Without any of
them, as in a copy without a remote, the links stay relative and there are no URLs.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# A link or an image of Markdown whose target is a file of the repository.
RELATIVE = re.compile(r"(?P<image>!?)(?P<text>\[[^\]]*\])\((?!https?:|#|mailto:)(?P<target>[^)\s]+)\)")
VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


def repository(root: Path) -> str:
    """Return the web address of the repository, or an empty text if it is not known."""
    if named := os.environ.get("QPI_REPOSITORY", ""):
        return named.rstrip("/")
    if "GITHUB_REPOSITORY" in os.environ:
        return f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{os.environ['GITHUB_REPOSITORY']}"
    asked = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        remote = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""
    remote = re.sub(r"^git@([^:/]+):", r"https://\1/", remote).removesuffix(".git")
    return remote if remote.startswith("https://") and "@" not in remote else ""


def absolute(readme: str, home: str, tag: str) -> str:
    """Return the text with links to files of the repository made absolute: pages as pages, images as raw files."""

    def linked(found: re.Match[str]) -> str:
        kind = "raw" if found["image"] else "blob"
        return f"{found['image']}{found['text']}({home}/{kind}/{tag}/{found['target']})"

    return RELATIVE.sub(linked, readme)


def urls(home: str, tag: str) -> dict[str, str]:
    """Return the URLs of the project."""
    return {
        "Repository": home,
        "Documentation": f"{home}/tree/{tag}/docs",
        "Changelog": f"{home}/blob/{tag}/CHANGELOG.md",
        "Issues": f"{home}/issues",
    }


class RepositoryMetadata(MetadataHookInterface):
    """Fills `readme` and `urls`, which pyproject.toml declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill both."""
        root = Path(self.root)
        text = (root / "README.md").read_text(encoding="utf-8")
        found = VERSION.search((root / "qpi_client" / "version.py").read_text(encoding="utf-8"))
        tag, home = f"v{found[1] if found else ''}", repository(root)
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute(text, home, tag) if home else text}
        metadata["urls"] = urls(home, tag) if home else {}
