"""The console's settings: command line > environment > profile > file > default.

The file is read, never rewritten.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qpi_tui.domain.roles import Role
from qpi_tui.files.text_file import read_text
from qpi_tui.settings.accounts import SignIn, server_of
from qpi_tui.settings.custom_commands import CustomCommand
from qpi_tui.settings.keymap import KEYSETS
from qpi_tui.settings.options import PROFILE, TOP, Option, nearest

# Bytes. A file with hundreds of profiles has a hundredth of them.
_LARGEST = 4_000_000


class ConfigError(ValueError):
    """An invalid setting; the message says which, where, and what is allowed."""


# Each method that a dataclass writes takes time at every start.
@dataclass(frozen=True, eq=False, repr=False)
class Settings:
    """Every setting of the console.

    `name` is the server's name in the header (a profile's name) instead of its address; `refresh` is in seconds;
    `transport` goes to the client; `thresholds` are limits by telemetry channel; `notify` are kinds of notifications;
    `others` are those of further servers, which are open beside this one.
    """

    sign_in: SignIn = field(default_factory=SignIn)
    name: str = ""
    screen: str = ""
    refresh: float = 2.0
    read_only: bool = False
    theme: str = ""
    colour: str = ""
    bell: bool = False
    slow: bool = False
    ascii: bool = False
    keyset: str = "plain"
    keys: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    audit_log: Path | None = None
    transport: Mapping[str, Any] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    notify_by: str = "auto"
    notify_command: str = ""
    commands: tuple[CustomCommand, ...] = ()
    others: tuple[Settings, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class ConfigFile:
    """The content of a configuration file: general settings, and profiles by name."""

    path: Path | None = None
    top: Mapping[str, Any] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    learned: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    current: str = ""

    @property
    def names(self) -> list[str]:
        """Return every profile: the file's, then those that `login` created."""
        return list(dict.fromkeys([*self.profiles, *self.learned]))

    @property
    def default_profile(self) -> str:
        """The default profile: the file's, otherwise the one of the last sign-in."""
        return str(self.top.get("profile", "")) or self.current

    def profile(self, name: str) -> Mapping[str, Any]:
        """Return a profile by name; an unknown one is a `ConfigError` that lists them. No name: nothing.

        Settings missing in the file come from `login`.
        """
        if not name:
            return {}
        if name not in self.profiles and name not in self.learned:
            known = ", ".join(self.names) or "none yet: `qpi-tui login --profile NAME` creates one"
            raise ConfigError(f"Unknown profile {name!r} in {self.path}. The profiles are: {known}.")
        said, learned = self.profiles.get(name, {}), self.learned.get(name, {})
        # What was learned of another server does not apply to the server that the file names now.
        return {**learned, **said} if said.get("url", learned.get("url")) == learned.get("url") else said


def read_config(path: Path) -> ConfigFile:
    """Read a configuration file; a missing one is empty. Mistakes are `ConfigError`s with file and line."""
    try:
        text = read_text(path, most=_LARGEST)
    except FileNotFoundError:
        return ConfigFile(path)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    import tomllib

    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    except RecursionError:
        raise ConfigError(f"{path} is not valid TOML: it is nested too deeply.") from None
    profiles = found.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise ConfigError(f"{path}: profiles are tables: `[profiles.lab]`.")
    top = _checked(found, TOP, path, text, ("profiles",))
    return ConfigFile(path, top, {name: _checked(each, PROFILE, path, text) for name, each in profiles.items()})


def _checked(
    found: Mapping[str, Any], options: tuple[Option, ...], path: Path, text: str, extra: tuple[str, ...] = ()
) -> dict[str, Any]:
    known = {option.name: option for option in options}
    values = {}
    for name, value in found.items():
        if name not in known:
            line = _line_of(name, text)
            raise ConfigError(f"{path}, line {line}: unknown setting {name!r}; {nearest(name, options, extra)}")
        try:
            values[name] = known[name].check(value)
        except ValueError as error:
            raise ConfigError(f"{path}, line {_line_of(name, text)}: {name} {error}") from None
    return values


def _line_of(name: str, text: str) -> int:
    """Return the line of a key, which the parser does not report."""
    pattern = re.compile(rf"""^\s*(\[+\s*)?(["']?){re.escape(name)}\2\s*[=.\]]""")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def truth(word: str) -> bool:
    """Return a flag of the environment: empty, 0, no, off and false are False."""
    return word.strip().lower() not in {"", "0", "no", "off", "false"}


# Variables that belong to one account on one server.
_ACCOUNT = ("QPI_ROLE", "QPI_IDENTITY", "QPI_PASSWORD", "QPI_API_TOKEN", "QPI_CA_FILE", "QPI_FINGERPRINT")
_ROLES = {"": Role.USER, "user": Role.USER, "admin": Role.ADMIN, "token": Role.TOKEN}


