"""`Collection` and `AsyncCollection`: typed access to the records of one collection of the server.

They serve collections that have no methods of their own. The caller names the record type:
``client.collection("calibrations", Calibration)`` returns records of the `TypedDict` ``Calibration``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from qpi_client.binding import Awaited, Blocking
from qpi_client.calls import collections as calls
from qpi_client.calls.collections import Scalar
from qpi_client.context import Context

R = TypeVar("R")
M = TypeVar("M", bound=Callable[..., Any])


class Collection(Generic[R]):
    """The records of one collection, for the blocking client.

    Created by `QPIClient.collection`.

    Attributes:
        name: Name of the collection.

    Examples:
        >>> class Calibration(TypedDict):
        ...     id: str
        ...     qpu: str
        ...     fidelity: float
        >>> calibrations = client.collection("calibrations", Calibration)
        >>> for row in calibrations.iterate(where={"qpu": qpu_id}, sort="-created"):
        ...     print(row["fidelity"])
    """

    def __init__(self, client: Blocking[Context], name: str) -> None:
        """Create access to a collection; use `QPIClient.collection` instead.

        Args:
            client: The client that sends the requests.
            name: Name of the collection.
        """
        self._client = client
        self.name = name

    def __repr__(self) -> str:
        return f"<Collection {self.name!r} of {self._client!r}>"

    def get(self, record_id: str, *, fields: Sequence[str] | None = None, expand: Sequence[str] = ()) -> R:
        """Return one record.

        Args:
            record_id: Id of the record.
            fields: Keys to return in addition to ``id``. Default: all.
            expand: Relations whose records to include in ``expand``.

        Returns:
            The record.

        Raises:
            NotFound: No such record, or you may not see it.
            InvalidValue: The id is not valid; nothing was sent.
        """
        self._client._ensure_open()
        return cast(
            "R", self._client._run(calls.get_record(self._client._context, self.name, record_id, fields, expand))
        )

    def iterate(
        self,
        *,
        filter: str | None = None,
        where: Mapping[str, Scalar] | None = None,
        sort: str = "@rowid",
        fields: Sequence[str] | None = None,
        expand: Sequence[str] = (),
        limit: int | None = None,
    ) -> Generator[R, None, None]:
        """Iterate over records. Pages of up to 1,000 records are read as needed.

        Every record is returned once, even if others are created and deleted during the iteration.

        Args:
            filter: A filter in PocketBase's language, such as ``"fidelity > 0.9"``, sent unchanged. Put untrusted
                values into ``where``.
            where: Required values, by field.
            sort: Field to sort by, with a leading "-" for descending order. Default: order of creation, oldest first.
                "-@rowid" returns the newest first. Any other order makes the server read the whole table for each page,
                unless the field has an index.
            fields: Keys to return in addition to ``id``. Default: all.
            expand: Relations whose records to include in ``expand``.
            limit: Maximum number of records to return. Default: all.

        Returns:
            The records.

        Raises:
            SessionRequired: Not signed in, and the list is empty: the server may be hiding its records.
            SessionExpired: The session expired.
            BadRequest: The server rejects the filter or the sort field.
            NotFound: No such collection.
            InvalidValue: A value is out of range; nothing was sent.
        """
        self._client._ensure_open()
        call = calls.iterate_records(self._client._context, self.name, filter, where, sort, fields, expand, limit)
        return cast("Generator[R, None, None]", self._client._items(call))

    def page(
        self,
        *,
        offset: int = 0,
        limit: int = 200,
        oldest_first: bool = False,
        filter: str | None = None,
        fields: Sequence[str] | None = None,
        expand: Sequence[str] = (),
    ) -> Sequence[R]:
        """Return one page of the records in the order of their arrival, the newest first.

        It costs the server what it gives and steps over. Records that arrive between two pages shift those that
        follow: tell records by their id.

        Args:
            offset: The number of records before the page; a multiple of ``limit``.
            limit: The largest number of records on the page, from 1 to 1,000.
            oldest_first: Begin at the oldest record instead. The nearer end is the cheaper one.
            filter: A filter in PocketBase's language. One that few records meet makes the server read all of them.
            fields: Keys to return, beside ``id``; defaults to all.
            expand: Relations whose records to include in ``expand``.

        Returns:
            The records of the page; fewer than ``limit`` where the list ends.

        Raises:
            SessionRequired: Not signed in, and the page is empty: the server may be hiding its records.
            SessionExpired: The session is over.
            BadRequest: The server does not accept the filter.
            NotFound: No such collection.
            InvalidValue: ``offset`` or ``limit`` is out of range; nothing was sent.
        """
        self._client._ensure_open()
        call = calls.page_of_records(
            self._client._context, self.name, offset, limit, oldest_first, filter, fields, expand
        )
        return cast("Sequence[R]", self._client._run(call))

    def count(self, *, filter: str | None = None) -> int:
        """Return how many records there are.

        Args:
            filter: A filter in PocketBase's language: only records that meet it are counted.

        Returns:
            The number of records that you may see.

        Raises:
            SessionRequired: Not signed in, and the number is 0: the server may be hiding its records.
            SessionExpired: The session expired.
            BadRequest: The server does not accept the filter.
            NotFound: No such collection.
        """
        self._client._ensure_open()
        return self._client._run(calls.count_records(self._client._context, self.name, filter))

    def create(self, values: Mapping[str, object]) -> R:
        """Create a record.

        The request is never repeated.

        Args:
            values: The record's fields.

        Returns:
            The new record.

        Raises:
            BadRequest: The server rejects a value; ``fields`` names it.
            Forbidden: The account may not create records in this collection.
            ReadOnly: The client is read-only; nothing was sent.
        """
        self._client._ensure_open()
        return cast("R", self._client._run(calls.create_record(self._client._context, self.name, values)))

    def update(self, record_id: str, values: Mapping[str, object]) -> R:
        """Change a record.

        Args:
            record_id: Id of the record.
            values: The fields to change. ``"field+"`` and ``"field-"`` add to and subtract from a number on the server;
                such a change is never repeated, nor is an approval, a
                job's status or a balance.

        Returns:
            The updated record.

        Raises:
            NotFound: No such record, or you may not change it.
            BadRequest: The server rejects a value; ``fields`` names it.
            ReadOnly: The client is read-only; nothing was sent.
            InvalidValue: ``values`` is empty; nothing was sent.
        """
        self._client._ensure_open()
        return cast("R", self._client._run(calls.update_record(self._client._context, self.name, record_id, values)))

    def delete(self, record_id: str) -> None:
        """Delete a record.

        Args:
            record_id: Id of the record.

        Raises:
            SessionRequired: Not signed in.
            NotFound: No such record, or you may not delete it.
            BadRequest: Another record refers to it.
            ReadOnly: The client is read-only; nothing was sent.
        """
        self._client._ensure_open()
        self._client._run(calls.delete_record(self._client._context, self.name, record_id))

    # Defined last because its name hides the type `list` in the class body.
    def list(
        self,
        *,
        filter: str | None = None,
        where: Mapping[str, Scalar] | None = None,
        sort: str = "@rowid",
        fields: Sequence[str] | None = None,
        expand: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[R]:
        """Return records as one list.

        Args:
            filter: A filter in PocketBase's language, such as ``"fidelity > 0.9"``, sent unchanged. Put untrusted
                values into ``where``.
            where: Required values, by field.
            sort: Field to sort by, with a leading "-" for descending order. Default: order of creation, oldest first.
                "-@rowid" returns the newest first. Any other order makes the server read the whole table for each page,
                unless the field has an index.
            fields: Keys to return in addition to ``id``. Default: all.
            expand: Relations whose records to include in ``expand``.
            limit: Maximum number of records to return. Default: all.

        Returns:
            The records.

        Raises:
            SessionRequired: Not signed in, and the list is empty: the server may be hiding its records.
            SessionExpired: The session expired.
            BadRequest: The server rejects the filter or the sort field.
            NotFound: No such collection.
            InvalidValue: A value is out of range; nothing was sent.
        """
        self._client._ensure_open()
        call = calls.list_records(self._client._context, self.name, filter, where, sort, fields, expand, limit)
        return cast("list[R]", self._client._run(call))


def _documented_by(source: Callable[..., Any]) -> Callable[[M], M]:
    """Copy a docstring, so that both clients share one text."""

    def add(method: M) -> M:
        method.__doc__ = source.__doc__
        return method

    return add


class AsyncCollection(Generic[R]):
    """The records of one collection, for the asynchronous client.

    Created by `AsyncQPIClient.collection`. The methods are those of `Collection`.

    Attributes:
        name: Name of the collection.
    """

    def __init__(self, client: Awaited[Context], name: str) -> None:
        """Create access to a collection; use `AsyncQPIClient.collection` instead.

        Args:
            client: The client that sends the requests.
            name: Name of the collection.
        """
        self._client = client
        self.name = name

    def __repr__(self) -> str:
        return f"<AsyncCollection {self.name!r} of {self._client!r}>"

    @_documented_by(Collection.get)
    async def get(self, record_id: str, *, fields: Sequence[str] | None = None, expand: Sequence[str] = ()) -> R:
        self._client._ensure_open()
        call = calls.get_record(self._client._context, self.name, record_id, fields, expand)
        return cast("R", await self._client._run(call))

    @_documented_by(Collection.iterate)
    def iterate(
        self,
        *,
        filter: str | None = None,
        where: Mapping[str, Scalar] | None = None,
        sort: str = "@rowid",
        fields: Sequence[str] | None = None,
        expand: Sequence[str] = (),
        limit: int | None = None,
    ) -> AsyncGenerator[R, None]:
        self._client._ensure_open()
        call = calls.iterate_records(self._client._context, self.name, filter, where, sort, fields, expand, limit)
        return cast("AsyncGenerator[R, None]", self._client._items(call))

    @_documented_by(Collection.page)
    async def page(
        self,
        *,
        offset: int = 0,
        limit: int = 200,
        oldest_first: bool = False,
        filter: str | None = None,
        fields: Sequence[str] | None = None,
        expand: Sequence[str] = (),
    ) -> Sequence[R]:
        self._client._ensure_open()
        call = calls.page_of_records(
            self._client._context, self.name, offset, limit, oldest_first, filter, fields, expand
        )
        return cast("Sequence[R]", await self._client._run(call))

    @_documented_by(Collection.count)
    async def count(self, *, filter: str | None = None) -> int:
        self._client._ensure_open()
        return await self._client._run(calls.count_records(self._client._context, self.name, filter))

    @_documented_by(Collection.create)
    async def create(self, values: Mapping[str, object]) -> R:
        self._client._ensure_open()
        return cast("R", await self._client._run(calls.create_record(self._client._context, self.name, values)))

    @_documented_by(Collection.update)
    async def update(self, record_id: str, values: Mapping[str, object]) -> R:
        self._client._ensure_open()
        call = calls.update_record(self._client._context, self.name, record_id, values)
        return cast("R", await self._client._run(call))

    @_documented_by(Collection.delete)
    async def delete(self, record_id: str) -> None:
        self._client._ensure_open()
        await self._client._run(calls.delete_record(self._client._context, self.name, record_id))

    @_documented_by(Collection.list)
    async def list(
        self,
        *,
        filter: str | None = None,
        where: Mapping[str, Scalar] | None = None,
        sort: str = "@rowid",
        fields: Sequence[str] | None = None,
        expand: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[R]:
        self._client._ensure_open()
        call = calls.list_records(self._client._context, self.name, filter, where, sort, fields, expand, limit)
        return cast("list[R]", await self._client._run(call))
