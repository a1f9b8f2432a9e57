"""The client's event stream and its subscriptions.

However many calls wait for jobs or follow changes, the client opens one stream. This module holds their shared state;
`calls.streaming` reads the stream in a thread or task of its own.
"""

from __future__ import annotations

import copy
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any

from qpi_client import realtime
from qpi_client.deadline import Deadline
from qpi_client.errors import QPIError
from qpi_client.realtime import ChangeEvent, ReadAgain

# The server closes a stream after 5 min without an event, so a stream that is silent for longer is dead.
SILENCE = 330.0
# Time in seconds to keep a stream without subscriptions, for the next wait.
LINGER = 5.0
# Connections for streams: the shared one, and one for each iterator with a stream of its own. Calls use others.
STREAMS = 16
# PocketBase accepts 1,000 topics per stream. Beyond this many single records, the topic of the whole collection is
# used.
SINGLE = 500
# Concurrent calls share a request: each additional one delays it by this many seconds, up to a maximum. A single call
# is not delayed.
_EACH, _MOST_GATHERING = 0.001, 0.2
# Maximum queue length for a slow consumer. Further events are replaced with `ReadAgain`.
_MOST_EVENTS, _MOST_BYTES = 10_000, 64 * 1024 * 1024


class Subscription:
    """One call's topics and received events."""

    def __init__(self, hub: Hub, topics: Iterable[str], event: Any) -> None:
        self.hub = hub
        self.topics = tuple(topics)
        self.error: QPIError | None = None
        # Number of the connection whose start this subscription has seen.
        self.heard = 0
        self.event = event
        self._items: deque[ChangeEvent | ReadAgain] = deque()
        self._held = 0

    def take(self) -> list[ChangeEvent | ReadAgain]:
        """Return the events since the last call."""
        with self.hub.guard:
            items = list(self._items)
            self._items.clear()
            self._held = 0
        return items

    def put(self, item: ChangeEvent | ReadAgain, size: int = 0) -> None:
        """Add an event and wake up the call."""
        self._held += size
        if len(self._items) >= _MOST_EVENTS or self._held > _MOST_BYTES:
            self._items.clear()
            self._held, item = 0, ReadAgain()
        self._items.append(item)
        self.event.set()

    def fail(self, error: QPIError) -> None:
        """End the subscription with an error of its own."""
        self.error = copy.copy(error)
        self.event.set()


