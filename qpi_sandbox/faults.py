"""Faults on demand between a client and a sandbox: which requests, how, and how often. Repeatable by seed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from qpi_sandbox.binary import SandboxError
from qpi_sandbox.rng import rng

# kind → what its value means, and its default
KINDS: dict[str, tuple[str, float]] = {
    "latency": ("delay of every answer, in seconds", 0.2),
    "jitter": ("maximum random delay of an answer, in seconds", 0.5),
    "429": ("status 429; Retry-After, in seconds", 1.0),
    "500": ("(no value) status 500; likewise 502, 503, and 504", 0.0),
    "502": ("", 0.0),
    "503": ("", 0.0),
    "504": ("", 0.0),
    "reset": ("(no value) the connection breaks before the request reaches the server", 0.0),
    "lost": ("(no value) the server handles the request, then the connection breaks", 0.0),
    "truncated": ("fraction of the body that arrives before the connection breaks", 0.5),
    "html": ("(no value) a login page with status 200 instead of the answer", 0.0),
    "redirect": ("status 307 to this port of the machine", 9.0),
    "stalled": ("bytes of the body that arrive; then the connection stays open and silent", 0.0),
    "expired": ("(no value) the session is no longer valid", 0.0),
    "gone": ("how long the server refuses every connection, in seconds", 5.0),
}
DELAYS = ("latency", "jitter")


@dataclass(frozen=True)
class Fault:
    """One fault.

    `kind` and `value` as in `KINDS`; `route` is a pattern like `/api/jobs*` or `POST /api/jobs` with `*` for anything;
    `probability` of each matching request; the first `after` matching requests pass; it happens `times` times at most.
    """

    kind: str
    value: float | None = None
    route: str = "*"
    probability: float = 1.0
    after: int = 0
    times: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SandboxError(f"Unknown fault: {self.kind!r}. Use one of {', '.join(KINDS)}.", usage=True)
        if not 0 <= self.probability <= 1:
            raise SandboxError(f"Invalid probability: {self.probability}. Use a number from 0 to 1.", usage=True)
        if self.value is not None and self.value < 0:
            raise SandboxError(f"Invalid value of {self.kind}: {self.value}. Use 0 or more.", usage=True)

    @property
    def amount(self) -> float:
        """Return the value, or the default of the kind."""
        return KINDS[self.kind][1] if self.value is None else self.value

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read `KIND[=VALUE][,route=PATTERN][,p=PROBABILITY][,after=N][,times=N]`, for example `429=2,p=0.1`."""
        head, *rest = text.split(",")
        kind, _, value = head.partition("=")
        options = {"route": "*", "p": "1", "after": "0", "times": ""}
        for part in rest:
            key, given, setting = part.partition("=")
            if not given or key.strip() not in options:
                raise SandboxError(
                    f"Unknown option {part!r} in the fault {text!r}. Use {', '.join(options)}.", usage=True
                )
            options[key.strip()] = setting.strip()
        try:
            return cls(
                kind.strip(),
                float(value) if value else None,
                options["route"],
                float(options["p"]),
                int(options["after"]),
                int(options["times"]) if options["times"] else None,
            )
        except ValueError as error:
            raise SandboxError(f"Not a number in the fault {text!r}: {error}.", usage=True) from error

    def matches(self, method: str, path: str) -> bool:
        """Return whether this fault concerns a request."""
        if " " in self.route:
            return fnmatchcase(f"{method} {path}", self.route)
        return fnmatchcase(path, self.route)


@dataclass
class Counted:
    """A fault, and how often it matched and happened."""

    fault: Fault
    index: int
    seen: int = 0
    happened: int = 0


@dataclass
class Plan:
    """What to do with one request: a delay in seconds, then at most one fault."""

    delay: float = 0.0
    fault: Fault | None = None


@dataclass(frozen=True)
class Passed:
    """A request that passed, and the faults that it met."""

    method: str
    path: str
    faults: tuple[str, ...] = field(default=())


class Faults:
    """The faults of a running sandbox; change them at any time, from any thread.

    Each draw depends on the seed, the fault's place and how many requests it has matched, on nothing else: the same
    requests meet the same faults whatever else is going on.
    """

    def __init__(self, faults: Iterable[Fault | str] = (), *, seed: int = 0) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._faults: list[Counted] = []
        self._added = 0
        self.on_go_away: Callable[[float], None] | None = None  # set by the proxy
        self.log: list[Passed] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | str) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.append(Counted(Fault.parse(fault) if isinstance(fault, str) else fault, self._added))
            self._added += 1

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def go_away(self, seconds: float) -> None:
        """Break all connections and refuse new ones for a while."""
        if self.on_go_away is not None:
            self.on_go_away(seconds)

    def plan(self, method: str, path: str) -> Plan:
        """Decide which fault applies to a request, and log it."""
        plan = Plan()
        met: list[str] = []
        with self._lock:
            for each in self._faults:
                fault = each.fault
                if not fault.matches(method, path):
                    continue
                each.seen += 1
                draw = rng(self._seed, each.index, each.seen)
                spent = fault.times is not None and each.happened >= fault.times
                if each.seen <= fault.after or spent or draw.random() >= fault.probability:
                    continue
                if fault.kind in DELAYS:
                    plan.delay += fault.amount if fault.kind == "latency" else fault.amount * draw.random()
                elif plan.fault is None:
                    plan = replace(plan, fault=fault)
                else:
                    continue
                each.happened += 1
                met.append(fault.kind)
            self.log.append(Passed(method, path, tuple(met)))
        return plan


def as_markdown() -> str:
    """Return the table of kinds for `docs/sandbox.md`."""
    lines = ["| Kind | Value | Default |", "|---|---|---|"]
    for kind, (meaning, default) in KINDS.items():
        if meaning:
            lines.append(f"| `{kind}` | {meaning} | {'' if meaning.startswith('(') else f'{default:g}'} |")
    return "\n".join(lines)
