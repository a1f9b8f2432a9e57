"""Wait for jobs: by change events with a session, otherwise by polling.

All waits of a client share its event stream and its requests. One wait leads and reads the jobs of the others too. When
it ends, the next one leads.
"""

from __future__ import annotations

import copy
import time
from typing import Any, cast

from qpi_client.calls.job_queries import JOBS
from qpi_client.calls.job_states import job_states
from qpi_client.calls.jobs import get_job
from qpi_client.calls.streaming import heard, passing
from qpi_client.checks import part
from qpi_client.context import Context
from qpi_client.errors import ClientClosed, InvalidValue, QPIError, TimedOut, WaitTimedOut
from qpi_client.exchange import fetch_dict, get, pause_before, records
from qpi_client.job_fields import FINAL_STATUSES
from qpi_client.masking import printable
from qpi_client.realtime import ReadAgain
from qpi_client.records import Job, Record
from qpi_client.steps import Await, Call, Exclusive, OpenStream, Pause, Request, Subscribe, T, Unbounded
from qpi_client.subscriptions import Hub, Subscription

_SHORTEST, _LONGEST = 0.2, 10.0
# With a working stream, jobs are only polled in case an event was lost.
_SAFETY = 60.0
# Without a timeout, waiting fails after this many seconds of server errors.
_PATIENCE = 600.0
_LONGEST_RETRY_AFTER = 60.0


def wait_job(ctx: Context, job_id: str, timeout: float | None = None) -> Call[Job]:
    """Wait until a job is completed, failed or cancelled.

    With a session, the client follows the server's change events; otherwise it polls the job. It waits through outages
    and restarts of the server. Any number of threads or tasks may wait on one client: they share one event stream.

    Args:
        job_id: Id of the job.
        timeout: Time limit in seconds. Default: none. With 0 the job is read once.

    Returns:
        The job with its results, as `get_job` returns it.

    Raises:
        WaitTimedOut: The job has not finished after ``timeout`` seconds. It is a `TimeoutError`; the job continues.
        NotFound: No such job, or it is not yours.
        ResultsUnavailable: The job has finished, and an API token cannot read its results.
        ClientClosed: The client was closed while waiting.
        InvalidValue: ``timeout`` is negative or not a number.
    """
    part(job_id)
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or timeout < 0):
        raise InvalidValue(f"timeout must be a number of seconds from 0, or None, not {timeout!r}.")
    started = time.monotonic()
    # The job is read once even with a timeout of 0.
    deadline = None if timeout is None else started + max(timeout, 0.3)
    yield Unbounded()
    topics = () if ctx.session is None else (f"{JOBS}/{job_id}",)
    subscription = yield Subscribe(topics)
    wait = Wait(job_id, started, deadline, subscription, streaming=bool(topics))
    watch = wait.watch
    watch.join(wait)
    try:
        return cast("Job", (yield from within(deadline, _wait(ctx, wait))))
    except TimedOut as error:
        if deadline is None or time.monotonic() < deadline - 0.05:
            raise
        seen = (
            f"when last seen it was {printable(str(wait.seen.get('status')), 40)}"
            if wait.seen
            else f"the server said nothing ({error})"
        )
        raise WaitTimedOut(
            f"Job {job_id} is not done after {timeout:g} s; {seen}. The job continues.", wait.seen
        ) from None
    finally:
        watch.leave(wait)
        subscription.hub.leave(subscription)


class Wait:
    """One wait: job, start, deadline, last known state."""

    def __init__(
        self, job_id: str, started: float, deadline: float | None, subscription: Subscription, *, streaming: bool
    ) -> None:
        self.job_id = job_id
        self.started = started
        self.deadline = deadline
        self.subscription = subscription
        # Whether to expect change events of the job.
        self.streaming = streaming
        # Whether to read the job without delay. Cleared when a read starts: a change may arrive before its answer.
        self.look = True
        self.seen: Record | None = None
        self.error: QPIError | None = None
        # When to retry a failed read.
        self.retry_at = 0.0
        self._failures = 0
        self._failing_since: float | None = None

    def failed(self, error: QPIError) -> float:
        """Return when to retry; raise an error that has persisted for too long."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if self.deadline is None and now - self._failing_since > _PATIENCE:
            raise error
        self._failures += 1
        asked = getattr(error, "retry_after", None)
        pause = pause_before(min(self._failures, 8)) if asked is None else min(asked, _LONGEST_RETRY_AFTER)
        self.retry_at = now + pause
        return self.retry_at

    @property
    def watch(self) -> Watch:
        """The state that this wait shares with the client's other waits."""
        hub = self.subscription.hub
        with hub.guard:
            if hub.watch is None:
                hub.watch = Watch(hub)
            watch: Watch = hub.watch
            return watch

    def done(self) -> bool:
        """Whether the job has finished."""
        return self.seen is not None and self.seen.get("status") in FINAL_STATUSES

    def over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() >= self.deadline


