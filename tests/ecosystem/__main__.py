"""Run the packages' tests, each package in its own environment, and write docs/how-to/qiskit-packages.md.

`python -m tests.ecosystem` runs all of them, `python -m tests.ecosystem mthree cirq` some. Needs `uv` and, the first
time, an hour of downloads; not part of CI. The packages pin Qiskit differently, so they share no environment.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.ecosystem.packages import PACKAGES, Package

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "how-to" / "qiskit-packages.md"
# A dependency of one of the packages is built with `pkg_resources`, which setuptools 80 no longer has.
_BUILD = "setuptools<80"
# Older versions of these exist as source only, and each would be built just to read its dependencies: an hour.
_WHEELS = ("ibm-platform-services", "ibm-cloud-sdk-core")
_VERSIONS = """
import importlib.metadata as m, sys
print(", ".join(f"{n} {m.version(n)}" for n in sys.argv[1:]))
"""


def main() -> int:
    """Run the packages that the arguments name, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.ecosystem", description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="names; default: all")
    wanted = parser.parse_args().packages
    chosen = [each for each in PACKAGES if not wanted or each.name in wanted]
    if len(chosen) < len(set(wanted)):
        parser.error(f"there are {', '.join(each.name for each in PACKAGES)}")
    rows = _kept()
    for package in chosen:
        rows[package.name] = _try(package)
        print(rows[package.name], flush=True)
        _write(rows)
    return 0 if all("passed" in rows[each.name] for each in chosen) else 1


def _try(package: Package) -> str:
    """Run a package's tests and return its row of the table."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        python, problem = _environment(Path(folder), package)
        outcome, versions = (problem, "") if problem else (_run(python, package), _versions(python, package))
    note = f" {package.note}" if package.note else ""
    took = time.monotonic() - begun
    return f"| {package.name} | {versions} | {package.run} | {outcome}, {took:.0f} s.{note} |"


def _environment(folder: Path, package: Package) -> tuple[str, str]:
    """Create an environment with this project and a package; return its Python, and what went wrong."""
    python = folder / "env" / "bin" / "python"
    (folder / "build.txt").write_text(_BUILD)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run(["uv", "venv", "-q", "-p", version, str(python.parent.parent)], check=True)
    wanted = ["--group", f"{ROOT / 'pyproject.toml'}:ecosystem", str(ROOT), *package.install]
    install = ["uv", "pip", "install", "-q", "-p", str(python), "--build-constraints", str(folder / "build.txt")]
    install += [word for name in _WHEELS for word in ("--only-binary", name)]
    # Outside the checkout, whose pins a package's users do not have.
    done = subprocess.run([*install, *wanted], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return "", f"cannot be installed: {(done.stderr.strip().splitlines() or ['?'])[0]}"
    return str(python), ""


def _run(python: str, package: Package) -> str:
    """Run the tests and return pytest's last line without the time."""
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", os.devnull, "--rootdir", str(HERE)]
    # The fixtures of the other tests belong to the checkout, which is not installed here.
    options += ["--confcutdir", str(HERE)]
    command = [python, "-m", "pytest", *options, "--timeout", "900", str(HERE / package.tests)]
    environment = {**os.environ, "QPI_KEYRING": "off"}
    done = subprocess.run(
        command, env=environment, cwd=Path(python).parent, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout[-6000:], done.stderr[-3000:], file=sys.stderr)
    said = ((done.stdout or done.stderr).strip().splitlines() or ["nothing was said"])[-1]
    return re.sub(r"(, \d+ warnings?)? in [\d.:() ]+s?.*$", "", said.strip("= "))


def _versions(python: str, package: Package) -> str:
    """Return the versions of Qiskit and of what was installed."""
    names = dict.fromkeys(["qiskit", *(re.split(r"[\[<>=~]", each)[0] for each in package.install)])
    done = subprocess.run([python, "-c", _VERSIONS, *names], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _kept() -> dict[str, str]:
    """Return the rows of the page, by package."""
    if not PAGE.exists():
        return {}
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return {line.split("|")[1].strip(): line for line in lines}


def _write(rows: dict[str, str]) -> None:
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition("<!-- table -->\n")
    tail = rest.partition("<!-- /table -->")[2]
    table = ["| Package | Versions | What is run | Outcome |", "|---|---|---|---|"]
    table += [rows[each.name] for each in PACKAGES if each.name in rows]
    PAGE.write_text(f"{head}<!-- table -->\n" + "\n".join(table) + f"\n<!-- /table -->{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
