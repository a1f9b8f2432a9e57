"""`config.toml` is read and checked, never written: precedence of the sources, keys and themes."""

from __future__ import annotations

from pathlib import Path

import pytest

from qpi_tui.actions import Keys
from qpi_tui.settings.config import ConfigError, merge, read_config
from qpi_tui.settings.keymap import KEYSETS, shared_keys
from qpi_tui.settings.themes import ThemeError, find_theme
from tests.cli.command import Command

WHOLE = """
profile = "lab"
refresh = 5
theme = "nord"
keyset = "vim"
bell = true

[profiles.lab]
url = "https://lab.example.org"
identity = "anna@lab.example"
role = "admin"
colour = "red"
refresh = 3

[profiles.other]
url = "https://other.example.org"
read_only = true
theme = "gruvbox"

[keys]
"requests.approve" = "Y"

[thresholds]
"mapper.bf.tmc" = 0.1
"""


def write(folders: Path, text: str) -> Path:
    path = folders / "config" / "qpi-tui" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def bare() -> Command:
    """Return commands in an environment without settings."""
    return Command({})


def test_a_profile_overrides_the_file_which_overrides_the_default(folders: Path) -> None:
    file = read_config(write(folders, WHOLE))
    settings = merge(file, {})
    assert (settings.name, settings.refresh, settings.theme, settings.colour) == ("lab", 3, "nord", "red")
    assert settings.sign_in.role == "admin"
    other = merge(file, {}, profile="other")
    assert (other.refresh, other.theme, other.read_only) == (5, "gruvbox", True)
    assert other.keys["requests.approve"] == "Y"
    assert other.keys["go.next"].startswith("L")


def test_the_command_line_overrides_the_environment_which_overrides_the_profile(folders: Path) -> None:
    file = read_config(write(folders, WHOLE))
    assert merge(file, {"QPI_REFRESH": "7"}).refresh == 7
    assert merge(file, {"QPI_REFRESH": "7"}, refresh=9.0).refresh == 9
    assert merge(file, {"QPI_PROFILE": "other"}).name == "other"
    assert merge(file, {"QPI_PROFILE": "other"}, profile="lab").name == "lab"


def test_a_profile_is_not_applied_to_another_server(folders: Path) -> None:
    settings = merge(read_config(write(folders, WHOLE)), {}, url="https://third.example.org")
    assert (settings.name, settings.colour, settings.sign_in.identity) == ("", "", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("refesh = 2\n", ["line 1", "refesh", "refresh"]),
        ("\n\n[profiles.lab]\nurll = 'x'\n", ["line 4", "urll", "'url'"]),
        ("refresh = 'often'\n", ["line 1", "number of seconds"]),
        ("refresh = 0\n", ["0.2 to 3600"]),
        ("theme = 3\n", ["text"]),
        ("keyset = 'emacs'\n", ["plain", "vim"]),
        ("[keys]\n'requests.aprove' = 'a'\n", ["requests.approve"]),
        ("[profiles.lab]\nrole = 'king'\n", ["user, admin"]),
        ("[profiles.lab]\ncolour = 'reddish'\n", ["not a colour"]),
        ("profiles = 3\n", ["[profiles.lab]"]),
        ("refresh = \n", ["TOML", "line 1"]),
        ("[thresholds]\nx = 'warm'\n", ["limits of x"]),
        ("notify = ['jobs']\n", ["line 1", "kinds are job, request"]),
        ("notify = 'job'\n", ["in brackets"]),
        ("[profiles.lab]\nnotify_by = 'osc8'\n", ["line 2", "osc777"]),
        ("notify_command = 'no_such_program x'\n", ["notify_command", "no_such_program"]),
        ("commands = 3\n", ["[commands.NAME]"]),
        ("[commands.x]\nkey = 'f6'\nscreen = 'qpus'\n", ["line 1", "x has no run"]),
        ("[commands.x]\nkey = 'f6'\nscreen = 'qpu'\nrun = 'a'\n", ["unknown screen 'qpu'", "did you mean 'qpus'"]),
        ("[commands.x]\nkey = 'Ctrl-R'\nscreen = 'qpus'\nrun = 'a'\n", ["no terminal sends", "ctrl+r"]),
        ("[commands.x]\nkey = 'y'\nscreen = 'qpus'\nrun = 'a'\nconfirm = false\n", ["is a printable key"]),
        ("[commands.x]\nkey = 'tab'\nscreen = 'qpus'\nrun = 'a'\n", ["is reserved"]),
        (
            "[commands.x]\nkey = 'f6'\nscreen = 'qpus'\nrun = 'a'\nshell = 'b'\n",
            ["unknown field 'shell'", "background"],
        ),
        ("[commands.x]\nkey = 'f6'\nscreen = 'qpus'\nrun = 'a'\noutput = 'tv'\n", ["pager, notice"]),
        ("[commands.x]\nkey = 'd'\nscreen = 'qpus'\nrun = 'a'\n", ["qpus.disable", "command x"]),
        ("[commands.x]\nkey = 'j'\nscreen = 'job qpus'\nrun = 'a'\n", ["job.down", "command x"]),
        ("[commands.x]\nkey = 'q'\nscreen = 'jobs'\nrun = 'a'\n", ["app.quit"]),
        (
            "[commands.x]\nkey = 'y'\nscreen = 'qpus'\nrun = 'a'\n"
            "[commands.z]\nkey = 'y'\nscreen = 'everywhere'\nrun = 'b'\n",
            ["command z", "commands.x"],
        ),
    ],
)
def test_a_mistake_names_the_file_the_line_and_the_nearest_name(
    bare: Command, folders: Path, text: str, said: list[str]
) -> None:
    path = write(folders, text)
    answer = bare("config", "check")
    assert answer.code == 2
    for word in [str(path), *said]:
        assert word in answer.err, answer.err
    assert path.read_text() == text


