"""The pages that are made from the program itself: `python -m qpi_tui.docs` writes them, `--check` only compares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from qpi_tui.actions import ACTIONS, ADMINS, EVERYBODY, Action, key_word

ROOT = Path(__file__).resolve().parent.parent
_HEAD = "<!-- made by `python -m qpi_tui.docs` from the program itself -->\n\n"
_AREAS = {
    "go": "Screens",
    "app": "Everywhere",
    "table": "Lists",
    "dialog": "Dialogs",
    "requests": "Requests",
    "users": "Users",
    "qpus": "QPUs",
    "jobs": "Jobs",
    "job": "One job",
    "json": "A job's JSON",
    "slots": "Slots",
    "drivers": "Drivers",
    "announcements": "Announcements",
    "telemetry": "Telemetry",
    "tokens": "API tokens",
    "journal": "Journal",
    "handout": "A token that is shown once",
}


def keys_page() -> str:
    """Every action, its keys, who may."""
    lines = [_HEAD + "# Keys\n"]
    areas = list(dict.fromkeys(action.area for action in ACTIONS.values()))
    for area in sorted(areas, key=lambda area: list(_AREAS).index(area) if area in _AREAS else len(_AREAS)):
        lines.append(f"\n## {_AREAS.get(area, area.capitalize())}\n")
        lines.append("| key | what it does | id | who |\n|---|---|---|---|")
        lines += [_row(action) for action in ACTIONS.values() if action.area == area]
    return "\n".join(lines) + "\n"


def _row(action: Action) -> str:
    keys = " ".join(f"`{key_word(key)}`" for key in action.keys)
    who = "everybody" if action.who == EVERYBODY else "admins" if action.who == ADMINS else ", ".join(sorted(action.who))
    return f"| {keys} | {action.help} | `{action.id}` | {who} |"


PAGES: dict[str, Callable[[], str]] = {"docs/keys.md": keys_page}


def main(words: list[str]) -> int:
    """Write the pages, or with `--check` say which differ (exit code 1)."""
    different = []
    for name, make in PAGES.items():
        path = ROOT / name
        text = make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            different.append(name)
            if "--check" not in words:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if "--check" in words and different:
        sys.stderr.write(f"out of date: {', '.join(different)}; `python -m qpi_tui.docs` writes them\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