class Hub:
    """The subscriptions and the state of the stream.

    `event` creates the event object that a call waits on: `threading.Event` or `asyncio.Event`. `start` reads the
    stream while there are subscriptions.
    """

    def __init__(self, event: Callable[[], Any], start: Callable[[Hub], None], *, linger: float | None = None) -> None:
        # None: the current value of `LINGER`.
        self._linger = linger
        self.guard = threading.RLock()
        # State that waits for jobs share; see `calls.waiting`.
        self.watch: Any = None
        self.failures = 0
        # Setting topics failed. The next attempt is not before this time.
        self.quiet_until = 0.0
        self.client_id: str | None = None
        self.who: str | None = None
        self._event = event
        self._start = start
        self._running = False
        self._connection = 0
        self._topics: dict[str, dict[Subscription, None]] = {}
        # Number of topics for single records, by collection.
        self._single: Counter[str] = Counter()
        self._everybody: dict[Subscription, None] = {}
        self._confirmed: frozenset[str] = frozenset()
        self._confirming: str | None = None
        self._confirmed_at = 0.0
        self._deadline: Deadline | None = None
        self._closed: QPIError | None = None

    def join(self, topics: Iterable[str]) -> Subscription:
        """Subscribe to topics. Without topics, only notifications of other calls are received."""
        subscription = Subscription(self, topics, self._event())
        start = False
        with self.guard:
            if self._closed is not None:
                subscription.fail(self._closed)
                return subscription
            self._everybody[subscription] = None
            for topic in subscription.topics:
                if topic not in self._topics:
                    self._topics[topic] = {}
                    self._single[_single(topic)] += 1
                self._topics[topic][subscription] = None
            if subscription.topics:
                start, self._running = not self._running, True
                if self._deadline is not None and not self._deadline.aborted:
                    self._deadline.at = time.monotonic() + SILENCE
        if start:
            self._start(self)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Unsubscribe."""
        with self.guard:
            self._everybody.pop(subscription, None)
            for topic in subscription.topics:
                listening = self._topics.get(topic)
                if listening is None:
                    continue
                listening.pop(subscription, None)
                if not listening:
                    del self._topics[topic]
                    self._single[_single(topic)] -= 1
            if not self._topics and self._deadline is not None:
                self._deadline.at = min(self._deadline.at, time.monotonic() + self._kept())

    def _kept(self) -> float:
        """Return for how many seconds the stream is kept without subscriptions."""
        return LINGER if self._linger is None else self._linger

    def needed(self) -> bool:
        """Return whether there are subscriptions. If not, the stream ends, and the next subscription restarts it."""
        with self.guard:
            self._running = bool(self._topics) and self._closed is None
            return self._running

    def broke(self) -> None:
        """The stream reader ended. The next subscription restarts it."""
        with self.guard:
            self._running = False
        self.lost()

    def wanted(self) -> list[str]:
        """Return the topics to request: the whole collection in place of too many single records."""
        with self.guard:
            topics = list(self._topics)
            many = {collection for collection, number in self._single.items() if collection and number > SINGLE}
        few = [topic for topic in topics if _single(topic) not in many]
        return list(dict.fromkeys([*few, *(f"{collection}/*" for collection in sorted(many))]))

    def covers(self, subscription: Subscription) -> bool:
        """Return whether the server sends everything that a subscription needs."""
        confirmed = self._confirmed
        return all(
            topic in confirmed or (_single(topic) and f"{_single(topic)}/*" in confirmed)
            for topic in subscription.topics
        )

    def began(self, client_id: str, who: str, deadline: Deadline) -> None:
        """A stream was opened. The server has no topics yet; the reader sets them."""
        with self.guard:
            self._connection += 1
            self.client_id, self.who, self._deadline = client_id, who, deadline
            self._confirmed = frozenset()
            self._confirming = client_id
        self.heard_something()

    def heard_something(self) -> None:
        """Data arrived on the stream, which shows that it is alive."""
        with self.guard:
            if self._deadline is not None and not self._deadline.aborted:
                self._deadline.at = time.monotonic() + (SILENCE if self._topics else self._kept())

    def confirms(self) -> bool:
        """Return whether the caller has to set the topics now; False while another call does."""
        with self.guard:
            if self.client_id is None or self._confirming == self.client_id:
                return False
            self._confirming = self.client_id
            return True

    def gathered(self, last: float) -> float:
        """Return when to read again for all waits, given the time of the last read."""
        with self.guard:
            number = len(self._everybody)
        return last if number < 2 else last + min(number * _EACH, _MOST_GATHERING)

    def confirms_at(self) -> float:
        """Return when the topics may be set again."""
        return max(self.quiet_until, self.gathered(self._confirmed_at))

    def confirmed(self) -> None:
        """The call that set the topics has finished. Others whose topics are missing may set them next."""
        with self.guard:
            self._confirming = None
            for subscription in self._listening():
                if not self.covers(subscription):
                    subscription.event.set()

    def missing(self) -> list[str]:
        """Return all requested topics if the server does not have some of them yet; otherwise none."""
        with self.guard:
            if all(self.covers(subscription) for subscription in self._listening()):
                return []
            return self.wanted()

    def _listening(self) -> set[Subscription]:
        return {one for listening in self._topics.values() for one in listening}

    def confirm(self, client_id: str, topics: Iterable[str]) -> None:
        """The server accepted exactly these topics for this stream."""
        with self.guard:
            if client_id != self.client_id:
                return
            self._confirmed = frozenset(topics)
            self._confirmed_at = time.monotonic()
            for subscription in self._listening():
                if self.covers(subscription):
                    self._begin(subscription)

    def lost(self) -> None:
        """The stream ended."""
        with self.guard:
            self.failures = min(self.failures + 1, 10)
            self.client_id, self._deadline = None, None
            self._confirmed = frozenset()
            if self.watch is not None:
                self.watch.hurry()

    def restart(self) -> None:
        """End the stream, so that it is reopened: the account changed, or the server no longer knows it."""
        with self.guard:
            deadline, self.client_id = self._deadline, None
            self._confirmed = frozenset()
        if deadline is not None:
            deadline.abort()

    def fail(self, error: QPIError, *, only_new: bool = False) -> None:
        """Tell all subscriptions that there is no stream. `only_new`: only those that never had one."""
        with self.guard:
            for subscription in self._listening():
                if not (only_new and subscription.heard):
                    self.leave(subscription)
                    self._everybody[subscription] = None
                    subscription.fail(error)

    def dispatch(self, name: str, data: str) -> None:
        """Deliver an event to the subscriptions of its topic."""
        with self.guard:
            listening = list(self._topics.get(name, ()))
            collection, _, rest = name.partition("/")
            if rest == "*" and self._single[collection]:
                record = realtime.change(name, data).record
                topic = f"{collection}/{record.get('id')}"
                if topic not in self._confirmed:
                    listening += self._topics.get(topic, ())
            for subscription in listening:
                self._begin(subscription)
                subscription.put(realtime.change(name, data), len(data))

    def _begin(self, subscription: Subscription) -> None:
        if subscription.heard != self._connection:
            subscription.heard = self._connection
            subscription.put(ReadAgain())

    def close(self, error: QPIError) -> None:
        """The client was closed: every waiting call raises."""
        with self.guard:
            self._closed = error
            deadline = self._deadline
            for subscription in self._everybody:
                subscription.fail(error)
        if deadline is not None:
            deadline.abort()


def _single(topic: str) -> str:
    """Return the collection of a topic for a single record; empty for other topics."""
    collection, _, rest = topic.partition("/")
    return collection if rest and rest != "*" and "?" not in topic else ""