def test_a_valid_file_and_a_missing_file_pass_the_check(bare: Command, folders: Path) -> None:
    assert "defaults" in bare.ok("config", "check").err
    path = write(folders, WHOLE)
    assert bare.ok("config", "path").out.strip() == str(path)
    assert ": OK" in bare.ok("config", "check").err
    assert path.read_text() == WHOLE


def test_config_show_names_the_source_of_each_setting(bare: Command, folders: Path) -> None:
    write(folders, WHOLE)
    answer = bare.ok("config", "show", QPI_THEME="dracula")
    sources = {line.split()[0]: line.split()[-1] for line in answer.out.splitlines()}
    assert sources["theme"] == "QPI_THEME"
    assert sources["url"] == "[profiles.lab]"
    assert sources["bell"] == "file"
    assert sources["slow"] == "default"
    told = bare.ok("config", "show", "--profile", "other", "--json").json
    assert told["url"] == "https://other.example.org"
    assert told["profiles"] == ["lab", "other"]


def test_no_two_actions_on_a_screen_share_a_key() -> None:
    for moved in KEYSETS.values():
        assert [(one.id, other.id, key) for one, other, key in shared_keys(Keys(moved))] == []


def test_a_key_conflict_names_both_actions(bare: Command, folders: Path) -> None:
    write(folders, "[keys]\n'requests.approve' = 'r'\n")
    answer = bare("config", "check")
    assert answer.code == 2
    assert "requests.approve" in answer.err
    assert "requests.reject" in answer.err


def test_configured_keys_are_printed(bare: Command, folders: Path) -> None:
    write(folders, "keyset = 'vim'\n[keys]\n'requests.approve' = 'Y'\n")
    told = bare.ok("keys", "--json").json
    assert told["requests.approve"] == "Y"
    assert told["go.next"] == "L"
    assert "Approve" in bare.ok("keys").out
    assert Keys().table()["requests.approve"] == "a"


def test_a_custom_theme_is_loaded_from_a_file(folders: Path, bare: Command) -> None:
    write(folders, 'theme = "lab"\n')
    themes = folders / "config" / "qpi-tui" / "themes"
    themes.mkdir()
    (themes / "lab.toml").write_text('dark = false\nprimary = "#205080"\naccent = "orange"\n[variables]\n"x" = "red"\n')
    theme = find_theme("lab")
    assert (theme.dark, theme.primary, theme.variables) == (False, "#205080", {"x": "red"})
    bare.ok("config", "check")
    (themes / "lab.toml").write_text('primry = "red"\n')
    answer = bare("config", "check")
    assert answer.code == 2
    assert "'primary'" in answer.err
    with pytest.raises(ThemeError, match="nord"):
        find_theme("nrod")


def test_an_undecodable_file_is_an_error(folders: Path) -> None:
    path = write(folders, "")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(path)
