"""Input that is rejected before anything is sent, and escaping of values in paths and filters."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpi_client import InvalidValue, WideResultWarning, checks
from tests.client.conftest import Open
from tests.client.faults import FaultServer

GOOD = [{"circuit": "OPENQASM 3.0;"}]


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.submit_job([]),
        lambda c: c.submit_job("OPENQASM 3.0;"),
        lambda c: c.submit_job([{}]),
        lambda c: c.submit_job([{"circuit": "  "}]),
        lambda c: c.submit_job(GOOD, shots=0),
        lambda c: c.submit_job(GOOD, shots=-1),
        lambda c: c.submit_job(GOOD, shots=True),
        lambda c: c.submit_job(GOOD, shots="many"),
        lambda c: c.submit_job(GOOD, meas_level=7),
        lambda c: c.submit_job(GOOD, meas_return="sometimes"),
        lambda c: c.submit_job([{"circuit": "x" * 1024 * 1024}]),
        lambda c: c.submit_job([{"circuit": "x", "parameter_values": [[math.nan]]}]),
        lambda c: c.create_time_request(0),
        lambda c: c.create_time_request(-5),
        lambda c: c.create_time_request("600"),
        lambda c: c.create_time_request(math.inf),
        lambda c: c.create_time_request(1e10),
        lambda c: c.create_time_request(60, "x" * 10_000),
        lambda c: c.allocate_qpu_time("u", "many"),
        lambda c: c.allocate_qpu_time("u", -1),
        lambda c: c.update_time_request("r", "maybe"),
        lambda c: c.update_time_request("r", "rejected", "x" * 10_000),
        lambda c: c.create_time_slot("soon", "later"),
        lambda c: c.create_time_slot("2026-11-24T05:00:00", "2026-11-24T06:00:00"),
        lambda c: c.create_time_slot("2026-11-24T06:00:00Z", "2026-11-24T05:00:00Z"),
        lambda c: c.create_token("ci", "tomorrow"),
        lambda c: c.create_token("ci", "2020-01-01T00:00:00Z"),
        lambda c: c.create_token(" "),
        lambda c: c.create_notification("t", "d", "2026-11-26T05:00:00Z", "2026-11-25T05:00:00Z"),
        lambda c: c.update_notification("n", colour="red"),
        lambda c: c.create_user("no-address", "long-enough-1"),
        lambda c: c.create_user("a@example.com", "short"),
        lambda c: c.create_qpu("q", num_qubits=-1),
        lambda c: c.toggle_qpu("q", "false"),
        lambda c: c.set_qpu_status("q", "melting"),
        lambda c: c.list_jobs(status="melting"),
        lambda c: c.list_jobs(limit=-1),
        lambda c: next(c.events("quantum_jobs/*")),
        lambda c: c.get_job("../qpus"),
        lambda c: c.get_job(".."),
        lambda c: c.get_job("a/b"),
        lambda c: c.get_job(""),
        lambda c: c.delete_time_slot("a\nb"),
        lambda c: c.auth_with_password("a@example.com", "x", collection="../x"),
    ],
)
def test_invalid_arguments_are_rejected_before_sending(
    ask: Callable[[Any], object], faults: FaultServer, connect: Open
) -> None:
    faults.signed_in()
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    sent = len(faults.got)
    with pytest.raises(InvalidValue) as caught:
        ask(client)
    assert str(caught.value).endswith((".", "?"))
    assert len(faults.got) == sent


@pytest.mark.filterwarnings("ignore::qpi_client.UntargetedJobWarning")
def test_many_classical_bits_cause_a_warning(faults: FaultServer, connect: Open) -> None:
    wide = "OPENQASM 3.0;\nbit[10] a;\nbit[5] b;\n"
    with (
        pytest.warns(WideResultWarning, match="15 classical bits"),
        pytest.raises(Exception, match="Not in the"),
    ):
        connect(faults.url, "qpi_t").submit_job([{"circuit": wide}], qpu_target="")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", WideResultWarning)
        with pytest.raises(Exception, match="Not in the"):
            connect(faults.url, "qpi_t").submit_job([{"circuit": "creg c[14];\n"}])


def test_times_are_sent_in_utc() -> None:
    here = datetime(2026, 11, 24, 7, 0, 0, 123456, timezone(timedelta(hours=2)))
    assert checks.sent_time(here, "x") == "2026-11-24T05:00:00.123Z"
    assert checks.stored_time("2026-11-24T05:00:00+02:00", "x") == "2026-11-24 03:00:00.000Z"
    assert checks.moment("2026-11-23 05:20:14.198Z", "x") == datetime(2026, 11, 23, 5, 20, 14, 198000, UTC)


def literal(text: str) -> tuple[str, str]:
    """Parse a literal as the server's filter parser does: up to the first quote without a backslash before it."""
    assert text[0] == '"'
    end = next(i for i in range(1, len(text)) if text[i] == '"' and text[i - 1] != "\\")
    return text[1:end].replace('\\"', '"'), text[end + 1 :]


@given(st.text(st.characters(min_codepoint=32), max_size=30).filter(lambda text: not text.endswith("\\")))
def test_no_name_escapes_its_literal(name: str) -> None:
    assert literal(checks.quoted(name)) == (name, "")


@given(st.text(max_size=30))
def test_no_id_escapes_its_path_segment(name: str) -> None:
    try:
        part = checks.part(name)
    except InvalidValue:
        return
    assert part not in ("", ".", "..")
    assert not set(part) & set("/\\?#% \n") - {"%"}
