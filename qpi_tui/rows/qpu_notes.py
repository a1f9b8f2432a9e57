"""Notes before QPUs are taken out of service or put back: the effect on this server."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_tui.rows.qpu_service import QPUService, counted, listed, names, state_of


def stop_note(services: Sequence[QPUService], *, maintenance: bool = False, keep_drivers: bool = False) -> list[str]:
    """Return the effect of taking these QPUs out of service: sentences for a dialog or a question."""
    running = sum(service.running for service in services)
    queued = sum(service.queued for service in services)
    said = [f"{counted(running, queued)}."]
    if any(service.drivers is None for service in services):
        if keep_drivers:
            return [*said, "On this server (v0.0) its jobs still start while it is connected."]
        lost = " The results of running jobs are lost; they go back to the queue." if running else ""
        return [
            *said,
            f"On this server (v0.0) no more jobs are sent once the QPU is disabled.{lost}",
            "The server cannot stop a driver process. Stop it by hand before you open anything.",
        ]
    on = [driver for service in services for driver in service.drivers or () if driver.enabled]
    if keep_drivers:
        return [
            *said,
            "The drivers stay enabled: on this server jobs still start." if on else "No driver is enabled.",
        ]
    if not on:
        return [*said, "No driver is enabled, so no job starts."]
    said.append("On this server a QPU's jobs stop only when its drivers are disabled.")
    said.append(f"This disables {listed(names(on))} too{', so that maintenance lasts' if maintenance else ''}.")
    if running:
        said.append("The results of running jobs are lost; they go back to the queue after the job timeout.")
    return said


def start_note(services: Sequence[QPUService]) -> list[str]:
    """Return the effect of putting these QPUs back into service."""
    if any(service.drivers is None for service in services):
        return ["A running driver process reconnects by itself. If you stopped it, start it again."]
    off = [driver for service in services for driver in service.drivers or () if not driver.enabled]
    gone = [
        driver
        for service in services
        for driver in service.drivers or ()
        if driver.runs_jobs and state_of(driver, service.server_started) != "online"
    ]
    said = [f"This enables {listed(names(off))} too."] if off else []
    if gone:
        said.append(
            f"{listed(names(gone))} must reconnect: restart {'its process' if len(gone) == 1 else 'their processes'}."
        )
    return said or ["Its driver is connected, so its status is set to online."]