def without_account(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without its server, account and secrets: for a profile chosen after the start."""
    return {key: value for key, value in environment.items() if key not in (*_ACCOUNT, "QPI_URL", "QPI_PROFILE")}


def _own(environment: Mapping[str, str], file: ConfigFile, url: str, *, named: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the environment for the server at `url`: without an account that belongs to another one.

    The account belongs to the server that the environment names by QPI_URL or QPI_PROFILE, otherwise to that of the
    default profile. It has to agree with a profile that the command line names.
    """
    theirs = environment.get("QPI_URL", "")
    if not theirs:
        profile = environment.get("QPI_PROFILE", "") or file.default_profile
        theirs = str(file.profile(profile).get("url", "")) if profile in file.names else ""
    strange = bool(theirs and url) and server_of(theirs) != server_of(url)
    for key in ("role", "identity"):
        said = environment.get(f"QPI_{key.upper()}", "")
        strange = strange or bool(said and named.get(key) and said != named[key])
    return without_account(environment) if strange else environment


def speaks_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the locale is UTF-8; True if none is set."""
    # For `LANG=C` Python itself sets LC_CTYPE before any of our code runs (PEP 538): the user did not choose that.
    if environment.get("LANG") in {"C", "POSIX"} and not environment.get("LC_ALL"):
        return False
    locale = next(filter(None, (environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))), "utf-8")
    return "utf8" in locale.lower().replace("-", "")


def sign_in_from(environment: Mapping[str, str], *, url: str = "", profile: Mapping[str, Any] | None = None) -> SignIn:
    """Merge `QPI_ROLE`, `QPI_IDENTITY`, `QPI_PASSWORD` and `QPI_API_TOKEN` into a profile, for the server at `url`."""
    profile = profile or {}
    token = environment.get("QPI_API_TOKEN", "")
    word = (environment.get("QPI_ROLE") or str(profile.get("role", ""))).strip().lower()
    if word not in _ROLES:
        raise ConfigError(f"QPI_ROLE is {word!r}; it must be `admin` or `user`.")
    role = _ROLES[word]
    password = environment.get("QPI_PASSWORD", "")
    if token and not password and role is not Role.ADMIN:
        role = Role.TOKEN
    identity = environment.get("QPI_IDENTITY", "") or str(profile.get("identity", ""))
    return SignIn(url, role, identity, password=password, api_token=token)


def merge(
    file: ConfigFile,
    environment: Mapping[str, str] = os.environ,
    *,
    profile: str = "",
    url: str = "",
    **given: Any,
) -> Settings:
    """Merge all sources. `given` is the command line, with None for options that were not given."""
    by_name = profile or environment.get("QPI_PROFILE", "")
    name = by_name or file.default_profile
    chosen = file.profile(name)
    asked = url or ("" if by_name and chosen.get("url") else environment.get("QPI_URL", ""))
    target = asked or str(chosen.get("url", ""))
    # A named server other than the profile's does not use the profile.
    if asked and server_of(asked) != server_of(str(chosen.get("url", ""))):
        name, chosen = "", {}
    environment = _own(environment, file, target, named=chosen if profile else {})

    def pick(key: str, default: Any, read: Any = None, variable: str = "") -> Any:
        if given.get(key) is not None:
            return given[key]
        word = environment.get(variable, "") if variable else ""
        if word:
            return read(word)
        return chosen.get(key, file.top.get(key, default))

    def seconds(word: str) -> float:
        try:
            return float(next(o for o in TOP if o.name == "refresh").check(float(word)))
        except ValueError:
            raise ConfigError(f"QPI_REFRESH is {word!r}; it must be a number of seconds from 0.2 to 3600.") from None

    keyset = str(file.top.get("keyset", "plain"))
    transport = {key: chosen[key] for key in ("ca_file", "fingerprint") if key in chosen}
    for key, variable in (("ca_file", "QPI_CA_FILE"), ("fingerprint", "QPI_FINGERPRINT")):
        if environment.get(variable):
            transport[key] = environment[variable]
    return Settings(
        sign_in=sign_in_from(environment, url=target, profile=chosen),
        name=name,
        screen=given.get("screen") or "",
        refresh=pick("refresh", 2.0, seconds, "QPI_REFRESH"),
        read_only=pick("read_only", False, truth, "QPI_READ_ONLY"),
        theme=pick("theme", "", str, "QPI_THEME"),
        colour=str(chosen.get("colour", "")),
        bell=bool(file.top.get("bell", False)),
        slow=pick("slow", False, truth, "QPI_SLOW"),
        ascii=pick("ascii", not speaks_utf8(environment), truth, "QPI_ASCII"),
        keyset=keyset,
        keys={**KEYSETS[keyset], **file.top.get("keys", {})},
        thresholds=file.top.get("thresholds", {}),
        transport=transport,
        notify=pick("notify", ()),
        notify_by=pick("notify_by", "auto"),
        notify_command=pick("notify_command", ""),
        commands=tuple(file.top.get("commands", {}).values()),
    )
