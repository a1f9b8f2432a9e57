"""Man pages, generated from the help of the commands: `qpi-tui help --man FOLDER`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from qpi_client.version import __version__
from qpi_tui.cli.problems import FAILED, Problem
from qpi_tui.cli.surface import surface

# Separates an option with its value from its description.
_GAP = re.compile(r"\s{2,}")


def write_pages(folder: Path) -> int:
    """Write a page for each command to `folder/man1`; return how many.

    Raises:
        Problem: The folder cannot be written.
    """
    target = folder / "man1"
    pages = dict(man_pages())
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (target / f"{name}.1").write_text(text, encoding="utf-8")
    except OSError as error:
        raise Problem(f"{target} cannot be written: {error.strerror}.", FAILED) from None
    return len(pages)


def man_pages() -> Iterator[tuple[str, str]]:
    """Return each page by its name: `qpi-tui-jobs-list`."""
    known = surface()
    for path, command in known.items():
        name = "-".join(["qpi-tui", *path.split()])
        others = [f"{path} {each}".strip() for each in command["commands"]]
        above = path.rpartition(" ")[0] if path else None
        seen = [*([above] if above is not None else []), *others]
        yield name, man_page(name, str(command["help"]), ["-".join(["qpi-tui", *each.split()]) for each in seen])


def man_page(name: str, help: str, seen: list[str]) -> str:
    """Return a man page, from a command's help and the names of related pages."""
    usage, about, boxes = _parts(help)
    summary = (about or [name])[0].rstrip(".")
    lines = [f'.TH {name.upper()} 1 "" "qpi-tui {__version__}" "User commands"', ".SH NAME"]
    lines += [f"{_text(name)} \\- {_text(summary)}", ".SH SYNOPSIS", f".B {_text(usage)}"]
    if about:
        lines.append(".SH DESCRIPTION")
        for line in about:
            example = line.startswith("Example: ")
            shown = _text(line.removeprefix("Example: "))
            lines += [".PP", "Example:", ".PP", ".nf", f"    {shown}", ".fi"] if example else [".PP", shown]
    for title, pairs in boxes:
        lines.append(f".SH {_text(title.upper())}")
        for word, means in pairs:
            lines += [".TP", f".B {_text(word)}", _text(means)]
    if seen:
        lines += [".SH SEE ALSO", ", ".join(f"\\fB{_text(each)}\\fR(1)" for each in seen)]
    return "\n".join(lines) + "\n"


def _parts(help: str) -> tuple[str, list[str], list[tuple[str, list[tuple[str, str]]]]]:
    """Return the usage, the paragraphs, and the boxes with their lines as pairs."""
    usage, paragraphs, boxes = "", [""], list[tuple[str, list[tuple[str, str]]]]()
    inside = False
    for line in help.splitlines():
        if line.startswith("╭"):
            inside = True
            boxes.append((line.strip("╭╮─ "), []))
        elif line.startswith("╰"):
            inside = False
        elif inside:
            _take(boxes[-1][1], line.removeprefix("│").removesuffix("│"))
        elif line.startswith("Usage: "):
            usage = line.removeprefix("Usage: ")
        elif not line.strip():
            paragraphs.append("")
        else:
            paragraphs[-1] = f"{paragraphs[-1]} {line.strip()}".strip()
    return usage, [each for each in paragraphs if each], boxes


def _take(pairs: list[tuple[str, str]], line: str) -> None:
    """Read a line of a box: an option with its description, or the continuation of the previous description."""
    word, _, means = (part.strip() for part in _split(line))
    if line.startswith("  ") and pairs:
        before, said = pairs[-1]
        pairs[-1] = (before, f"{said} {line.strip()}".strip())
    else:
        pairs.append((word, means))


def _split(line: str) -> tuple[str, str, str]:
    found = _GAP.search(line.strip())
    text = line.strip()
    return (text, "", "") if found is None else (text[: found.start()], found[0], text[found.end() :])


def _text(text: str) -> str:
    """Escape a text for man."""
    safe = text.replace("\\", "\\e").replace("-", "\\-")
    safe = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in safe)
    return f"\\&{safe}" if safe.startswith((".", "'")) else safe
