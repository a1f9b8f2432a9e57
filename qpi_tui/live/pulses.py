"""The overview's upper part: a line for each QPU, today's slots, the coldest stage of each cryostat. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.domain.clock import local, now, parse_date
from qpi_tui.domain.durations import short_duration
from qpi_tui.domain.sanitize import cells, clean, fit
from qpi_tui.live.overview import services
from qpi_tui.live.recent_jobs import SPAN
from qpi_tui.plots.parts import Line, padded
from qpi_tui.plots.trend import levels, sparkline
from qpi_tui.resources import telemetry
from qpi_tui.rows import job_times
from qpi_tui.rows.slot_holders import now_and_next
from qpi_tui.rows.telemetry import ChannelRow, channels

if TYPE_CHECKING:
    from qpi_tui.live.overview import Lab
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.qpu_service import QPUService

BIN = timedelta(minutes=10)
BINS = SPAN // BIN
# Columns of the numbers; more for the bar, the name and the sparkline in a wide terminal.
_STATE, _COUNTS, _DONE, _FAILED, _WAIT = 13, 11, 6, 8, 9
_STRIP = 48
_STATES = {
    "online": ("● online", "$text-success"),
    "maintenance": ("◐ maintenance", "$text-warning"),
    "off": ("○ off", "$text-muted"),
    "offline": ("▲ offline", "$text-error"),
}
_KELVIN = {"K": 1.0, "mK": 1e-3, "µK": 1e-6, "uK": 1e-6}
_CURVE = 18


class Pulse(NamedTuple):
    """A QPU now and in the last three hours.

    `finished` counts jobs by ten minutes, oldest first; None: unknown. `over` ended, `failed` of them failed; `wait` is
    the median waiting time in seconds.
    """

    service: QPUService
    finished: tuple[int | None, ...]
    over: int
    failed: int
    wait: float | None


def pulses(lab: Lab, moment: datetime) -> list[Pulse]:
    """Return the QPUs by name. The ten minutes are those of the clock, so that a line changes only when one ends."""
    own: dict[str, list[JobRow]] = {}
    for job in lab.recent:
        own.setdefault(job.qpu_target, []).append(job)
    end = _bin_end(moment)
    return [_pulse(service, own.get(service.qpu.id, ()), end, lab.recent_since) for service in services(lab)]


def _pulse(service: QPUService, jobs: Sequence[JobRow], end: datetime, since: datetime | None) -> Pulse:
    counts: list[int | None] = [
        None if since is not None and end - (BINS - place) * BIN < since else 0 for place in range(BINS)
    ]
    over = failed = 0
    waits = []
    for job in jobs:
        if (waited := job_times.waited(job)) is not None and job.status != "pending":
            waits.append(waited)
        if job.status not in CHARGED_STATUSES:
            continue
        over += 1
        failed += job.status == "failed"
        moment = parse_date(job.finished_at)
        place = BINS - 1 - (end - moment) // BIN if moment is not None and moment < end else -1
        if 0 <= place < BINS and (known := counts[place]) is not None:
            counts[place] = known + 1
    return Pulse(service, tuple(counts), over, failed, median(waits) if waits else None)


def _bin_end(moment: datetime) -> datetime:
    here = moment.replace(second=0, microsecond=0)
    return here - timedelta(minutes=here.minute % 10) + BIN


class Look(NamedTuple):
    """The available columns and lines, and whether in plain ASCII."""

    width: int
    height: int
    ascii: bool = False


def pulse_lines(lab: Lab, look: Look, moment: datetime | None = None) -> list[Line]:
    """Return the lines, as wide as there is room; of many QPUs and cryostats the first, and how many more there are."""
    moment = moment or now()
    found = pulses(lab, moment)
    cold = _coldest(lab, moment)
    room = max(look.height - 1 - bool(lab.slots_known) - len(cold[:2]), 1)
    lines = [_head(found, look, lab), *_qpus(found, look, room)]
    if lab.slots_known:
        lines.append(_slots(lab, look, moment))
    left = max(look.height - len(lines), 1)
    lines += _cryostats(cold[:left], lab.limits, look)
    return [padded(line, look.width) for line in lines[: look.height]]


def _sizes(found: Sequence[Pulse], width: int) -> tuple[int, int, int]:
    """Return the columns of the name, the bar, and each ten minutes of the sparkline."""
    fixed = 2 + _STATE + 2 + _COUNTS + 2 + _DONE + _FAILED + _WAIT + 3
    each = 2 if width - fixed >= 2 * BINS + 50 else 1
    room = width - fixed - each * BINS
    longest = max([cells(pulse.service.name) for pulse in found] + [10])
    name = max(min(longest, room - 10), 8)
    return name, max(min(room - name, 40), 4), each


def _head(found: Sequence[Pulse], look: Look, lab: Lab) -> Line:
    name, bar, each = _sizes(found, look.width)
    whose = "" if lab.admin else "your "
    span = f"{whose}finished, 10 min each" if each > 1 else "finished / 10 min"
    words = [
        fit("QPU", name), "  ", fit("state", _STATE), "  ", fit(f"{whose}running, queued", _COUNTS + bar + 1), "  ",
        fit(span, each * BINS + _DONE), f"{'failed':>{_FAILED}}", " ", f"{'med. wait':>{_WAIT}}",
    ]  # fmt: skip
    return [("".join(words), "bold $text-muted")]


def _qpus(found: Sequence[Pulse], look: Look, room: int) -> list[Line]:
    name, bar, each = _sizes(found, look.width)
    most = max([pulse.service.running + pulse.service.queued for pulse in found] + [bar])
    shown = found if len(found) <= room else found[: max(room - 1, 0)]
    lines = [_qpu(pulse, name, bar, each, most, ascii=look.ascii) for pulse in shown]
    if len(shown) < len(found):
        lines.append([(f"and {len(found) - len(shown)} more QPUs", "$text-muted")])
    return lines


def _qpu(pulse: Pulse, name: int, bar: int, each: int, most: int, *, ascii: bool) -> Line:
    service = pulse.service
    state, style = _STATES[service.qpu.state]
    running, queued = _cells(service.running, most, bar), _cells(service.queued, most, bar)
    queued = min(queued, bar - running)
    counts = f"▶{service.running} …{service.queued:,}"
    drawn = levels(pulse.finished, ascii=ascii)
    share = "–" if not pulse.over else _percent(pulse.failed, pulse.over)
    wait = "–" if pulse.wait is None else "<1 s" if pulse.wait < 1 else short_duration(int(pulse.wait))
    bad = pulse.failed * 10 >= max(pulse.over, 1) and pulse.failed
    return [
        (fit(service.name, name), "bold"), ("  ", ""), (fit(state, _STATE), style), ("  ", ""),
        (fit(counts, _COUNTS), "" if service.running or service.queued else "$text-muted"), (" ", ""),
        (("#" if ascii else "█") * running, "$text-accent"), ((":" if ascii else "▄") * queued, "$text-warning"),
        (" " * (bar - running - queued), ""), ("  ", ""),
        ("".join(letter * each for letter in drawn), "$text-accent"),
        (f"{pulse.over:>{_DONE},}", "" if pulse.over else "$text-muted"),
        (f"{f'✗ {share}' if pulse.failed else share:>{_FAILED}}", "$text-error" if bad else "$text-muted"), (" ", ""),
        (f"{wait:>{_WAIT}}", "" if pulse.wait is not None else "$text-muted"),
    ]  # fmt: skip


def _percent(failed: int, over: int) -> str:
    share = 100 * failed / over
    return f"{share:.0f} %" if share >= 10 or not share else "<1 %" if share < 1 else f"{share:.1f} %"


def _cells(count: int, most: int, width: int) -> int:
    """Return one cell per job while there is room; at least one for a value above 0."""
    return min(max(round(count * width / most), 1), width) if count else 0


def _slots(lab: Lab, look: Look, moment: datetime) -> Line:
    """Return today from midnight to midnight, half an hour per cell, with now; then the current and next holder."""
    here = local(moment)
    begin = local(here.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None))
    end = local(begin.replace(tzinfo=None) + timedelta(days=1))
    length = (end - begin).total_seconds() / _STRIP

    def place(when: datetime) -> float:
        return (when - begin).total_seconds() / length

    own, other, free, mark = ("#", "+", "-", "|") if look.ascii else ("█", "▄", "─", "┃")
    signs = [(free, "$text-muted")] * _STRIP
    for slot in lab.slots:
        if slot.start is None or slot.end is None:
            continue
        mine = bool(lab.me) and slot.booked_by == lab.me
        first, last = max(int(place(slot.start)), 0), min(-int(-place(slot.end) // 1), _STRIP)
        for at in range(first, last):
            signs[at] = (own, "$text-success") if mine else (other, "$text-primary")
    signs[min(max(int(place(moment)), 0), _STRIP - 1)] = (mark, "bold $text-accent")
    holder, following = now_and_next(lab.slots, lab.me)
    said = f"{holder} now, then {following}" if holder else f"free now; next: {following}"
    strip: Line = [
        ("today  ", "bold $text-muted"), ("0 ", "$text-muted"), *_joined(signs), (" 24  ", "$text-muted")
    ]  # fmt: skip
    room = look.width - sum(cells(text) for text, _ in strip)
    return [*strip, (fit(said, max(room, 1)).rstrip(), "")]


def _joined(signs: Sequence[tuple[str, str]]) -> Line:
    found: Line = []
    for sign, style in signs:
        if found and found[-1][1] == style:
            found[-1] = (found[-1][0] + sign, style)
        else:
            found.append((sign, style))
    return found


def _coldest(lab: Lab, moment: datetime) -> list[ChannelRow]:
    """Return the channel with the lowest temperature of each cryostat, at the last full minute.

    Instruments report every few seconds: otherwise the screen would never be still.
    """
    minute = f"{moment.replace(second=0, microsecond=0):%Y-%m-%dT%H:%M}"
    settled = [reading for reading in lab.readings if reading.ts.replace(" ", "T")[:16] < minute]
    drivers = {reading.driver for reading in settled}
    # A new instrument is shown immediately.
    new = [reading for reading in lab.readings if reading.driver not in drivers]
    found: dict[str, tuple[float, ChannelRow]] = {}
    for channel in channels([*settled, *new]):
        factor = _KELVIN.get(channel.unit)
        if factor is None or channel.value is None:
            continue
        kelvin = channel.value * factor
        if channel.driver not in found or kelvin < found[channel.driver][0]:
            found[channel.driver] = (kelvin, channel)
    return [channel for _, channel in found.values()]


def temperature(value: float, unit: str) -> str:
    """Return a temperature with three digits, in a usual unit: 9.82 mK, not 0.009822 K."""
    kelvin = value * _KELVIN[unit]
    units = ((1.0, "K"), (1e-3, "mK"), (1e-6, "µK"))
    factor, name = next((each for each in units if kelvin >= each[0]), units[-1])
    # Beyond a thousand, `g` would write an exponent.
    scaled = kelvin / factor
    return f"{scaled:.3g} {name}" if abs(scaled) < 999.5 else f"{scaled:.0f} {name}"


def _cryostats(cold: Sequence[ChannelRow], limits: Mapping[str, Mapping[str, float]], look: Look) -> list[Line]:
    """Return a line for each cryostat, one below the other in columns."""
    names = [(clean(channel.driver, 40), clean(channel.channel, 40)) for channel in cold]
    said = [temperature(channel.value or 0.0, channel.unit) for channel in cold]
    driver, stage = (max((cells(name[n]) for name in names), default=0) for n in (0, 1))
    value = max(map(cells, said), default=0)
    return [
        _cryostat(channel, (fit(whose, driver), fit(where, stage), f"{text:>{value}}"), limits, look)
        for channel, (whose, where), text in zip(cold, names, said, strict=True)
    ]


def _cryostat(
    channel: ChannelRow, texts: tuple[str, str, str], limits: Mapping[str, Mapping[str, float]], look: Look
) -> Line:
    from msgspec.structs import replace

    limit = telemetry.beyond(channel, limits)
    state = replace(channel, limit=limit).state
    mark, style = {"good": ("●", "$text-success"), "bad": ("✗", "$text-error")}.get(state, ("▲", "$text-warning"))
    points = [(local(at), value) for ts, value in channel.values if (at := parse_date(ts)) is not None]
    span = f"  {points[0][0]:%H:%M} – {points[-1][0]:%H:%M}" if len(points) > 1 else ""
    driver, stage, value = texts
    return [
        (f"{mark} ", style), (driver, "bold"), (f"  coldest: {stage}  ", "$text-muted"),
        (value + (f", {limit}" if limit else ""), style if state != "good" else ""), ("  ", ""),
        (sparkline(points, width=_CURVE, ascii=look.ascii), "$text-accent"), (span, "$text-muted"),
    ]  # fmt: skip
