"""The code on the page about the client runs as written."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from qpi_sandbox import Credentials, Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-the-client.md"


def test_the_code_on_the_client_page_runs(sandbox: Sandbox, user: Credentials, qpu: dict[str, Any]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 8
    names: dict[str, Any] = {
        "url": sandbox.url,
        "user": user,
        "boss": sandbox.admin,
        "lab_qpu": qpu["name"],
        "tomorrow": datetime.now(UTC) + timedelta(days=400),
        "an_hour": timedelta(hours=1),
    }
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102  # our own page
    assert names["balance"] > 3600 + 1800
    assert asyncio.run(names["statuses"]()) <= {"pending", "running", "completed"}
