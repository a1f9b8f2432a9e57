"""What is typed to filter jobs: words, and `status:failed qpu:alpha user:mira since:2d`; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from qpi_client.job_fields import JOB_STATUSES
from qpi_tui.domain.clock import stored
from qpi_tui.domain.parse_time import parse_past
from qpi_tui.resources.jobs import RESOURCE

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow

Test = Callable[["JobRow"], bool]

# Words, or a name or a time with blanks in quotes.
_TOKENS = re.compile(r'[^\s":]*:"[^"]*"?|\S+')
_OTHER_WORDS = {"waiting": "pending", "waits": "pending", "done": "completed", "canceled": "cancelled"}


@dataclass(frozen=True)
class JobFilter:
    """Plain words, a condition on records (None: any), what it says in words, and what is wrong with it.

    `named` is what the condition was made of: `status`, `qpu` and `user` with what was typed, the statuses in full.
    `since` is the moment before which nothing is looked for.
    """

    words: str = ""
    test: Test | None = None
    says: str = ""
    problem: str = ""
    named: tuple[tuple[str, str], ...] = ()
    since: str = ""

    def lets_through(self, row: JobRow) -> bool:
        """Whether a job is one of those that are looked for."""
        if self.test is not None and not self.test(row):
            return False
        text, id = row.search, row.id.casefold()
        return all(word in text or word in id for word in self.words.casefold().split())


def parse_filter(text: str, *, status: str = "") -> JobFilter:
    """Read what was typed; `status` is one that was chosen by a key, besides."""
    words: list[str] = []
    tests: list[Test] = []
    says: list[str] = []
    named: list[tuple[str, str]] = []
    problem = since = ""
    if status:
        tests.append(lambda record: record.status == status)
        says.append(f"only {status}")
        named.append(("status", status))
    for word in _TOKENS.findall(text):
        name, colon, value = word.partition(":")
        key = RESOURCE.filters.get(name.lower()) if colon else None
        if key is None:
            words.append(word)
        elif value:
            try:
                tests.append(_TESTS[key](value))
                says.append(f"{key} {value}")
                if key == "since":
                    since = max(since, stored(parse_since(value.strip('"'))))
                else:
                    named.append((key, ",".join(sorted(_statuses(value))) if key == "status" else _wanted(value)[0]))
            except ValueError as error:
                problem = problem or str(error)
    combined: Test | None = None
    if len(tests) == 1:
        combined = tests[0]
    elif tests:
        wanted = tuple(tests)

        def combined(record: JobRow) -> bool:
            # No generator: this is asked of a hundred thousand.
            for test in wanted:  # noqa: SIM110
                if not test(record):
                    return False
            return True

    return JobFilter(" ".join(words), combined, ", ".join(says), problem, tuple(named), since)


def exactly(key: str, name: str) -> str:
    """The filter for jobs of just this QPU or user: `qpu:"alpha"`."""
    return f'{key}:"{name.replace(chr(34), "")}"'


def _wanted(value: str) -> tuple[str, bool]:
    """What is looked for, and whether it is the whole name: in quotes."""
    whole = len(value) > 1 and value.startswith('"') and value.endswith('"')
    return (value[1:-1] if whole else value.strip('"')).lower(), whole


def _status(value: str) -> Test:
    wanted = _statuses(value)
    return lambda record: record.status in wanted


def _statuses(value: str) -> set[str]:
    wanted = set()
    for word in value.lower().split(","):
        if not word:
            continue
        full = _OTHER_WORDS.get(word) or next((status for status in JOB_STATUSES if status.startswith(word)), None)
        if full is None:
            raise ValueError(f"There is no status {word!r}: {', '.join(JOB_STATUSES)}.")
        wanted.add(full)
    return wanted


def _once_for_each(field: str, test: Test) -> Test:
    """The same test, made once for each value of a reference: many jobs have the same owner and QPU."""
    known: dict[str, bool] = {}
    reference = attrgetter(field)

    def remembered(record: JobRow) -> bool:
        key = reference(record)
        found = known.get(key)
        if found is None:
            found = known[key] = test(record)
        return found

    return remembered


def _qpu(value: str) -> Test:
    part, whole = _wanted(value)

    def test(record: JobRow) -> bool:
        name = record.qpu_name.lower()
        return (part == name if whole else part in name) or part == record.qpu_target.lower()

    return _once_for_each("qpu_target", test)


def _user(value: str) -> Test:
    part, whole = _wanted(value)

    def test(record: JobRow) -> bool:
        user = record.user_id_record
        named = (user.email.lower(), user.name.lower()) if user is not None else ()
        return part == record.user_id.lower() or any(part == name if whole else part in name for name in named)

    return _once_for_each("user_id", test)


def _since(value: str) -> Test:
    since = stored(parse_since(value.strip('"')))
    return lambda record: record.created >= since


def parse_since(value: str) -> datetime:
    """`today`, `yesterday`, `2d`, `3h30m`, `fri`, `2026-11-01` (local midnight) → a moment, as `--since` reads it."""
    try:
        return parse_past(value)
    except ValueError as error:
        raise ValueError(f"since: {error}") from None


_TESTS: Mapping[str, Callable[[str], Test]] = {"status": _status, "qpu": _qpu, "user": _user, "since": _since}
