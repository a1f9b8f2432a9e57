"""The one event stream of a client, and who listens to it.

However many calls wait for jobs or follow changes, the client opens one stream. Here is what they share; the stream
itself is read by `calls.streaming`, in a thread or task of its own.
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

# The server ends a stream on which nothing happened for five minutes; one that is silent for longer is dead.
SILENCE = 330.0
# A stream that nobody listens to is kept for so many seconds, for the next wait.
LINGER = 5.0
# Connections for streams: the shared one, and those of iterators that have one of their own. Calls have others.
STREAMS = 16
# PocketBase takes 1,000 topics for a stream. Single records beyond so many of a collection are heard of by its topic.
SINGLE = 500
# Calls that begin at the same time share a request: for each that waits it comes so many seconds after the last one,
# and so many at the most. Where one waits alone, nothing is held up.
_EACH, _MOST_GATHERING = 0.001, 0.2
# What a consumer that is slow may leave lying: more than this is replaced by `ReadAgain`.
_MOST_EVENTS, _MOST_BYTES = 10_000, 64 * 1024 * 1024


class Subscription:
    """What one call listens to, and what arrived for it."""

    def __init__(self, hub: Hub, topics: Iterable[str], event: Any) -> None:
        self.hub = hub
        self.topics = tuple(topics)
        self.error: QPIError | None = None
        # The number of the connection that this subscription knows to have begun.
        self.heard = 0
        self.event = event
        self._items: deque[ChangeEvent | ReadAgain] = deque()
        self._held = 0

    def take(self) -> list[ChangeEvent | ReadAgain]:
        """Return what arrived since the last time."""
        with self.hub.guard:
            items = list(self._items)
            self._items.clear()
            self._held = 0
        return items

    def put(self, item: ChangeEvent | ReadAgain, size: int = 0) -> None:
        """Add something that arrived, and wake the call."""
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
    """Who listens to the stream, and how far it is.

    `event` makes what a call waits on: a `threading.Event` or an `asyncio.Event`. `start` reads the stream until
    nobody listens any more.
    """

    def __init__(self, event: Callable[[], Any], start: Callable[[Hub], None], *, linger: float | None = None) -> None:
        # None: what `LINGER` is at that time.
        self._linger = linger
        self.guard = threading.RLock()
        # What waits for jobs share; see `calls.waiting`.
        self.watch: Any = None
        self.failures = 0
        # Until then the server is not asked again to take topics: it just failed to.
        self.quiet_until = 0.0
        self.client_id: str | None = None
        self.who: str | None = None
        self._event = event
        self._start = start
        self._running = False
        self._connection = 0
        self._topics: dict[str, dict[Subscription, None]] = {}
        # How many topics name a single record, by collection.
        self._single: Counter[str] = Counter()
        self._everybody: dict[Subscription, None] = {}
        self._confirmed: frozenset[str] = frozenset()
        self._confirming: str | None = None
        self._confirmed_at = 0.0
        self._deadline: Deadline | None = None
        self._closed: QPIError | None = None

    def join(self, topics: Iterable[str]) -> Subscription:
        """Listen to topics; without any, only what is shared with other calls is heard of."""
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
        """Stop listening."""
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
        """For how many seconds the stream is kept once nobody listens."""
        return LINGER if self._linger is None else self._linger

    def needed(self) -> bool:
        """Return whether somebody listens; if not, the stream is over, and the next one who joins starts it again."""
        with self.guard:
            self._running = bool(self._topics) and self._closed is None
            return self._running

    def broke(self) -> None:
        """Reading the stream ended by itself; the next one who joins starts it again."""
        with self.guard:
            self._running = False
        self.lost()

    def wanted(self) -> list[str]:
        """Return the topics that the server should send, the whole collection in place of very many single records."""
        with self.guard:
            topics = list(self._topics)
            many = {collection for collection, number in self._single.items() if collection and number > SINGLE}
        few = [topic for topic in topics if _single(topic) not in many]
        return list(dict.fromkeys([*few, *(f"{collection}/*" for collection in sorted(many))]))

    def covers(self, subscription: Subscription) -> bool:
        """Return whether the server sends everything that a subscription listens to."""
        confirmed = self._confirmed
        return all(
            topic in confirmed or (_single(topic) and f"{_single(topic)}/*" in confirmed)
            for topic in subscription.topics
        )

    def began(self, client_id: str, who: str, deadline: Deadline) -> None:
        """A stream was opened; the server knows of no topic yet. Who opened it confirms them."""
        with self.guard:
            self._connection += 1
            self.client_id, self.who, self._deadline = client_id, who, deadline
            self._confirmed = frozenset()
            self._confirming = client_id
        self.heard_something()

    def heard_something(self) -> None:
        """Something came on the stream: it is alive."""
        with self.guard:
            if self._deadline is not None and not self._deadline.aborted:
                self._deadline.at = time.monotonic() + (SILENCE if self._topics else self._kept())

    def confirms(self) -> bool:
        """Return whether the caller is to tell the server the topics now; False while somebody else does."""
        with self.guard:
            if self.client_id is None or self._confirming == self.client_id:
                return False
            self._confirming = self.client_id
            return True

    def gathered(self, last: float) -> float:
        """Return when to ask again for all who wait, if it was done last at that moment."""
        with self.guard:
            number = len(self._everybody)
        return last if number < 2 else last + min(number * _EACH, _MOST_GATHERING)

    def confirms_at(self) -> float:
        """Return when the server may be told topics again."""
        return max(self.quiet_until, self.gathered(self._confirmed_at))

    def confirmed(self) -> None:
        """Whoever told the server the topics is done. Who is not heard yet may try in turn."""
        with self.guard:
            self._confirming = None
            for subscription in self._listening():
                if not self.covers(subscription):
                    subscription.event.set()

    def missing(self) -> list[str]:
        """Return all topics wanted if the server does not send some of them yet, else none."""
        with self.guard:
            if all(self.covers(subscription) for subscription in self._listening()):
                return []
            return self.wanted()

    def _listening(self) -> set[Subscription]:
        return {one for listening in self._topics.values() for one in listening}

    def confirm(self, client_id: str, topics: Iterable[str]) -> None:
        """The server took these topics, and no others, for this stream."""
        with self.guard:
            if client_id != self.client_id:
                return
            self._confirmed = frozenset(topics)
            self._confirmed_at = time.monotonic()
            for subscription in self._listening():
                if self.covers(subscription):
                    self._begin(subscription)

    def lost(self) -> None:
        """The stream is over."""
        with self.guard:
            self.failures = min(self.failures + 1, 10)
            self.client_id, self._deadline = None, None
            self._confirmed = frozenset()
            if self.watch is not None:
                self.watch.hurry()

    def restart(self) -> None:
        """End the stream, so that it is opened again: somebody else is signed in, or the server forgot it."""
        with self.guard:
            deadline, self.client_id = self._deadline, None
            self._confirmed = frozenset()
        if deadline is not None:
            deadline.abort()

    def fail(self, error: QPIError, *, only_new: bool = False) -> None:
        """Tell everybody who listens that there is no stream; `only_new`: those who never heard one."""
        with self.guard:
            for subscription in self._listening():
                if not (only_new and subscription.heard):
                    self.leave(subscription)
                    self._everybody[subscription] = None
                    subscription.fail(error)

    def dispatch(self, name: str, data: str) -> None:
        """Hand an event to who listens to its topic."""
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
    """The collection of a topic that names one record and nothing else; empty for other topics."""
    collection, _, rest = topic.partition("/")
    return collection if rest and rest != "*" and "?" not in topic else ""
