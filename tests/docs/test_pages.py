"""All code on all pages: each command exists with its options, and each block runs, in order, as its reader does it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.cli.surface import surface
from qpi_tui.session.certificates import spelled
from tests.cli.tls import Authority, Front
from tests.conftest import NewQpu
from tests.docs.blocks import PAGES, ROOT, Block, arguments, blocks, is_generated, mentioned, name
from tests.docs.exceptions import NOT_RUN, STAND_INS, matches, missing, not_run
from tests.docs.lab import PagesLab
from tests.docs.reader import Reader, path_of

# Options of the program itself, without a command.
GLOBAL = {"--version", "--help"}
# Pages whose Python has a test with expectations of its own, which says what the programs print and change.
PYTHON = {
    "README.md": "tests/docs/test_code.py",
    "docs/how-to/add-a-column.md": "tests/docs/test_contributing.py",
    "docs/how-to/qiskit-packages.md": "tests/docs/test_code.py",
    "docs/how-to/single-sign-on.md": "tests/docs/test_code.py",
    "docs/how-to/use-qiskit.md": "tests/client/provider/test_docs.py",
    "docs/how-to/use-the-client.md": "tests/client/test_docs.py",
    "docs/how-to/watch-as-a-service.md": "tests/docs/test_code.py",
    "docs/sandbox.md": "tests/docs/test_code.py",
    "docs/tutorials/programmer.md": "tests/docs/test_tutorials.py",
}
LANGUAGES = {"sh", "console", "toml", "python", "ini", "json", "diff"}
# A picture, made in the browser.
PICTURES = {"mermaid"}


def to_run(page: Path) -> list[Block]:
    """Return the blocks of a page that the reader does."""
    found = []
    for block in blocks(page):
        python = block.language == "python" and name(page) in PYTHON
        impossible = block.commands and all(map(not_run, block.commands))
        if (block.language in LANGUAGES and not python and not impossible) or block.file:
            found.append(block)
    return found


RUN = [page for page in PAGES if to_run(page)]
COMMANDS = [command for page in PAGES for block in blocks(page) for command in block.commands]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_on_a_page_exists_with_its_options(page: Path) -> None:
    known = surface()
    mentions = [shlex.split(words)[1:] for words in mentioned(page)]
    for words in [
        *mentions,
        *(words for block in blocks(page) for command in block.commands for words in arguments(command)),
    ]:
        path = path_of(words)
        found = known[path]
        rest = words[len(path.split()) :]
        assert not found["commands"] or not rest or rest[0].startswith("-"), f"{words} names no command"
        options = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert options <= {*found["options"], *known[""]["options"], *GLOBAL}, words


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_is_of_a_kind_that_runs(page: Path) -> None:
    for block in blocks(page):
        # What a program or a command prints is compared where that runs.
        printed = block.language == "text" and (is_generated(page) or name(page) in PYTHON)
        assert block.language in LANGUAGES | PICTURES or block.file or printed, block.place


@pytest.mark.parametrize("page", PYTHON)
def test_the_python_of_a_page_is_run_by_the_test_that_is_named(page: str) -> None:
    assert any(block.language == "python" for block in blocks(ROOT / page))
    assert Path(page).name in (ROOT / PYTHON[page]).read_text(encoding="utf-8")


@pytest.mark.parametrize("pattern", NOT_RUN)
def test_a_command_that_cannot_run_here_is_on_a_page_and_names_what_exists(pattern: str) -> None:
    found = [command for command in COMMANDS if matches(pattern, command)]
    assert found
    assert [missing(command) for command in found] == [[]] * len(found)


@pytest.mark.parametrize("program", STAND_INS)
def test_a_stand_in_is_for_a_program_that_a_page_uses(program: str) -> None:
    code = [block.text for page in PAGES for block in to_run(page)]
    assert any(re.search(rf"(^|[\s/'\"]){program}\s", text, re.MULTILINE) for text in code)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return a server with an identity provider and mail, whose drivers reconnect after it was restored."""
    with Sandbox(tick=0.2, telemetry_interval=0.5, sso=True, mail=True, driver_restart=0.5) as running:
        yield running


@pytest.fixture(scope="module")
def lab(
    sandbox: Sandbox, admin_http: httpx.Client, new_qpu: NewQpu, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PagesLab]:
    with TemporaryDirectory() as sockets:
        yield PagesLab(sandbox, admin_http, new_qpu, tmp_path_factory.mktemp("pages"), Path(sockets))
        if shutil.which("tmux"):
            environment = {**os.environ, "TMUX_TMPDIR": sockets}
            subprocess.run(["tmux", "kill-server"], env=environment, stderr=subprocess.DEVNULL, check=False)


@pytest.fixture
def front(sandbox: Sandbox, tmp_path: Path) -> Iterator[Front]:
    """Return the same server with a private certificate."""
    authority = Authority(tmp_path)
    (tmp_path / "lab-ca.pem").write_bytes(authority.pem)
    made = Front(sandbox.url, authority)
    yield made
    made.close()


@pytest.mark.parametrize("page", RUN, ids=name)
def test_the_code_on_a_page_runs(
    page: Path, lab: PagesLab, front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [each for each in os.environ if each.startswith(("QPI_", "XDG_", "TMUX"))]:
        monkeypatch.delenv(variable)
    lab.prepare()
    monkeypatch.chdir(lab.folder)
    found = to_run(page)
    text = "".join(block.text for block in found)
    private = "fingerprint" in text
    placeholders = {
        "QPI_API_TOKEN=…": f"QPI_API_TOKEN={lab.token()}",
        "3C:4D:…": spelled(front.authority.fingerprint),
        '"lab-ca.pem"': f'"{tmp_path / "lab-ca.pem"}"',
    }
    reader = Reader(lab, tmp_path, front.url if private else lab.sandbox.url, placeholders)
    for block in found:
        reader.write(block)
    for block in found:
        lab.request()
        reader.do(block)
