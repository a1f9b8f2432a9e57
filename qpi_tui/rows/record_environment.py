"""The fields of a row as environment variables, for custom commands."""

from __future__ import annotations

import msgspec

from qpi_tui.rows.base import LOCAL, Row


def record_environment(row: Row, prefix: str = "RECORD") -> dict[str, str]:
    """Return `RECORD_ID`, `RECORD_STATUS` … and those of related records, such as `RECORD_USER_EMAIL`.

    Texts are the row's, without control characters. Missing fields are empty.
    """
    found: dict[str, str] = {}
    for name in row.__struct_fields__:
        if name in LOCAL:
            continue
        value = getattr(row, name)
        variable = f"{prefix}_{name.upper()}"
        if isinstance(value, Row):
            found |= record_environment(value, variable.removesuffix("_RECORD"))
        elif isinstance(value, bool):
            found[variable] = "1" if value else ""
        elif isinstance(value, float) and value.is_integer():
            found[variable] = str(int(value))
        elif isinstance(value, str | int | float):
            found[variable] = str(value)
        elif value is None:
            found[variable] = ""
    return found


def record_json(row: Row) -> bytes:
    """Return the same as JSON, for standard input."""
    plain = {name: value for name, value in msgspec.to_builtins(row).items() if name not in LOCAL}
    return msgspec.json.encode(plain)
