"""Every error has a remedy."""

from __future__ import annotations

from qpi_client import errors
from qpi_client.remedies import REMEDIES


def test_every_error_has_a_remedy() -> None:
    kinds = {
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, (Exception, Warning))
    }
    assert {kind for kind in kinds if kind.__module__ == errors.__name__} == set(REMEDIES)


def test_every_remedy_is_a_sentence() -> None:
    assert [remedy for remedy in REMEDIES.values() if not remedy.endswith(".") or len(remedy) > 120] == []
