"""Why jobs of a QPU do not start, as a word for a cell and as a sentence."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from qpi_tui.rows.qpu_service import QPUService


class HoldReason(StrEnum):
    """What keeps the jobs of a QPU queued. Each value means that no connected driver runs its jobs."""

    MAINTENANCE = "maintenance"
    OFF = "off"
    MONITORS = "monitors"
    NO_DRIVER = "no driver"
    SILENT = "silent"


class Hold(NamedTuple):
    """The reason, and a sentence about it."""

    reason: HoldReason
    sentence: str


def hold(service: QPUService) -> Hold | None:
    """Return why the jobs of a QPU do not start; None if they do, whatever the QPU's status is.

    A server ignores a QPU's status and whether it is enabled: only a connected driver counts.
    """
    # A table of jobs needs only the reasons, before any record is decoded.
    from qpi_tui.rows.qpu_service import why_queued

    sentence = why_queued(service)
    if not sentence:
        return None
    if service.drivers is None:
        return _hold_old(service, sentence)
    if service.runners:
        return Hold(HoldReason.SILENT, sentence)
    if service.connected or service.only_monitors:
        return Hold(HoldReason.MONITORS, sentence)
    if service.out_of_service:
        return Hold(_out_of_service(service), sentence)
    return Hold(HoldReason.NO_DRIVER, sentence)


def _hold_old(service: QPUService, sentence: str) -> Hold | None:
    """Whether only `enabled` decides: on v0.0 it ends a dispatcher; in maintenance the connection is unknown."""
    if not service.qpu.enabled:
        return Hold(_out_of_service(service), sentence)
    if service.qpu.status == "maintenance":
        return None
    return Hold(HoldReason.SILENT if service.qpu.status == "online" else HoldReason.NO_DRIVER, sentence)


def _out_of_service(service: QPUService) -> HoldReason:
    return HoldReason.MAINTENANCE if service.qpu.status == "maintenance" else HoldReason.OFF
