"""`qpi-tui --profile a,b` as users start it: signed in to both with sessions stored by `login`, shown by name and
colour.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import PROGRAM, environment
from tests.tui.terminal.harness import Terminal


def test_two_profiles_share_a_list_and_a_key_switches_between_them(lab: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    user = lab.users[0]
    config.write_text(
        f'[profiles.ops]\nurl = "{lab.url}"\nidentity = "{lab.admin.identity}"\nrole = "admin"\ncolour = "red"\n'
        f'[profiles.own]\nurl = "{lab.url.replace("127.0.0.1", "localhost")}"\nidentity = "{user.identity}"\n'
    )
    whole = environment(lab.url, lab.admin, tmp_path)
    env = {key: value for key, value in whole.items() if not key.startswith("QPI_")} | {"QPI_KEYRING": "off"}
    for profile, who in (("ops", lab.admin), ("own", user)):
        words = [PROGRAM, "login", "--profile", profile]
        said = {**os.environ, **env, "QPI_PASSWORD": who.password, "QPI_PROFILE": profile}
        subprocess.run(words, env=said, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    wrong = subprocess.run(
        [PROGRAM, "--profile", "ops,nobody"], env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, "Unknown profile 'nobody'" in wrong.stderr) == (2, True)
    with Terminal([PROGRAM, "--profile", "ops,own"], env=env) as terminal:
        terminal.wait_for(" ops   own ", 30)
        terminal.wait_for("Server")
        terminal.press("4")
        terminal.wait_for("jobs on 2 servers")
        row = next(line for line in terminal.cells() if "".join(cell.char for cell in line).startswith("  ops   own"))
        assert row[2].fg != row[8].fg, "each name has its colour"
        terminal.press("ctrl+s")
        terminal.wait_for(lambda: "admin" in terminal.lines[0] and "own" not in terminal.lines[0])
        terminal.press("ctrl+s")
        terminal.wait_for(lambda: user.identity in terminal.lines[0] and " own " in terminal.lines[0])
        terminal.press("q")
        assert terminal.wait_end() == 0
