"""The page matches the code. `python -m tests.sandbox.test_docs` writes the tables into it."""

from __future__ import annotations

import re
from pathlib import Path

from qpi_sandbox import differences, faults

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
TABLES = {"faults": faults.as_markdown, "differences": differences.as_markdown}


def written() -> str:
    """Return the page with its tables as generated from the code."""
    text = PAGE.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        marked = f"<!-- {name} -->\n{table()}\n<!-- /{name} -->"
        text, count = re.subn(f"<!-- {name} -->.*<!-- /{name} -->", lambda _, m=marked: m, text, flags=re.DOTALL)
        assert count == 1, name
    return text


def test_the_tables_match_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == written()


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
