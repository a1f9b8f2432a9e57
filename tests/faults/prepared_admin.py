"""Preconditions of each action on themes and on the server, its keys, and a count of the change afterwards."""

from __future__ import annotations

import json

import httpx

from tests.conftest import wait_for
from tests.faults.lab import Lab
from tests.faults.prepared import Count


def _theme(lab: Lab, *, active: bool = False) -> str:
    return lab.make("themes", name=lab.name(), is_active=active)


def theme_activate(lab: Lab) -> tuple[str, list[str], Count]:
    id = _theme(lab)
    return id, ["a", "@yes"], lambda: lab.number("themes", f"id='{id}' && is_active=true")


def theme_default(lab: Lab) -> tuple[str, list[str], Count]:
    id = _theme(lab, active=True)
    return "", ["d", "@yes"], lambda: lab.number("themes", f"id='{id}' && is_active=false")


def theme_import(lab: Lab) -> tuple[str, list[str], Count]:
    name = lab.name()
    folder = lab.folder / name
    folder.mkdir()
    (folder / "theme.json").write_text(json.dumps({"name": name, "tokens": {"colors": {}}}), encoding="utf-8")
    (folder / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    return "", ["i", f"={folder}", "enter"], lambda: lab.number("themes", f"name='{name}' && logo!=''")


def theme_delete(lab: Lab) -> tuple[str, list[str], Count]:
    id = _theme(lab)
    return id, ["X", "@yes"], lambda: int(lab.get("themes", id) is None)


def _backup(lab: Lab) -> str:
    name = f"{lab.name()}.zip"
    lab.admin.post("/api/backups", json={"name": name}).raise_for_status()
    return name


def _backups(lab: Lab, name: str) -> int:
    return sum(each["key"] == name for each in lab.admin.get("/api/backups").json())


def backup(lab: Lab) -> tuple[str, list[str], Count]:
    name = f"{lab.name()}.zip"
    return "", ["n", "@form", "ctrl+u", f"={name}", "enter"], lambda: _backups(lab, name)


def backup_delete(lab: Lab) -> tuple[str, list[str], Count]:
    name = _backup(lab)
    return name, ["X", "@yes"], lambda: 1 - _backups(lab, name)


def restore(lab: Lab) -> tuple[str, list[str], Count]:
    name = _backup(lab)
    later = lab.make("notifications", title=lab.name(), description="made after the backup")

    def gone() -> bool:
        # The server restarts for it, and may do so between two checks.
        try:
            return lab.alive() and lab.get("notifications", later) is None
        except httpx.TransportError:
            return False

    def restored() -> int:
        wait_for(gone, "the backup to be restored")
        return 1

    return name, ["R", "@yes", "@form", f"={name}", "enter"], restored


def test_mail(lab: Lab) -> tuple[str, list[str], Count]:
    email = f"{lab.name()}@lab.example"
    return "", ["m", "@form", "ctrl+u", f"={email}", "enter", "enter"], lambda: lab.letters(email)
