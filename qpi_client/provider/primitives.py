"""Qiskit's sampler and estimator, with all pubs of a call in as few jobs as the server's limits allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any

from qiskit.primitives import BaseEstimatorV2, BaseSamplerV2, PrimitiveResult
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit.providers import BackendV2

from qpi_client.provider.errors import CircuitRefused
from qpi_client.provider.expectations import Estimation
from qpi_client.provider.primitive_job import QPIPrimitiveJob
from qpi_client.provider.samples import sampled

DEFAULT_PRECISION = 0.015625
"""The precision of an estimator unless told otherwise: 1/64, which takes 4096 shots."""
Run = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Part:
    """The experiments of one pub: where they begin, and how many there are."""

    first: int
    count: int


class QPISampler(BaseSamplerV2):  # type: ignore[misc]  # Qiskit has no types
    """A `SamplerV2` of a QPU.

    Qiskit's own `BackendSamplerV2` sends a job for each number of shots. This one sends all pubs of a call together,
    each with its own shots.

    Examples:
        >>> sampler = backend.sampler()
        >>> job = sampler.run([(bell, None, 1000), (rotation, angles, 4000)])
        >>> job.result()[0].data.meas.get_counts()
    """

    def __init__(self, backend: BackendV2, *, default_shots: int | None = None, run: Run | None = None) -> None:
        """Create a sampler.

        Args:
            backend: The backend that runs the circuits.
            default_shots: Shots of a pub without its own. Default: the backend's option.
            run: Function that submits, in place of the backend's ``run``, such as a session's.
        """
        self._backend = backend
        self._default_shots = default_shots
        self._run = run or backend.run

    @property
    def backend(self) -> BackendV2:
        """The backend that runs the circuits."""
        return self._backend

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> QPIPrimitiveJob:
        """Sample circuits.

        Args:
            pubs: Circuits, or tuples of circuit, parameter values and shots.
            shots: Shots of a pub without its own. Default: those of the sampler.

        Returns:
            A job whose result has a `SamplerPubResult` for each pub: a `BitArray` for each register, the shots in no
            meaningful order.

        Raises:
            CircuitRefused: The input cannot be sent; the message states why. It is a `ValueError`, and nothing was
                sent.
        """
        default = shots or self._default_shots or self._backend.options.shots
        coerced = [SamplerPub.coerce(pub, default) for pub in pubs]
        circuits, values, each, parts = [], [], [], []
        first = 0
        for pub in coerced:
            if not pub.circuit.cregs:
                raise CircuitRefused(f"Circuit {pub.circuit.name!r} measures nothing: there is nothing to sample.")
            parts.append(_Part(first, pub.size))
            first += pub.size
            circuits.append(pub.circuit)
            values.append(_rows(pub))
            each.append(pub.shots)
            if not pub.circuit.num_parameters and pub.size > 1:
                # An array of values without parameters: the circuit runs once for each.
                circuits += [pub.circuit] * (pub.size - 1)
                values += [None] * (pub.size - 1)
                each += [pub.shots] * (pub.size - 1)
        job = self._run(circuits, shots=each, parameter_values=_only(values))

        def build(result: Any) -> PrimitiveResult:
            found = [sampled(result, pub, part.first) for pub, part in zip(coerced, parts, strict=True)]
            return PrimitiveResult(found, {"version": 2, "job_ids": job.job_ids, "circuits": first})

        return QPIPrimitiveJob(job, build)


class QPIEstimator(BaseEstimatorV2):  # type: ignore[misc]  # Qiskit has no types
    """An `EstimatorV2` of a QPU.

    Observables are measured in groups that commute qubit by qubit. A precision of p takes 1/p² shots of each group.
    Qiskit's own `BackendEstimatorV2` sends one job per precision; this one sends all pubs of a call together.

    Examples:
        >>> estimator = backend.estimator()
        >>> job = estimator.run([(ansatz, SparsePauliOp("ZZ"), angles, 0.01)])
        >>> job.result()[0].data.evs
    """

    def __init__(
        self, backend: BackendV2, *, default_precision: float = DEFAULT_PRECISION, run: Run | None = None
    ) -> None:
        """Create an estimator.

        Args:
            backend: The backend that runs the circuits.
            default_precision: Target standard error of a pub without its own.
            run: Function that submits, in place of the backend's ``run``, such as a session's.
        """
        self._backend = backend
        self._default_precision = default_precision
        self._run = run or backend.run

    @property
    def backend(self) -> BackendV2:
        """The backend that runs the circuits."""
        return self._backend

    def run(self, pubs: Iterable[Any], *, precision: float | None = None) -> QPIPrimitiveJob:
        """Estimate expectation values.

        Args:
            pubs: Tuples of circuit, observables, parameter values and precision.
            precision: Precision of a pub without its own. Default: that of the estimator.

        Returns:
            A job whose result has a `PubResult` for each pub, with ``evs`` and ``stds``. ``stds`` are standard errors
            of the mean, from the outcomes.

        Raises:
            CircuitRefused: The input cannot be sent; the message states why. It is a `ValueError`, and nothing was
                sent.
        """
        chosen = self._default_precision if precision is None else precision
        estimations = []
        for pub in (EstimatorPub.coerce(pub, chosen) for pub in pubs):
            if not pub.precision or pub.precision <= 0:
                raise CircuitRefused(f"A precision must be above 0, not {pub.precision!r}: it sets the shots, 1/p².")
            estimations.append(Estimation(pub, ceil(1 / pub.precision**2)))
        circuits = [circuit for each in estimations for circuit in each.circuits]
        shots = [each.shots for each in estimations for _ in each.circuits]
        job = self._run(circuits, shots=shots) if circuits else None

        def build(result: Any) -> PrimitiveResult:
            found, first = [], 0
            for each in estimations:
                found.append(each.result(result, first))
                first += len(each.circuits)
            ids = job.job_ids if job is not None else []
            return PrimitiveResult(found, {"version": 2, "job_ids": ids, "circuits": first})

        return QPIPrimitiveJob(job, build)


def _rows(pub: SamplerPub) -> list[list[float]] | None:
    """Return a pub's sets of values, in the order of its circuit's parameters; None if it has none."""
    if not pub.circuit.num_parameters:
        return None
    rows: list[list[float]] = pub.parameter_values.as_array(pub.circuit.parameters).reshape(pub.size, -1).tolist()
    return rows


def _only(values: list[Any]) -> Any:
    """Return values by circuit in the form of `QPIBackend.run`: a list of sets for a single circuit."""
    if all(each is None for each in values):
        return None
    return values
