"""Makes the recording that opens the README: a real session on the demo data, as one animated SVG.

    uv run python screenshots/record.py

The console is driven by keys, each frame is the picture that the program makes of itself, and CSS shows one after the
other. It loads nothing from elsewhere, and stays on its first frame where animations are off.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from pathlib import Path

from qpi_sandbox import Sandbox
from qpi_tui.app import Console
from qpi_tui.domain import clock
from qpi_tui.domain.roles import Role
from qpi_tui.session.connection import Connection
from qpi_tui.settings.accounts import SignIn
from qpi_tui.settings.config import Settings
from screenshots.make import MOMENT, offline, settled, started_long_ago, still_lab

FILE = Path(__file__).with_name("recording.svg")
SIZE = (100, 26)
# Keys, and the seconds for which what they lead to is shown.
SCENES: tuple[tuple[tuple[str, ...], float], ...] = (
    ((), 2.0),
    (("down", "down"), 0.8),
    (("a",), 2.2),
    (("escape", "3", "down"), 1.6),
    (("d",), 2.6),
    (("escape", "4"), 1.6),
    (("slash", *"status:failed"), 2.0),
    (("escape", "escape", "5"), 2.2),
    (("8",), 2.0),
    (("colon", *"appr"), 2.0),
)


async def record(lab: Sandbox) -> list[str]:
    """The frames, as pictures."""
    sign_in = SignIn(lab.url, Role.ADMIN, lab.admin.identity, lab.admin.password)
    app = Console(Settings(sign_in=sign_in, name="lab.example.org", screen="requests"))
    frames = []
    async with app.run_test(size=SIZE) as pilot:
        await settled(app)
        for keys, _ in SCENES:
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
                await settled(app)
            await pilot.pause(0.1)
            frames.append(offline(app.export_screenshot(title="qpi-tui")))
    return frames


def animated(frames: list[str], seconds: list[float]) -> str:
    """The frames as one picture that shows each for its time, again and again."""
    box = re.search(r'viewBox="([^"]+)"', frames[0])
    if box is None:
        raise ValueError("a picture has no size")
    whole, at, rules, groups = sum(seconds), 0.0, [], []
    for number, (frame, time_shown) in enumerate(zip(frames, seconds, strict=True)):
        begin, end = at / whole * 100, (at + time_shown) / whole * 100
        before = (
            f"0% {{ visibility: hidden }} {begin:.2f}% {{ visibility: visible }}"
            if number
            else "0% { visibility: visible }"
        )
        after = f" {end:.2f}% {{ visibility: hidden }}" if end < 99.99 else ""
        rules.append(f"@keyframes f{number} {{ {before}{after} }}")
        at_rest = "hidden" if number else "visible"
        rules.append(f".f{number} {{ visibility: {at_rest}; animation: f{number} {whole:g}s step-end infinite }}")
        inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", frame, flags=re.DOTALL)
        groups.append(f'<g class="f{number}">{inner}</g>')
        at += time_shown
    still = "@media (prefers-reduced-motion: reduce) { g[class^=f] { animation: none } }"
    style = "\n".join([*rules, still])
    return f'<svg viewBox="{box[1]}" xmlns="http://www.w3.org/2000/svg"><style>{style}</style>{"".join(groups)}</svg>\n'


def main() -> None:
    """Record, and write the file."""
    os.environ["TZ"] = "Europe/Helsinki"
    time.tzset()
    clock.set_clock(lambda: MOMENT)
    Connection.server_started = started_long_ago  # type: ignore[method-assign]
    with still_lab(Role.ADMIN) as lab:
        frames = asyncio.run(record(lab))
    FILE.write_text(animated(frames, [seconds for _, seconds in SCENES]), encoding="utf-8")
    sys.stdout.write(f"{FILE.name}: {len(frames)} frames, {FILE.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    main()
