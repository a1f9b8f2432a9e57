"""Normalize parameter values in all accepted forms to a list of bindings for each circuit."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qiskit.circuit import Parameter, ParameterVector, QuantumCircuit

from qpi_client.provider.errors import CircuitRefused


@dataclass(frozen=True, slots=True)
class Binding:
    """One value for each parameter of a circuit. ``beside``: the values are also sent next to the bound circuit."""

    values: dict[Parameter, float]
    beside: bool = False


def bindings_for(
    circuits: Sequence[QuantumCircuit], given: Any, labels: Sequence[str] | None = None
) -> list[list[Binding]]:
    """Return the bindings of each circuit, one per experiment.

    ``given`` has an item for each circuit: nothing, a mapping of ``Parameter``, name or ``ParameterVector`` to values,
    a list of numbers in the order of ``circuit.parameters``, or a list of those (a sweep). For a single circuit, the
    item or a list of sets of values may be given directly. ``CircuitRefused`` if values are missing, superfluous, not
    finite, or of no parameter of the circuit. ``labels`` name the circuits in messages.
    """
    places = _places(circuits, _plain(given))
    names = labels or [label(i, circuit) for i, circuit in enumerate(circuits)]
    return [_sets(circuit, place, name) for circuit, place, name in zip(circuits, places, names, strict=True)]


def label(position: int, circuit: QuantumCircuit) -> str:
    """Return the name of a circuit for messages."""
    return f"circuit {position} ({circuit.name!r})"


def has_rows_of_numbers(given: Any) -> bool:
    """Return whether some values are given by position rather than by name."""
    rows = _plain(given)
    return isinstance(rows, list) and any(_is_number(item) or has_rows_of_numbers(item) for item in rows)


def named_rows(given: Any, where: str) -> list[dict[str, float]]:
    """Return sets of values by name, for a text that could not be parsed."""
    rows = _plain(given)
    if rows is None or (isinstance(rows, (list, Mapping)) and not len(rows)):
        return []
    rows = rows if isinstance(rows, list) else [rows]
    if not all(isinstance(row, Mapping) for row in rows):
        raise CircuitRefused(f"{where} was not read, so the order of its parameters is not known. Give values by name.")
    return [{text_name(name): _number(value, where) for name, value in row.items()} for row in rows]


def text_name(parameter: Any) -> str:
    """Return a parameter's name as Qiskit writes it in OpenQASM: `x[10]` is `_x_10_`."""
    name = str(getattr(parameter, "name", parameter))
    return re.sub(r"^(.+)\[(\d+)\]$", r"_\1_\2_", name)


def _places(circuits: Sequence[QuantumCircuit], given: Any) -> list[Any]:
    """Return one item for each circuit."""
    if given is None or (isinstance(given, (list, Mapping)) and not len(given)):
        return [None] * len(circuits)
    if len(circuits) == 1:
        return [_for_one(given)]
    if not isinstance(given, list):
        raise CircuitRefused("parameter_values must be a list with an item for each circuit.")
    if len(given) > len(circuits):
        raise CircuitRefused(f"parameter_values has {len(given)} items for {len(circuits)} circuits.")
    return given + [None] * (len(circuits) - len(given))


def _for_one(given: Any) -> Any:
    """Return the item of a single circuit, which may be in a list."""
    if isinstance(given, list) and len(given) == 1 and not _is_number(given[0]):
        return given[0]
    return given


def _sets(circuit: QuantumCircuit, place: Any, where: str) -> list[Binding]:
    if place is None or (isinstance(place, (list, Mapping)) and not len(place)):
        if circuit.parameters:
            raise CircuitRefused(_without_value(where, [each.name for each in circuit.parameters]))
        return [Binding({})]
    if not circuit.parameters and place != [[]]:
        raise CircuitRefused(
            f"{where} has no parameters, and values are given for some; leave them out, or declare parameters: "
            "input float theta; in OpenQASM 3, Parameter('theta') in Qiskit."
        )
    if isinstance(place, Mapping):
        sets = _from_mapping(circuit, place, where)
        return [Binding(values, beside=len(sets) == 1) for values in sets]
    if not isinstance(place, list):
        raise CircuitRefused(f"parameter_values for {where} must be a mapping or a list, not {type(place).__name__}.")
    if all(_is_number(item) for item in place):
        return [Binding(_from_numbers(circuit, place, where))]
    found: list[Binding] = []
    for item in place:
        if isinstance(item, Mapping):
            found += [Binding(values) for values in _from_mapping(circuit, item, where)]
        elif isinstance(item, list) and all(_is_number(number) for number in item):
            found.append(Binding(_from_numbers(circuit, item, where)))
        else:
            raise CircuitRefused(f"A set of values for {where} must be a mapping or a list of numbers, not {item!r}.")
    return found


