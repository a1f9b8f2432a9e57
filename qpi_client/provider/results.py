"""A result with histograms for notebooks."""

from __future__ import annotations

from qiskit.result import Result

from qpi_client.provider.html import histogram, table

MOST_SHOWN = 4
"""Experiments of a result that are drawn."""


class QPIResult(Result):  # type: ignore[misc]  # Qiskit has no types
    """A Qiskit `Result`, with a table and histograms in notebooks."""

    def _repr_html_(self) -> str:
        rows = [("job", self.job_id), ("backend", self.backend_name), ("status", self.status)]
        parts = [table("Result", [*rows, ("experiments", len(self.results))])]
        for i, experiment in enumerate(self.results[:MOST_SHOWN]):
            name = getattr(experiment.header, "name", None) if experiment.header is not None else None
            if isinstance(experiment.header, dict):
                name = experiment.header.get("name")
            title = f"{i} {name or ''}".strip()
            if not experiment.success:
                parts.append(table(title, [("failed", experiment.status)]))
            elif experiment.data.to_dict().get("counts") is not None:
                parts.append(histogram(self.get_counts(i), title))
        if len(self.results) > MOST_SHOWN:
            parts.append(table("", [("not shown", f"{len(self.results) - MOST_SHOWN} experiments")]))
        return "".join(parts)
