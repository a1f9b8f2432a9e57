"""A QPU as a Qiskit backend."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qiskit.circuit import QuantumCircuit
from qiskit.providers import BackendV2, Options
from qiskit.transpiler import Target

from qpi_client.driver_kinds import DYNAMIC_KINDS, PADDING_KINDS
from qpi_client.provider.device import full_client, read_device, with_driver
from qpi_client.provider.errors import CircuitRefused, QPIWarning, QPUUnavailable, unknown_option
from qpi_client.provider.export import circuits_of, control_flow_of, prepare
from qpi_client.provider.extras import BackendExtras
from qpi_client.provider.job import QPIJob, Sent
from qpi_client.provider.options import DEFAULTS, checked, merged, shots_for_each
from qpi_client.provider.submission import Experiment, check_width, job_arguments, split
from qpi_client.provider.sweeps import bindings_for, label
from qpi_client.provider.target import build_target
from qpi_client.provider.texts import text_experiments

STATE_SECONDS = 30.0
"""How long a cached state of a QPU counts as fresh."""
_FIELDS = frozenset({"provider", "description", "online_date", "backend_version"})


class QPIBackend(BackendExtras, BackendV2):  # type: ignore[misc]  # Qiskit has no types
    """A QPU on a QPI server as a Qiskit `BackendV2`.

    The target lists the gates that the QPU's drivers support, on any qubits, without errors or durations, because
    servers publish none.

    Examples:
        >>> backend = QPIBackend(client, "alice", shots=4096)
        >>> job = backend.run(transpile(circuit, backend))
        >>> job.result(timeout=60).get_counts()
    """

    def __init__(
        self,
        client: Any,
        name: str = "qpi",
        *,
        num_qubits: int | None = None,
        qpu_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Read a QPU from the server and create its backend.

        Args:
            client: A `QPIClient`, or any object with its methods ``get_qpu``, ``submit_job``, ``get_job`` and
                ``cancel_job``.
            name: Name or id of the QPU.
            num_qubits: Number of qubits, for servers that do not publish it.
            qpu_id: Id of the QPU, if several QPUs have this name.
            **kwargs: Run options, see `run` (``shots``, ``meas_level``, ``meas_return``, ``memory``, ``strict``,
                ``max_classical_bits``), and Qiskit's ``provider``, ``description``, ``online_date`` and
                ``backend_version``. Options from `set_options` take precedence over these, and options of `run` over
                both.

        Raises:
            RuntimeError: The server does not publish the QPU's number of qubits, and ``num_qubits`` is not given.
            UnknownOption: An option does not exist. It is a `TypeError`.
            CircuitRefused: An option has an invalid value. It is a `ValueError`.
        """
        options = {key: value for key, value in kwargs.items() if key not in _FIELDS}
        for key in options:
            if key not in DEFAULTS:
                raise unknown_option(key, (*DEFAULTS, *_FIELDS, "num_qubits", "qpu_id"), "QPIBackend")
        self._client = client
        self._asked = (name, num_qubits, qpu_id)
        self._device = read_device(client, *self._asked)
        super().__init__(name=self._device.name, **{key: value for key, value in kwargs.items() if key in _FIELDS})
        self._read_at = time.monotonic()
        self._width = self._device.num_qubits
        self._driver_known = False
        self._target: Target | None = None
        self.set_options(**options)

    def __repr__(self) -> str:
        return f"<QPIBackend {self.name!r} with {self._width} qubits>"

    def __deepcopy__(self, memo: dict[int, Any]) -> QPIBackend:
        """Copy everything except the client, whose connections and session are shared."""
        twin = type(self).__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(self.__dict__)
        twin._options = Options(**dict(self._options))
        return twin

    def __copy__(self) -> QPIBackend:
        return self.__deepcopy__({})

    @property
    def client(self) -> Any:
        """The client that sends the requests. An unpickled backend has no session: sign in or assign another client."""
        return self._client

    @client.setter
    def client(self, client: Any) -> None:
        self._client = client

    @property
    def qpu_id(self) -> str | None:
        """The QPU's id on the server; None if the server returns none."""
        return self._device.id

    @property
    def num_qubits(self) -> int:
        """The number of qubits."""
        return self._width

    @property
    def target(self) -> Target:
        """The gates that the QPU's drivers support, on any qubits. Created on first use."""
        if self._target is None:
            self._learn_driver()
            self._target = build_target(self._width, self._device.kind)
        return self._target

    @property
    def max_circuits(self) -> int | None:
        """None: unlimited. A run that is too large for one job is split into several."""
        return None

    @property
    def dtm(self) -> float | None:
        """None: the server publishes no time resolution."""
        return None

    @property
    def meas_map(self) -> list[list[int]]:
        """All qubits in one group: they can be measured together."""
        return [list(range(self._width))]

    @classmethod
    def _default_options(cls) -> Options:
        return Options(**DEFAULTS)

    def set_options(self, **fields: Any) -> None:
        """Set run options for later calls of `run`.

        Args:
            **fields: The options, see `run`.

        Raises:
            UnknownOption: An option does not exist. It is a `TypeError` and an `AttributeError`.
            CircuitRefused: An option has an invalid value. It is a `ValueError`.
        """
        for name, value in fields.items():
            if name not in DEFAULTS:
                raise unknown_option(name, DEFAULTS, "set_options()")
            self._options.update_options(**{name: checked(name, value)})

    def refresh(self) -> None:
        """Read the QPU's size, state and driver from the server again.

        The next use creates a new target.

        Raises:
            RuntimeError: The server does not publish the QPU's number of qubits.
        """
        self._device = read_device(self._client, *self._asked)
        self._read_at = time.monotonic()
        self._width = self._device.num_qubits
        self._driver_known = False
        self._target = None
        self._coupling_map = None

    def run(
        self,
        circuit: QuantumCircuit | Sequence[QuantumCircuit] | None = None,
        qasm: str | None = None,
        shots: int | Sequence[int] | None = None,
        meas_level: int | None = None,
        meas_return: str | None = None,
        parameter_values: Any = None,
        *,
        run_input: QuantumCircuit | Sequence[QuantumCircuit] | None = None,
        **options: Any,
    ) -> QPIJob:
        """Submit circuits or OpenQASM text, and return the job.

        Give either ``circuit`` or ``qasm``. Circuits are validated and translated to the gates that the QPU's drivers
        support. A run that exceeds 1 MiB is split into several jobs.

        Args:
            circuit: One circuit or several.
            qasm: OpenQASM 2 or 3 text. It is validated like circuits, and sent unchanged if the driver supports it.
            shots: Number of shots of every circuit, or a list with one number for each. Default: the option, initially
                1024.
            meas_level: 2 for counts, 1 for IQ points, 0 for raw data. Default: the option, initially 2.
            meas_return: "single" for each shot or "avg" for their average. Default: the option, initially "single".
                Only used below level 2.
            parameter_values: One item per circuit: a mapping of `Parameter`, name or `ParameterVector` to value, a list
                of numbers in the order of ``circuit.parameters``, or a list of such sets, each of which is one
                experiment. Values are bound before the circuit is sent. For ``qasm``, use the names of its inputs; a
                list is rejected if the text declares the inputs in a different order from Qiskit's.
            run_input: Qiskit's name for ``circuit``.
            **options: ``memory=True`` returns the outcome of each shot, in no meaningful order, because drivers return
                counts only. ``strict=True`` raises an error instead of a warning if the QPU is offline, disabled or in
                maintenance. ``max_classical_bits`` is for servers that keep results of more than 14 bits.

        Returns:
            The job.

        Raises:
            CircuitRefused: The input cannot be sent; the message states why. It is a `ValueError`, and nothing was
                sent.
            TypeError: An option does not exist, or an item of ``circuit`` is not a circuit.
            QPUUnavailable: The QPU is not available, with ``strict=True``. It is a `RuntimeError`, and nothing was
                sent.
            QuotaExceeded: Your balance of QPU time is insufficient.
            SubmitUncertain: The answer was lost, and it is unknown whether the server has the job.

        Examples:
            >>> theta = Parameter("theta")
            >>> backend.run(circuit, shots=1000, parameter_values={theta: [0.0, 0.5, 1.0]}).result().get_counts()
        """
        if circuit is not None and run_input is not None:
            raise CircuitRefused("Only one of 'circuit' and 'run_input' should be provided.")
        circuit = run_input if circuit is None else circuit
        if (circuit is None) == (qasm is None):
            missing = "Either 'circuit' or 'qasm' must be provided."
            raise CircuitRefused(missing if circuit is None else "Only one of 'circuit' or 'qasm' should be provided.")
        given = {"shots": shots, "meas_level": meas_level, "meas_return": meas_return, **options}
        chosen = merged(dict(self._options), given, "run()")
        if qasm is not None:
            experiments = self._text_experiments(qasm, chosen["shots"], parameter_values)
        else:
            experiments = self._experiments(circuits_of(circuit), chosen["shots"], parameter_values)
        self._check_state(strict=chosen["strict"])
        return self._submit(experiments, chosen)

    def job(self, job_id: str, *, memory: bool = False) -> QPIJob:
        """Return a job that was submitted earlier, bound to this backend. Sends no request.

        Args:
            job_id: Id of the job. For a run that was split into several jobs, their ids separated by commas.
            memory: Whether the result includes the outcome of each shot, in no meaningful order.

        Returns:
            The job.
        """
        return QPIJob(self, job_id, self._client, memory=memory)

    def _experiments(
        self, circuits: list[QuantumCircuit], shots: int | Sequence[int], parameter_values: Any
    ) -> list[Experiment]:
        each = shots_for_each(shots, len(circuits))
        bindings = bindings_for(circuits, parameter_values)
        self._learn_driver()
        prepared = [prepare(one, self._device.kind, label(i, one)) for i, one in enumerate(circuits)]
        if self._device.kind not in DYNAMIC_KINDS and any(control_flow_of(one) for one in circuits):
            warnings.warn(f"Whether QPU '{self.name}' takes control flow is not known.", QPIWarning, stacklevel=3)
        experiments = []
        for i, (one, ready) in enumerate(zip(circuits, prepared, strict=True)):
            for binding in bindings[i]:
                payload: dict[str, Any] = {"circuit": ready.qasm(binding.values)}
                if binding.values and binding.beside:
                    payload["parameter_values"] = [[binding.values[p] for p in one.parameters]]
                experiments.append(
                    Experiment(payload, each[i], label(i, one), ready.note, ready.metadata, one.num_qubits)
                )
        return experiments

    def _text_experiments(self, qasm: Any, shots: int | Sequence[int], parameter_values: Any) -> list[Experiment]:
        if not isinstance(qasm, str):
            raise TypeError(f"qasm must be OpenQASM text, not {type(qasm).__name__}; circuits go into 'circuit'.")
        self._learn_driver()
        count = shots_for_each(shots, 1)[0]
        experiments, remarks = text_experiments(qasm, parameter_values, count, self._device.kind)
        for remark in remarks:
            warnings.warn(remark, QPIWarning, stacklevel=3)
        return experiments

    def _submit(self, experiments: list[Experiment], chosen: dict[str, Any]) -> QPIJob:
        level, kind = chosen["meas_level"], chosen["meas_return"]
        max_bits = chosen["max_classical_bits"] if self._device.kind in PADDING_KINDS else None
        loads = split(experiments, max_bits=max_bits, meas_level=level, meas_return=kind)
        if remark := check_width(experiments, self._width, self._device.kind, self.name):
            warnings.warn(remark, QPIWarning, stacklevel=3)
        job_ids: list[str] = []
        sent: list[Sent] = []
        for load in loads:
            arguments = job_arguments(load, level, kind, self._device.id)
            try:
                job_ids.append(self._client.submit_job(**arguments))
            except Exception as error:
                if job_ids:
                    error.add_note(f"Of {len(loads)} jobs {len(job_ids)} were submitted before: {', '.join(job_ids)}.")
                raise
            sent.append(Sent(arguments, [one.metadata for one in load.experiments for _ in range(one.expected)]))
        return QPIJob.submitted(self, job_ids, self._client, sent, memory=chosen["memory"])

    def _learn_driver(self) -> None:
        """Determine the kind of driver that runs the jobs, once."""
        if not self._driver_known:
            self._device = with_driver(self._client, self._device)
            self._driver_known = True
            if self.backend_version is None:
                self.backend_version: str | None = self._device.driver_version

    def _check_state(self, *, strict: bool) -> None:
        """Warn about an unavailable QPU, or reject it. A stale or bad state is read again."""
        if full_client(self._client) is not None and (self._stale() or self._device.trouble):
            fresh = read_device(self._client, *self._asked)
            self._device = replace(self._device, status=fresh.status, enabled=fresh.enabled)
            self._read_at = time.monotonic()
        trouble = self._device.trouble
        if trouble is None:
            return
        if strict:
            raise QPUUnavailable(f"{trouble} Nothing was sent.")
        warnings.warn(trouble, QPIWarning, stacklevel=3)

    def _stale(self) -> bool:
        return time.monotonic() - self._read_at > STATE_SECONDS
