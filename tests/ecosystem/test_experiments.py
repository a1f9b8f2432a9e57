"""Qiskit Experiments."""

from __future__ import annotations

import numpy as np
from qiskit_experiments.library import T1, LocalReadoutError


def test_readout_errors_are_zero(backend):
    data = LocalReadoutError([0, 1]).run(backend, shots=200).block_for_results()
    assert data.status().name == "DONE", data.errors()
    mitigator = data.analysis_results(dataframe=False)[0].value
    assert np.allclose(mitigator.assignment_matrix(), np.eye(4), atol=0.01)


def test_delays_run_and_nothing_decays(backend):
    data = T1([0], delays=[1e-6, 5e-6, 9e-6]).run(backend, shots=100, analysis=None).block_for_results()
    assert [each["counts"] for each in data.data()] == [{"1": 100}] * 3