def _from_numbers(circuit: QuantumCircuit, row: Sequence[Any], where: str) -> dict[Parameter, float]:
    parameters = list(circuit.parameters)
    if len(row) != len(parameters):
        names = ", ".join(parameter.name for parameter in parameters)
        raise CircuitRefused(
            f"{where} has {len(parameters)} parameter{'s' * (len(parameters) != 1)}, in this order: {names}; "
            f"{len(row)} value{'s were' if len(row) != 1 else ' was'} given."
        )
    return {parameter: _number(value, where) for parameter, value in zip(parameters, row, strict=True)}


def _from_mapping(circuit: QuantumCircuit, mapping: Mapping[Any, Any], where: str) -> list[dict[Parameter, float]]:
    """Return one set of values, or several if scalar parameters have lists of equal length."""
    scalars: dict[Parameter, Any] = {}
    for key, value in mapping.items():
        scalars.update(_resolved(circuit, key, _plain(value), where))
    missing = [parameter.name for parameter in circuit.parameters if parameter not in scalars]
    if missing:
        raise CircuitRefused(_without_value(where, missing))
    lengths = {len(value) for value in scalars.values() if isinstance(value, list)}
    if len(lengths) > 1 or 0 in lengths:
        raise CircuitRefused(f"The lists of values for {where} have different lengths or none.")
    count = lengths.pop() if lengths else 1
    return [{p: _number(v[i] if isinstance(v, list) else v, where) for p, v in scalars.items()} for i in range(count)]


def _resolved(circuit: QuantumCircuit, key: Any, value: Any, where: str) -> list[tuple[Parameter, Any]]:
    if isinstance(key, ParameterVector):
        if not isinstance(value, list) or len(value) != len(key):
            raise CircuitRefused(f"The vector {key.name} of {where} needs {len(key)} values.")
        used = set(circuit.parameters)
        return [(element, item) for element, item in zip(key, value, strict=True) if element in used]
    if isinstance(key, str):
        return _by_name(circuit, key, value, where)
    if isinstance(key, Parameter) and key in circuit.parameters:
        return [(key, value)]
    raise CircuitRefused(_no_such(circuit, getattr(key, "name", repr(key)), where))


def _by_name(circuit: QuantumCircuit, name: str, value: Any, where: str) -> list[tuple[Parameter, Any]]:
    for parameter in circuit.parameters:
        # Vector elements may also have the names that Qiskit writes in OpenQASM.
        if name in (parameter.name, text_name(parameter)):
            return [(parameter, value)]
        vector = getattr(parameter, "vector", None)
        if vector is not None and vector.name == name:
            return _resolved(circuit, vector, value, where)
    raise CircuitRefused(_no_such(circuit, name, where))


def _no_such(circuit: QuantumCircuit, name: str, where: str) -> str:
    names = [parameter.name for parameter in circuit.parameters]
    near = difflib.get_close_matches(name, names, n=1)
    known = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names) or 'none'}."
    return f"There is no parameter {name!r} in {_inside(where)}; {known}"


def _without_value(where: str, names: Sequence[str]) -> str:
    given = ", ".join(names)
    what, values = (f"parameter {given} has", "a value") if len(names) == 1 else (f"parameters {given} have", "values")
    return f"In {_inside(where)} the {what} no value; give {values} for {given} (parameter_values)."


def _inside(where: str) -> str:
    """Return a name for use in a sentence."""
    return f"the {where[4:]}" if where.startswith("The ") else where


def _plain(value: Any) -> Any:
    """Convert arrays and tuples to lists, recursively; leave mappings unchanged."""
    if hasattr(value, "tolist") and not isinstance(value, (str, bytes)):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: Any, where: str) -> float:
    if not _is_number(value) or not math.isfinite(value):
        raise CircuitRefused(f"{value!r} is not a value for a parameter of {where}: it must be a finite number.")
    return float(value)
