"""The form that registers a driver."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING

from qpi_tui.domain.driver_kinds import EVENTS, KINDS, LANGUAGES
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Outcome
from qpi_tui.widgets.form import Entry, Form

if TYPE_CHECKING:
    from qpi_tui.rows.qpus import QPURow

Register = Callable[[str, str, str, str, "list[str] | None"], Awaitable[Outcome]]


def registration_form(qpus: Sequence[QPURow], names: Collection[str], register: Register) -> Form:
    """Return the form for a new driver of one of these QPUs; `names` are taken, which the form reports and allows."""
    labels = labels_of(qpus)

    def custom(values: dict[str, str]) -> bool:
        return values["kind"] == "custom"

    def events(values: dict[str, str]) -> list[str] | None:
        return [word for word in values["events"].split(",") if word] if custom(values) else None

    def check(values: dict[str, str]) -> Sequence[Part]:
        name = values["name"].strip()
        if not name:
            raise ValueError("Give it a name, such as aer_alpha.")
        if len(name) > 200:
            raise ValueError(f"The name has {len(name):,} characters; the limit is 200.")
        chosen = events(values)
        if chosen is not None and not chosen:
            raise ValueError("Choose events: space selects one, arrows move.")
        said = KINDS[values["kind"]] if chosen is None else ", ".join(EVENTS[event] for event in chosen)
        parts: list[Part] = [(f"{name} on {values['qpu']}: {said}. The token is shown once, next.", "")]
        if name in names:
            parts.append((f"\n▲ There is a driver {name} already. The server allows another one.", "$text-warning"))
        return parts

    async def act(values: dict[str, str]) -> Outcome:
        return await register(
            values["name"].strip(), labels[values["qpu"]], values["kind"], values["language"], events(values)
        )

    entries = [
        Entry("name", "name", placeholder="such as aer_alpha"),
        Entry("qpu", "QPU (← →, or type its name)", choices=list(labels)),
        Entry("kind", "kind (← →, or type its name)", choices=list(KINDS)),
        Entry("language", "language", choices=LANGUAGES),
        Entry(
            "events",
            "events (← → and space)",
            choices=list(EVENTS),
            several=True,
            value="JobDispatch,JobResult",
            shown=custom,
        ),
    ]
    return Form("Register a driver", entries, confirm="Register", check=check, act=act, kept="driver")


def labels_of(qpus: Sequence[QPURow]) -> dict[str, str]:
    """Return the QPUs' labels in the form → ids. Names are not unique, so duplicates include their ids."""
    names = [clean(qpu.label, 40) for qpu in qpus]
    return {
        (f"{name} ({qpu.id})" if names.count(name) > 1 else name): qpu.id
        for name, qpu in sorted(zip(names, qpus, strict=True), key=lambda pair: pair[0])
    }
