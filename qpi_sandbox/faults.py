"""What goes wrong on the way to a sandbox, on demand: which requests, how, how often; the same for the same seed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from qpi_sandbox.binary import SandboxError
from qpi_sandbox.rng import rng

# kind → what its value means, with the value that it has where none is given
KINDS: dict[str, tuple[str, float]] = {
    "latency": ("seconds that every answer comes later", 0.2),
    "jitter": ("seconds that an answer comes later at most", 0.5),
    "429": ("seconds of Retry-After in the answer 429", 1.0),
    "500": ("(no value) the answer 500; 502, 503 and 504 likewise", 0.0),
    "502": ("", 0.0),
    "503": ("", 0.0),
    "504": ("", 0.0),
    "reset": ("(no value) the connection breaks before the server hears of the request", 0.0),
    "lost": ("(no value) the request is carried out, then the connection breaks", 0.0),
    "truncated": ("share of the body that arrives before the connection breaks", 0.5),
    "html": ("(no value) a login page with status 200 in place of the answer", 0.0),
    "redirect": ("port of this machine to which the answer 307 sends the request", 9.0),
    "stalled": ("bytes of the body that arrive; then silence, the connection stays open", 0.0),
    "expired": ("(no value) the session that is sent is not known any more", 0.0),
    "gone": ("seconds for which the server refuses every connection", 5.0),
}
DELAYS = ("latency", "jitter")


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

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
            raise SandboxError(f"There is no fault {self.kind!r}; there are {', '.join(KINDS)}.", usage=True)
        if not 0 <= self.probability <= 1:
            raise SandboxError(f"A probability is between 0 and 1, not {self.probability}.", usage=True)
        if self.value is not None and self.value < 0:
            raise SandboxError(f"The value of {self.kind} is not negative.", usage=True)

    @property
    def amount(self) -> float:
        """The value, or the kind's own where none was given."""
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
                    f"{part!r} in the fault {text!r} is not understood; it takes {', '.join(options)}.", usage=True
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
            raise SandboxError(f"A number is expected in the fault {text!r}: {error}.", usage=True) from error

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one of those that this fault is about."""
        if " " in self.route:
            return fnmatchcase(f"{method} {path}", self.route)
        return fnmatchcase(path, self.route)


@dataclass
class Counted:
    """A fault with what has happened so far."""

    fault: Fault
    index: int
    seen: int = 0
    happened: int = 0


@dataclass
class Plan:
    """What happens to one request: a delay in seconds, then at most one fault."""

    delay: float = 0.0
    fault: Fault | None = None


@dataclass(frozen=True)
class Passed:
    """A request that came by, and what was done to it."""

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
        self.on_go_away: Callable[[float], None] | None = None  # set by what stands in the way
        self.log: list[Passed] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | str) -> None:
        """From now on, this goes wrong too."""
        with self._lock:
            self._faults.append(Counted(Fault.parse(fault) if isinstance(fault, str) else fault, self._added))
            self._added += 1

    def clear(self) -> None:
        """From now on, nothing goes wrong."""
        with self._lock:
            self._faults.clear()

    def go_away(self, seconds: float) -> None:
        """Break all connections and refuse new ones for a while."""
        if self.on_go_away is not None:
            self.on_go_away(seconds)

    def plan(self, method: str, path: str) -> Plan:
        """Decide what happens to a request, and write it down."""
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
    """The kinds as they stand in `docs/sandbox.md`."""
    lines = ["| kind | its value | default |", "|---|---|---|"]
    for kind, (meaning, default) in KINDS.items():
        if meaning:
            lines.append(f"| `{kind}` | {meaning} | {'' if meaning.startswith('(') else f'{default:g}'} |")
    return "\n".join(lines)
