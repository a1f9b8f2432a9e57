"""What is typed to filter jobs: words, and `status:failed qpu:alpha user:mira since:2d`; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qpi_client.job_fields import JOB_STATUSES
from qpi_tui.domain import facts
from qpi_tui.domain.clock import stored
from qpi_tui.domain.parse_time import parse_past

Record = Mapping[str, Any]
Test = Callable[[Record], bool]

# Words, or a name or a time with blanks in quotes.
_TOKENS = re.compile(r'[^\s":]*:"[^"]*"?|\S+')
_OTHER_WORDS = {"waiting": "pending", "waits": "pending", "done": "completed", "canceled": "cancelled"}
_KEYS = {"status": "status", "state": "status", "qpu": "qpu", "user": "user", "who": "user", "since": "since"}


@dataclass(frozen=True)
class JobFilter:
    """Plain words, a condition on records (None: any), what it says in words, and what is wrong with it."""

    words: str = ""
    test: Test | None = None
    says: str = ""
    problem: str = ""


def parse_filter(text: str, *, status: str = "") -> JobFilter:
    """Read what was typed; `status` is one that was chosen by a key, besides."""
    words: list[str] = []
    tests: list[Test] = []
    says: list[str] = []
    problem = ""
    if status:
        tests.append(lambda record: record.get("status") == status)
        says.append(f"only {status}")
    for word in _TOKENS.findall(text):
        name, colon, value = word.partition(":")
        key = _KEYS.get(name.lower()) if colon else None
        if key is None:
            words.append(word)
        elif value:
            try:
                tests.append(_TESTS[key](value))
                says.append(f"{key} {value}")
            except ValueError as error:
                problem = problem or str(error)
    combined: Test | None = None
    if len(tests) == 1:
        combined = tests[0]
    elif tests:
        wanted = tuple(tests)

        def combined(record: Record) -> bool:
            # No generator: this is asked of a hundred thousand.
            for test in wanted:  # noqa: SIM110
                if not test(record):
                    return False
            return True

    return JobFilter(" ".join(words), combined, ", ".join(says), problem)


def exactly(key: str, name: str) -> str:
    """The filter for jobs of just this QPU or user: `qpu:"alpha"`."""
    return f'{key}:"{name.replace(chr(34), "")}"'


def _wanted(value: str) -> tuple[str, bool]:
    """What is looked for, and whether it is the whole name: in quotes."""
    whole = len(value) > 1 and value.startswith('"') and value.endswith('"')
    return (value[1:-1] if whole else value.strip('"')).lower(), whole


def _status(value: str) -> Test:
    wanted = set()
    for word in value.lower().split(","):
        if not word:
            continue
        full = _OTHER_WORDS.get(word) or next((status for status in JOB_STATUSES if status.startswith(word)), None)
        if full is None:
            raise ValueError(f"There is no status {word!r}: {', '.join(JOB_STATUSES)}.")
        wanted.add(full)
    return lambda record: record.get("status") in wanted


def _once_for_each(field: str, test: Test) -> Test:
    """The same test, made once for each value of a reference: many jobs have the same owner and QPU."""
    known: dict[object, bool] = {}

    def remembered(record: Record) -> bool:
        key = record.get(field)
        found = known.get(key)
        if found is None:
            found = known[key] = test(record)
        return found

    return remembered


def _qpu(value: str) -> Test:
    part, whole = _wanted(value)

    def test(record: Record) -> bool:
        name = str(facts.expanded(record, "qpu_target").get("name") or "").lower()
        return (part == name if whole else part in name) or part == str(record.get("qpu_target") or "").lower()

    return _once_for_each("qpu_target", test)


def _user(value: str) -> Test:
    part, whole = _wanted(value)

    def test(record: Record) -> bool:
        user = facts.expanded(record, "user_id")
        named = (str(user.get(field) or "").lower() for field in ("email", "name"))
        return part == str(record.get("user_id") or "").lower() or any(
            part == name if whole else part in name for name in named
        )

    return _once_for_each("user_id", test)


def _since(value: str) -> Test:
    since = stored(parse_since(value.strip('"')))
    return lambda record: str(record.get("created") or "") >= since


def parse_since(value: str) -> datetime:
    """`today`, `yesterday`, `2d`, `3h30m`, `fri`, `2026-11-01` (local midnight) → a moment, as `--since` reads it."""
    try:
        return parse_past(value)
    except ValueError as error:
        raise ValueError(f"since: {error}") from None


_TESTS: Mapping[str, Callable[[str], Test]] = {"status": _status, "qpu": _qpu, "user": _user, "since": _since}
