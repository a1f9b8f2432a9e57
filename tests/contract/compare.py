"""Compare an answer with the recorded one. Everything must be equal except ids, times, tokens and addresses, which must
correspond.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

ID = re.compile(r"[a-z0-9]{15}")
TIME = re.compile(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d\.\d{3}Z")
HASH = re.compile(r"[0-9a-f]{64}")
SECRET = re.compile(r"qpi_[0-9a-f]+…?")
SESSION = re.compile(r"eyJ[\w.-]+")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
STREAM = re.compile(r"[A-Za-z0-9]{40}")


def shift(text: str, by: timedelta) -> str:
    """Shift every time in a text, keeping its format."""

    def moved(match: re.Match[str]) -> str:
        moment = datetime.fromisoformat(match[0].replace(" ", "T").replace("Z", "+00:00")) + by
        return moment.strftime(f"%Y-%m-%d{match[1]}%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

    return TIME.sub(moved, text)


@dataclass
class Names:
    """Maps recorded ids, tokens and times to those of this run."""

    by: timedelta
    known: dict[str, str] = field(default_factory=dict)
    sent_times: set[str] = field(default_factory=set)

    def translate(self, value: Any) -> Any:
        """Translate a recorded value into the one to send now."""
        if isinstance(value, dict):
            return {key: self.translate(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.translate(inner) for inner in value]
        if isinstance(value, str):
            for recorded in re.findall(rf"{SECRET.pattern}|\b{ID.pattern}\b|\b{STREAM.pattern}\b", value):
                value = value.replace(recorded, self.known.get(recorded, recorded))
            self.sent_times.update(match[0].replace("T", " ") for match in TIME.finditer(value))
            return shift(value, self.by)
        return value

    def same_thing(self, recorded: str, ours: str) -> bool:
        """Whether two ids or tokens correspond. The first comparison defines the mapping."""
        if recorded.startswith("missing"):
            return recorded == ours
        return self.known.setdefault(recorded, ours) == ours


def compare(recorded: Any, ours: Any, names: Names, at: str = "answer") -> Iterator[str]:
    """Yield one line per difference, each starting with its path."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        # Channels are data, not fields: each is compared with a recorded one.
        if at.endswith(".readings"):
            sample = next(iter(recorded.values()))
            ours, recorded = {"*": next(iter(ours.values()))}, {"*": sample}
        missing, extra = recorded.keys() - ours.keys(), ours.keys() - recorded.keys()
        if missing or extra:
            yield f"{at}: keys missing {sorted(missing)}, not recorded {sorted(extra)}"
        for key in recorded.keys() & ours.keys():
            yield from compare(recorded[key], ours[key], names, f"{at}.{key}")
    elif isinstance(recorded, list) and isinstance(ours, list):
        if len(recorded) != len(ours):
            yield f"{at}: {len(recorded)} recorded, {len(ours)} now"
        for i, (one, other) in enumerate(zip(recorded, ours, strict=False)):
            yield from compare(one, other, names, f"{at}[{i}]")
    elif isinstance(recorded, str) and isinstance(ours, str):
        if not same_text(recorded, ours, names):
            yield f"{at}: {recorded[:120]!r} recorded, {ours[:120]!r} now"
    elif at.endswith(".value") and is_number(recorded) and is_number(ours):
        return  # a reading: any number, or null for a channel that failed
    elif (type(recorded) is not type(ours) and not (is_number(recorded) and is_number(ours))) or recorded != ours:
        yield f"{at}: {recorded!r} recorded, {ours!r} now"


def is_number(value: Any) -> bool:
    """Whether a value is a JSON number, or null, for readings."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same_text(recorded: str, ours: str, names: Names) -> bool:
    """Whether two texts are equal, or of the same kind if they cannot be equal."""
    if recorded == ours:
        return True
    if TIME.fullmatch(recorded):
        if not TIME.fullmatch(ours) or (" " in recorded) != (" " in ours):
            return False
        if recorded.replace("T", " ") in names.sent_times:  # a time that was sent is returned unchanged
            return shift(recorded, names.by) == ours
        return True
    for pattern in (ID, HASH, SECRET, STREAM):
        if pattern.fullmatch(recorded):
            return bool(pattern.fullmatch(ours)) and names.same_thing(recorded, ours)
    for pattern in (SESSION, ADDRESS):
        if pattern.fullmatch(recorded):
            return bool(pattern.fullmatch(ours))
    if recorded.startswith("(") and recorded.endswith(")"):  # described, not recorded
        return bool(ours)
    return recorded.startswith("-----BEGIN CERTIFICATE-----") and ours.startswith("-----BEGIN CERTIFICATE-----")
