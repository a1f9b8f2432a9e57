"""Each page says first what its reader can do after it, and is short enough to be read."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from qpi_tui.docs import PAGES as GENERATED

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# Tables written by tests and benchmarks, for reference.
TABLES = {"reference/faults.md", "reference/measurements.md"}
# Words, as counted by `wc -w`.
MOST = 1500
PROMISE = re.compile(r"(After this (page|tutorial) |Look up )")
WRITTEN = [
    page
    for page in sorted(DOCS.rglob("*.md"))
    if page.relative_to(ROOT).as_posix() not in GENERATED and page.relative_to(DOCS).as_posix() not in TABLES
]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def first_paragraph(text: str) -> str:
    """Return what follows the title and a comment before it."""
    blocks = [block for block in text.split("\n\n") if not block.startswith(("#", "<!--"))]
    return blocks[0].strip()


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *WRITTEN], ids=name)
def test_a_page_has_at_most_1500_words(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").split()) <= MOST


@pytest.mark.parametrize("page", [page for page in sorted(DOCS.rglob("*.md")) if page != DOCS / "index.md"], ids=name)
def test_a_page_says_first_what_the_reader_can_do_after_it(page: Path) -> None:
    assert PROMISE.match(first_paragraph(page.read_text(encoding="utf-8")))


def test_a_page_is_in_the_navigation_and_in_one_place_only() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = re.findall(r": ([\w/-]+\.md)$", text, re.MULTILINE)
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


def test_the_page_of_dependencies_lists_each_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    required = {re.split(r"[\[<>=]", each)[0] for each in [*project["dependencies"], *chain(*extras)]}
    listed = re.findall(
        r"^\| (?:`.*?` \| )?([\w-]+) \|", (DOCS / "explanation/dependencies.md").read_text(), re.MULTILINE
    )
    assert sorted(required - set(listed)) == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=name)
def test_links_from_pages_outside_the_site_lead_to_files(page: Path) -> None:
    """`mkdocs build --strict` checks the links of the site."""
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)\s]+)\)", text)
    assert [target for target in targets if not (ROOT / target.partition("#")[0]).exists()] == []
