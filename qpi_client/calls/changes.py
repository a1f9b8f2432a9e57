"""Follow record changes."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_client.calls.streaming import heard
from qpi_client.checks import text
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.realtime import ChangeEvent, ReadAgain
from qpi_client.steps import Await, Emit, Emitting, Subscribe, Unbounded

# Collections that anonymous clients may follow.
_OPEN = ("qpus", "drivers", "events")


def changes(ctx: Context, topics: Sequence[str], *, own_stream: bool = False) -> Emitting[ChangeEvent | ReadAgain]:
    """Follow record changes on the server. `events` is an alias.

    All iterators and waits of a client share one event stream. It reconnects with back-off as long as you iterate.
    Close the iterator to unsubscribe.

    Args:
        topics: Collections (``"quantum_jobs/*"``) or single records (``"quantum_jobs/<id>"``), optionally with
            PocketBase's options: ``'quantum_jobs/*?options={"query": {"fields": "id,status"}}'``.

        own_stream: Open a separate stream for this iterator. Use it in a program that monitors its stream: it can open
            a second stream before it ends the first, or replace one that has stalled.

    Returns:
        A `ReadAgain` at the start, after each gap, and in place of events that a slow reader did not take. A
        `ChangeEvent` for each change.

    Raises:
        SessionRequired: A topic requires a session, and not signed in.
        SessionExpired: The session expired.
        InvalidValue: ``topics`` is empty or a string.

    Examples:
        >>> for event in client.changes(["quantum_jobs/*"]):
        ...     if isinstance(event, ReadAgain):
        ...         jobs = {job["id"]: job for job in client.list_jobs()}
        ...     elif event.action == "delete":
        ...         jobs.pop(event.record["id"], None)
        ...     else:
        ...         jobs[event.record["id"]] = event.record
    """
    wanted = checked_topics(ctx, topics)
    yield Unbounded()
    subscription = yield Subscribe(tuple(wanted), own_stream)
    try:
        while True:
            if items := subscription.take():
                yield Emit(items)
                continue
            if subscription.error is not None:
                raise subscription.error
            again = yield from heard(ctx, subscription)
            yield Await(subscription, again)
    finally:
        subscription.hub.leave(subscription)


def checked_topics(ctx: Context, topics: Sequence[str]) -> list[str]:
    """Return the topics without duplicates; require a session for topics that are not public."""
    if isinstance(topics, str) or not topics:
        raise InvalidValue('Topics are a list such as ["quantum_jobs/*"].')
    for topic in topics:
        text(topic, "A topic", 2000)
        if topic.partition("/")[0] not in _OPEN:
            ctx.need_session(f"Following {topic}")
    return list(dict.fromkeys(topics))
