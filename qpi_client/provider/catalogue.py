"""The QPUs of a server as Qiskit backends."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from qiskit.providers.exceptions import QiskitBackendNotFoundError

from qpi_client.errors import QPIError
from qpi_client.job_fields import ACTIVE_STATUSES, AMONG
from qpi_client.provider.backend import QPIBackend
from qpi_client.provider.device import full_client, is_superuser, takes_jobs


class QPIProvider:
    """The QPUs of a server as Qiskit backends.

    Attributes:
        client: The client that sends the requests.

    Examples:
        >>> backend = QPIProvider(client).least_busy(min_num_qubits=5)
    """

    def __init__(self, client: Any) -> None:
        """Create the provider of a client.

        Args:
            client: A `QPIClient`, or any object with its ``list_qpus`` and the four methods that `QPIBackend` needs.
        """
        self.client = client

    def __repr__(self) -> str:
        return f"<QPIProvider of {getattr(self.client, 'base_url', 'a client')}>"

    def backends(
        self,
        name: str | None = None,
        *,
        online: bool | None = None,
        min_num_qubits: int | None = None,
        filters: Callable[[QPIBackend], bool] | None = None,
        **options: Any,
    ) -> list[QPIBackend]:
        """Return a backend for each QPU, sorted by name.

        Args:
            name: Only QPUs with this name.
            online: True for QPUs that run jobs now, False for the others. A QPU runs jobs if it is online and enabled
                and, on servers that list drivers, has an enabled driver that is not a monitor.
            min_num_qubits: Minimum number of qubits.
            filters: Called with each backend; returns whether to include it.
            **options: Run options of the backends, such as ``shots``.

        Returns:
            The backends.

        Raises:
            UnknownOption: An option does not exist. It is a `TypeError`.
            RuntimeError: The server does not publish the number of qubits of one of the QPUs.
        """
        found = [record for record in self._records() if name is None or record.get("name") == name]
        if online is not None:
            runs = self._runs_jobs()
            found = [record for record in found if runs(record) is online]
        if min_num_qubits is not None:
            found = [record for record in found if _size(record) >= min_num_qubits]
        backends = [self._backend(record, options) for record in found]
        return [backend for backend in backends if filters is None or filters(backend)]

    def get_backend(self, name: str, **options: Any) -> QPIBackend:
        """Return the backend of one QPU.

        Args:
            name: Name or id.
            **options: Run options of the backend, such as ``shots``.

        Returns:
            The backend, named like the QPU.

        Raises:
            QiskitBackendNotFoundError: No such QPU, or several have this name.
            UnknownOption: An option does not exist. It is a `TypeError`.
            RuntimeError: The server does not publish the QPU's number of qubits.
        """
        records = self._records()
        matches = [record for record in records if name in (record.get("id"), record.get("name"))]
        if len(matches) == 1:
            return self._backend(matches[0], options)
        if matches:
            ids = ", ".join(str(record.get("id")) for record in matches)
            raise QiskitBackendNotFoundError(f"{len(matches)} QPUs are named {name!r}; use an id: {ids}.")
        names = sorted({str(record.get("name")) for record in records})
        near = difflib.get_close_matches(name, names, n=1)
        known = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names) or 'none'}."
        raise QiskitBackendNotFoundError(f"There is no QPU {name!r}; {known}")

    def least_busy(self, *, min_num_qubits: int = 1, **options: Any) -> QPIBackend:
        """Return the QPU with the fewest unfinished jobs among those that run jobs now.

        Users see only their own jobs, so for users only these are counted. If several QPUs are equally busy, the
        largest one is returned. QPUs whose drivers are all monitors are excluded, because monitors lose the jobs that
        they receive.

        Args:
            min_num_qubits: Minimum number of qubits.
            **options: Run options of the backend, such as ``shots``.

        Returns:
            The backend.

        Raises:
            QiskitBackendNotFoundError: No QPU of this size runs jobs now.
            UnknownOption: An option does not exist. It is a `TypeError`.
        """
        runs = self._runs_jobs()
        found = [record for record in self._records() if runs(record) and _size(record) >= min_num_qubits]
        if not found:
            raise QiskitBackendNotFoundError(f"No QPU of {min_num_qubits} qubits or more runs jobs now.")
        busy = self._busy()
        best = min(found, key=lambda record: (busy[str(record.get("id"))], -_size(record)))
        return self._backend(best, options)

    def _backend(self, record: Mapping[str, Any], options: Mapping[str, Any]) -> QPIBackend:
        own_id = record.get("id")
        return QPIBackend(
            self.client,
            str(record.get("name") or own_id),
            qpu_id=own_id if isinstance(own_id, str) else None,
            provider=self,
            **options,
        )

    def _records(self) -> list[Mapping[str, Any]]:
        """Return all QPUs sorted by name; only the online ones if the client cannot list all."""
        full = full_client(self.client)
        records: list[Mapping[str, Any]] = list(full.list_all_qpus() if full else self.client.list_qpus())
        return sorted(records, key=lambda record: str(record.get("name")))

    def _runs_jobs(self) -> Callable[[Mapping[str, Any]], bool]:
        """Return whether a QPU runs jobs now: online, enabled, and with an enabled driver that is not a monitor.

        Drivers are not checked if the client or the server (v0.0) cannot list them.
        """
        full = full_client(self.client)
        try:
            drivers = None if full is None else full.list_drivers()
        except QPIError:
            drivers = None
        driven = {one["qpu"] for one in drivers or () if takes_jobs(one) and one.get("enabled") is not False}
        return lambda record: _is_on(record) and (drivers is None or record.get("id") in driven)

    def _busy(self) -> Counter[str]:
        """Return the number of unfinished jobs by QPU id."""
        full = full_client(self.client)
        if full is None:
            return Counter()
        superuser = is_superuser(full)
        jobs = full.list_jobs(status=ACTIVE_STATUSES, among=AMONG, everyone=superuser)
        return Counter(str(job.get("qpu_target")) for job in jobs)


def _is_on(record: Mapping[str, Any]) -> bool:
    return record.get("status") == "online" and record.get("enabled") is not False


def _size(record: Mapping[str, Any]) -> int:
    size = record.get("num_qubits")
    return size if isinstance(size, int) else 0