class Watch:
    """The waits of one client: which one reads the jobs, and when."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._waits: dict[Wait, None] = {}
        self._leader: Wait | None = None
        self._next_look = 0.0
        self._looked_at = 0.0
        self._failing_since: float | None = None
        self._failures = 0

    def join(self, wait: Wait) -> None:
        """Add a wait. The first one leads; others notify the leader to read."""
        with self._hub.guard:
            self._waits[wait] = None
            if self._leader is None:
                self._leader = wait
            else:
                self._leader.subscription.event.set()

    def leave(self, wait: Wait) -> None:
        """Remove a wait; another one takes the lead."""
        with self._hub.guard:
            self._waits.pop(wait, None)
            if self._leader is wait:
                self._leader = next(iter(self._waits), None)
                if self._leader is not None:
                    self._leader.subscription.event.set()

    def look_again(self, wait: Wait) -> None:
        """The job may have changed without an event: read it again."""
        with self._hub.guard:
            wait.look = True
            if self._leader is not None:
                self._leader.subscription.event.set()

    def hurry(self) -> None:
        """The stream is lost: read again soon."""
        with self._hub.guard:
            self._next_look = min(self._next_look, time.monotonic() + self._gap())
            if self._leader is not None:
                self._leader.subscription.event.set()

    def due(self, wait: Wait) -> list[Wait]:
        """Return the waits whose jobs the caller has to read now; none if another wait leads or nothing is due."""
        with self._hub.guard:
            if self._leader is not wait:
                return []
            now = time.monotonic()
            if self._failures and now < self._next_look:
                return []
            everybody = now >= self._next_look
            if not everybody and now < self._hub.gathered(self._looked_at):
                return []
            found = [one for one in self._waits if (one.look or everybody) and not one.done()]
            for one in found:
                one.look = False
            return found

    def unread(self, waits: list[Wait]) -> None:
        """Read these jobs again: the read did not succeed."""
        with self._hub.guard:
            for wait in waits:
                wait.look = True

    def until(self, wait: Wait) -> float | None:
        """Return how long a wait may sleep."""
        with self._hub.guard:
            if self._leader is not wait:
                return wait.deadline
            look = self._next_look
            if not self._failures and any(one.look and not one.done() for one in self._waits):
                look = min(look, self._hub.gathered(self._looked_at))
            return look if wait.deadline is None else min(look, wait.deadline)

    def _gap(self) -> float:
        """Return the seconds until the next read: a tenth of the time that the newest wait has lasted."""
        if self._hub.client_id is not None and all(
            wait.streaming and self._hub.covers(wait.subscription) for wait in self._waits
        ):
            return _SAFETY
        youngest = max((wait.started for wait in self._waits), default=0.0)
        return min(_LONGEST, max(_SHORTEST, (time.monotonic() - youngest) / 10))

    def saw(self, looked: list[Wait], outcome: dict[str, Record | QPIError]) -> None:
        """Distribute the states that were read."""
        with self._hub.guard:
            self._failures, self._failing_since = 0, None
            self._looked_at = time.monotonic()
            self._next_look = self._looked_at + self._gap()
            for wait in looked:
                found = outcome.get(wait.job_id)
                if found is None:
                    wait.look = True
                elif isinstance(found, QPIError):
                    wait.error = copy.copy(found)
                elif not wait.done():
                    # A change event may have been faster than this answer, and is newer.
                    wait.seen = found
                if wait.error is not None or wait.done():
                    wait.subscription.event.set()

    def heard(self, wait: Wait, record: Record) -> None:
        """Store the state that a change event reports."""
        with self._hub.guard:
            if not wait.done():
                wait.seen = record

    def failed(self, looked: list[Wait], error: QPIError, lasts: bool) -> None:
        """Record a failed read; raise if there is no timeout and it has persisted, or if a retry cannot help."""
        self.unread(looked)
        with self._hub.guard:
            now = time.monotonic()
            self._failing_since = self._failing_since or now
            self._failures += 1
            asked = getattr(error, "retry_after", None)
            pause = pause_before(min(self._failures, 8)) if asked is None else min(asked, _LONGEST_RETRY_AFTER)
            self._next_look = now + pause
            tired = now - self._failing_since > _PATIENCE
            for wait in looked:
                if lasts or (tired and wait.deadline is None):
                    wait.error = copy.copy(error)
                    wait.subscription.event.set()


def _wait(ctx: Context, wait: Wait) -> Call[Record]:
    subscription, watch = wait.subscription, wait.watch
    while True:
        _hear(wait)
        if wait.error is not None:
            raise wait.error
        again: float | None = None
        try:
            if wait.done() and time.monotonic() >= wait.retry_at:
                return (yield from _whole(ctx, wait))
            if wait.over():
                raise TimedOut("Timed out.")
            if wait.streaming:
                again = yield from heard(ctx, subscription)
            if due := watch.due(wait):
                yield from _look(ctx, wait, due)
                continue
        except QPIError as error:
            if wait.over() and not isinstance(error, ClientClosed):
                raise TimedOut(str(error)) from None
            if not passing(error):
                raise
            again = wait.failed(error)
        moments = [moment for moment in (again, watch.until(wait)) if moment is not None]
        yield Await(subscription, min(moments, default=None))


def _hear(wait: Wait) -> None:
    """Process the events from the stream."""
    subscription = wait.subscription
    for item in subscription.take():
        if isinstance(item, ReadAgain):
            wait.watch.look_again(wait)
        else:
            wait.watch.heard(wait, item.record)
    if isinstance(subscription.error, ClientClosed):
        raise subscription.error
    if subscription.error is not None:
        # Without a stream, the job is polled.
        subscription.error, wait.streaming = None, False
        wait.watch.hurry()


def _look(ctx: Context, wait: Wait, due: list[Wait]) -> Call[None]:
    """Read the states of jobs for all waits."""
    ids = list(dict.fromkeys(one.job_id for one in due))
    try:
        outcome = yield from job_states(ctx, ids)
    except BaseException as error:
        # This wait ends, also if it is cancelled. Another one leads next.
        if not isinstance(error, QPIError) or isinstance(error, ClientClosed) or wait.over():
            wait.watch.unread(due)
            raise
        wait.watch.failed(due, error, lasts=not passing(error))
    else:
        wait.watch.saw(due, outcome)


def _whole(ctx: Context, wait: Wait) -> Call[Record]:
    """Return the job with its results once it has finished."""
    seen = wait.seen or {}
    if ctx.session is None:
        return dict((yield from get_job(ctx, wait.job_id)))
    if "results" in seen:
        return seen  # a change event carries the whole record
    return (yield from fetch_dict(ctx, get(records(JOBS, wait.job_id), session="needed")))


def within(deadline: float | None, call: Call[T]) -> Call[T]:
    """Run a call with a deadline for all of its requests and pauses; `TimedOut` when it has passed."""
    if deadline is None:
        return (yield from call)
    answer: Any = None
    failure: BaseException | None = None
    try:
        while True:
            step = call.send(answer) if failure is None else call.throw(failure)
            answer, failure = None, None
            left = deadline - time.monotonic()
            requests = [step] if isinstance(step, Request) else [step.request] if isinstance(step, OpenStream) else []
            for request in requests:
                request.deadline = deadline if request.deadline is None else min(deadline, request.deadline)
            if isinstance(step, Exclusive):
                step = Exclusive(within(deadline, step.call), deadline)
            if left <= 0 and (requests or isinstance(step, Pause)):
                failure = TimedOut("Timed out.")
                continue
            if isinstance(step, Pause) and step.seconds > left:
                yield Pause(left)
                failure = TimedOut("Timed out.")
                continue
            try:
                answer = yield step
            except QPIError as error:
                failure = error
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        call.close()
